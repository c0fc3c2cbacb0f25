#pragma once
// Reading what the code under test writes to stderr.

#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

namespace railhook {

// What is written to stderr while it lives.
class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), saved_(dup(STDERR_FILENO)) {
    std::fflush(stderr);
    dup2(fileno(file_), STDERR_FILENO);
  }
  ~CapturedStderr() {
    std::fflush(stderr);
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    std::fclose(file_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  std::string Text() const {
    std::fflush(stderr);
    std::string text;
    std::array<char, 4096> buffer;
    ssize_t size = 0;
    while ((size = pread(fileno(file_), buffer.data(), buffer.size(),
                         static_cast<off_t>(text.size()))) > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  // Those that have ended.
  std::vector<std::string> Lines() const {
    std::istringstream text(Text());
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line) && !text.eof();) lines.push_back(line);
    return lines;
  }

 private:
  std::FILE* const file_;
  const int saved_;
};

}  // namespace railhook
