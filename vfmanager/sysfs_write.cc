#include "vfmanager/sysfs_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/errno_text.h"
#include "base/file_descriptor.h"
#include "vfmanager/left_child.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

ErrorCode CodeOf(int error) {
  if (error == ENOENT || error == ENODEV) return ErrorCode::kNotFound;
  return error == EBUSY ? ErrorCode::kConflict : ErrorCode::kUnavailable;
}

Result<> Outcome(int error, const fs::path& file, std::string_view text) {
  if (error == 0) return {};
  return Fail(CodeOf(error),
              "writing " + std::string(text) + " to " + file.string() + ": " + ErrnoText(error));
}

// 0, or the errno.
int Write(int file, std::string_view text) {
  return ::write(file, text.data(), text.size()) < 0 ? errno : 0;
}

// The errno that the child reports.
int Reported(const std::string& output) {
  int error = 0;
  if (output.size() != sizeof error) return EIO;
  std::memcpy(&error, output.data(), sizeof error);
  return error;
}

}  // namespace

Result<> WriteSysfs(const fs::path& file, std::string_view text) {
  const FileDescriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return Outcome(opened.get() < 0 ? errno : Write(opened.get(), text), file, text);
}

Result<> WriteSysfsWithin(const fs::path& file, std::string_view text,
                          std::chrono::milliseconds limit) {
  const FileDescriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (opened.get() < 0) return Outcome(errno, file, text);
  auto child = LeftChild::Start(opened.get(), [&](int pipe) {
    const int error = Write(opened.get(), text);
    if (::write(pipe, &error, sizeof error) < 0) ::_exit(1);
  });
  if (!child) return Outcome(errno, file, text);
  const int error = child->Await(limit) ? Reported(child->output()) : ETIMEDOUT;
  return Outcome(error, file, text);
}

}  // namespace railhook
