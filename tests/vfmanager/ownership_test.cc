#include "vfmanager/ownership.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

struct State {
  TemporaryDirectory directory;
  HostPaths paths;

  State() { paths.state = directory.path() / "deep" / "state"; }
  std::filesystem::path File(const std::string& name) const { return paths.state / "pfs" / name; }
};

// Those that can be read.
std::map<std::string, OwnedPf> Read(const State& state) {
  std::map<std::string, OwnedPf> owned;
  const auto all = ReadOwned(state.paths);
  REQUIRE(all);
  for (const auto& [address, pf] : *all)
    if (pf) owned[address] = *pf;
  return owned;
}

TEST_CASE("what is ours is remembered, replaced and forgotten") {
  const State state;
  CHECK(ReadOwned(state.paths)->empty());
  REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {4, std::nullopt, 0, ""}));
  REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {7, 1500, 4, "a-boot"}));
  REQUIRE(WriteOwned(state.paths, "0000:05:00.0", {0, 2044, 0, ""}));
  const std::map<std::string, OwnedPf> both = {{"0000:04:00.0", {7, 1500, 4, "a-boot"}},
                                               {"0000:05:00.0", {0, 2044, 0, ""}}};
  CHECK(Read(state) == both);
  REQUIRE(RemoveOwned(state.paths, "0000:05:00.0"));
  REQUIRE(RemoveOwned(state.paths, "0000:05:00.0"));
  CHECK(ReadOwned(state.paths)->size() == 1);
}

TEST_CASE("what a killed writer left behind is no PF") {
  const State state;
  REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {7, 1500, 0, ""}));
  std::ofstream(state.File("0000:05:00.0.json.a8Xk2q")) << "{\"numV";
  std::ofstream(state.File("0000:04:00.0.json.zzzzzz"));
  CHECK(Read(state) == std::map<std::string, OwnedPf>{{"0000:04:00.0", {7, 1500, 0, ""}}});
  CHECK(ReadOwned(state.paths)->size() == 1);
}

TEST_CASE(
    "a file that can't be read is an error that names it, never \"not ours\", and no other's") {
  const State state;
  REQUIRE(WriteOwned(state.paths, "0000:05:00.0", {4, std::nullopt, 0, ""}));
  for (const char* text : {"", "{\"numVfs\": 7", "{}", "[]", "{\"numVfs\": \"7\"}"}) {
    REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {7, 1500, 0, ""}));
    std::ofstream(state.File("0000:04:00.0.json")) << text;
    const auto all = ReadOwned(state.paths);
    REQUIRE(all);
    CHECK(all->at("0000:05:00.0")->num_vfs == 4);
    const auto& owned = all->at("0000:04:00.0");
    REQUIRE_FALSE(owned);
    CHECK(owned.error().message.find("0000:04:00.0.json") != std::string::npos);
    CHECK(owned.error().message.find("remove it") != std::string::npos);
  }
}

TEST_CASE("a directory that can't be made is named") {
  const State state;
  state.directory.Write("deep", "a file");
  const auto written = WriteOwned(state.paths, "0000:04:00.0", {7, 1500, 0, ""});
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("pfs can't be made: ENOTDIR") != std::string::npos);
}

TEST_CASE("a record holds for its boot, and for the VFs that it speaks of") {
  const OwnedPf record{7, 1500, 4, "a-boot"};
  for (const int there : {0, 4, 7}) CHECK(StillOwned(record, "a-boot", there) == record);
  CHECK(StillOwned(record, "a-boot", 5) == OwnedPf{0, 1500, 0, "a-boot"});
  CHECK(StillOwned(record, "another", 7) == OwnedPf{});
  CHECK(StillOwned({7, 1500, 0, ""}, "a-boot", 7).num_vfs == 7);
  CHECK(StillOwned({7, 1500, 0, ""}, "a-boot", 4).num_vfs == 0);
  CHECK(StillOwned(record, "", 7) == record);
}

}  // namespace
}  // namespace railhook
