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

TEST_CASE("what is ours is remembered, replaced and forgotten") {
  const State state;
  CHECK(ReadOwned(state.paths)->empty());
  REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {4, std::nullopt}));
  REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {7, 1500}));
  REQUIRE(WriteOwned(state.paths, "0000:05:00.0", {0, 2044}));
  const std::map<std::string, OwnedPf> both = {{"0000:04:00.0", {7, 1500}},
                                               {"0000:05:00.0", {0, 2044}}};
  CHECK(ReadOwned(state.paths) == both);
  REQUIRE(RemoveOwned(state.paths, "0000:05:00.0"));
  REQUIRE(RemoveOwned(state.paths, "0000:05:00.0"));
  CHECK(ReadOwned(state.paths)->size() == 1);
}

TEST_CASE("what a killed writer left behind is no PF") {
  const State state;
  REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {7, 1500}));
  std::ofstream(state.File("0000:05:00.0.json.a8Xk2q")) << "{\"numV";
  std::ofstream(state.File("0000:04:00.0.json.zzzzzz"));
  const auto owned = ReadOwned(state.paths);
  REQUIRE(owned);
  CHECK(*owned == std::map<std::string, OwnedPf>{{"0000:04:00.0", {7, 1500}}});
}

TEST_CASE("a file that can't be read is an error that names it, never \"not ours\"") {
  const State state;
  for (const char* text : {"", "{\"numVfs\": 7", "{}", "[]", "{\"numVfs\": \"7\"}"}) {
    REQUIRE(WriteOwned(state.paths, "0000:04:00.0", {7, 1500}));
    std::ofstream(state.File("0000:04:00.0.json")) << text;
    const auto owned = ReadOwned(state.paths);
    REQUIRE_FALSE(owned);
    CHECK(owned.error().message.find("0000:04:00.0.json") != std::string::npos);
    CHECK(owned.error().message.find("remove it") != std::string::npos);
  }
}

TEST_CASE("a directory that can't be made is named") {
  const State state;
  state.directory.Write("deep", "a file");
  const auto written = WriteOwned(state.paths, "0000:04:00.0", {7, 1500});
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("pfs can't be made: ENOTDIR") != std::string::npos);
}

}  // namespace
}  // namespace railhook
