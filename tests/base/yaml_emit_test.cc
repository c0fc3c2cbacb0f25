#include <doctest/doctest.h>

#include <random>

#include "base/yaml.h"

namespace railhook {
namespace {

std::string Emitted(std::string_view json) { return EmitYaml(*ParseOrderedJson(json)); }

OrderedJson ReadBack(const OrderedJson& value) {
  const auto text = EmitYaml(value);
  CAPTURE(text);
  const auto documents = ParseYaml(text);
  REQUIRE(documents);
  REQUIRE(documents->size() == 1);
  return documents->at(0).value;
}

TEST_CASE("values are written in block style, sequences under their key") {
  CHECK(Emitted(R"({"kind":"Pod","metadata":{"labels":{},"name":"a"},"spec":{"containers":)"
                R"([{"name":"b","args":["x",1,true,null,[]],"env":[{"name":"c","value":"1"}]}],)"
                R"("nested":[[1,2],[{"a":1,"b":2}]]}})") ==
        "kind: Pod\n"
        "metadata:\n"
        "  labels: {}\n"
        "  name: a\n"
        "spec:\n"
        "  containers:\n"
        "  - name: b\n"
        "    args:\n"
        "    - x\n"
        "    - 1\n"
        "    - true\n"
        "    - null\n"
        "    - []\n"
        "    env:\n"
        "    - name: c\n"
        "      value: \"1\"\n"
        "  nested:\n"
        "  - - 1\n"
        "    - 2\n"
        "  - - a: 1\n"
        "      b: 2\n");
}

TEST_CASE("a scalar or something empty is a document by itself") {
  CHECK(Emitted("\"a\"") == "a\n");
  CHECK(Emitted("\"a\\nb\\n\"") == "|\n  a\n  b\n");
  CHECK(Emitted("{}") == "{}\n");
  CHECK(Emitted("[]") == "[]\n");
  CHECK(Emitted("null") == "null\n");
}

TEST_CASE("text of several lines becomes a literal block") {
  CHECK(Emitted(R"({"a":"x\ny"})") == "a: |-\n  x\n  y\n");
  CHECK(Emitted(R"({"a":"x\n\n  y\n"})") == "a: |\n  x\n\n    y\n");
  CHECK(Emitted(R"({"a":"x\n\n"})") == "a: |+\n  x\n\n");
  CHECK(Emitted(R"([{"a":["x\ny\n"]}])") == "- a:\n  - |\n    x\n    y\n");
}

TEST_CASE("text whose blanks a block would endanger is quoted") {
  for (const std::string_view text : {R"(" x\ny")", R"("\nx")", R"("x \ny")", R"("x\n\ty")",
                                      R"("x\ny ")", R"("x\r\ny")", R"("\n")", R"("x\ny\u0001")"}) {
    CAPTURE(text);
    CHECK(Emitted(text) == std::string(text) + "\n");
  }
}

TEST_CASE("JSON in a text stands in single quotes, where only they are doubled") {
  CHECK(EmitYaml("[{\"name\":\"a\"}]") == "'[{\"name\":\"a\"}]'\n");
  CHECK(EmitYaml("\"it's\"") == "'\"it''s\"'\n");
  CHECK(ReadBack(OrderedJson("\"it's\"")) == OrderedJson("\"it's\""));
  CHECK(EmitYaml("\"\t") == "\"\\\"\\t\"\n");
}

TEST_CASE("what some reader takes for something else is quoted") {
  for (const std::string_view text : {"",
                                      "~",
                                      "null",
                                      "Null",
                                      "true",
                                      "yes",
                                      "No",
                                      "on",
                                      "OFF",
                                      "y",
                                      "N",
                                      "0",
                                      "-1",
                                      "+1",
                                      "1.5",
                                      ".5",
                                      "5.",
                                      "1e3",
                                      "0777",
                                      "0o17",
                                      "0x1f",
                                      "0b1",
                                      "1_000",
                                      "1:30",
                                      "-1:30.5",
                                      "12:30:45",
                                      "0000:31:00.0",
                                      "2024-01-01",
                                      "2001-12-14t21:59:43.10-05:00",
                                      "2001-12-14 21:59:43Z",
                                      "10.0.0.1",
                                      ".inf",
                                      "-.INF",
                                      ".nan",
                                      "<<",
                                      "=",
                                      "-",
                                      "- a",
                                      "---",
                                      "--- a",
                                      "...",
                                      "?",
                                      "? a",
                                      ":",
                                      ":a",
                                      "a:",
                                      "a: b",
                                      "a #b",
                                      "#a",
                                      " a",
                                      "a ",
                                      "&a",
                                      "*a",
                                      "!a",
                                      "|",
                                      ">",
                                      "@a",
                                      "`a",
                                      "%a",
                                      "'a'",
                                      "{a",
                                      "}",
                                      "[a",
                                      "]",
                                      ",a",
                                      "a\tb"}) {
    CAPTURE(text);
    const auto emitted = EmitYaml(OrderedJson(text));
    CHECK(emitted == Compact(OrderedJson(text)) + "\n");
    CHECK(ReadBack(OrderedJson(text)) == OrderedJson(text));
  }
}

TEST_CASE("what every reader takes for text stays plain") {
  for (const std::string_view text : {"a",
                                      "v1",
                                      "rail-1",
                                      "100Gi",
                                      "a:b",
                                      "a#b",
                                      "--flag=x",
                                      "-c",
                                      "/bin/sh",
                                      "10.0.0.0/24",
                                      "0000:3b:00.0",
                                      "k8s.v1.cni.cncf.io/networks",
                                      "a b c",
                                      "it's",
                                      "say \"x\"",
                                      "$(VAR)",
                                      "a, b",
                                      "x{y}",
                                      "1a",
                                      "yEs",
                                      "NaN",
                                      "sha256:0123",
                                      "http://x:80/?a=b&c",
                                      "\xC3\xA9",
                                      "\xE6\x97\xA5\xE6\x9C\xAC",
                                      "\xF0\x9F\x98\x80"}) {
    CAPTURE(text);
    CHECK(EmitYaml(OrderedJson(text)) == std::string(text) + "\n");
  }
}

TEST_CASE("characters that are not shown everywhere are escaped") {
  CHECK(EmitYaml("\x7F") == "\"\\u007f\"\n");
  CHECK(EmitYaml("a\xC2\x85") == "\"a\\u0085\"\n");
  CHECK(EmitYaml("\xE2\x80\xA8\n") == "\"\\u2028\\n\"\n");
  CHECK(EmitYaml("\xEF\xBB\xBF") == "\"\\ufeff\"\n");
  CHECK(EmitYaml("\xEF\xBF\xBF") == "\"\\uffff\"\n");
  CHECK(EmitYaml("\xF4\x8F\xBF\xBF") == "\"\\U0010ffff\"\n");
  CHECK(EmitYaml(std::string(1, '\0')) == "\"\\u0000\"\n");
  CHECK(EmitYaml("a\xFF") == "\"a\xEF\xBF\xBD\"\n");
}

TEST_CASE("numbers come back as they were, doubles as doubles in any YAML") {
  CHECK(Emitted("[1.0,1e300,5e-324,-0.0,1.5e-7,0.1]") ==
        "- 1.0\n- 1.0e+300\n- 5.0e-324\n- -0.0\n- 1.5e-07\n- 0.1\n");
  for (const std::string_view text :
       {"[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]",
        "[1.0,-0.0,0.1,1e+300,5e-324,1.7976931348623157e+308,2.2250738585072014e-308]"}) {
    CHECK(Compact(ReadBack(*ParseOrderedJson(text))) == text);
  }
}

TEST_CASE("keys are quoted like strings, very long ones are announced") {
  CHECK(Emitted(R"({"yes":1,"1":2,"a: b":3,"x\ny":4,"":5})") ==
        "\"yes\": 1\n\"1\": 2\n\"a: b\": 3\n\"x\\ny\": 4\n\"\": 5\n");
  const std::string key(2'000, 'k');
  CHECK(EmitYaml({{key, {{"a", 1}, {"b", 2}}}, {"c", 3}}) ==
        "? " + key + "\n: a: 1\n  b: 2\nc: 3\n");
  const OrderedJson value = {{"x", {{{key, {1, {{key, "a\nb"}}}}}}}};
  CHECK(ReadBack(value) == value);
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  OrderedJson Value(int depth = 0) {
    const int kind = Below(depth < 5 ? 10 : 7);
    if (kind < 5) return Text();
    if (kind < 7) return Plain();
    auto value = kind < 8 ? OrderedJson::array() : OrderedJson::object();
    for (int i = Below(5); i > 0; --i) {
      if (value.is_array()) value.push_back(Value(depth + 1));
      if (value.is_object()) value[Text()] = Value(depth + 1);
    }
    return value;
  }

 private:
  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  std::string Text() {
    static constexpr std::string_view kParts[] = {"yes",
                                                  "no",
                                                  "on",
                                                  "y",
                                                  "true",
                                                  "null",
                                                  "~",
                                                  "1",
                                                  "0777",
                                                  "0x1f",
                                                  "1e3",
                                                  ".5",
                                                  "1:30",
                                                  ":",
                                                  ": ",
                                                  "#",
                                                  " #",
                                                  "-",
                                                  "- ",
                                                  "---",
                                                  "...",
                                                  "?",
                                                  "? ",
                                                  "&a",
                                                  "*a",
                                                  "!",
                                                  "!!str",
                                                  "|",
                                                  ">",
                                                  "@",
                                                  "`",
                                                  "%",
                                                  "'",
                                                  "\"",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  "=",
                                                  "<<",
                                                  ".inf",
                                                  "2024-01-01",
                                                  "\n",
                                                  "\n\n",
                                                  "\t",
                                                  "\r",
                                                  " ",
                                                  "  ",
                                                  "\\",
                                                  "\\n",
                                                  "a",
                                                  "b c",
                                                  "\xC3\xA9",
                                                  "\xC2\x85",
                                                  "\xE2\x80\xA8",
                                                  "\xEF\xBB\xBF",
                                                  "\xF0\x9F\x98\x80",
                                                  "\x7F",
                                                  "\x01",
                                                  "\x1B",
                                                  std::string_view("\0", 1),
                                                  "$(X)",
                                                  "/"};
    std::string text;
    for (int i = Below(5); i >= 0; --i) text += kParts[Below(std::size(kParts))];
    return Below(20) == 0 ? "" : text;
  }

  OrderedJson Plain() {
    switch (Below(6)) {
      case 0:
        return nullptr;
      case 1:
        return Below(2) == 1;
      case 2:
        return Below(2'000) - 1'000;
      case 3:
        return static_cast<int64_t>(random_());
      case 4:
        return static_cast<uint64_t>(random_());
      default:
        return std::ldexp(Below(1'000'000) - 500'000, Below(200) - 100);
    }
  }

  std::mt19937_64 random_;
};

TEST_CASE("ParseYaml reads back whatever EmitYaml writes") {
  Generator generator(20261121);
  for (int i = 0; i < 5'000; ++i) {
    const auto value = generator.Value();
    if (value.is_null()) continue;  // an empty document
    CHECK(Compact(ReadBack(value)) == Compact(value));
  }
}

}  // namespace
}  // namespace railhook
