#include "cli/workload_handler.h"

#include <exception>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/object.h"
#include "webhook/inject/workload_warnings.h"

namespace railhook {
namespace {

constexpr std::size_t kMostLogged = 200;  // bytes of what a workload's author wrote

void LogWarnings(const AdmissionRequest& request, std::size_t warnings) {
  const std::string kind = OneLine(TextMember(request.object.get(), "kind"), kMostLogged);
  const std::string name =
      OneLine(TextMember(Member(request.object.get(), "metadata"), "name"), kMostLogged);
  Log(LogLevel::kInfo, "warned of a workload",
      {{"uid", request.uid},
       {"namespace", request.name_space},
       {"kind", kind},
       {"name", name},
       {"warnings", static_cast<long long>(warnings)}});
}

std::vector<std::string> Warnings(const AdmissionRequest& request,
                                  const WorkloadHandlerSources& sources) {
  const auto rails = sources.rails();
  if (!rails) return {};
  auto warnings = WarningsOfWorkload(request, *rails, *sources.config());
  if (!warnings.empty()) LogWarnings(request, warnings.size());
  return warnings;
}

AdmissionResponse Handle(const AdmissionRequest& request, const WorkloadHandlerSources& sources) {
  AdmissionResponse response = Allowed();
  try {
    response.warnings = Warnings(request, sources);
  } catch (const std::exception& failure) {
    Log(LogLevel::kError, "admission handler failed",
        {{"uid", request.uid}, {"error", std::string_view(failure.what())}});
  }
  return response;
}

}  // namespace

AdmissionHandler MakeWorkloadHandler(WorkloadHandlerSources sources) {
  return [sources = std::move(sources)](const AdmissionRequest& request) {
    return Handle(request, sources);
  };
}

}  // namespace railhook
