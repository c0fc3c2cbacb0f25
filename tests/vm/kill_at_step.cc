// kill_at_step N COMMAND...: runs a command that prints a line before each of its steps, and kills
// it (SIGKILL) in its step N, counted from 1. Exit status: 0 killed, 3 it ended before.
//
// Its output is a pipe that holds one line. So the command can't begin the step after the one whose
// line hasn't been read, and is killed in the step that is wanted however slow the machine is.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int kFailed = 1;
constexpr int kEndedBefore = 3;

// Each write is a packet of its own, and a page holds one packet.
bool OpenPipe(std::array<int, 2>& ends) {
  return ::pipe2(ends.data(), O_DIRECT | O_CLOEXEC) == 0 &&
         ::fcntl(ends[1], F_SETPIPE_SZ, 4096) == 4096;
}

[[noreturn]] void Become(char** command, int output) {
  ::dup2(output, STDOUT_FILENO);
  ::execvp(command[0], command);
  ::_exit(127);
}

// Whether a line came; not when the writer has gone.
bool ReadLine(int input) {
  std::array<char, 4096> line;
  return ::read(input, line.data(), line.size()) > 0;
}

// Whether one is there. It stays there, so the command waits after this step.
bool HasLine(int input) {
  pollfd readable{input, POLLIN, 0};
  ::poll(&readable, 1, -1);
  return (readable.revents & POLLIN) != 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::array<int, 2> ends{};
  if (argc < 3 || !OpenPipe(ends)) return kFailed;
  const pid_t child = ::fork();
  if (child == 0) Become(argv + 2, ends[1]);
  ::close(ends[1]);
  bool runs = true;
  for (int step = 1; runs && step < std::atoi(argv[1]); ++step) runs = ReadLine(ends[0]);
  runs = runs && HasLine(ends[0]);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return runs ? 0 : kEndedBefore;
}
