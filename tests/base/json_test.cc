#include "base/json.h"

#include <doctest/doctest.h>

#include <limits>

namespace railhook {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto value = ParseJson(text);
  const auto ordered = ParseOrderedJson(text);
  REQUIRE(!value);
  REQUIRE(!ordered);
  CHECK(value.error().code == ErrorCode::kInvalid);
  CHECK(value.error().message == ordered.error().message);
  return value.error().message;
}

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

TEST_CASE("ParseJson reads every kind of value") {
  for (const std::string_view text :
       {R"({"a":[1,-2,2.5,true,false,null,"x"],"b":{}})", "null", "\"x\"", "0", "[]"}) {
    CAPTURE(text);
    CHECK(Compact(*ParseJson(text)) == text);
    CHECK(Compact(*ParseOrderedJson(text)) == text);
  }
}

TEST_CASE("ParseOrderedJson keeps the order of keys, ParseJson sorts them") {
  CHECK(Compact(*ParseOrderedJson(R"({"b":1,"a":2})")) == R"({"b":1,"a":2})");
  CHECK(Compact(*ParseJson(R"({"b":1,"a":2})")) == R"({"a":2,"b":1})");
}

TEST_CASE("of equal keys the last one counts") {
  CHECK(Compact(*ParseJson(R"({"a":1,"a":2})")) == R"({"a":2})");
  CHECK(Compact(*ParseOrderedJson(R"({"a":1,"b":0,"a":2})")) == R"({"a":2,"b":0})");
}

TEST_CASE("64-bit integers stay exact, larger ones become doubles") {
  CHECK(ParseJson("9223372036854775807")->get<int64_t>() == std::numeric_limits<int64_t>::max());
  CHECK(ParseJson("-9223372036854775808")->get<int64_t>() == std::numeric_limits<int64_t>::min());
  CHECK(ParseJson("18446744073709551615")->get<uint64_t>() == std::numeric_limits<uint64_t>::max());
  CHECK(ParseJson("18446744073709551616")->is_number_float());
}

