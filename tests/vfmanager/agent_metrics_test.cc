#include "vfmanager/agent_metrics.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

bool Has(const AgentStatus& status, const std::string& line) {
  return ('\n' + MetricsText(status)).find('\n' + line + '\n') != std::string::npos;
}

TEST_CASE("metrics tell what the node's state does, and count") {
  AgentStatus status;
  Situation failing;
  failing.failures = {"EIO"};
  status.report = ReportOf(failing);
  status.vfs = 56;
  status.applies = 5;
  status.failed_applies = 2;
  CHECK(Has(status, R"(railhook_vfmanager_sync{status="Failed"} 1)"));
  CHECK(Has(status, R"(railhook_vfmanager_sync{status="Succeeded"} 0)"));
  CHECK(Has(status, R"(railhook_vfmanager_condition{type="Ready"} 0)"));
  CHECK(Has(status, "railhook_vfmanager_vfs 56"));
  CHECK(Has(status, R"(railhook_vfmanager_applies_total{result="success"} 3)"));
  CHECK(Has(status, R"(railhook_vfmanager_applies_total{result="failure"} 2)"));
  CHECK(Has(status, "railhook_vfmanager_trouble 0"));
  CHECK(Has(status, "# TYPE railhook_vfmanager_applies_total counter"));
  status.trouble = "403";
  CHECK(Has(status, "railhook_vfmanager_trouble 1"));
}

}  // namespace
}  // namespace railhook
