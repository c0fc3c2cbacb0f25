#pragma once
// What files look like from outside: enough to tell that one changed, without reading any.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace railhook {

// Of a directory only what it is, not its size and times: those change with entries that nobody
// looks at.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint32_t mode = 0;
  int64_t size = 0;
  std::chrono::nanoseconds modified{};  // since 1970
  std::chrono::nanoseconds changed{};   // as `modified`, and nobody can set it
  bool operator==(const FileStamp&) const = default;
};

struct FileLook {
  std::optional<FileStamp> entry;   // a symbolic link itself; nullopt if there is nothing
  std::optional<FileStamp> target;  // what it leads to; nullopt if it leads nowhere
  bool operator==(const FileLook&) const = default;
};

// By path.
using FileFingerprint = std::map<std::string, FileLook>;

// Looks at each path and, where it is or leads to a directory, at every entry directly inside.
FileFingerprint TakeFingerprint(const std::vector<std::filesystem::path>& paths);

// Whether a file changed so shortly before `now` that it can change again and look the same: the
// clock that stamps files advances in ticks of up to 10 ms.
bool IsTooFresh(const FileFingerprint& fingerprint, std::chrono::system_clock::time_point now);

// How long after a change its file is no longer too fresh.
inline constexpr std::chrono::milliseconds kFreshFor{20};

}  // namespace railhook
