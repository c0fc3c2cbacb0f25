#include "vfmanager/sysfs_write.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/errno_text.h"
#include "base/file_descriptor.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

Result<> Outcome(int error, const fs::path& file, std::string_view text) {
  if (error == 0) return {};
  return Fail(ErrnoCode(error),
              "writing " + std::string(text) + " to " + file.string() + ": " + ErrnoText(error));
}

// 0, or the errno. The file may be gone by now, or be read-only.
int OpenAndWrite(const char* file, std::string_view text) {
  const FileDescriptor opened(::open(file, O_WRONLY | O_CLOEXEC));
  const bool written = opened && ::write(opened.get(), text.data(), text.size()) >= 0;
  return written ? 0 : errno;
}

// An order is a path, a zero and a text.
int Obey(std::string_view order) {
  const std::string_view path(order.data());
  return OpenAndWrite(order.data(), order.substr(path.size() + 1));
}

}  // namespace

Result<> WriteSysfs(const fs::path& file, std::string_view text) {
  return Outcome(OpenAndWrite(file.c_str(), text), file, text);
}

SysfsWriter::SysfsWriter() : child_(Obey) {}

Result<> SysfsWriter::Write(const fs::path& file, std::string_view text,
                            std::chrono::milliseconds limit) {
  return Outcome(child_.Ask(file.string() + '\0' + std::string(text), limit), file, text);
}

}  // namespace railhook
