#pragma once
// A driver that makes VFs, or probes a function, has that function's lock meanwhile. Whoever reads
// an attribute that needs the lock waits for as long, and can't be killed where the driver hangs.

#include <chrono>
#include <filesystem>
#include <vector>

#include "base/result.h"

namespace railhook {

// Waits until each file can be read, so that reading it in this process doesn't hang. kUnavailable
// names the one that can't when `limit` is over. The process that then is left waiting is the only
// one: until it ends, further calls fail at once. Thread-safe.
Result<> AwaitReadable(const std::vector<std::filesystem::path>& files,
                       std::chrono::milliseconds limit);

}  // namespace railhook
