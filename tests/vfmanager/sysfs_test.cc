#include "vfmanager/sysfs.h"

#include <doctest/doctest.h>

#include "tests/certs/temporary_directory.h"

namespace railhook {
namespace {

TEST_CASE("attributes are read without their line end, and what isn't there as nothing") {
  const TemporaryDirectory directory;
  directory.Write("text", "igb\n");
  directory.Write("number", "-1\n");
  directory.Write("empty", "");
  CHECK(ReadAttribute(directory.path() / "text") == "igb");
  CHECK(ReadAttribute(directory.path() / "missing").empty());
  CHECK(ReadAttribute(directory.path()).empty());
  CHECK(ReadNumber(directory.path() / "number") == -1);
  for (const char* file : {"text", "empty", "missing"}) CHECK(!ReadNumber(directory.path() / file));
}

TEST_CASE("a link's last part counts, also where it leads nowhere") {
  const TemporaryDirectory directory;
  std::filesystem::create_symlink("../../bus/pci/drivers/igb", directory.path() / "driver");
  CHECK(LinkedName(directory.path() / "driver") == "igb");
  CHECK(LinkedName(directory.path() / "missing").empty());
}

TEST_CASE("names in a directory are sorted, and none where there is no directory") {
  const TemporaryDirectory directory;
  for (const char* name : {"b", "a", "c"}) directory.Write(name, "");
  CHECK(NamesIn(directory.path()) == std::vector<std::string>{"a", "b", "c"});
  CHECK(NamesIn(directory.path() / "missing").empty());
}

TEST_CASE("a folder tells what is below it, and one that isn't there has nothing") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "net");
  directory.Write("net/mtu", "1500\n");
  std::filesystem::create_symlink("../drivers/igb", directory.path() / "driver");
  const SysfsFolder folder(directory.path());
  CHECK(folder.Has("net"));
  CHECK(folder.Text("net/mtu") == "1500");
  CHECK(folder.Number("net/mtu") == 1500);
  CHECK(folder.LinkedName("driver") == "igb");
  CHECK(folder.NamesIn("net") == std::vector<std::string>{"mtu"});
  const SysfsFolder missing(directory.path() / "missing");
  CHECK_FALSE(missing.Has("net"));
  CHECK(missing.Text("net/mtu").empty());
  CHECK(missing.NamesIn("net").empty());
}

}  // namespace
}  // namespace railhook
