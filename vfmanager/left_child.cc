#include "vfmanager/left_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace railhook {
namespace {

using std::chrono::steady_clock;

// What the parent has open (a lock, the reader of its output) is not the child's to keep.
void CloseAllBut(int a, int b) {
  const auto low = static_cast<unsigned>(std::min(a, b));
  const auto high = static_cast<unsigned>(std::max(a, b));
  if (a >= 0 && b >= 0 && low > 0) ::close_range(0, low - 1, 0);
  if (a < 0 && high > 0) ::close_range(0, high - 1, 0);
  if (a >= 0 && low + 1 < high) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

int MillisecondsUntil(steady_clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
  return static_cast<int>(std::max<long>(left.count(), 0));
}

}  // namespace

std::optional<LeftChild> LeftChild::Start(int file, const std::function<void(int)>& work) {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  FileDescriptor reader(ends[0]);
  const FileDescriptor writer(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return std::nullopt;
  if (pid == 0) {
    CloseAllBut(file, writer.get());
    work(writer.get());
    ::_exit(0);
  }
  return LeftChild(pid, std::move(reader));
}

bool LeftChild::Await(std::chrono::milliseconds limit) {
  const bool ended = ReadUntil(steady_clock::now() + limit);
  if (!ended) ::kill(pid_, SIGKILL);
  while (ended && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  return ended;
}

// Whether the pipe's other end was closed.
bool LeftChild::ReadUntil(steady_clock::time_point end) {
  std::array<char, 512> piece;
  while (true) {
    pollfd readable{reader_.get(), POLLIN, 0};
    const int polled = ::poll(&readable, 1, MillisecondsUntil(end));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) return false;
    const ssize_t size = ::read(reader_.get(), piece.data(), piece.size());
    if (size <= 0) return true;
    output_.append(piece.data(), static_cast<std::size_t>(size));
  }
}

bool LeftChild::Ended() { return ::waitpid(pid_, nullptr, WNOHANG) != 0; }

}  // namespace railhook
