#pragma once
// Events about objects, for those who run kubectl describe.

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "k8sclient/client.h"

namespace railhook {

// The object that an Event is about.
struct EventSubject {
  std::string api_version;
  std::string kind;
  std::string name_space;  // "" where it has none; its Events go to the namespace default then
  std::string name;
  std::string uid;
};

// Writes Events; the same words about the same object at most once in ten minutes, and then with a
// count; what couldn't be written is tried again after a while. Not thread-safe.
class EventRecorder {
 public:
  // `client` must outlive it. `reporter` becomes the source's component.
  EventRecorder(const KubeClient& client, std::string reporter,
                std::chrono::milliseconds after_failure = std::chrono::minutes(1));

  // An Event of type Warning. `reason` is one word in CamelCase, `message` a sentence for people.
  // What is not due again has the outcome of the last time.
  Result<> Warn(const EventSubject& subject, std::string_view reason, const std::string& message);

  // The same of type Normal.
  Result<> Tell(const EventSubject& subject, std::string_view reason, const std::string& message);

  // How often the server was asked.
  long tries() const { return tries_; }

 private:
  struct Outcome {
    std::chrono::steady_clock::time_point again;  // when it is due again
    Result<> result;
  };

  // All of an Event but its names and times.
  struct Words {
    std::string_view type;
    std::string_view reason;
    const std::string& message;
  };

  Result<> Record(const EventSubject& subject, const Words& words);
  Result<> Write(const EventSubject& subject, const Words& words, const std::string& name);
  Result<> CountUp(const std::string& name_space, const std::string& name, const std::string& now);

  const KubeClient& client_;
  const std::string reporter_;
  const std::chrono::milliseconds after_failure_;
  std::map<std::string, Outcome> outcomes_;  // by the Event's name
  long tries_ = 0;
};

}  // namespace railhook
