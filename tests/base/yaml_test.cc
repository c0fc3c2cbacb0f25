#include "base/yaml.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

// All documents as JSON, one a line.
std::string Parsed(std::string_view text) {
  const auto documents = ParseYaml(text);
  if (!documents) return documents.error().message;
  std::string all;
  for (const auto& document : *documents) {
    all += all.empty() ? "" : "\n";
    all += Compact(document.value);
  }
  return all;
}

std::string ErrorOf(std::string_view text) {
  const auto documents = ParseYaml(text);
  REQUIRE(!documents);
  CHECK(documents.error().code == ErrorCode::kInvalid);
  return documents.error().message;
}

std::string Repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("a manifest becomes JSON with its keys in order") {
  CHECK(Parsed("apiVersion: v1\n"
               "kind: Pod\n"
               "metadata:\n"
               "  annotations: {}\n"
               "  name: 'a'\n"
               "spec:\n"
               "  containers:\n"
               "  - name: \"b\"   # comment\n"
               "    args: [--x, -y 1, \"2\"]\n"
               "  - command:\n"
               "      - |\n"
               "        if true; then\n"
               "          run\n"
               "        fi\n"
               "      - >-\n"
               "        folded\n"
               "        text\n") ==
        R"({"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{},"name":"a"},)"
        R"("spec":{"containers":[{"name":"b","args":["--x","-y 1","2"]},)"
        R"({"command":["if true; then\n  run\nfi\n","folded text"]}]}})");
}

TEST_CASE("plain scalars have types, quoted and literal ones are strings") {
  CHECK(Parsed("[yes, 0777, 0x1f, 1e3, ~, a]") == R"([true,511,31,1000.0,null,"a"])");
  CHECK(Parsed("['yes', \"0777\", '', \"~\"]") == R"(["yes","0777","","~"])");
  CHECK(Parsed("- |-\n  1\n- >-\n  yes\n") == R"(["1","yes"])");
  CHECK(Parsed("a:\nb: \nc: 1") == R"({"a":null,"b":null,"c":1})");
  CHECK(Parsed("- \n-\n- 1") == "[null,null,1]");
}

TEST_CASE("a tag decides the type, if the scalar can have it") {
  CHECK(Parsed("[!!str 1, !!int \"0x10\", !!float 1, !!bool yes, !!null ~, ! 1, !!str ]") ==
        R"(["1",16,1.0,true,null,"1",""])");
  CHECK(Parsed("!!map {a: !!seq [1]}") == R"({"a":[1]})");
  CHECK(Parsed("!<tag:yaml.org,2002:str> 5") == "\"5\"");
  CHECK(ErrorOf("a: 1\nb: !!int x") == "line 2: \"x\" is no !!int");
  CHECK(ErrorOf("!!bool 1") == "line 1: \"1\" is no !!bool");
  CHECK(ErrorOf("\n!Ref x") == "line 2: unknown tag \"!Ref\"");
  CHECK(ErrorOf("!!binary aGk=") == "line 1: unknown tag \"!!binary\"");
  CHECK(ErrorOf("!!set {a, b}") == "line 1: unknown tag \"!!set\"");
  CHECK(ErrorOf("!!seq {a: 1}") == "line 1: unknown tag \"!!seq\"");
}

TEST_CASE("what JSON cannot hold is refused") {
  CHECK(ErrorOf("a: 1\nb: .inf") == "line 2: \".inf\" has no place in JSON");
  CHECK(ErrorOf("!!float .NaN") == "line 1: \".NaN\" has no place in JSON");
  CHECK(ErrorOf("a: 1\n[b]: 2") == "line 2: a key is no scalar");
  CHECK(ErrorOf("? - a\n: 1") == "line 1: a key is no scalar");
  CHECK(ErrorOf("~: 1") == "line 1: a key is null");
  CHECK(ErrorOf("a: &a {}\n*a : 1") == "line 2: a key is no scalar");
}

