#pragma once
// Reading what the kernel shows as files. What isn't there, or has just vanished, reads as nothing.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"

namespace railhook {

// What a file holds, without blanks around it; "" where it can't be read.
std::string ReadAttribute(const std::filesystem::path& file);

// The same as a decimal number.
std::optional<int> ReadNumber(const std::filesystem::path& file);

// The last part of what a symbolic link leads to, such as a driver's name; "" where there is none.
std::string LinkedName(const std::filesystem::path& link);

// What a directory holds, sorted.
std::vector<std::string> NamesIn(const std::filesystem::path& directory);

// A folder that is held open: what is asked of it by paths below it costs the kernel half as much.
class SysfsFolder {
 public:
  explicit SysfsFolder(const std::filesystem::path& path);

  bool Has(const std::string& name) const;
  std::string Text(const std::string& file) const;
  std::optional<int> Number(const std::string& file) const;
  std::string LinkedName(const std::string& link) const;
  std::vector<std::string> NamesIn(const std::string& folder) const;

 private:
  FileDescriptor folder_;
};

}  // namespace railhook
