#include "vfmanager/driver_locks.h"

#include <memory>
#include <mutex>
#include <utility>

#include "vfmanager/sysfs_write.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// A reader that was left behind.
struct Stuck {
  std::unique_ptr<SysfsChild> reader;
  Error why;
};

}  // namespace

Result<> AwaitReadable(const std::vector<fs::path>& files, std::chrono::milliseconds limit) {
  static std::mutex one_at_a_time;
  static Stuck stuck;
  const std::scoped_lock lock(one_at_a_time);
  if (stuck.reader && stuck.reader->IsStuck()) return tl::unexpected(stuck.why);
  stuck = {};
  auto reader = std::make_unique<SysfsChild>();
  const auto end = steady_clock::now() + limit;
  for (const fs::path& file : files) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
    if (const auto read = reader->AwaitReadable(file, left); !read) {
      const Error why{read.error().code,
                      read.error().message +
                          ": its driver is making or removing VFs, or doesn't come back; `dmesg` "
                          "on the node says what it does"};
      stuck = {std::move(reader), why};
      return tl::unexpected(why);
    }
  }
  return {};
}

}  // namespace railhook
