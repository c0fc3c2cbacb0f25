#pragma once
// Tells when files change, however they are changed: written in place, renamed over, or swapped
// through a symbolic link as kubelet does it with ConfigMaps and Secrets.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace railhook {

// Looks at the files about four times a second (less often where a look takes long, so that it
// costs at most 2 % of one core) and calls back when any has come, gone, or changed in size, inode
// or time.
class FileWatch {
 public:
  // Watches each path: a file, or every entry directly inside a directory; paths may be missing and
  // appear later. `changed` runs on the watch's own thread, one call at a time; never after the
  // destructor has returned.
  FileWatch(std::vector<std::filesystem::path> paths, std::function<void()> changed);

  // The same where it changes which paths there are: `paths` is asked before each look, here and on
  // that thread. Another answer counts as a change.
  FileWatch(std::function<std::vector<std::filesystem::path>()> paths,
            std::function<void()> changed);
  ~FileWatch();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace railhook
