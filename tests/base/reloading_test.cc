#include "base/reloading.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"
#include "tests/eventually.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;
using Text = Reloading<std::string>;

// The text of a file, unless it says "broken".
Result<std::unique_ptr<Text>> OpenText(const std::filesystem::path& file) {
  return Text::Open("text", {file}, [file]() -> Result<std::string> {
    auto text = ReadFile(file);
    if (text && *text == "broken") return Fail(ErrorCode::kInvalid, file.string() + ": is broken");
    return text;
  });
}

// A text that is there, and its file.
struct Opened {
  Opened() {
    directory.Write("file", "first");
    text = OpenText(file).value();
  }
  void Write(std::string_view what) const { directory.Write("file", what); }

  TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "file";
  std::unique_ptr<Text> text;
};

TEST_CASE("a reloading value is there from the start") {
  const Opened opened;
  CHECK(*opened.text->Current() == "first");
  CHECK(opened.text->reloads() == 0);
  CHECK(opened.text->failures() == 0);
  CHECK_FALSE(opened.text->stale());
}

TEST_CASE("a reloading value whose first load fails doesn't open, and says why") {
  const TemporaryDirectory directory;
  const auto missing = OpenText(directory.path() / "file");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  directory.Write("file", "broken");
  const auto broken = OpenText(directory.path() / "file");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message.ends_with("file: is broken"));
}

TEST_CASE("a reloading value follows its file within five seconds") {
  const Opened opened;
  const auto start = std::chrono::steady_clock::now();
  opened.Write("second");
  CHECK(Eventually([&] { return *opened.text->Current() == "second"; }));
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(Eventually([&] { return opened.text->reloads() == 1; }));
  CHECK(opened.text->failures() == 0);
}

TEST_CASE("what a reader holds stays as it is") {
  const Opened opened;
  const auto held = opened.text->Current();
  opened.Write("second");
  CHECK(Eventually([&] { return *opened.text->Current() == "second"; }));
  CHECK(*held == "first");
}

TEST_CASE("a broken file keeps the last good value and is counted; a good one ends that") {
  const Opened opened;
  opened.Write("broken");
  CHECK(Eventually([&] { return opened.text->failures() == 1; }));
  CHECK(opened.text->stale());
  CHECK(*opened.text->Current() == "first");

  opened.Write("third");
  CHECK(Eventually([&] { return opened.text->reloads() == 1; }));
  CHECK_FALSE(opened.text->stale());
  CHECK(*opened.text->Current() == "third");
  CHECK(opened.text->failures() == 1);
}

TEST_CASE("a file that goes and comes back is no loss") {
  const Opened opened;
  std::filesystem::remove(opened.file);
  CHECK(Eventually([&] { return opened.text->stale(); }));
  CHECK(*opened.text->Current() == "first");
  opened.Write("back");
  CHECK(Eventually([&] { return *opened.text->Current() == "back"; }));
  CHECK_FALSE(opened.text->stale());
}

TEST_CASE("a value without files never reloads") {
  const auto text = Text::Open("text", std::vector<std::filesystem::path>{},
                               []() -> Result<std::string> { return "constant"; });
  REQUIRE(text);
  CHECK(*(*text)->Current() == "constant");
}

TEST_CASE("readers on other threads see whole values while files change") {
  const Opened opened;
  std::atomic<bool> torn = false;
  {
    const std::jthread reader([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto text = opened.text->Current();
        if (text->find_first_not_of(text->front()) != std::string::npos && *text != "first")
          torn = true;
      }
    });
    for (const char c : {'a', 'b'}) {
      const std::string whole(10000, c);
      opened.directory.Write("next", whole);
      std::filesystem::rename(opened.directory.path() / "next", opened.file);
      CHECK(Eventually([&] { return *opened.text->Current() == whole; }));
    }
  }
  CHECK_FALSE(torn);
}

}  // namespace
}  // namespace railhook
