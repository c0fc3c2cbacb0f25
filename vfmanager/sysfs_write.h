#pragma once
// Writes to files of sysfs, each in one write(2). Errors say what was written where, and the errno:
// "writing 7 to /sys/...: EIO (Input/output error)". kNotFound: ENOENT, ENODEV; kConflict: EBUSY.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace railhook {

// For what a driver has no part in.
Result<> WriteSysfs(const std::filesystem::path& file, std::string_view text);

// For what a driver may take long over, or never come back from: a child process makes the writes.
// It begins with the first and is there for all of them, as a fork costs more than a write does.
// For one thread.
class SysfsWriter {
 public:
  SysfsWriter() = default;
  SysfsWriter(const SysfsWriter&) = delete;
  ~SysfsWriter();

  // When `limit` is over it is left behind with its child (ETIMEDOUT); the next has another.
  Result<> Write(const std::filesystem::path& file, std::string_view text,
                 std::chrono::milliseconds limit);

 private:
  int Start();
  int Pass(const std::string& order, std::chrono::milliseconds limit);
  void End(bool stuck);

  pid_t child_ = -1;
  FileDescriptor line_;
};

}  // namespace railhook
