#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/errno_text.h"

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

tl::unexpected<Error> CantWrite(const std::filesystem::path& path) {
  return Fail(ErrorCode::kUnavailable, path.string() + " can't be written: " + ErrnoText(errno));
}

bool WriteAll(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The names in a directory are on disk when it returns.
bool SyncDirectory(const std::filesystem::path& directory) {
  const int opened = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return false;
  const bool synced = ::fsync(opened) == 0;
  ::close(opened);
  return synced;
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

Result<> ReplaceFile(const std::filesystem::path& path, std::string_view text, mode_t mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);  // 0600
  if (file < 0) return CantWrite(path);
  const bool written = WriteAll(file, text) && ::fchmod(file, mode) == 0 && ::fsync(file) == 0;
  if (::close(file) != 0 || !written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failed = CantWrite(path);
    ::unlink(temporary.c_str());
    return failed;
  }
  if (!SyncDirectory(path.parent_path())) return CantWrite(path);
  return {};
}

}  // namespace railhook
