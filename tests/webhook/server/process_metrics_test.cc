#include "webhook/server/process_metrics.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <string>

namespace railhook {
namespace {

double ValueOf(const Metrics& metrics, const std::string& name) {
  const std::string text = metrics.Text();
  const auto line = text.find('\n' + name + ' ');
  REQUIRE(line != std::string::npos);
  return std::stod(text.substr(line + name.size() + 2));
}

TEST_CASE("a process tells what it takes of its machine") {
  Metrics metrics("x");
  AddProcessMetrics(metrics);
  CHECK(ValueOf(metrics, "process_cpu_seconds_total") > 0);
  CHECK(ValueOf(metrics, "process_resident_memory_bytes") > 1e6);
  CHECK(ValueOf(metrics, "process_max_fds") > ValueOf(metrics, "process_open_fds"));
  const double now = static_cast<double>(std::time(nullptr));
  CHECK(ValueOf(metrics, "process_start_time_seconds") <= now);
  CHECK(ValueOf(metrics, "process_start_time_seconds") > now - 60);
}

TEST_CASE("one more open file is one more file descriptor") {
  Metrics metrics("x");
  AddProcessMetrics(metrics);
  const double before = ValueOf(metrics, "process_open_fds");
  const int opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK(ValueOf(metrics, "process_open_fds") == before + 1);
  ::close(opened);
  CHECK(ValueOf(metrics, "process_open_fds") == before);
}

}  // namespace
}  // namespace railhook
