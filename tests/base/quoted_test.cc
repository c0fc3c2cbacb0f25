#include "base/quoted.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("DoubleQuoted leaves what can be shown and escapes the rest") {
  const struct {
    std::string_view text, want;
  } cases[] = {
      {"", R"("")"},
      {"a b", R"("a b")"},
      {"a\"\\", R"("a\"\\")"},
      {"\n\r\t\b\f", R"("\n\r\t\b\f")"},
      {std::string_view("\0\x1B[0m", 5), R"("\u0000\u001b[0m")"},
      {"\x7F\xC2\x9B", R"("\u007f\u009b")"},
      {"\xC2\xA0\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80",
       "\"\xC2\xA0\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80\""},
      {"\xC2\x85\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBF", R"("\u0085\u2028\u2029\ufeff")"},
      {"\xEF\xBF\xBE\xF4\x8F\xBF\xBF", R"("\ufffe\U0010ffff")"},
      {"a\xFFz", "\"a\xEF\xBF\xBDz\""},
      {"\xE2\x82", "\"\xEF\xBF\xBD\""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.want);
    CHECK(DoubleQuoted(c.text) == c.want);
    CHECK(IsPrintable(DoubleQuoted(c.text)));
  }
}

TEST_CASE("text is printable if all of it is") {
  CHECK(IsPrintable(""));
  CHECK(IsPrintable("a \xC3\xA9"));
  CHECK(!IsPrintable("a\n"));
  CHECK(!IsPrintable("a\x7F"));
  CHECK(!IsPrintable("\xC3"));
}

}  // namespace
}  // namespace railhook
