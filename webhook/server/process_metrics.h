#pragma once
// What a process takes of its machine, under the names that Prometheus' clients have for it.

#include "webhook/server/metrics.h"

namespace railhook {

// Adds process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds
// and process_start_time_seconds. Call at the start.
void AddProcessMetrics(Metrics& metrics);

}  // namespace railhook
