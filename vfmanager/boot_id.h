#pragma once
// Which boot of the host this is.

#include <string>

#include "vfmanager/host_paths.h"
#include "vfmanager/sysfs.h"

namespace railhook {

// Another one after each boot; "" where it can't be read.
inline std::string BootIdOf(const HostPaths& paths) {
  return ReadAttribute(paths.proc / "sys/kernel/random/boot_id");
}

}  // namespace railhook
