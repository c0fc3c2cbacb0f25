#include "webhook/admission/patch.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace railhook {
namespace {

using Op = PatchOperation::Op;

Json JsonOf(std::string_view text) {
  auto value = ParseJson(text);
  REQUIRE(value);
  return std::move(value).Take();
}

Patch PatchOf(std::initializer_list<PatchOperation> operations) {
  Patch patch;
  for (const PatchOperation& operation : operations) patch.Append(operation);
  return patch;
}

// The patched document, or "fails".
std::string Applied(const Patch& patch, std::string_view document) {
  const auto applied = patch.Apply(JsonOf(document));
  if (applied) return Compact(*applied);
  CHECK(applied.error().code == ErrorCode::kInvalid);
  CHECK_FALSE(applied.error().message.empty());
  return "fails";
}

TEST_CASE("PointerOf: names are escaped as RFC 6901 says") {
  const struct {
    JsonPath path;
    std::string_view want;
  } cases[] = {
      {{}, ""},
      {{"metadata"}, "/metadata"},
      {{""}, "/"},
      {{"", ""}, "//"},
      {{"spec", "containers", "0"}, "/spec/containers/0"},
      {{"a/b"}, "/a~1b"},
      {{"a~b"}, "/a~0b"},
      {{"~1"}, "/~01"},
      {{"~0"}, "/~00"},
      {{"~/~"}, "/~0~1~0"},
      {{"metadata", "annotations", "k8s.v1.cni.cncf.io/networks"},
       "/metadata/annotations/k8s.v1.cni.cncf.io~1networks"},
      {{"a b", "\"", "\\"}, "/a b/\"/\\"},
      {{"网络"}, "/网络"},
  };
  for (const auto& c : cases) CHECK(PointerOf(c.path) == c.want);
}

TEST_CASE("ToJson: a JSON list of operations, a removal without a value") {
  CHECK(Patch().ToJson() == "[]");
  CHECK(Patch().empty());
  const Patch patch = PatchOf(
      {{Op::kAdd, "/a", R"({"b":[1]})"}, {Op::kReplace, "/c", "null"}, {Op::kRemove, "/d", ""}});
  CHECK(patch.ToJson() ==
        R"([{"op":"add","path":"/a","value":{"b":[1]}},)"
        R"({"op":"replace","path":"/c","value":null},{"op":"remove","path":"/d"}])");
  CHECK_FALSE(patch.empty());
}

TEST_CASE("ToJson: a path may hold any text") {
  const std::string path = "/\"\\\n\x01/网络/~0~1";
  const Json list = JsonOf(PatchOf({{Op::kRemove, path, ""}}).ToJson());
  CHECK(list[0]["path"] == path);
}

TEST_CASE("Apply: what applies, and what does not") {
  const struct {
    std::string_view name;
    Patch patch;
    std::string_view document;
    std::string_view want;
  } cases[] = {
      {"nothing", {}, R"({"a":1})", R"({"a":1})"},
      {"add", PatchOf({{Op::kAdd, "/b", "2"}}), R"({"a":1})", R"({"a":1,"b":2})"},
      {"add over a value", PatchOf({{Op::kAdd, "/a", "2"}}), R"({"a":1})", R"({"a":2})"},
      {"add into a missing map", PatchOf({{Op::kAdd, "/a/b", "2"}}), "{}", "fails"},
      {"add into a text", PatchOf({{Op::kAdd, "/a/b", "2"}}), R"({"a":"x"})", "fails"},
      {"add into a number", PatchOf({{Op::kAdd, "/a/-", "2"}}), R"({"a":1})", "fails"},
      {"add at the end", PatchOf({{Op::kAdd, "/a/-", "2"}}), R"({"a":[1]})", R"({"a":[1,2]})"},
      {"add at the length", PatchOf({{Op::kAdd, "/a/1", "2"}}), R"({"a":[1]})", R"({"a":[1,2]})"},
      {"add beyond the end", PatchOf({{Op::kAdd, "/a/2", "2"}}), R"({"a":[1]})", "fails"},
      {"add at no position", PatchOf({{Op::kAdd, "/a/x", "2"}}), R"({"a":[1]})", "fails"},
      {"add at 01", PatchOf({{Op::kAdd, "/a/01", "2"}}), R"({"a":[1,1]})", "fails"},
      {"replace", PatchOf({{Op::kReplace, "/a", "2"}}), R"({"a":1})", R"({"a":2})"},
      {"replace what is not there", PatchOf({{Op::kReplace, "/b", "2"}}), R"({"a":1})", "fails"},
      {"replace in a text", PatchOf({{Op::kReplace, "/a/b", "2"}}), R"({"a":"b"})", "fails"},
      {"remove", PatchOf({{Op::kRemove, "/a", ""}}), R"({"a":1})", "{}"},
      {"remove what is not there", PatchOf({{Op::kRemove, "/b", ""}}), R"({"a":1})", "fails"},
      {"remove from a text", PatchOf({{Op::kRemove, "/a/b", ""}}), R"({"a":"b"})", "fails"},
      {"remove beyond the end", PatchOf({{Op::kRemove, "/a/1", ""}}), R"({"a":[1]})", "fails"},
      {"one after the other", PatchOf({{Op::kAdd, "/b", "{}"}, {Op::kAdd, "/b/c", "1"}}),
       R"({"a":1})", R"({"a":1,"b":{"c":1}})"},
      {"the second fails", PatchOf({{Op::kAdd, "/b", "1"}, {Op::kRemove, "/c", ""}}), "{}",
       "fails"},
      {"escaped names", PatchOf({{Op::kAdd, "/a~1b~0c", "1"}}), "{}", R"({"a/b~c":1})"},
      {"a pointer without its slash", PatchOf({{Op::kAdd, "a", "1"}}), "{}", "fails"},
      {"a broken escape", PatchOf({{Op::kAdd, "/a~2", "1"}}), "{}", "fails"},
      {"a value that is no JSON", PatchOf({{Op::kAdd, "/a", "{"}}), "{}", "fails"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Applied(c.patch, c.document) == c.want);
  }
}

TEST_CASE("Apply: the document itself stays as it is") {
  const Json document = JsonOf(R"({"a":1})");
  CHECK(PatchOf({{Op::kAdd, "/b", "2"}}).Apply(document));
  CHECK(Compact(document) == R"({"a":1})");
}

TEST_CASE("Apply: an ordered document keeps its order, new members come last") {
  const auto document = ParseOrderedJson(R"({"z":1,"a":{"y":1,"b":2}})");
  REQUIRE(document);
  const auto applied =
      PatchOf({{Op::kAdd, "/m", R"({"q":1,"c":2})"}, {Op::kReplace, "/z", "3"}}).Apply(*document);
  REQUIRE(applied);
  CHECK(Compact(*applied) == R"({"z":3,"a":{"y":1,"b":2},"m":{"q":1,"c":2}})");
}

TEST_CASE("PatchBuilder: the smallest patch") {
  const struct {
    std::string_view name;
    std::string_view document;
    std::function<void(PatchBuilder&)> change;
    std::string_view want;
  } cases[] = {
      {"nothing", R"({"a":1})", [](PatchBuilder&) {}, "[]"},
      {"a value that is there", R"({"a":1})", [](PatchBuilder& b) { b.Set({"a"}, 1); }, "[]"},
      {"another value", R"({"a":1})", [](PatchBuilder& b) { b.Set({"a"}, "1"); },
       R"([{"op":"replace","path":"/a","value":"1"}])"},
      {"a missing member", R"({"m":{"x":1}})",
       [](PatchBuilder& b) {
         b.Set({"m", "y"}, 2);
       },
       R"([{"op":"add","path":"/m/y","value":2}])"},
      {"missing parents come with what goes in them", "{}",
       [](PatchBuilder& b) {
         b.Set({"m", "n", "y"}, 2);
         b.Set({"m", "n", "x"}, 1);
       },
       R"([{"op":"add","path":"/m","value":{"n":{"x":1,"y":2}}}])"},
      {"null counts as missing", R"({"m":null})",
       [](PatchBuilder& b) {
         b.Set({"m", "y"}, 2);
       },
       R"([{"op":"add","path":"/m","value":{"y":2}}])"},
      {"null where the value goes", R"({"m":{"y":null}})",
       [](PatchBuilder& b) {
         b.Set({"m", "y"}, 2);
       },
       R"([{"op":"add","path":"/m/y","value":2}])"},
      {"a map's other members stay", R"({"m":{"x":1,"y":1}})",
       [](PatchBuilder& b) {
         b.Set({"m", "y"}, 2);
       },
       R"([{"op":"replace","path":"/m/y","value":2}])"},
      {"a list's position", R"({"l":[{"a":1},{"a":1}]})",
       [](PatchBuilder& b) {
         b.Set({"l", "1", "b"}, 2);
       },
       R"([{"op":"add","path":"/l/1/b","value":2}])"},
      {"digits name a member of a map", R"({"m":{"1":{"a":1}}})",
       [](PatchBuilder& b) {
         b.Set({"m", "1", "a"}, 2);
       },
       R"([{"op":"replace","path":"/m/1/a","value":2}])"},
      {"names are escaped", R"({"m":{}})",
       [](PatchBuilder& b) {
         b.Set({"m", "a/b~c"}, 1);
       },
       R"([{"op":"add","path":"/m/a~1b~0c","value":1}])"},
      {"the last value counts", R"({"a":1})",
       [](PatchBuilder& b) {
         b.Set({"a"}, 2);
         b.Set({"a"}, 1);
       },
       "[]"},
      {"the end of a list", R"({"l":[1]})",
       [](PatchBuilder& b) {
         b.Append({"l"}, 2);
         b.Append({"l"}, 2);
       },
       R"([{"op":"add","path":"/l/-","value":2},{"op":"add","path":"/l/-","value":2}])"},
      {"an empty list", R"({"l":[]})", [](PatchBuilder& b) { b.Append({"l"}, 1); },
       R"([{"op":"add","path":"/l/-","value":1}])"},
      {"a missing list", R"({"m":{}})",
       [](PatchBuilder& b) {
         b.Append({"m", "l"}, 1);
         b.Append({"m", "l"}, 2);
       },
       R"([{"op":"add","path":"/m/l","value":[1,2]}])"},
      {"a list that is null", R"({"l":null})", [](PatchBuilder& b) { b.Append({"l"}, 1); },
       R"([{"op":"add","path":"/l","value":[1]}])"},
      {"a list below missing parents", "{}",
       [](PatchBuilder& b) {
         b.Append({"m", "l"}, 1);
         b.Set({"m", "x"}, 2);
       },
       R"([{"op":"add","path":"/m","value":{"l":[1],"x":2}}])"},
      {"a removal", R"({"m":{"a":1,"b":2}})",
       [](PatchBuilder& b) {
         b.Remove({"m", "a"});
       },
       R"([{"op":"remove","path":"/m/a"}])"},
      {"a removal of nothing", R"({"m":{}})",
       [](PatchBuilder& b) {
         b.Remove({"m", "a"});
         b.Remove({"x", "y"});
       },
       "[]"},
      {"a huge number", R"({"a":18446744073709551615})",
       [](PatchBuilder& b) { b.Set({"a"}, 18446744073709551615ULL); }, "[]"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Json document = JsonOf(c.document);
    PatchBuilder builder(document);
    c.change(builder);
    const Patch patch = std::move(builder).Build();
    CHECK(patch.ToJson() == c.want);
    CHECK(patch.Apply(document));
  }
}

TEST_CASE("PatchBuilder: additions, replacements and removals together give the wanted document") {
  const Json document =
      JsonOf(R"({"m":{"gone":1,"kept":[{"u":1.5e300}],"old":"x"},"l":[{"a":1}]})");
  PatchBuilder builder(document);
  builder.Set({"m", "old"}, "y");
  builder.Set({"l", "0", "n", "deep/er"}, true);
  builder.Append({"l"}, Json::object({{"b", 2}}));
  builder.Remove({"m", "gone"});
  const auto applied = std::move(builder).Build().Apply(document);
  REQUIRE(applied);
  CHECK(
      *applied ==
      JsonOf(
          R"({"m":{"kept":[{"u":1.5e300}],"old":"y"},"l":[{"a":1,"n":{"deep/er":true}},{"b":2}]})"));
}

TEST_CASE("PatchBuilder: the same changes make the same patch in whatever order they come") {
  const Json document = JsonOf(R"({"m":{"a":1}})");
  PatchBuilder one(document), other(document);
  one.Set({"m", "b"}, 1);
  one.Set({"m", "a"}, 2);
  other.Set({"m", "a"}, 2);
  other.Set({"m", "b"}, 1);
  CHECK(std::move(one).Build().ToJson() == std::move(other).Build().ToJson());
}

}  // namespace
}  // namespace railhook