TEST_CASE("keys that are no strings become strings") {
  CHECK(Parsed("true: 1\n2: 1\n1.5: 1\n0x10: 1\n\"~\": 1\non: 1\n") ==
        "line 6: key \"true\" was given on line 1");
  CHECK(Parsed("true: 1\n2: 1\n1.5: 1\n0x10: 1\n\"~\": 1\noff: 1\n") ==
        R"({"true":1,"2":1,"1.5":1,"16":1,"~":1,"false":1})");
}

TEST_CASE("the same key twice in one mapping is refused, with both lines") {
  CHECK(ErrorOf("a: 1\nb: 2\n\na: 3") == "line 4: key \"a\" was given on line 1");
  CHECK(ErrorOf("- {a: 1,\n   a: 1}") == "line 2: key \"a\" was given on line 1");
  CHECK(ErrorOf("{\"a\":1,\"a\":1}") == "line 1: key \"a\" was given on line 1");
  CHECK(ErrorOf("1: x\n\"1\": x") == "line 2: key \"1\" was given on line 1");
  CHECK(Parsed("a: {a: {a: 1}}\nb: {a: 1}") == R"({"a":{"a":{"a":1}},"b":{"a":1}})");
}

TEST_CASE("a long key is cut in an error") {
  const auto key = Repeat("k", 500);
  CHECK(ErrorOf(key + ": 1\n" + key + ": 2").size() < 120);
}

TEST_CASE("documents are split at ---, and empty ones are left out") {
  CHECK(Parsed("a: 1\n---\nb: 2\n--- c\n") == "{\"a\":1}\n{\"b\":2}\n\"c\"");
  CHECK(Parsed("---\n---\n# nothing\n---\na: 1\n---\n...\n---\n") == "{\"a\":1}");
  CHECK(Parsed("%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 1\n") == "{\"a\":1}\n{\"b\":1}");
  for (const std::string_view nothing :
       {"", "\n \n", "# x\n", "---\n", "---\n---\n", "null\n", "\xEF\xBB\xBF"}) {
    CAPTURE(nothing);
    CHECK(ParseYaml(nothing)->empty());
  }
}

TEST_CASE("text behind the end of a document is refused") {
  const std::string want = "text after the end of the document (another one needs ---)";
  CHECK(ErrorOf("[1] [2]") == "line 1: " + want);
  CHECK(ErrorOf("{}\nx") == "line 2: " + want);
  CHECK(ErrorOf("  a: 1\n b: 2") == "line 2: " + want);
  CHECK(ErrorOf("a: 1\n...\nb: 2") == "line 3: " + want);
}

TEST_CASE("an alias stands for a copy of what its anchor names") {
  CHECK(Parsed("a: &x {b: [1]}\nc: *x\nd: [*x, *x]") ==
        R"({"a":{"b":[1]},"c":{"b":[1]},"d":[{"b":[1]},{"b":[1]}]})");
  CHECK(Parsed("- &a 1\n- *a\n- &a 2\n- *a\n- &n\n- *n") == "[1,1,2,2,null,null]");
  CHECK(Parsed("&k foo: *k\nb: &s x\n*s : 3") == R"({"foo":"foo","b":"x","x":3})");
  CHECK(ErrorOf("a: 1\nb: *nope") == "line 2: the referenced anchor is not defined");
  CHECK(ErrorOf("- &a 1\n---\n- *a") == "line 3: the referenced anchor is not defined");
  CHECK(ErrorOf("&a\n- [*a]") == "line 2: an alias inside of its own anchor");
}

