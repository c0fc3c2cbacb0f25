#pragma once
// Keeps two programs from changing a host at once.

#include <utility>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "vfmanager/host_paths.h"

namespace railhook {

// Held as long as it lives, and never longer than its process.
class HostLock {
 public:
  // kConflict where somebody else holds it.
  static Result<HostLock> Take(const HostPaths& paths);

 private:
  explicit HostLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace railhook
