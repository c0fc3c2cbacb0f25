#include "base/files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string_view>

#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

using namespace std::string_view_literals;

// Has standard input read from a file for as long as it lives.
class StandardInput {
 public:
  explicit StandardInput(const std::filesystem::path& file) : saved_(::dup(STDIN_FILENO)) {
    const int opened = ::open(file.c_str(), O_RDONLY);
    REQUIRE(opened >= 0);
    ::dup2(opened, STDIN_FILENO);
    ::close(opened);
  }
  StandardInput(const StandardInput&) = delete;
  ~StandardInput() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

TEST_CASE("ReadFile gives every byte") {
  const TemporaryDirectory directory;
  for (const std::string_view text : {""sv, "a"sv, "no newline\r\n at the end"sv, "\0\xFF\x80"sv}) {
    directory.Write("file", text);
    const auto read = ReadFile(directory.path() / "file");
    REQUIRE(read);
    CHECK(*read == text);
  }
}

TEST_CASE("ReadFile reads large files and through links") {
  const TemporaryDirectory directory;
  const std::string text(3 << 20, 'x');
  directory.Write("file", text);
  std::filesystem::create_symlink("file", directory.path() / "link");
  CHECK(ReadFile(directory.path() / "link") == text);
}

TEST_CASE("ReadFile: what can't be read is told apart, and named") {
  const TemporaryDirectory directory;
  directory.Write("file", "");
  std::filesystem::create_symlink("nowhere", directory.path() / "link");
  const struct {
    std::filesystem::path path;
    ErrorCode code;
    std::string_view why;
  } cases[] = {
      {directory.path() / "none", ErrorCode::kNotFound, "No such file"},
      {directory.path() / "none" / "file", ErrorCode::kNotFound, "No such file"},
      {directory.path() / "link", ErrorCode::kNotFound, "No such file"},
      {directory.path(), ErrorCode::kUnavailable, "is a directory"},
      {"/proc/self/mem", ErrorCode::kUnavailable, "can't be read"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.path.string());
    const auto read = ReadFile(c.path);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == c.code);
    CHECK(read.error().message.find(c.path.string()) == 0);
    CHECK(read.error().message.find(c.why) != std::string::npos);
  }
}

TEST_CASE("ReadStandardInput gives all of it, or says that it can't be read") {
  const TemporaryDirectory directory;
  directory.Write("file", "a\n\xFFz");
  {
    const StandardInput input(directory.path() / "file");
    CHECK(ReadStandardInput() == "a\n\xFFz");
  }
  const StandardInput input(directory.path());
  const auto read = ReadStandardInput();
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ErrorCode::kUnavailable);
  CHECK(read.error().message.find("standard input") == 0);
}

}  // namespace
}  // namespace railhook