TEST_CASE("<< brings the members of other mappings, own ones win") {
  CHECK(Parsed("- &x {a: 1, b: 2}\n- b: 3\n  <<: *x\n  c: 4") ==
        R"([{"a":1,"b":2},{"b":3,"c":4,"a":1}])");
  CHECK(Parsed("- &x {a: 1}\n- &z {a: 9, q: 8}\n- <<: [*x, *z]\n  c: 4") ==
        R"([{"a":1},{"a":9,"q":8},{"c":4,"a":1,"q":8}])");
  CHECK(Parsed("<<: {a: 1}\nb: 2") == R"({"b":2,"a":1})");
  CHECK(Parsed("\"<<\": {a: 1}") == R"({"<<":{"a":1}})");
  CHECK(Parsed("[<<]") == R"(["<<"])");
  CHECK(ErrorOf("a: 1\n<<: 5") == "line 2: << must be given a mapping or a list of mappings");
  CHECK(ErrorOf("a:\n  <<: [{}, 5]") == "line 2: << must be given a mapping or a list of mappings");
}

TEST_CASE("JSON is YAML") {
  CHECK(Parsed("{\n\t\"a\": "
               "[\n\t\t1,\n\t\t-2.5e3\n\t],\n\t\"b\":{\"c\":\"\\/\\u0000\\b\"},\"d\":\"yes\"}\n") ==
        R"({"a":[1,-2500.0],"b":{"c":"/\u0000\b"},"d":"yes"})");
  CHECK(Parsed("{\"a\":[],\"b\":{},\"c\":\"x:y\"}") == R"({"a":[],"b":{},"c":"x:y"})");
}

