#include "base/file_watch.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Counts calls; waits for the next one.
class Calls {
 public:
  std::function<void()> Counter() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++count_;
      called_.notify_all();
    };
  }

  // False if none comes in a time that is long for any machine.
  bool WaitForNext() {
    std::unique_lock lock(mutex_);
    const bool came = called_.wait_for(lock, 20s, [this] { return count_ > awaited_; });
    awaited_ = count_;
    return came;
  }

 private:
  std::mutex mutex_;
  std::condition_variable called_;
  int count_ = 0;
  int awaited_ = 0;
};

TEST_CASE("FileWatch calls back for each way a file changes") {
  const TemporaryDirectory folder;
  Calls calls;
  const FileWatch watch({folder / "a"}, calls.Counter());
  folder.Write("a", "1");
  CHECK(calls.WaitForNext());
  folder.Write("a", "2");
  CHECK(calls.WaitForNext());
  folder.Write("b", "2");
  fs::rename(folder / "b", folder / "a");
  CHECK(calls.WaitForNext());
  fs::remove(folder / "a");
  CHECK(calls.WaitForNext());
}

TEST_CASE("a change right after construction is seen, though the file was written right before") {
  const TemporaryDirectory folder;
  for (int i = 0; i < 4; ++i) {
    folder.Write("a", "1");
    Calls calls;
    const FileWatch watch({folder / "a"}, calls.Counter());
    folder.Write("a", "2");
    CHECK(calls.WaitForNext());
  }
}

TEST_CASE("a volume of kubelet is seen to change, watched as directory or by a file in it") {
  const TemporaryDirectory folder;
  fs::create_directory(folder / "..v1");
  folder.Write("..v1/tls.crt", "1");
  fs::create_directory_symlink("..v1", folder / "..data");
  fs::create_symlink("..data/tls.crt", folder / "tls.crt");
  Calls of_directory;
  Calls of_file;
  const FileWatch directory({folder / ""}, of_directory.Counter());
  const FileWatch file({folder / "tls.crt"}, of_file.Counter());

  fs::create_directory(folder / "..v2");
  folder.Write("..v2/tls.crt", "2");
  fs::create_directory_symlink("..v2", folder / "..data_tmp");
  fs::rename(folder / "..data_tmp", folder / "..data");
  fs::remove_all(folder / "..v1");
  CHECK(of_file.WaitForNext());
  CHECK(of_directory.WaitForNext());
}

TEST_CASE("any of many paths counts, and a missing directory may appear") {
  const TemporaryDirectory folder;
  Calls calls;
  const FileWatch watch({folder / "a", folder / "d"}, calls.Counter());
  fs::create_directory(folder / "d");
  CHECK(calls.WaitForNext());
  folder.Write("d/x", "");
  CHECK(calls.WaitForNext());
  folder.Write("a", "");
  CHECK(calls.WaitForNext());
}

TEST_CASE("which paths are watched may change") {
  const TemporaryDirectory folder;
  Calls calls;
  std::atomic<bool> both = false;
  const auto paths = [&] {
    std::vector<fs::path> watched = {folder / "a"};
    if (both) watched.push_back(folder / "b");
    return watched;
  };
  const FileWatch watch(paths, calls.Counter());
  folder.Write("b", "1");
  both = true;
  CHECK(calls.WaitForNext());
  folder.Write("b", "2");
  CHECK(calls.WaitForNext());
}

TEST_CASE("FileWatch ends without waiting for its next look, and calls no more") {
  const TemporaryDirectory folder;
  std::atomic<bool> gone = false;
  std::atomic<bool> called_late = false;
  std::chrono::steady_clock::duration ending{};
  for (int i = 0; i < 20; ++i) {
    gone = false;
    auto watch = std::make_unique<FileWatch>(std::vector{folder / "a"}, [&] {
      if (gone) called_late = true;
    });
    folder.Write("a", std::string(static_cast<size_t>(i), 'x'));
    const auto start = std::chrono::steady_clock::now();
    watch.reset();
    ending += std::chrono::steady_clock::now() - start;
    gone = true;
  }
  CHECK(!called_late);
  CHECK(ending < 20 * 125ms);  // looks are 250 ms apart
}

TEST_CASE("the destructor waits for a call that is under way") {
  const TemporaryDirectory folder;
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false;
  bool ended = false;
  auto watch = std::make_unique<FileWatch>(std::vector{folder / "a"}, [&] {
    std::unique_lock lock(mutex);
    entered = true;
    changed.notify_all();
    changed.wait_for(lock, 50ms, [] { return false; });  // a call that takes its time
    ended = true;
  });
  folder.Write("a", "1");
  {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, 20s, [&] { return entered; }));
  }
  watch.reset();
  CHECK(ended);
}

TEST_CASE("a watch of nothing does nothing") {
  const FileWatch nothing(std::vector<fs::path>{}, [] { FAIL("called"); });
}

}  // namespace
}  // namespace railhook
