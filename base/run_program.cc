#include "base/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/text.h"

extern char** environ;

namespace railhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookEvery{20};  // whether it has ended, or is to be ended

// Both ends of a pipe, which no other program inherits. Reading doesn't wait; the reading end goes
// when the last writer has gone.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) == 0) ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  Pipe(const Pipe&) = delete;
  ~Pipe() {
    CloseWriter();
    CloseReader();
  }

  bool IsOpen() const { return ends_[0] >= 0; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }

  void CloseWriter() { Close(ends_[1]); }

  // Adds a block of what is there to `text`, of which it keeps up to `most` bytes; false where
  // there is nothing.
  bool Drain(std::string& text, std::size_t most) {
    std::array<char, 1 << 16> block;
    const auto size = ::read(ends_[0], block.data(), block.size());
    if (size == 0) CloseReader();
    if (size <= 0) return false;
    text.append(block.data(), std::min(static_cast<std::size_t>(size), most - text.size()));
    return true;
  }

 private:
  void CloseReader() { Close(ends_[0]); }

  static void Close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }

  std::array<int, 2> ends_{-1, -1};
};

std::vector<std::string> MakeEnvironment(const Program& program) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : program.environment) variables.push_back(name + '=' + value);
  const auto is_given = [&](std::string_view variable) {
    return std::any_of(
        program.environment.begin(), program.environment.end(),
        [&](const auto& own) { return variable.substr(0, variable.find('=')) == own.first; });
  };
  for (char** variable = environ; *variable; ++variable) {
    if (!is_given(*variable)) variables.emplace_back(*variable);
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// How the child begins: nothing but its three streams, in a group of its own, with no signal held
// back.
class SpawnSettings {
 public:
  SpawnSettings(int output, int complaints) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, output, 1);
    posix_spawn_file_actions_adddup2(&files_, complaints, 2);
    posix_spawn_file_actions_addclosefrom_np(&files_, 3);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> Spawn(const Program& program) const {
    std::vector<std::string> words{program.command};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    auto variables = MakeEnvironment(program);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, program.command.c_str(), &files_, &attributes_,
                                      Pointers(words).data(), Pointers(variables).data());
    if (failed == 0) return child;
    return Fail(failed == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                Quoted(program.command) + " can't be run: " + std::strerror(failed));
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

int StatusOf(int waited) {
  return WIFSIGNALED(waited) ? 128 + WTERMSIG(waited) : WEXITSTATUS(waited);
}

// Ends with its group, at the latest when this goes.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  Child(const Child&) = delete;
  ~Child() {
    if (ended_) return;
    ::kill(-id_, SIGKILL);
    Wait(0);
  }

  // Its status once it has ended.
  std::optional<int> Ended() {
    if (!ended_) Wait(WNOHANG);
    return ended_ ? std::optional(StatusOf(waited_)) : std::nullopt;
  }

 private:
  void Wait(int flags) {
    pid_t ended = 0;
    while ((ended = ::waitpid(id_, &waited_, flags)) < 0 && errno == EINTR) continue;
    ended_ = ended == id_;
  }

  pid_t id_;
  int waited_ = 0;
  bool ended_ = false;
};

struct Streams {
  Pipe output;
  Pipe complaints;

  // Whether anything came.
  bool Drain(ProgramResult& result, const ProgramLimits& limits) {
    const bool printed = output.Drain(result.output, limits.output + 1);
    return complaints.Drain(result.complaints, limits.complaints) || printed;
  }

  // For a reader that is closed this only takes time.
  void Wait() const {
    std::array<pollfd, 2> both{pollfd{output.reader(), POLLIN, 0},
                               pollfd{complaints.reader(), POLLIN, 0}};
    ::poll(both.data(), both.size(), static_cast<int>(kLookEvery.count()));
  }
};

Result<> CheckLimits(const ProgramResult& result, const ProgramLimits& limits,
                     steady_clock::time_point start, const std::stop_token& stop) {
  if (result.output.size() > limits.output) {
    return Fail(ErrorCode::kInvalid, "it printed over " + std::to_string(limits.output) + " bytes");
  }
  if (stop.stop_requested()) return Fail(ErrorCode::kUnavailable, "it was stopped");
  if (steady_clock::now() - start < limits.time) return {};
  return Fail(ErrorCode::kUnavailable,
              "it took longer than " + std::to_string(limits.time.count()) + " ms");
}

Result<ProgramResult> Follow(Child& child, Streams& streams, const ProgramLimits& limits,
                             const std::stop_token& stop) {
  const auto start = steady_clock::now();
  ProgramResult result;
  while (true) {
    const auto status = child.Ended();  // first, so that nothing printed before is missed
    const bool more = streams.Drain(result, limits);
    TRY(CheckLimits(result, limits, start, stop));
    result.status = status.value_or(0);
    if (status && !more) return result;
    if (!more) streams.Wait();
  }
}

}  // namespace

Result<ProgramResult> RunProgram(const Program& program, const ProgramLimits& limits,
                                 std::stop_token stop) {
  Streams streams;
  if (!streams.output.IsOpen() || !streams.complaints.IsOpen()) {
    return Fail(ErrorCode::kUnavailable, std::string("no pipe: ") + std::strerror(errno));
  }
  const SpawnSettings settings(streams.output.writer(), streams.complaints.writer());
  Child child(TRY(settings.Spawn(program)));
  streams.output.CloseWriter();
  streams.complaints.CloseWriter();
  auto result = Follow(child, streams, limits, stop);
  if (!result) return Fail(Quoted(program.command), result.error());
  return result;
}

}  // namespace railhook
