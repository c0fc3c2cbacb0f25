#pragma once
// Runs a program that prints something and ends.

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace railhook {

struct Program {
  std::string command;  // a path, or a name that is looked up in PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // beside this process's own
};

struct ProgramLimits {
  std::chrono::milliseconds time{60'000};
  std::size_t output = 1 << 20;   // bytes
  std::size_t complaints = 4096;  // bytes that are kept
};

struct ProgramResult {
  int status = 0;          // as a shell has it: 128 and the signal where one killed it
  std::string output;      // of its standard output
  std::string complaints;  // of its standard error, the beginning
};

// Runs `program` with nothing to read, no open files, and in a process group of its own, which is
// killed when its time is over or `stop` is requested (kUnavailable), or when it prints more than
// it may (kInvalid). kNotFound where there is no such program. Its end counts, not that of programs
// that it has started.
Result<ProgramResult> RunProgram(const Program& program, const ProgramLimits& limits,
                                 std::stop_token stop);

}  // namespace railhook
