#include "vfmanager/sysfs.h"

#include <algorithm>
#include <charconv>

#include "base/files.h"
#include "base/text.h"

namespace railhook {

std::string ReadAttribute(const std::filesystem::path& file) {
  const auto text = ReadFile(file);
  return text ? std::string(Trim(*text)) : "";
}

std::optional<int> ReadNumber(const std::filesystem::path& file) {
  const std::string text = ReadAttribute(file);
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  return number;
}

std::string LinkedName(const std::filesystem::path& link) {
  std::error_code none;
  return std::filesystem::read_symlink(link, none).filename();
}

std::vector<std::string> NamesIn(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code none;
  auto entry = std::filesystem::directory_iterator(directory, none);
  for (; !none && entry != std::filesystem::directory_iterator(); entry.increment(none))
    names.push_back(entry->path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace railhook
