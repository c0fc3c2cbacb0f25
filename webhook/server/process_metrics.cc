#include "webhook/server/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace railhook {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream pages("/proc/self/statm");
  double in_all = 0;
  double resident = 0;
  pages >> in_all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double OpenDescriptors() {
  std::error_code unreadable;
  const std::filesystem::directory_iterator open("/proc/self/fd", unreadable);
  return static_cast<double>(std::distance(begin(open), end(open))) - 1;  // less that of the look
}

double MostDescriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void AddProcessMetrics(Metrics& metrics) {
  metrics.Add(Metrics::Type::kCounter, "process_cpu_seconds_total",
              "User and system CPU time spent.", [] {
                return std::vector<Metrics::Sample>{{{}, CpuSeconds()}};
              });
  metrics.AddGauge("process_resident_memory_bytes", "Resident memory.", ResidentBytes);
  metrics.AddGauge("process_open_fds", "Open file descriptors.", OpenDescriptors);
  metrics.AddGauge("process_max_fds", "File descriptors that may be open.", MostDescriptors);
  metrics.AddGauge("process_start_time_seconds", "When the process started.",
                   [start = static_cast<double>(std::time(nullptr))] { return start; });
}

}  // namespace railhook
