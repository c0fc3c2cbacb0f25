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

// With system calls, and none that isn't needed: a look at 64 functions makes 2000 of them.
struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

constexpr std::size_t kPage = 4096;  // the longest attribute; one read gets it whole

}  // namespace

std::string ReadAttribute(const std::filesystem::path& file) {
  const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) return "";
  std::array<char, kPage> text;
  const ssize_t size = TEMP_FAILURE_RETRY(::read(opened.get(), text.data(), text.size()));
  return size > 0 ? std::string(Trim({text.data(), static_cast<std::size_t>(size)})) : "";
}

std::optional<int> ReadNumber(const std::filesystem::path& file) {
  const std::string text = ReadAttribute(file);
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  return number;
}

std::string LinkedName(const std::filesystem::path& link) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  const std::string_view path(target.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return std::string(path.substr(path.rfind('/') + 1));
}

std::vector<std::string> NamesIn(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseDirectory> opened(::opendir(directory.c_str()));
  while (const dirent* entry = opened ? ::readdir(opened.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace railhook
