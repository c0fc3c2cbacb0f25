// What this project relies on of an API server: watches.

#include <doctest/doctest.h>

#include <thread>

#include "base/text.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/watch_event.h"
#include "tests/contract/place.h"

namespace railhook {
namespace {

// An object's life, and the version of the list before it.
struct Life {
  Place place;
  std::string name = place.Name(kConfigMaps);
  std::string before = Version();
  std::string middle;  // of the object when its value was 2

  Life() {
    Json object = place.client.Create(kConfigMaps, "default", MakeConfigMap("", name, "1")).value();
    object["data"]["value"] = "2";
    object = place.client.Update(kConfigMaps, "default", object).value();
    middle = ResourceVersionOf(object);
    object["data"]["value"] = "3";
    REQUIRE(place.client.Update(kConfigMaps, "default", object));
    REQUIRE(place.Delete(kConfigMaps, name));
  }

  std::string Version() const {
    return ListPage(place.client, Only(kConfigMaps, name), "", 1).value().resource_version;
  }

  // "ADDED 1 MODIFIED 2": what a watch gets until the object is deleted.
  std::string Watch(const std::string& version, bool metadata_only = false) const {
    std::vector<std::string> events;
    Selection selection = Only(kConfigMaps, name);
    selection.metadata_only = metadata_only;
    const auto watched = place.client.Watch(selection, version, 20, [&](std::string_view line) {
      const Json event = Json::parse(line);
      const std::string type = event["type"];
      if (type == "BOOKMARK") return true;
      events.push_back(type + ' ' + TextMember(Member(&event["object"], "data"), "value"));
      if (metadata_only) CHECK(event["object"]["kind"] == "PartialObjectMetadata");
      return type != "DELETED";
    });
    CHECK(watched);
    return Join(events, ", ");
  }
};

TEST_CASE("a watch gets what has happened since a list, in order") {
  const Life life;
  CHECK(life.Watch(life.before) == "ADDED 1, MODIFIED 2, MODIFIED 3, DELETED 3");
}

TEST_CASE("a watch goes on after the version of an event") {
  const Life life;
  CHECK(life.Watch(life.middle) == "MODIFIED 3, DELETED 3");
}

TEST_CASE("a watch of metadata gets no more") {
  const Life life;
  CHECK(life.Watch(life.before, true) == "ADDED , MODIFIED , MODIFIED , DELETED ");
}

TEST_CASE("the version of a deletion is newer than that of the object") {
  const Life life;
  std::string last;
  const auto watched = life.place.client.Watch(
      Only(kConfigMaps, life.name), life.before, 20, [&](std::string_view line) {
        const Json event = Json::parse(line);
        const std::string version = ResourceVersionOf(event["object"]);
        CHECK(version != last);
        last = version;
        return event["type"] != "DELETED";
      });
  CHECK(watched);
  CHECK(std::stol(last) > std::stol(life.middle));
}

// An API server remembers a CRD's objects since it knows the CRD, and that isn't the first thing it
// learns.
TEST_CASE("a watch from too old a version is told so") {
  Place place;
  Result<> ended;
  const auto watched =
      place.client.Watch(Selection::All(kSpiderMultusConfigs), "1", 5, [&](std::string_view line) {
        Json object;
        const auto type = ReadWatchEvent(line, object);
        if (!type) ended = tl::unexpected(type.error());
        return type.has_value();
      });
  const Result<> told = watched ? ended : watched;  // by an event or by the status
  CHECK(CodeOf(told) == ErrorCode::kGone);
}

// A server sends bookmarks of what is newer than all that a watch has got; a quiet one gets none.
TEST_CASE("a watch ends after the time that was asked for, and a bookmark tells where") {
  Place place;
  const std::string name = Place::NameOf(place.MakeOne());
  const std::string version =
      ListPage(place.client, Only(kConfigMaps, name), "", 1)->resource_version;
  const Json seen =
      place.client
          .Patch(kConfigMaps, "default", name, PatchKind::kMerge, {{"data", {{"value", "2"}}}})
          .value();
  std::string last;
  const auto on_line = [&](std::string_view line) {
    Json object;
    const auto type = ReadWatchEvent(line, object);
    REQUIRE(type);
    if (*type == WatchEventType::kBookmark)
      last = ResourceVersionOf(object);
    else
      place.MakeOne();  // which the watch isn't of
    return true;
  };
  CHECK(place.client.Watch(Only(kConfigMaps, name), version, 5, on_line));
  REQUIRE_FALSE(last.empty());
  CHECK(std::stol(last) > std::stol(ResourceVersionOf(seen)));
}

TEST_CASE("a watch that is stopped ends at once") {
  std::stop_source stop;
  const KubeClient client(ServerUnderTest(), stop.get_token());
  const auto page = ListPage(client, Selection::All(kConfigMaps), "", 1);
  REQUIRE(page);
  const std::jthread stopper([&] { stop.request_stop(); });
  const auto start = std::chrono::steady_clock::now();
  const auto watched = client.Watch(Selection::All(kConfigMaps), page->resource_version, 60,
                                    [](std::string_view) { return true; });
  CHECK(CodeOf(watched) == ErrorCode::kUnavailable);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

}  // namespace
}  // namespace railhook
