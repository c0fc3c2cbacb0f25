#include "k8sclient/watch/line_splitter.h"

#include <doctest/doctest.h>

#include <vector>

namespace railhook {
namespace {

using Lines = std::vector<std::string>;

struct Split {
  Lines lines;
  LineSplitter splitter;

  explicit Split(std::size_t most = 100)
      : splitter(most, [this](std::string_view line) {
          lines.emplace_back(line);
          return line != "stop";
        }) {}
};

TEST_CASE("lines come out the same wherever the bytes are split in three") {
  const std::string text = "one\n\ntwo {\"a\":1}\nx\n\n\nlast\nno end";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Split split;
      CHECK(split.splitter.Feed(text.substr(0, first)));
      CHECK(split.splitter.Feed(text.substr(first, second - first)));
      CHECK(split.splitter.Feed(text.substr(second)));
      CHECK(split.lines == Lines{"one", "two {\"a\":1}", "x", "last"});
    }
  }
}

TEST_CASE("byte by byte is no different") {
  Split split;
  for (const char c : std::string("a\nbc\n\nd\n")) CHECK(split.splitter.Feed({&c, 1}));
  CHECK(split.lines == Lines{"a", "bc", "d"});
}

TEST_CASE("who wants no more gets no more of the same bytes") {
  Split split;
  CHECK_FALSE(split.splitter.Feed("a\nstop\nb\n"));
  CHECK(split.lines == Lines{"a", "stop"});
}

TEST_CASE("a line may be as long as allowed and no longer, in one piece or in several") {
  for (const std::size_t length : {7, 8, 9}) {
    for (std::size_t cut = 0; cut <= length; ++cut) {
      CAPTURE(length);
      CAPTURE(cut);
      Split split(8);
      const std::string line(length, 'x');
      const bool fed =
          split.splitter.Feed(line.substr(0, cut)) && split.splitter.Feed(line.substr(cut) + '\n');
      CHECK(fed == (length <= 8));
      CHECK(split.lines == (length <= 8 ? Lines{line} : Lines{}));
    }
  }
}

TEST_CASE("a line without an end doesn't grow for ever") {
  Split split(8);
  CHECK(split.splitter.Feed("12345678"));
  CHECK_FALSE(split.splitter.Feed("9"));
}

}  // namespace
}  // namespace railhook
