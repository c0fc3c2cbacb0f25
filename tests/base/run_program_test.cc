#include "base/run_program.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

Result<ProgramResult> Shell(const std::string& script, const ProgramLimits& limits = {},
                            std::stop_token stop = {}) {
  return RunProgram({"sh", {"-c", script}, {}}, limits, stop);
}

// "status output|complaints", or the error's text.
std::string Show(const Result<ProgramResult>& result) {
  if (!result) return result.error().message;
  return std::to_string(result->status) + ' ' + result->output + '|' + result->complaints;
}

TEST_CASE("what a program prints and its status come back") {
  CHECK(Show(Shell("echo out; echo err >&2; exit 3")) == "3 out\n|err\n");
  CHECK(Show(Shell("kill -TERM $$")) == "143 |");
  CHECK(Show(RunProgram({"/bin/echo", {"a b", "$c", ""}, {}}, {}, {})) == "0 a b $c \n|");
}

TEST_CASE("a program gets its own variables beside ours, and theirs win") {
  const Program program{
      "sh", {"-c", "echo $ONE-$HOME-${PATH:+path}"}, {{"ONE", "1"}, {"HOME", "/h"}}};
  CHECK(Show(RunProgram(program, {}, {})) == "0 1-/h-path\n|");
}

TEST_CASE("a program has nothing to read and no file of ours open") {
  const int inherited = ::dup(1);
  CHECK(Show(RunProgram({"cat", {}, {}}, {}, {})) == "0 |");
  // The last one is the directory itself.
  CHECK(Show(RunProgram({"ls", {"/proc/self/fd"}, {}}, {}, {})) == "0 0\n1\n2\n3\n|");
  ::close(inherited);
}

TEST_CASE("a program that is not there is not found") {
  const auto result = RunProgram({"railhook-no-such-program", {}, {}}, {}, {});
  CHECK(Show(result) == "\"railhook-no-such-program\" can't be run: No such file or directory");
  CHECK(result.error().code == ErrorCode::kNotFound);
  CHECK(RunProgram({"/dev/null", {}, {}}, {}, {}).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a program that takes too long is ended, with all that it has started") {
  const TemporaryDirectory directory;
  const auto mark = (directory.path() / "mark").string();
  const auto result = Shell("(sleep 2; touch " + mark + ") & echo $! > " + mark + ".id; wait",
                            {.time = milliseconds(300)});
  CHECK(Show(result) == "\"sh\": it took longer than 300 ms");
  CHECK(result.error().code == ErrorCode::kUnavailable);
  const auto child = ReadFile(mark + ".id").value();
  // A killed child may stay as a zombie where nobody waits for orphans.
  CHECK(Show(Shell("state=$(cut -d' ' -f3 /proc/" + child.substr(0, child.size() - 1) +
                   "/stat 2>&1) && [ \"$state\" != Z ] && echo alive; true")) == "0 |");
}

TEST_CASE("a program that prints too much is ended") {
  const auto result = Shell("yes", {.output = 1000});
  CHECK(Show(result) == "\"sh\": it printed over 1000 bytes");
  CHECK(result.error().code == ErrorCode::kInvalid);
  CHECK(Show(Shell("printf 12345", {.output = 5})) == "0 12345|");
  CHECK(Show(Shell("printf 123456", {.output = 5})) == "\"sh\": it printed over 5 bytes");
}

TEST_CASE("of many complaints the beginning is kept, and nobody waits") {
  CHECK(Show(Shell("seq 100000 >&2; echo done", {.complaints = 4})) == "0 done\n|1\n2\n");
}

TEST_CASE("all of a large output comes") {
  const auto result = Shell("head -c 1000000 /dev/zero");
  REQUIRE(result);
  CHECK(result->output == std::string(1'000'000, '\0'));
}

TEST_CASE("a program that leaves another one running has ended") {
  const auto start = std::chrono::steady_clock::now();
  CHECK(Show(Shell("sleep 100 & echo $!; exit 0")).starts_with("0 "));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(50));
}

TEST_CASE("a request to stop ends a program") {
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop.request_stop();
  });
  CHECK(Show(Shell("sleep 100", {}, stop.get_token())) == "\"sh\": it was stopped");
}

}  // namespace
}  // namespace railhook
