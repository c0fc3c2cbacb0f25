#pragma once
// A child process for system calls that the kernel may never let return: a driver that hangs holds
// its device's lock, and who waits for that lock can't be killed.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace railhook {

// Begins with the first order and is there for all of them, as a fork costs more than what it is
// asked for. For one thread.
class LeftChild {
 public:
  // What the child does for an order; 0, or an errno. The child of a program with threads may make
  // system calls and nothing else.
  using Work = int (*)(std::string_view order);

  explicit LeftChild(Work work) : work_(work) {}
  LeftChild(const LeftChild&) = delete;
  ~LeftChild();

  // What `work` says of an order of up to 8 KiB, or why there is no child to ask. ETIMEDOUT when
  // `limit` is over: the child is killed, which has an effect once the kernel lets it, and left
  // behind. The next order has another.
  int Ask(const std::string& order, std::chrono::milliseconds limit);

  // Whether the one that was left behind last is there still.
  bool IsStuck();

 private:
  int Start();
  void End(bool stuck);

  const Work work_;
  pid_t child_ = -1;
  pid_t left_ = -1;
  FileDescriptor line_;
};

}  // namespace railhook
