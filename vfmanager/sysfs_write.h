#pragma once
// Writes to files of sysfs, each in one write(2). Errors say what was written where, and the errno:
// "writing 7 to /sys/...: EIO (Input/output error)". kNotFound: ENOENT, ENODEV; kConflict: EBUSY.

#include <chrono>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "vfmanager/left_child.h"

namespace railhook {

// For what a driver has no part in.
Result<> WriteSysfs(const std::filesystem::path& file, std::string_view text);

// For what a driver may take long over, or never come back from: a child process does it. For one
// thread.
class SysfsChild {
 public:
  SysfsChild();

  // When `limit` is over it is left behind with its child (ETIMEDOUT); the next has another.
  Result<> Write(const std::filesystem::path& file, std::string_view text,
                 std::chrono::milliseconds limit);

  // Waits until reading the file ends, as it does without delay where no driver has the lock of its
  // function. ETIMEDOUT as above; a file that isn't there is no error.
  Result<> AwaitReadable(const std::filesystem::path& file, std::chrono::milliseconds limit);

  // Whether the child that was left behind last is there still.
  bool IsStuck() { return child_.IsStuck(); }

 private:
  LeftChild child_;
};

}  // namespace railhook
