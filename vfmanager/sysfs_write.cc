#include "vfmanager/sysfs_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/errno_text.h"
#include "base/file_descriptor.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

Result<> Outcome(int error, const std::string& doing) {
  if (error == 0) return {};
  return Fail(ErrnoCode(error), doing + ": " + ErrnoText(error));
}

std::string Writing(std::string_view text, const fs::path& file) {
  return "writing " + std::string(text) + " to " + file.string();
}

// 0, or the errno. The file may be gone by now, or be read-only.
int OpenAndWrite(const char* file, std::string_view text) {
  const FileDescriptor opened(::open(file, O_WRONLY | O_CLOEXEC));
  const bool written = opened && ::write(opened.get(), text.data(), text.size()) >= 0;
  return written ? 0 : errno;
}

// What comes of it isn't asked, only whether it ends.
int ReadOnce(const char* file) {
  std::array<char, 64> text;
  const FileDescriptor opened(::open(file, O_RDONLY | O_CLOEXEC));
  [[maybe_unused]] const auto size = ::read(opened.get(), text.data(), text.size());
  return 0;
}

// An order is a path, a zero and a text to be written; without one the file is read.
int Obey(std::string_view order) {
  const std::string_view path(order.data());
  const std::string_view text = order.substr(path.size() + 1);
  return text.empty() ? ReadOnce(order.data()) : OpenAndWrite(order.data(), text);
}

}  // namespace

Result<> WriteSysfs(const fs::path& file, std::string_view text) {
  return Outcome(OpenAndWrite(file.c_str(), text), Writing(text, file));
}

SysfsChild::SysfsChild() : child_(Obey) {}

Result<> SysfsChild::Write(const fs::path& file, std::string_view text,
                           std::chrono::milliseconds limit) {
  return Outcome(child_.Ask(file.string() + '\0' + std::string(text), limit), Writing(text, file));
}

Result<> SysfsChild::AwaitReadable(const fs::path& file, std::chrono::milliseconds limit) {
  return Outcome(child_.Ask(file.string() + '\0', limit), "reading " + file.string());
}

}  // namespace railhook
