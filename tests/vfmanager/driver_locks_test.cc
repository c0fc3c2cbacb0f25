#include "vfmanager/driver_locks.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/file_descriptor.h"
#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

// Whoever opens it to read waits until somebody opens it to write.
std::filesystem::path MakeLocked(const TemporaryDirectory& directory) {
  const auto path = directory.path() / "sriov_numvfs";
  ::mkfifo(path.c_str(), 0600);
  return path;
}

TEST_CASE("files that can be read or aren't there are not waited for") {
  const TemporaryDirectory directory;
  directory.Write("sriov_numvfs", "7");
  CHECK(AwaitReadable({directory.path() / "sriov_numvfs", "/nowhere/driver_override"}, 60s));
  CHECK(AwaitReadable({}, 60s));
}

TEST_CASE("a file that can't be read is named; once its reader has ended, others are read") {
  const TemporaryDirectory directory;
  directory.Write("numa_node", "0");
  const auto locked = MakeLocked(directory);
  const std::vector files = {directory.path() / "numa_node", locked};
  const auto first = AwaitReadable(files, 3s);
  REQUIRE_FALSE(first);
  CHECK(first.error().message.starts_with("reading " + locked.string() +
                                          ": ETIMEDOUT (Connection timed out): its driver"));
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!AwaitReadable({}, 60s) && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  CHECK(AwaitReadable({directory.path() / "numa_node"}, 60s));
}

TEST_CASE("a file that can be read in time is waited for") {
  const TemporaryDirectory directory;
  const auto locked = MakeLocked(directory);
  const std::jthread driver([&] {
    std::this_thread::sleep_for(100ms);
    const FileDescriptor opened(::open(locked.c_str(), O_WRONLY | O_CLOEXEC));
  });
  CHECK(AwaitReadable({locked}, 60s));
}

}  // namespace
}  // namespace railhook
