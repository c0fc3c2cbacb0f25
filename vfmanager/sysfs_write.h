#pragma once
// Writes to files of sysfs, each in one write(2). Errors say what was written where, and the errno:
// "writing 7 to /sys/...: EIO (Input/output error)". kNotFound: ENOENT, ENODEV; kConflict: EBUSY.

#include <chrono>
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace railhook {

// For what a driver has no part in.
Result<> WriteSysfs(const std::filesystem::path& file, std::string_view text);

// For what a driver may take long over, or never come back from: the write is made by a child
// process, which is left behind when `limit` is over (ETIMEDOUT).
Result<> WriteSysfsWithin(const std::filesystem::path& file, std::string_view text,
                          std::chrono::milliseconds limit);

}  // namespace railhook
