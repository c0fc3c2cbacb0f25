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

std::string OwnerOf(const Json* metadata) {
  const Json* owners = Member(metadata, "ownerReferences");
  if (owners == nullptr || !owners->is_array() || owners->empty()) return "";
  return TextMember(&owners->front(), "kind") + '/' + TextMember(&owners->front(), "name");
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
  const std::string name = TextMember(metadata, "name");
  const std::string generate_name = TextMember(metadata, "generateName");
  const std::string owner = OwnerOf(metadata);
  const std::string classes = asked ? Join(injection.request->classes, ",") : "";
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

// A failure is counted here and answered by the endpoint.
PodAdmission Admit(const AdmissionRequest& request, const PodHandlerSources& sources,
                   Metrics& metrics) {
  try {
    return AdmitPod(request, *sources.rails(), *sources.config());
  } catch (...) {
    metrics.CountAdmission("error", 0);
    throw;
  }
}

}  // namespace

AdmissionHandler MakePodHandler(PodHandlerSources sources, Metrics& metrics) {
  return [sources = std::move(sources), &metrics](const AdmissionRequest& request) {
    const auto start = SteadyClock::now();
    PodAdmission admission = Admit(request, sources, metrics);
    const auto took = SteadyClock::now() - start;
    metrics.CountAdmission(ResultOf(admission), std::chrono::duration<double>(took).count());
    LogDecision(request, admission,
                std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    return std::move(admission.response);
  };
}

}  // namespace railhook
