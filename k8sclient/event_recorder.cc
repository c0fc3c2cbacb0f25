#include "k8sclient/event_recorder.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "base/json.h"
#include "k8sclient/object.h"
#include "k8sclient/time_text.h"

namespace railhook {
namespace {

constexpr std::chrono::minutes kAgain(10);
constexpr std::size_t kMostRemembered = 10'000;

// FNV-1a: the same on every replica, so that all write to one Event.
std::uint64_t Hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

std::string EventName(const EventSubject& subject, std::string_view reason,
                      const std::string& message) {
  std::array<char, 20> digits{};
  const auto hash = Hash(subject.uid + '\n' + std::string(reason) + '\n' + message);
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  constexpr std::size_t kMostOfName = 200;
  std::string start = subject.name.substr(0, kMostOfName);
  start.resize(start.find_last_not_of("-.") + 1);
  return start + '.' + digits.data();
}

std::string NamespaceOf(const EventSubject& subject) {
  return subject.name_space.empty() ? "default" : subject.name_space;
}

}  // namespace

EventRecorder::EventRecorder(const KubeClient& client, std::string reporter,
                             std::chrono::milliseconds after_failure)
    : client_(client), reporter_(std::move(reporter)), after_failure_(after_failure) {}

Result<> EventRecorder::Warn(const EventSubject& subject, std::string_view reason,
                             const std::string& message) {
  return Record(subject, {"Warning", reason, message});
}

Result<> EventRecorder::Tell(const EventSubject& subject, std::string_view reason,
                             const std::string& message) {
  return Record(subject, {"Normal", reason, message});
}

Result<> EventRecorder::Record(const EventSubject& subject, const Words& words) {
  const std::string name = EventName(subject, words.reason, words.message);
  const auto now = std::chrono::steady_clock::now();
  const auto before = outcomes_.find(name);
  if (before != outcomes_.end() && now < before->second.again) return before->second.result;
  ++tries_;
  auto result = Write(subject, words, name);
  if (outcomes_.size() >= kMostRemembered) outcomes_.clear();
  outcomes_[name] = {now + (result ? kAgain : after_failure_), result};
  return result;
}

Result<> EventRecorder::Write(const EventSubject& subject, const Words& words,
                              const std::string& name) {
  const std::string name_space = NamespaceOf(subject);
  const std::string now = SecondTime(std::chrono::system_clock::now());
  Json event = {{"apiVersion", "v1"},
                {"kind", "Event"},
                {"metadata", {{"name", name}, {"namespace", name_space}}},
                {"involvedObject",
                 {{"apiVersion", subject.api_version},
                  {"kind", subject.kind},
                  {"name", subject.name},
                  {"uid", subject.uid}}},
                {"reason", words.reason},
                {"message", words.message},
                {"type", words.type},
                {"count", 1},
                {"firstTimestamp", now},
                {"lastTimestamp", now},
                {"source", {{"component", reporter_}}}};
  if (!subject.name_space.empty()) event["involvedObject"]["namespace"] = subject.name_space;
  const auto created = client_.Create(kEvents, name_space, event);
  if (created) return {};
  if (created.error().code != ErrorCode::kConflict) return tl::unexpected(created.error());
  return CountUp(name_space, name, now);
}

// Reading Events would need one more right; a patch brings the count as well.
Result<> EventRecorder::CountUp(const std::string& name_space, const std::string& name,
                                const std::string& now) {
  const auto patch = [&](const Json& change) {
    return client_.Patch(kEvents, name_space, name, PatchKind::kMerge, change);
  };
  const Json event = TRY(patch({{"lastTimestamp", now}}));
  TRY(patch({{"count", IntegerMember(&event, "count").value_or(1) + 1}}));
  return {};
}

}  // namespace railhook
