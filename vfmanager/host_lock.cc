#include "vfmanager/host_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "base/errno_text.h"

namespace railhook {
namespace {

tl::unexpected<Error> CantLock(const std::filesystem::path& file) {
  return Fail(ErrorCode::kUnavailable, file.string() + " can't be written: " + ErrnoText(errno));
}

}  // namespace

Result<HostLock> HostLock::Take(const HostPaths& paths) {
  const auto file = paths.state / "lock";
  std::error_code told_below;
  std::filesystem::create_directories(paths.state, told_below);
  FileDescriptor opened(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!opened) return CantLock(file);
  if (::flock(opened.get(), LOCK_EX | LOCK_NB) == 0) return HostLock(std::move(opened));
  if (errno != EWOULDBLOCK) return CantLock(file);
  return Fail(ErrorCode::kConflict, "another railhook-vfmanager is changing this host (it holds " +
                                        file.string() + "): run again when it is done");
}

}  // namespace railhook
