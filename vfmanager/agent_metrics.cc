#include "vfmanager/agent_metrics.h"

#include <string_view>
#include <utility>
#include <vector>

namespace railhook {
namespace {

struct Sample {
  std::string labels;  // "" or {type="Ready"}
  long value;
};

std::string Label(const char* name, std::string_view value) {
  return std::string("{") + name + "=\"" + std::string(value) + "\"}";
}

std::string Family(const std::string& name, const char* type, const char* help,
                   const std::vector<Sample>& samples) {
  const std::string full = "railhook_vfmanager_" + name;
  std::string text = "# HELP " + full + ' ' + help + "\n# TYPE " + full + ' ' + type + '\n';
  for (const Sample& sample : samples)
    text += full + sample.labels + ' ' + std::to_string(sample.value) + '\n';
  return text;
}

std::vector<Sample> SyncSamples(SyncStatus now) {
  std::vector<Sample> samples;
  for (const auto sync : {SyncStatus::kSucceeded, SyncStatus::kInProgress, SyncStatus::kFailed})
    samples.push_back({Label("status", TextOf(sync)), sync == now});
  return samples;
}

std::vector<Sample> ConditionSamples(const std::vector<Condition>& conditions) {
  std::vector<Sample> samples;
  for (const Condition& condition : conditions)
    samples.push_back({Label("type", condition.type), condition.holds});
  return samples;
}

}  // namespace

std::string MetricsText(const AgentStatus& status) {
  const long done = status.applies - status.failed_applies;
  return Family("sync", "gauge", "1 for the node's syncStatus.", SyncSamples(status.report.sync)) +
         Family("condition", "gauge", "1 where a condition holds.",
                ConditionSamples(status.report.conditions)) +
         Family("pfs", "gauge", "PFs that can do SR-IOV.", {{"", status.pfs}}) +
         Family("vfs", "gauge", "VFs of these.", {{"", status.vfs}}) +
         Family("looks_total", "counter", "Looks at the host.", {{"", status.looks}}) +
         Family("applies_total", "counter", "Changes of VFs, by result.",
                {{Label("result", "success"), done},
                 {Label("result", "failure"), status.failed_applies}}) +
         Family("evictions_total", "counter", "Pods evicted.", {{"", status.evictions}}) +
         Family("trouble", "gauge", "1 where what is known or told may be old.",
                {{"", !status.trouble.empty()}});
}

}  // namespace railhook
