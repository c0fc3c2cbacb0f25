#include "k8sclient/watch/watch_event.h"

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr int kGoneStatus = 410;

tl::unexpected<Error> FailureOf(const Json& status) {
  const bool gone = IntegerMember(&status, "code") == kGoneStatus;
  return Fail(gone ? ErrorCode::kGone : ErrorCode::kInvalid,
              "the watch failed: " + OneLine(TextMember(&status, "message"), 300));
}

}  // namespace

Result<WatchEventType> ReadWatchEvent(std::string_view line, Json& object) {
  auto event = ParseJson(line, kAnyNumber);
  if (!event) return Fail(ErrorCode::kInvalid, "a watch event: " + event.error().message);
  const std::string type = TextMember(&*event, "type");
  const Json* found = Member(&*event, "object");
  if (found == nullptr || !found->is_object()) {
    return Fail(ErrorCode::kInvalid, "a watch event of type " + Quoted(type) + " without object");
  }
  if (type == "ERROR") return FailureOf(*found);
  object = std::move((*event)["object"]);
  if (ResourceVersionOf(object).empty())
    return Fail(ErrorCode::kInvalid, "a watch event without metadata.resourceVersion");
  if (type == "ADDED" || type == "MODIFIED") return WatchEventType::kPut;
  if (type == "DELETED") return WatchEventType::kDeleted;
  if (type == "BOOKMARK") return WatchEventType::kBookmark;
  return Fail(ErrorCode::kInvalid, "a watch event of unknown type " + Quoted(OneLine(type, 60)));
}

std::string ResourceVersionOf(const Json& object) {
  return TextMember(Member(&object, "metadata"), "resourceVersion");
}

}  // namespace railhook
