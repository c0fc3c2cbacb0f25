#include "k8sclient/watch/watch_event.h"

#include <doctest/doctest.h>

#include "base/json.h"

namespace railhook {
namespace {

const std::string kObject =
    R"({"kind":"Secret","metadata":{"name":"a","namespace":"n","resourceVersion":"7"}})";

std::string Event(const std::string& type, const std::string& object = kObject) {
  return R"({"type":")" + type + R"(","object":)" + object + '}';
}

TEST_CASE("an event is its type and its object") {
  const struct {
    std::string type;
    WatchEventType want;
  } cases[] = {{"ADDED", WatchEventType::kPut},
               {"MODIFIED", WatchEventType::kPut},
               {"DELETED", WatchEventType::kDeleted},
               {"BOOKMARK", WatchEventType::kBookmark}};
  for (const auto& c : cases) {
    CAPTURE(c.type);
    Json object;
    const auto type = ReadWatchEvent(Event(c.type), object);
    REQUIRE(type);
    CHECK(*type == c.want);
    CHECK(object == Json::parse(kObject));
    CHECK(ResourceVersionOf(object) == "7");
  }
}

TEST_CASE("what is no event is an Error that says why") {
  const struct {
    std::string line;
    ErrorCode code;
    std::string says;
  } cases[] = {{"", ErrorCode::kInvalid, "a watch event: "},
               {R"({"type":"ADDED","obj)", ErrorCode::kInvalid, "a watch event: "},
               {"[]", ErrorCode::kInvalid, "without object"},
               {"null", ErrorCode::kInvalid, "without object"},
               {Event(""), ErrorCode::kInvalid, "unknown type \"\""},
               {R"({"type":"ADDED"})", ErrorCode::kInvalid, "type \"ADDED\" without object"},
               {R"({"type":"ADDED","object":[]})", ErrorCode::kInvalid, "without object"},
               {Event("SYNCED"), ErrorCode::kInvalid, "unknown type \"SYNCED\""},
               {Event("ERROR", R"({"code":410,"message":"too old"})"), ErrorCode::kGone, "too old"},
               {Event("ERROR", R"({"code":500,"message":"etcd"})"), ErrorCode::kInvalid, "etcd"},
               {Event("ERROR", R"({"code":"410"})"), ErrorCode::kInvalid, "the watch failed"},
               {Event("ERROR", "{}"), ErrorCode::kInvalid, "the watch failed"}};
  for (const auto& c : cases) {
    CAPTURE(c.line);
    Json object;
    const auto type = ReadWatchEvent(c.line, object);
    REQUIRE_FALSE(type);
    CHECK(type.error().code == c.code);
    CHECK(type.error().message.find(c.says) != std::string::npos);
  }
}

TEST_CASE("an event that tells no place to go on from is refused") {
  for (const std::string object :
       {"{}", R"({"metadata":{}})", R"({"metadata":{"resourceVersion":7}})",
        R"({"metadata":{"resourceVersion":""}})"}) {
    CAPTURE(object);
    Json read;
    const auto type = ReadWatchEvent(Event("ADDED", object), read);
    REQUIRE_FALSE(type);
    CHECK(type.error().code == ErrorCode::kInvalid);
    CHECK(type.error().message == "a watch event without metadata.resourceVersion");
  }
}

}  // namespace
}  // namespace railhook