TEST_CASE("a JSON error names the place and what is wrong there") {
  const struct {
    std::string_view name, text, want;
  } cases[] = {
      {"empty", "", "line 1, column 1: unexpected end of input; expected '[', '{', or a literal"},
      {"blanks only", " \n ",
       "line 2, column 2: unexpected end of input; expected '[', '{', or a literal"},
      {"bad word", "{\n  \"a\": nope}", "line 2, column 9: invalid literal"},
      {"key without quotes", "{a: 1}",
       "line 1, column 2: invalid literal; expected string literal"},
      {"key that is a number", "{1: 1}",
       "line 1, column 2: unexpected number literal; expected string literal"},
      {"cut off", "{\"a\": [1,",
       "line 1, column 10: unexpected end of input; expected '[', '{', or a literal"},
      {"open string", "[\"abc", "line 1, column 6: invalid string: missing closing quote"},
      {"trailing garbage", "{}\n{}", "line 2, column 1: unexpected '{'; expected end of input"},
      {"trailing comma", "[1,]",
       "line 1, column 4: unexpected ']'; expected '[', '{', or a literal"},
      {"not UTF-8", "[\"\xFF\"]", "line 1, column 3: invalid string: ill-formed UTF-8 byte"},
      {"overlong UTF-8", "\"\xC0\x80\"", "line 1, column 2: invalid string: ill-formed UTF-8 byte"},
      {"surrogate in UTF-8", "\"\xED\xA0\x80\"",
       "line 1, column 3: invalid string: ill-formed UTF-8 byte"},
      {"number too large", "[1,\n1e999]", "line 2, column 5: number too large"},
      {"NUL behind the value", std::string_view("{}\0x", 4), "line 1, column 3: NUL byte"},
      {"quote inside what was read", "[\"a'; expected b\" 1]",
       "line 1, column 19: unexpected number literal; expected ']'"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(ErrorOf(c.text) == c.want);
  }
}

TEST_CASE("a JSON error does not repeat what was read") {
  CHECK(ErrorOf("[\"my; last read: secret\n\"]").find("secret") == std::string::npos);
  CHECK(ErrorOf("{\"password\": \"hunter2\x01\"}").find("hunter2") == std::string::npos);
  CHECK(ErrorOf("[" + std::string(100'000, 'x')).size() < 100);
  CHECK(ErrorOf(std::string(100'000, '9') + "e999").size() < 100);
}

TEST_CASE("a JSON error has no library's ids") {
  for (const std::string_view text :
       {"", "{", "[1e999]", "\"\\x\"", "\"\\ud800\"", "01", "tru", "/"}) {
    CAPTURE(text);
    CHECK(ErrorOf(text).find("exception") == std::string::npos);
    CHECK(ErrorOf(text).starts_with("line 1, column "));
  }
}

TEST_CASE("JSON nests to the limit and no deeper") {
  CHECK(ParseJson(Nested(kMaxJsonDepth)));
  CHECK(ErrorOf(Nested(kMaxJsonDepth + 1)) == "line 1, column 129: nested too deep");
  CHECK(ErrorOf('\n' + Nested(100'000)) == "line 2, column 129: nested too deep");
  CHECK(ErrorOf(std::string(100'000, '[')) == "line 1, column 129: nested too deep");
  std::string maps;
  for (int i = 0; i < 100'000; ++i) maps += "{\"a\":";
  CHECK(ErrorOf(maps) == "line 1, column 641: nested too deep");
}

TEST_CASE("brackets in strings do not nest, closed ones do not add up") {
  CHECK(ParseJson("[\"" + std::string(1'000, '[') + "\"]"));
  CHECK(ParseJson(R"(["\"[[\\", "\\\"{{"])"));
  CHECK(ParseJson("[\"\\\\\", \"" + std::string(1'000, '{') + "\"]"));
  std::string many = "[[]";
  for (int i = 0; i < 1'000; ++i) many += ",[]";
  CHECK(ParseJson(many + "]"));
}

TEST_CASE("JSON has as many values as the caller allows and no more") {
  CHECK(ParseJson("[1,2,{\"a\":\"[,{\"}]", 5));
  CHECK(ParseJson("[1,2,{\"a\":\"[,{\"}]", 4).error().message ==
        "line 1, column 6: more than 4 values");
  CHECK(ParseJson("[\"a\\\",b\"]", 2));
  std::string many = "[1";
  for (size_t i = 2; i < kMaxJsonValues; ++i) many += ",1";
  CHECK(ParseJson(many + "]"));
  many += ",1]";
  CHECK(ParseJson(many).error().message == "line 1, column 199999: more than 100000 values");
  CHECK(ParseJson(many, kAnyNumber));
  CHECK(ParseOrderedJson(many));
}

TEST_CASE("the objects of a list are handed out one by one, and nothing else is") {
  std::vector<std::string> seen;
  const auto use = [&](Json&& item) { seen.push_back(Compact(item)); };
  const auto rest = ParseJsonList(
      R"({"items":[{"a":{"items":[{}]}},7,{"b":[{}]}],"metadata":{"c":{"d":1}},"x":[{"e":1}]})",
      "items", use);
  REQUIRE(rest);
  CHECK(Compact(*rest) == R"({"items":[7],"metadata":{"c":{"d":1}},"x":[{"e":1}]})");
  CHECK(seen == std::vector<std::string>{R"({"a":{"items":[{}]}})", R"({"b":[{}]})"});

  seen.clear();
  const auto broken = ParseJsonList(R"({"items":[{"a":1},{"b":)", "items", use);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message.starts_with("line 1, column 24: "));
  CHECK(seen == std::vector<std::string>{R"({"a":1})"});
  for (const std::string_view text : {"[]", "null", "{}", R"({"items":{"a":{}}})", R"([{"a":1}])"})
    CHECK(Compact(ParseJsonList(text, "items", [](Json&&) { FAIL("none"); }).value()) == text);
}

TEST_CASE("MostBytesOfJson grows with the text and with its values, to an end") {
  CHECK(MostBytesOfJson("\"" + std::string(998, 'x') + "\"") == 4 * 1000 + 192);
  CHECK(MostBytesOfJson("{\"a\":\"0123456789\",\"b\":null}") == 4 * 27 + 3 * 192);
  CHECK(MostBytesOfJson("[{},{},{}]") == 10 * 43);
  const std::string commas(8 << 20, ',');
  CHECK(MostBytesOfJson(commas) == commas.size() + kMaxJsonValues * 192 + (6 << 20));
}

TEST_CASE("a text in JSON has at most 2 MiB") {
  const std::string most(2 << 20, 'x');
  CHECK(ParseJson("[\"" + most + "\",\"" + most + "\"]"));
  CHECK(ErrorOf("[\"\",\"" + most + "x\"]") == "line 1, column 5: text of more than 2 MiB");
}

TEST_CASE("Compact replaces what is not UTF-8") {
  CHECK(Compact(Json("a\xFFz")) == "\"a\xEF\xBF\xBDz\"");
  CHECK(Compact(OrderedJson("\xE2\x82")) == "\"\xEF\xBF\xBD\"");
  CHECK(Compact(Json("\xE2\x82\xAC")) == "\"\xE2\x82\xAC\"");
}

}  // namespace
}  // namespace railhook
