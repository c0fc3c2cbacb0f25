#include "cli/pod_handler.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "webhook/inject/pod_admission.h"

namespace railhook {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostLogged = 200;  // bytes of what a pod's author wrote

std::string OwnerOf(const Json* metadata) {
  const auto& owners = ItemsOf(metadata, "ownerReferences");
  if (owners.empty()) return "";
  return TextMember(&owners.front(), "kind") + '/' + TextMember(&owners.front(), "name");
}

std::string_view ResultOf(const PodAdmission& admission) {
  if (!admission.response.allowed) return "denied";
  return admission.injection.verdict == Verdict::kInjected ? "injected" : "allowed";
}

void LogDecision(const AdmissionRequest& request, const PodAdmission& admission,
                 long long microseconds) {
  const Injection& injection = admission.injection;
  const bool asked = injection.request && !injection.request->classes.empty();
  const Json* metadata = Member(request.object.get(), "metadata");
  const std::string name = OneLine(TextMember(metadata, "name"), kMostLogged);
  const std::string generate_name = OneLine(TextMember(metadata, "generateName"), kMostLogged);
  const std::string owner = OneLine(OwnerOf(metadata), kMostLogged);
  const std::string classes =
      asked ? OneLine(Join(injection.request->classes, ","), kMostLogged) : "";
  const std::string rails = Join(injection.rails, ",");
  Log(asked ? LogLevel::kInfo : LogLevel::kDebug, "admission",
      {{"uid", request.uid},
       {"namespace", request.name_space},
       {"name", name},
       {"generateName", generate_name},
       {"owner", owner},
       {"class", classes},
       {"rails", rails},
       {"verdict", ResultOf(admission)},
       {"refusedOver", injection.refused_over},
       {"microseconds", microseconds}});
}

class PodHandler {
 public:
  PodHandler(PodHandlerSources sources, Metrics& metrics)
      : sources_(std::move(sources)), metrics_(metrics) {}

  AdmissionOutcome Handle(const AdmissionRequest& request) const {
    const auto start = SteadyClock::now();
    const auto rails = sources_.rails();
    if (!rails) return NotNow("railhook doesn't know the cluster's rails yet");
    PodAdmission admission = Admit(request, *rails);
    std::string subject = sources_.live ? Unknown(request, admission, *rails) : "";
    if (subject.empty()) return Conclude(request, std::move(admission), start);
    return LateAdmission{[this, request, subject = std::move(subject), start] {
      return HandleLive(request, subject, start);
    }};
  }

 private:
  AdmissionDecision HandleLive(const AdmissionRequest& request, const std::string& subject,
                               SteadyClock::time_point start) const {
    const auto live = sources_.live(subject, request.name_space, start);
    if (!live) return NotNow("railhook can't look up " + OneLine(subject, kMostLogged));
    const auto rails = *live ? *live : sources_.rails();
    return Conclude(request, Admit(request, *rails), start);
  }

  // What the index may not know yet, though the answer depends on it; "" where there is nothing.
  std::string Unknown(const AdmissionRequest& request, const PodAdmission& admission,
                      const RailIndex& rails) const {
    const Injection& injection = admission.injection;
    if (injection.unknown_class)
      return "class " + UnknownClass(*injection.request, request.name_space, rails);
    const bool asks_itself = injection.request.has_value();
    const bool known = rails.FindNamespace(request.name_space) != nullptr;
    return asks_itself || known ? "" : "namespace " + request.name_space;
  }

  std::string UnknownClass(const RailRequest& request, const std::string& name_space,
                           const RailIndex& rails) const {
    const auto config = sources_.config();
    for (const std::string& name : request.classes) {
      if (rails.Find(request.key, name, name_space, config->rail_namespaces).empty()) return name;
    }
    return "";
  }

  TryAgain NotNow(std::string why) const {
    metrics_.CountAdmission("not_ready", 0);
    return {std::move(why), 1};
  }

  // A failure is counted here and answered by the endpoint.
  PodAdmission Admit(const AdmissionRequest& request, const RailIndex& rails) const {
    try {
      return AdmitPod(request, rails, *sources_.config());
    } catch (...) {
      metrics_.CountAdmission("error", 0);
      throw;
    }
  }

  AdmissionResponse Conclude(const AdmissionRequest& request, PodAdmission admission,
                             SteadyClock::time_point start) const {
    const auto took = SteadyClock::now() - start;
    metrics_.CountAdmission(ResultOf(admission), std::chrono::duration<double>(took).count());
    LogDecision(request, admission,
                std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    return std::move(admission.response);
  }

  const PodHandlerSources sources_;
  Metrics& metrics_;
};

}  // namespace

AdmissionHandler MakePodHandler(PodHandlerSources sources, Metrics& metrics) {
  auto handler = std::make_shared<const PodHandler>(std::move(sources), metrics);
  return [handler](const AdmissionRequest& request) { return handler->Handle(request); };
}

}  // namespace railhook
