#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

namespace railhook {
namespace {

TEST_CASE("NextCodePoint reads each length and moves behind it") {
  const std::string_view text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  size_t at = 0;
  CHECK(NextCodePoint(text, at) == U'a');
  CHECK(NextCodePoint(text, at) == U'\u00E9');
  CHECK(NextCodePoint(text, at) == U'\u20AC');
  CHECK(NextCodePoint(text, at) == U'\U0001F600');
  CHECK(at == text.size());
}

TEST_CASE("the limits of each length are UTF-8, their neighbours are not") {
  for (const std::string_view good :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(good);
    CHECK(FindInvalidUtf8(good) == std::string_view::npos);
  }
  for (const std::string_view bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF"}) {
    size_t at = 0;
    CHECK(!NextCodePoint(bad, at));
    CHECK(at == 0);
  }
}

TEST_CASE("FindInvalidUtf8 tells where") {
  CHECK(FindInvalidUtf8("") == std::string_view::npos);
  CHECK(FindInvalidUtf8("ab\xFF") == 2);
  CHECK(FindInvalidUtf8("\xC3\xA9\xC3") == 2);
  CHECK(FindInvalidUtf8(std::string_view("\0\0", 2)) == std::string_view::npos);
}

}  // namespace
}  // namespace railhook
