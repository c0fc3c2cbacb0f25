// Whole parts of this project on an API server.

#include <doctest/doctest.h>

#include <optional>

#include "certs/secret_source.h"
#include "k8sclient/event_recorder.h"
#include "k8sclient/lease.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/reflector.h"
#include "k8sclient/watch/store.h"
#include "tests/contract/place.h"
#include "tests/eventually.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a reflector follows an object from its making to its end") {
  Place place;
  const std::string name = place.Name(kConfigMaps);
  Store<std::string> store(
      [](const Json& object) -> std::optional<std::string> {
        return TextMember(Member(&object, "data"), "value");
      },
      [] {});
  const Reflector reflector(ServerUnderTest(), Only(kConfigMaps, name), store);
  const auto has = [&](const std::string& want) {
    return Eventually([&] {
      std::string value = "none";
      store.ForEach([&](const std::string&, const auto& stored) { value = *stored; });
      return store.synced() && value == want;
    });
  };
  CHECK(has("none"));
  Json object = place.client.Create(kConfigMaps, "default", MakeConfigMap("", name, "1")).value();
  CHECK(has("1"));
  object["data"]["value"] = "2";
  REQUIRE(place.client.Update(kConfigMaps, "default", object));
  CHECK(has("2"));
  REQUIRE(place.Delete(kConfigMaps, name));
  CHECK(has("none"));
  CHECK(reflector.status().lists == 1);
  CHECK(reflector.status().failures == 0);
}

TEST_CASE("of two candidates one leads, and the other after it") {
  Place place;
  const std::string name = place.Name(kLeases);
  const LeaseTimes times{600s, 500s, 100ms};
  std::optional<LeaderElector> a(std::in_place, ServerUnderTest(), "default", name, "a", times);
  CHECK(Eventually([&] { return a->leading(); }));
  const LeaderElector b(ServerUnderTest(), "default", name, "b", times);
  CHECK_FALSE(b.leading());
  a.reset();
  CHECK(Eventually([&] { return b.leading(); }));
  const Json lease = place.client.Get(kLeases, "default", name).value();
  CHECK(lease["spec"]["holderIdentity"] == "b");
  CHECK(lease["spec"]["leaseTransitions"] == 2);
}

TEST_CASE("an Event is written, and counted up the next time") {
  Place place;
  const std::string name = place.Name(kNamespaces, false);  // never made
  const EventSubject subject{"v1", "Namespace", "", name, "uid"};
  for (int i = 0; i < 2; ++i)
    CHECK(EventRecorder(place.client, "railhook").Warn(subject, "NoLabel", "Write a label."));
  Selection selection = Selection::All(kEvents);
  selection.name_space = "default";
  std::vector<Json> found;
  const auto events = ListAll(place.client, selection);
  for (const Json& event : events)
    if (event["involvedObject"]["name"] == name) found.push_back(event);
  REQUIRE(found.size() == 1);
  CHECK(found.front()["count"] == 2);
  CHECK(place.Delete(kEvents, Place::NameOf(found.front())));
}

TEST_CASE("the certificate's Secret is made, mended and made again") {
  Place place;
  const std::string name = place.Name(kSecrets);
  SecretSource source(ServerUnderTest(), "default", name, {.dns = {"railhook"}, .ips = {}},
                      [] { return Lifetimes{}; });
  CHECK(Eventually([&] { return source.Current().has_value(); }));
  const auto held = source.Current().value();
  Json secret = place.client.Get(kSecrets, "default", name).value();
  const Json data = secret["data"];
  const auto is_back = [&] {
    return Eventually([&] {
      const auto now = place.client.Get(kSecrets, "default", name);
      return now && (*now)["data"] == data;
    });
  };
  secret["data"]["tls.key"] = "";
  REQUIRE(place.client.Update(kSecrets, "default", secret));
  CHECK(is_back());
  REQUIRE(place.Delete(kSecrets, name));
  CHECK(is_back());
  CHECK(source.Current().value() == held);
  CHECK(Eventually([&] { return source.trouble().empty(); }));
}

}  // namespace
}  // namespace railhook
