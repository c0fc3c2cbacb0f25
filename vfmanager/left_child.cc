#include "vfmanager/left_child.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kLongestOrder = 8192;

// Whether something can be read in time.
bool Await(int line, milliseconds limit) {
  pollfd readable{line, POLLIN, 0};
  int polled = 0;
  const auto end = steady_clock::now() + limit;
  do {
    const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
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

[[noreturn]] void Serve(int line, LeftChild::Work work) {
  CloseAllBut(line);
  std::array<char, kLongestOrder> order;
  ssize_t size = 0;
  while ((size = TEMP_FAILURE_RETRY(::recv(line, order.data(), order.size(), 0))) > 0) {
    const int answer = work(std::string_view(order.data(), static_cast<std::size_t>(size)));
    if (::send(line, &answer, sizeof answer, MSG_NOSIGNAL) < 0) break;
  }
  ::_exit(0);
}

}  // namespace

LeftChild::~LeftChild() { End(false); }

int LeftChild::Ask(const std::string& order, milliseconds limit) {
  if (order.size() > kLongestOrder) return ENAMETOOLONG;
  if (const int error = Start(); error != 0) return error;
  int answer = 0;
  bool told = ::send(line_.get(), order.data(), order.size(), MSG_NOSIGNAL) >= 0;
  const bool stuck = told && !Await(line_.get(), limit);
  told = told && !stuck && ::recv(line_.get(), &answer, sizeof answer, 0) == sizeof answer;
  if (!told) End(stuck);
  return stuck ? ETIMEDOUT : told ? answer : EIO;
}

bool LeftChild::IsStuck() {
  if (left_ > 0 && ::waitpid(left_, nullptr, WNOHANG) != 0) left_ = -1;
  return left_ > 0;
}

int LeftChild::Start() {
  if (child_ > 0) return 0;
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  line_ = FileDescriptor(ends[0]);
  const FileDescriptor childs(ends[1]);
  child_ = ::fork();
  if (child_ < 0) return errno;
  if (child_ == 0) Serve(childs.get(), work_);
  return 0;
}

// One that is stuck in the kernel can't be waited for.
void LeftChild::End(bool stuck) {
  line_ = FileDescriptor();
  if (child_ <= 0) return;
  if (stuck) {
    ::kill(child_, SIGKILL);
    left_ = child_;
  } else {
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  child_ = -1;
}

}  // namespace railhook
