#include "vfmanager/sysfs_write.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/errno_text.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestOrder = 8192;

ErrorCode CodeOf(int error) {
  if (error == ENOENT || error == ENODEV) return ErrorCode::kNotFound;
  return error == EBUSY ? ErrorCode::kConflict : ErrorCode::kUnavailable;
}

Result<> Outcome(int error, const fs::path& file, std::string_view text) {
  if (error == 0) return {};
  return Fail(CodeOf(error),
              "writing " + std::string(text) + " to " + file.string() + ": " + ErrnoText(error));
}

// 0, or the errno.
int Write(int file, std::string_view text) {
  return ::write(file, text.data(), text.size()) < 0 ? errno : 0;
}

// 0, or the errno. The file may be gone by now, or be read-only.
int OpenAndWrite(const char* file, std::string_view text) {
  const FileDescriptor opened(::open(file, O_WRONLY | O_CLOEXEC));
  return opened ? Write(opened.get(), text) : errno;
}

// Whether something can be read in time.
bool Await(int line, std::chrono::milliseconds limit) {
  pollfd readable{line, POLLIN, 0};
  int polled = 0;
  const auto end = std::chrono::steady_clock::now() + limit;
  do {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    polled = ::poll(&readable, 1, static_cast<int>(std::max<long>(left.count(), 0)));
  } while (polled < 0 && errno == EINTR);
  return polled > 0;
}

// What the parent has open (a lock, the reader of its output) is not the child's to keep.
void CloseAllBut(int file) {
  const auto kept = static_cast<unsigned>(file);
  if (kept > 0) ::close_range(0, kept - 1, 0);
  ::close_range(kept + 1, ~0U, 0);
}

// Orders are a path, a zero and a text; answers are errnos. In the child of a program with threads
// only system calls are safe.
[[noreturn]] void ServeAsChild(int line) {
  CloseAllBut(line);
  std::array<char, kLongestOrder> order;
  ssize_t size = 0;
  while ((size = TEMP_FAILURE_RETRY(::recv(line, order.data(), order.size(), 0))) > 0) {
    const std::string_view path(order.data());
    const int error = OpenAndWrite(
        order.data(),
        std::string_view(order.data(), static_cast<std::size_t>(size)).substr(path.size() + 1));
    if (::send(line, &error, sizeof error, MSG_NOSIGNAL) < 0) break;
  }
  ::_exit(0);
}

}  // namespace

Result<> WriteSysfs(const fs::path& file, std::string_view text) {
  return Outcome(OpenAndWrite(file.c_str(), text), file, text);
}

SysfsWriter::~SysfsWriter() { End(false); }

Result<> SysfsWriter::Write(const fs::path& file, std::string_view text,
                            std::chrono::milliseconds limit) {
  const std::string order = file.string() + '\0' + std::string(text);
  int error = order.size() > kLongestOrder ? ENAMETOOLONG : Start();
  if (error == 0) error = Pass(order, limit);
  return Outcome(error, file, text);
}

// 0, or the errno, as below.
int SysfsWriter::Start() {
  if (child_ > 0) return 0;
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  line_ = FileDescriptor(ends[0]);
  const FileDescriptor childs(ends[1]);
  child_ = ::fork();
  if (child_ < 0) return errno;
  if (child_ == 0) ServeAsChild(childs.get());
  return 0;
}

int SysfsWriter::Pass(const std::string& order, std::chrono::milliseconds limit) {
  int error = 0;
  bool told = ::send(line_.get(), order.data(), order.size(), MSG_NOSIGNAL) >= 0;
  const bool stuck = told && !Await(line_.get(), limit);
  told = told && !stuck && ::recv(line_.get(), &error, sizeof error, 0) == sizeof error;
  if (!told) End(stuck);
  return stuck ? ETIMEDOUT : told ? error : EIO;
}

// A child that is stuck in the kernel can't be waited for.
void SysfsWriter::End(bool stuck) {
  line_ = FileDescriptor();
  if (child_ <= 0) return;
  if (stuck) ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, stuck ? WNOHANG : 0) < 0 && errno == EINTR) continue;
  child_ = -1;
}

}  // namespace railhook
