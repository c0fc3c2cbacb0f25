#pragma once
// A child process for system calls that the kernel may never let return: a driver that hangs holds
// its device's lock, and who waits for that lock can't be killed. Such a child is left behind; it
// ends when the kernel lets it.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/file_descriptor.h"

namespace railhook {

class LeftChild {
 public:
  // Runs `work` in a child that has open only `file` (-1: none) and the pipe that `work` is given.
  // The child of a program with threads may make system calls and nothing else. Without a child
  // (nullopt) errno says why.
  static std::optional<LeftChild> Start(int file, const std::function<void(int pipe)>& work);

  // Waits until `work` has ended, but no longer than `limit`; then the child is killed, which has
  // an effect once the kernel lets it. Whether it ended.
  bool Await(std::chrono::milliseconds limit);

  // What came through the pipe so far.
  const std::string& output() const { return output_; }

  // Whether it has ended meanwhile.
  bool Ended();

 private:
  LeftChild(pid_t pid, FileDescriptor reader) : pid_(pid), reader_(std::move(reader)) {}

  bool ReadUntil(std::chrono::steady_clock::time_point end);

  pid_t pid_;
  FileDescriptor reader_;
  std::string output_;
};

}  // namespace railhook
