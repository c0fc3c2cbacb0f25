#include "vfmanager/driver_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/errno_text.h"
#include "vfmanager/left_child.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// A reader that was left behind.
struct Stuck {
  std::unique_ptr<LeftChild> reader;
  fs::path file;
};

tl::unexpected<Error> CantRead(const fs::path& file, int error) {
  if (error != ETIMEDOUT)
    return Fail(ErrorCode::kUnavailable, "no process to read sysfs: " + ErrnoText(error));
  return Fail(ErrorCode::kUnavailable,
              file.string() +
                  " can't be read: its driver is making or removing VFs, or doesn't come back; "
                  "`dmesg` on the node says what it does");
}

// In the child. That a file can't be read isn't what is asked.
int ReadOnce(std::string_view file) {
  std::array<char, 64> text;
  const FileDescriptor opened(::open(file.data(), O_RDONLY | O_CLOEXEC));
  if (opened) (void)(::read(opened.get(), text.data(), text.size()) < 0);
  return 0;
}

}  // namespace

Result<> AwaitReadable(const std::vector<fs::path>& files, std::chrono::milliseconds limit) {
  static std::mutex one_at_a_time;
  static Stuck stuck;
  const std::scoped_lock lock(one_at_a_time);
  if (stuck.reader && stuck.reader->IsStuck()) return CantRead(stuck.file, ETIMEDOUT);
  stuck = {};
  auto reader = std::make_unique<LeftChild>(ReadOnce);
  const auto end = steady_clock::now() + limit;
  for (const fs::path& file : files) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
    const int error = reader->Ask(file.string() + '\0', left);
    if (error == ETIMEDOUT) stuck = {std::move(reader), file};
    if (error != 0) return CantRead(file, error);
  }
  return {};
}

}  // namespace railhook