TEST_CASE("JSON that is no YAML is read all the same") {
  CHECK(Parsed(R"({"a":"\ud83d\ude00"})") == "{\"a\":\"\xF0\x9F\x98\x80\"}");
  const auto long_key = "{\"" + Repeat("k", 5'000) + "\":1}";
  CHECK(Parsed(long_key) == long_key);
  CHECK(ErrorOf(R"({"a":"\ud83d"})") == "line 1: invalid unicode: 55357");
}

TEST_CASE("any line end and a byte order mark will do") {
  CHECK(Parsed("\xEF\xBB\xBF"
               "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: \"q\r\n  r\"\r\n---\r\nd: 1\r\n") ==
        "{\"a\":1,\"b\":\"x\\ny\\n\",\"c\":\"q r\"}\n{\"d\":1}");
  CHECK(Parsed("a: 1\rb: 2\r") == R"({"a":1,"b":2})");
  CHECK(ErrorOf("a: 1\r\n\r\nb: @") == "line 3: unknown token");
}

TEST_CASE("characters that no text has are refused") {
  CHECK(ErrorOf("a: 1\nb: \xFF") == "line 2: not UTF-8");
  CHECK(ErrorOf(std::string_view("\xFF\xFE"
                                 "a\0",
                                 4)) == "line 1: not UTF-8");
  CHECK(ErrorOf(std::string_view("a: \0b", 5)) == "line 1: control character 0");
  CHECK(ErrorOf("a: 1\nb: \x04\nc: @") == "line 2: control character 4");
  CHECK(Parsed("a: \"\xF0\x9F\x98\x80\"") == "{\"a\":\"\xF0\x9F\x98\x80\"}");
}

TEST_CASE("a syntax error names its line") {
  CHECK(ErrorOf("a: 1\nb: c: d") == "line 2: illegal map value");
  CHECK(ErrorOf("a:\n\tb: 1") ==
        "line 2: illegal map value (there is a tab: YAML is indented by spaces alone)");
  CHECK(ErrorOf("a: [1, 2\nb: 3") == "line 2: end of sequence flow not found");
  CHECK(ErrorOf("{a: 1") == "line 1: end of map flow not found");
  CHECK(ErrorOf("a: 1\n- b") == "line 2: end of map not found");
  CHECK(ErrorOf("a: 'x\nb: 3") == "line 2: illegal EOF in scalar");
  CHECK(ErrorOf("a: \"\\q\"") == "line 1: unknown escape character: q");
}

TEST_CASE("YAML nests to the limit and no deeper") {
  const auto nested = [](int depth) { return Repeat("[", depth) + Repeat("]", depth); };
  CHECK(ParseYaml(nested(kMaxJsonDepth)));
  CHECK(ErrorOf(nested(kMaxJsonDepth + 1)) == "line 1: nested too deep");
  CHECK(ErrorOf('\n' + nested(100'000)) == "line 2: nested too deep");
  CHECK(ErrorOf(Repeat("[", 100'000)) == "line 1: nested too deep");
  CHECK(ErrorOf(Repeat("{a: ", 50'000)) == "line 1: nested too deep");
  CHECK(ErrorOf(Repeat("- ", 100'000)) == "line 1: nested too deep");
  for (const std::string_view part :
       {"? ", ": ", "a: ", "!a ", "&a ", "- &a ", "]", "[] ", "\"", "'"}) {
    CAPTURE(part);
    CHECK(!ParseYaml(Repeat(part, 100'001)));
  }
}

TEST_CASE("aliases do not nest deeper either") {
  std::string text = "- &a0 []\n";
  for (int i = 1; i < 200; ++i) {
    text += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  CHECK(ErrorOf(text) == "line 128: nested too deep");
}

TEST_CASE("aliases cannot blow a file up") {
  std::string laughs = "- &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto alias = "*a" + std::to_string(i - 1);
    laughs += "- &a" + std::to_string(i) + " [" + Repeat(alias + ", ", 10) + "]\n";
  }
  CHECK(ErrorOf(laughs) == "line 6: too large: over 1000000 values");
  CHECK(ErrorOf("- &a " + Repeat("x", 1'000'000) + "\n" + Repeat("- *a\n", 1'000)) ==
        "line 67: too large: over 67108864 bytes of text");
  const std::string document = "---\n- &a [" + Repeat("x, ", 50'000) + "]\n- *a\n";
  CHECK(ErrorOf(Repeat(document, 10)) == "line 20: too large: over 1000000 values");
}

TEST_CASE("LineOf tells the line of each value: a member's is that of its key") {
  const auto documents = ParseYaml(
      "apiVersion: v1\n"
      "spec:\n"
      "  sriov:\n"
      "    - name: x\n"
      "      v:\n"
      "        1\n"
      "    - - 2\n"
      "      - 3\n"
      "  t: |\n"
      "    a\n"
      "  a/b~c: {d: 1}\n"
      "---\n"
      "x: &x\n"
      "  k: 1\n"
      "z: *x\n"
      "m:\n"
      "  <<: *x\n");
  REQUIRE(documents);
  const auto& first = documents->at(0);
  CHECK(first.LineOf("") == 1);
  CHECK(first.LineOf("/spec") == 2);
  CHECK(first.LineOf("/spec/sriov") == 3);
  CHECK(first.LineOf("/spec/sriov/0") == 4);
  CHECK(first.LineOf("/spec/sriov/0/v") == 5);
  CHECK(first.LineOf("/spec/sriov/1/1") == 8);
  CHECK(first.LineOf("/spec/t") == 9);
  CHECK(first.LineOf("/spec/a~1b~0c/d") == 11);
  const auto& second = documents->at(1);
  CHECK(second.LineOf("") == 13);
  CHECK(second.LineOf("/x/k") == 14);
  CHECK(second.LineOf("/z") == 15);
  CHECK(second.LineOf("/z/k") == 15);
  CHECK(second.LineOf("/m/k") == 17);
}

TEST_CASE("LineOf falls back to the nearest parent") {
  const auto documents = ParseYaml("# x\na: 1\nb:\n  c: {}\n");
  const auto& document = documents->at(0);
  CHECK(document.LineOf("/b/c/d/e") == 4);
  CHECK(document.LineOf("/b/nope") == 3);
  CHECK(document.LineOf("/nope") == 2);
  CHECK(document.LineOf("nope") == 2);
  CHECK(YamlDocument{}.LineOf("/a") == 1);
}

TEST_CASE("a long key over many values costs no memory for lines") {
  const auto text = "? " + Repeat("k", 1'000'000) + "\n: [" + Repeat("1, ", 100'000) + "]\n";
  const auto documents = ParseYaml(text);
  REQUIRE(documents);
  CHECK(documents->at(0).lines.size() < 100);
}

}  // namespace
}  // namespace railhook
