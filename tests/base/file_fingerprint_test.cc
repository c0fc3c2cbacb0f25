#include "base/file_fingerprint.h"

#include <doctest/doctest.h>

#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class Folder : public TemporaryDirectory {
 public:
  // Links with a path relative to the link's own directory.
  void Link(std::string_view name, std::string_view target) const {
    fs::create_symlink(target, *this / name);
  }
};

// Whether `act` changes the fingerprint of `path`.
template <typename F>
bool Notices(const fs::path& path, F act) {
  const auto before = TakeFingerprint({path});
  CHECK(before == TakeFingerprint({path}));
  act();
  return TakeFingerprint({path}) != before;
}

TEST_CASE("a file that is written, replaced or removed looks different") {
  const Folder folder;
  const auto file = folder / "a";
  CHECK(Notices(file, [&] { folder.Write("a", "1"); }));
  CHECK(Notices(file, [&] { folder.Write("a", "12"); }));
  CHECK(Notices(file, [&] { fs::last_write_time(file, fs::file_time_type::clock::now() - 1h); }));
  folder.Write("b", "12");
  CHECK(Notices(file, [&] { fs::rename(folder / "b", file); }));
  CHECK(Notices(file, [&] { fs::permissions(file, fs::perms::owner_read); }));
  CHECK(Notices(file, [&] { fs::remove(file); }));
  CHECK(!Notices(file, [] {}));
}

TEST_CASE("a file looks different if a link on its way is swapped") {
  const Folder folder;
  folder.Write("v1/tls.crt", "1");
  folder.Write("v2/tls.crt", "1");
  folder.Link("data", "v1");
  folder.Link("tls.crt", "data/tls.crt");
  const auto swap = [&] {
    folder.Link("data.new", "v2");
    fs::rename(folder / "data.new", folder / "data");
  };
  const auto before = TakeFingerprint({folder / ""});
  CHECK(Notices(folder / "tls.crt", swap));
  CHECK(TakeFingerprint({folder / ""}) != before);
}

TEST_CASE("a link looks different if its target comes or goes") {
  const Folder folder;
  folder.Link("link", "file");
  CHECK(Notices(folder / "link", [&] { folder.Write("file", ""); }));
  CHECK(Notices(folder / "link", [&] { fs::remove(folder / "file"); }));
  CHECK(Notices(folder / "link", [&] { fs::remove(folder / "link"); }));
}

TEST_CASE("a directory looks different if an entry does") {
  const Folder folder;
  const auto directory = folder / "d";
  CHECK(Notices(directory, [&] { fs::create_directory(directory); }));
  CHECK(Notices(directory, [&] { folder.Write("d/a", "1"); }));
  CHECK(Notices(directory, [&] { folder.Write("d/a", "12"); }));
  CHECK(Notices(directory, [&] { fs::create_directory(directory / "sub"); }));
  CHECK(Notices(directory, [&] { fs::remove(directory / "a"); }));
  CHECK(Notices(directory, [&] { fs::remove_all(directory); }));
}

TEST_CASE("a directory behind a link is looked into") {
  const Folder folder;
  folder.Write("d/a", "1");
  folder.Link("link", "d");
  CHECK(Notices(folder / "link", [&] { folder.Write("d/a", "12"); }));
}

TEST_CASE("what is deeper in a directory does not count") {
  const Folder folder;
  folder.Write("d/sub/a", "1");
  CHECK(!Notices(folder / "d", [&] { folder.Write("d/sub/a", "12"); }));
  CHECK(!Notices(folder / "d", [&] { folder.Write("d/sub/b", "1"); }));
}

TEST_CASE("many paths have one fingerprint") {
  const Folder folder;
  folder.Write("a", "");
  const auto fingerprint = TakeFingerprint({folder / "a", folder / "b", folder / "a"});
  CHECK(fingerprint.size() == 2);
  CHECK(fingerprint.at((folder / "a").string()).entry);
  CHECK(!fingerprint.at((folder / "b").string()).entry);
}

TEST_CASE("a file is too fresh shortly after its change, before and later it is not") {
  const Folder folder;
  CHECK(!IsTooFresh(TakeFingerprint({folder / "a"}), std::chrono::system_clock::now()));
  folder.Write("a", "1");
  const auto fingerprint = TakeFingerprint({folder / "a"});
  const auto changed = fingerprint.begin()->second.entry->changed;
  const auto at = [&](std::chrono::nanoseconds time) {
    using Time = std::chrono::system_clock::time_point;
    return IsTooFresh(fingerprint, Time(changed + time));
  };
  CHECK(at(0ms));
  CHECK(at(kFreshFor - 1ms));
  CHECK(!at(kFreshFor));
  CHECK(!at(-1h));
}

TEST_CASE("a fresh target makes an old link fresh, a directory is never fresh") {
  using Time = std::chrono::system_clock::time_point;
  FileFingerprint fingerprint;
  fingerprint["a"] = {.entry = FileStamp{.changed = 1h}, .target = FileStamp{.changed = 2h}};
  CHECK(IsTooFresh(fingerprint, Time(2h)));
  CHECK(IsTooFresh(fingerprint, Time(1h)));
  CHECK(!IsTooFresh(fingerprint, Time(3h)));
  const Folder folder;
  CHECK(!IsTooFresh(TakeFingerprint({folder / ""}), std::chrono::system_clock::now()));
}

}  // namespace
}  // namespace railhook
