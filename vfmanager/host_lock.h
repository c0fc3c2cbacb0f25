#pragma once
// Keeps two programs from changing a host at once.

#include <utility>

#include "base/result.h"
#include "vfmanager/host_paths.h"

namespace railhook {

// Held as long as it lives, and never longer than its process.
class HostLock {
 public:
  // kConflict where somebody else holds it.
  static Result<HostLock> Take(const HostPaths& paths);

  HostLock(HostLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  HostLock& operator=(HostLock&&) = delete;
  ~HostLock();

 private:
  explicit HostLock(int file) : file_(file) {}

  int file_;
};

}  // namespace railhook
