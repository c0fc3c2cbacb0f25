#include "vfmanager/sysfs_write.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

// A file whose writer waits for ever, as the kernel lets one wait for a driver.
class StuckFile {
 public:
  explicit StuckFile(const std::filesystem::path& path) {
    ::mkfifo(path.c_str(), 0600);
    file_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    while (::write(file_, "x", 1) == 1) continue;
  }
  StuckFile(const StuckFile&) = delete;
  ~StuckFile() { ::close(file_); }

 private:
  int file_;
};

using Write = Result<> (*)(const std::filesystem::path&, std::string_view);

constexpr Write kWays[] = {
    [](const std::filesystem::path& file, std::string_view text) { return WriteSysfs(file, text); },
    [](const std::filesystem::path& file, std::string_view text) {
      return SysfsChild().Write(file, text, 60s);
    },
};

TEST_CASE("a write reaches its file") {
  const TemporaryDirectory directory;
  for (const Write write : kWays) {
    directory.Write("sriov_numvfs", "0");
    CHECK(write(directory.path() / "sriov_numvfs", "7"));
    CHECK(ReadFile(directory.path() / "sriov_numvfs") == std::string("7"));
  }
}

TEST_CASE("a write that fails says what, where, and the errno") {
  for (const Write write : kWays) {
    const auto full = write("/dev/full", "7");
    REQUIRE_FALSE(full);
    CHECK(full.error().message == "writing 7 to /dev/full: ENOSPC (No space left on device)");
    const auto none = write("/nowhere/sriov_numvfs", "7");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == ErrorCode::kNotFound);
    CHECK(none.error().message.ends_with("sriov_numvfs: ENOENT (No such file or directory)"));
  }
}

TEST_CASE("a write that the kernel doesn't come back from is given up") {
  const TemporaryDirectory directory;
  const StuckFile stuck(directory.path() / "sriov_numvfs");
  directory.Write("drivers_probe", "");
  SysfsChild writer;
  CHECK(writer.Write(directory.path() / "drivers_probe", "0000:04:00.1", 60s));
  const auto written = writer.Write(directory.path() / "sriov_numvfs", "7", 50ms);
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("ETIMEDOUT") != std::string::npos);
  CHECK(writer.Write(directory.path() / "drivers_probe", "0000:04:00.2", 60s));
  CHECK(ReadFile(directory.path() / "drivers_probe") == std::string("0000:04:00.2"));
}

}  // namespace
}  // namespace railhook
