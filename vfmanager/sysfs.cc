#include "vfmanager/sysfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <memory>

#include "base/file_descriptor.h"
#include "base/text.h"

namespace railhook {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

constexpr std::size_t kPage = 4096;  // the longest attribute; one read gets it whole

// System calls, and none that isn't needed: a look at 64 functions makes 2000 of them. `folder` is
// open, or AT_FDCWD.
std::string TextAt(int folder, const char* path) {
  const FileDescriptor opened(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  if (!opened) return "";
  std::array<char, kPage> text;
  const ssize_t size = TEMP_FAILURE_RETRY(::read(opened.get(), text.data(), text.size()));
  return size > 0 ? std::string(Trim({text.data(), static_cast<std::size_t>(size)})) : "";
}

std::optional<int> NumberIn(const std::string& text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  return number;
}

std::string LinkedNameAt(int folder, const char* path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(folder, path, target.data(), target.size());
  const std::string_view where(target.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return std::string(where.substr(where.rfind('/') + 1));
}

std::vector<std::string> NamesAt(int folder, const char* path) {
  std::vector<std::string> names;
  FileDescriptor opened(::openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseDirectory> list(opened ? ::fdopendir(opened.get()) : nullptr);
  if (list) opened.Release();
  while (const dirent* entry = list ? ::readdir(list.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string ReadAttribute(const std::filesystem::path& file) {
  return TextAt(AT_FDCWD, file.c_str());
}

std::optional<int> ReadNumber(const std::filesystem::path& file) {
  return NumberIn(ReadAttribute(file));
}

std::string LinkedName(const std::filesystem::path& link) {
  return LinkedNameAt(AT_FDCWD, link.c_str());
}

std::vector<std::string> NamesIn(const std::filesystem::path& directory) {
  return NamesAt(AT_FDCWD, directory.c_str());
}

SysfsFolder::SysfsFolder(const std::filesystem::path& path)
    : folder_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

bool SysfsFolder::Has(const std::string& name) const {
  return ::faccessat(folder_.get(), name.c_str(), F_OK, 0) == 0;
}

std::string SysfsFolder::Text(const std::string& file) const {
  return TextAt(folder_.get(), file.c_str());
}

std::optional<int> SysfsFolder::Number(const std::string& file) const {
  return NumberIn(Text(file));
}

std::string SysfsFolder::LinkedName(const std::string& link) const {
  return LinkedNameAt(folder_.get(), link.c_str());
}

std::vector<std::string> SysfsFolder::NamesIn(const std::string& folder) const {
  return NamesAt(folder_.get(), folder.c_str());
}

}  // namespace railhook
