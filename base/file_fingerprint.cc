#include "base/file_fingerprint.h"

#include <sys/stat.h>

#include <algorithm>

namespace railhook {
namespace {

namespace fs = std::filesystem;

std::chrono::nanoseconds SinceEpoch(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

FileStamp MakeStamp(const struct stat& status) {
  FileStamp stamp{.device = status.st_dev, .inode = status.st_ino, .mode = status.st_mode};
  if (S_ISDIR(status.st_mode)) return stamp;
  stamp.size = status.st_size;
  stamp.modified = SinceEpoch(status.st_mtim);
  stamp.changed = SinceEpoch(status.st_ctim);
  return stamp;
}

FileLook LookAt(const fs::path& path) {
  FileLook look;
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) look.entry = MakeStamp(status);
  if (stat(path.c_str(), &status) == 0) look.target = MakeStamp(status);
  return look;
}

bool IsDirectory(const FileLook& look) { return look.target && S_ISDIR(look.target->mode); }

void AddEntries(const fs::path& directory, FileFingerprint& fingerprint) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    fingerprint.emplace(entry->path().native(), LookAt(entry->path()));
  }
}

bool IsFresh(const std::optional<FileStamp>& stamp, std::chrono::nanoseconds now) {
  return stamp && std::chrono::abs(now - stamp->changed) < kFreshFor;
}

}  // namespace

FileFingerprint TakeFingerprint(const std::vector<fs::path>& paths) {
  FileFingerprint fingerprint;
  for (const auto& path : paths) {
    const auto look = LookAt(path);
    fingerprint.emplace(path.native(), look);
    if (IsDirectory(look)) AddEntries(path, fingerprint);
  }
  return fingerprint;
}

bool IsTooFresh(const FileFingerprint& fingerprint, std::chrono::system_clock::time_point now) {
  const auto is_fresh = [now = now.time_since_epoch()](const auto& look) {
    return IsFresh(look.second.entry, now) || IsFresh(look.second.target, now);
  };
  return std::any_of(fingerprint.begin(), fingerprint.end(), is_fresh);
}

}  // namespace railhook
