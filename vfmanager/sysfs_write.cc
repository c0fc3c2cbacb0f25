#include "vfmanager/sysfs_write.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/errno_text.h"
#include "base/file_descriptor.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

Result<> Outcome(int error, const fs::path& file, std::string_view text) {
  if (error == 0) return {};
  return Fail(ErrnoCode(error),
              "writing " + std::string(text) + " to " + file.string() + ": " + ErrnoText(error));
}

// 0, or the errno.
int Write(int file, std::string_view text) {
  return ::write(file, text.data(), text.size()) < 0 ? errno : 0;
}

// The errno that the child reports.
int Await(int pipe, std::chrono::milliseconds limit) {
  pollfd readable{pipe, POLLIN, 0};
  int polled = 0;
  const auto end = std::chrono::steady_clock::now() + limit;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    polled = ::poll(&readable, 1, static_cast<int>(std::max<long>(left.count(), 0)));
  } while (polled < 0 && errno == EINTR);
  int error = 0;
  if (polled == 0) return ETIMEDOUT;
  return ::read(pipe, &error, sizeof error) == sizeof error ? error : EIO;
}

// What the parent has open (a lock, the reader of its output) is not the child's to keep.
void CloseAllBut(int a, int b) {
  const auto low = static_cast<unsigned>(std::min(a, b));
  const auto high = static_cast<unsigned>(std::max(a, b));
  if (low > 0) ::close_range(0, low - 1, 0);
  if (low + 1 < high) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

// In the child of a program with threads only system calls are safe.
[[noreturn]] void WriteAsChild(int file, std::string_view text, int pipe) {
  CloseAllBut(file, pipe);
  const int error = Write(file, text);
  const bool told = ::write(pipe, &error, sizeof error) == sizeof error;
  ::_exit(told ? 0 : 1);
}

// A child that is stuck in the kernel can't be waited for.
void Bury(pid_t child, bool stuck) {
  if (stuck) ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, stuck ? WNOHANG : 0) < 0 && errno == EINTR) continue;
}

}  // namespace

Result<> WriteSysfs(const fs::path& file, std::string_view text) {
  const FileDescriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return Outcome(opened.get() < 0 ? errno : Write(opened.get(), text), file, text);
}

Result<> WriteSysfsWithin(const fs::path& file, std::string_view text,
                          std::chrono::milliseconds limit) {
  const FileDescriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (opened.get() < 0) return Outcome(errno, file, text);
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return Outcome(errno, file, text);
  const FileDescriptor reader(ends[0]);
  const FileDescriptor writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return Outcome(errno, file, text);
  if (child == 0) WriteAsChild(opened.get(), text, writer.get());
  const int error = Await(reader.get(), limit);
  Bury(child, error == ETIMEDOUT);
  return Outcome(error, file, text);
}

}  // namespace railhook
