#include "vfmanager/driver_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <string>
#include <utility>

#include "base/errno_text.h"
#include "vfmanager/left_child.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

struct Stuck {
  LeftChild reader;
  fs::path file;
};

tl::unexpected<Error> CantRead(const fs::path& file) {
  return Fail(ErrorCode::kUnavailable,
              file.string() +
                  " can't be read: its driver is making or removing VFs, or doesn't come back; "
                  "`dmesg` on the node says what it does");
}

// In the child: a byte for each file that was read.
void ReadAll(const std::vector<fs::path>& files, int pipe) {
  std::array<char, 64> text;
  for (const fs::path& file : files) {
    const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened >= 0 && ::read(opened, text.data(), text.size()) >= 0) ::close(opened);
    if (::write(pipe, "", 1) != 1) return;
  }
}

}  // namespace

Result<> AwaitReadable(const std::vector<fs::path>& files, std::chrono::milliseconds limit) {
  static std::mutex one_at_a_time;
  static std::optional<Stuck> stuck;
  const std::scoped_lock lock(one_at_a_time);
  if (stuck && !stuck->reader.Ended()) return CantRead(stuck->file);
  stuck.reset();
  auto reader = LeftChild::Start(-1, [&](int pipe) { ReadAll(files, pipe); });
  if (!reader)
    return Fail(ErrorCode::kUnavailable, "no process to read sysfs: " + ErrnoText(errno));
  if (reader->Await(limit)) return {};
  const std::size_t read = reader->output().size();
  if (read >= files.size()) return {};
  stuck = Stuck{std::move(*reader), files[read]};
  return CantRead(files[read]);
}

}  // namespace railhook
