#include "cli/terminal.h"

#include <doctest/doctest.h>

#include <sstream>

namespace railhook {
namespace {

std::size_t Longest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST_CASE("Wrapped: lines end before the edge, and stand below the first") {
  CHECK(Wrapped("", 4).empty());
  CHECK(Wrapped("a  b\nc", 4) == "a b c");
  const std::string word(30, 'x');
  const std::string three = word + ' ' + word + ' ' + word;
  CHECK(Wrapped(three, 0) == word + ' ' + word + '\n' + word);
  CHECK(Wrapped(three, 19) == word + ' ' + word + '\n' + std::string(19, ' ') + word);
  CHECK(Wrapped(three, 20) ==
        word + '\n' + std::string(20, ' ') + word + '\n' + std::string(20, ' ') + word);
  const std::string full(kTextWidth, 'y');
  CHECK(Wrapped(full, 0) == full);
  CHECK(Wrapped("a " + full + "y b", 0) == "a\n" + full + "y\nb");
}

TEST_CASE("Table: the last column runs free, or wraps below itself") {
  CHECK(Table({{"A", "B"}, {"long", "x y"}}) == "A     B\nlong  x y\n");
  CHECK(Table({{"A", ""}, {"long", "x"}}) == "A\nlong  x\n");
  std::string list;
  for (int i = 0; i < 40; ++i) list += "pool ";
  CHECK(Longest(Table({{"A", "B"}, {"long", list}})) > kTextWidth);
  const std::string wrapped = Table({{"A", "B"}, {"long", list}}, LastColumn::kWraps);
  CHECK(Longest(wrapped) <= kTextWidth);
  CHECK(wrapped.find("\n      pool pool") != std::string::npos);
}

}  // namespace
}  // namespace railhook
