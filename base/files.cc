#include "base/files.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace railhook {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Not through streams, which don't tell a failure from the end.
Result<std::string> ReadAll(std::FILE* file, const std::string& name) {
  std::string text;
  std::array<char, 1 << 16> block;
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), file))
    text.append(block.data(), size);
  if (std::ferror(file) == 0) return text;
  return Fail(ErrorCode::kUnavailable, name + ": can't be read: " + std::strerror(errno));
}

}  // namespace

Result<std::string> ReadFile(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Fail(ErrorCode::kUnavailable, path.string() + ": is a directory, not a file");
  }
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) {
    const auto code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    return Fail(code, path.string() + ": " + std::strerror(errno));
  }
  return ReadAll(file.get(), path.string());
}

Result<std::string> ReadStandardInput() { return ReadAll(stdin, "standard input"); }

}  // namespace railhook
