#include "k8sclient/object.h"

#include <doctest/doctest.h>

#include "base/json.h"

namespace railhook {
namespace {

// What ReadMeta makes of a metadata, as words.
std::string Show(std::string_view metadata) {
  const auto meta = ReadMeta(ParseJson(R"({"metadata": )" + std::string(metadata) + '}').value());
  if (!meta) {
    CHECK(meta.error().code == ErrorCode::kInvalid);
    return "error: " + meta.error().message;
  }
  std::string text = meta->Id();
  for (const auto& [key, value] : meta->annotations) text += " @" + key + '=' + value;
  for (const auto& [key, value] : meta->labels) text += " #" + key + '=' + value;
  for (const auto& owner : meta->owners) text += " <" + owner.kind + '/' + owner.name;
  return text + (meta->deleting ? " deleting" : "");
}

TEST_CASE("ReadMeta: what every object carries") {
  const struct {
    std::string_view metadata, want;
  } cases[] = {
      {R"({"name": "a"})", "default/a"},
      {R"({"name": "a", "namespace": ""})", "default/a"},
      {R"({"name": "a", "namespace": null, "labels": null, "annotations": null})", "default/a"},
      {R"({"name": "a", "namespace": "n", "unknown": 1})", "n/a"},
      {R"({"name": "a", "annotations": {"x/y": "1", "b": ""}, "labels": {"l": "v"}})",
       "default/a @b= @x/y=1 #l=v"},
      {R"({"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"})", "default/a deleting"},
      {R"({"name": "a", "deletionTimestamp": null})", "default/a"},
      {R"({"name": "a", "ownerReferences": [{"kind": "K", "name": "o"}, {"kind": "L"}]})",
       "default/a <K/o <L/"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.metadata);
    CHECK(Show(c.metadata) == c.want);
  }
}

TEST_CASE("ReadMeta names the field that is missing or has the wrong type") {
  const struct {
    std::string_view metadata, field, hint;
  } cases[] = {
      {"{}", "metadata.name", "missing"},
      {"null", "metadata.name", "missing"},
      {R"({"name": ""})", "metadata.name", "missing"},
      {R"({"name": 123})", "metadata.name", "123"},
      {R"({"name": "a", "namespace": 5})", "metadata.namespace", "5"},
      {R"({"name": "a", "annotations": []})", "metadata.annotations", "map"},
      {R"({"name": "a", "annotations": {"railhook.io/order": 1}})",
       R"(metadata.annotations["railhook.io/order"])", "put it in quotes"},
      {R"({"name": "a", "annotations": {"x": true}})", R"(metadata.annotations["x"])", "not true"},
      {R"({"name": "a", "labels": {"l": 1}})", R"(metadata.labels["l"])", "put it in quotes"},
      {R"({"name": "a", "labels": "x"})", "metadata.labels", "map"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.metadata);
    const std::string shown = Show(c.metadata);
    CHECK(shown.starts_with("error: " + std::string(c.field)));
    CHECK(shown.find(c.hint) != std::string::npos);
  }
}

TEST_CASE("ReadMeta takes any JSON") {
  for (const std::string_view text :
       {"null", "[]", "1", "\"x\"", R"({"metadata": 1})", R"({"metadata": []})",
        R"({"metadata": {"name": "a", "ownerReferences": 1}})",
        R"({"metadata": {"name": "a", "ownerReferences": [1, null, []]}})"}) {
    CAPTURE(text);
    const auto meta = ReadMeta(ParseJson(text).value());
    CHECK((meta ? meta->Id() : meta.error().message) != "");
  }
}

TEST_CASE("an annotation is found, or null") {
  ObjectMeta meta;
  meta.annotations = {{"a", ""}};
  REQUIRE(meta.Annotation("a") != nullptr);
  CHECK(meta.Annotation("a")->empty());
  CHECK(meta.Annotation("b") == nullptr);
}

TEST_CASE("Member and TextMember: anything but the wanted is nothing") {
  const Json object =
      ParseJson(R"({"text": "t", "empty": "", "number": 1, "none": null, "map": {}})").value();
  const Json list = Json::array({1});
  CHECK(Member(nullptr, "text") == nullptr);
  CHECK(Member(&list, "text") == nullptr);
  CHECK(Member(&object, "other") == nullptr);
  CHECK(Member(&object, "none") == nullptr);
  REQUIRE(Member(&object, "number") != nullptr);
  CHECK(*Member(&object, "number") == 1);
  CHECK(TextMember(&object, "text") == "t");
  for (const std::string_view key : {"empty", "number", "none", "map", "other"}) {
    CAPTURE(key);
    CHECK(TextMember(&object, key).empty());
  }
  CHECK(TextMember(nullptr, "text").empty());
}

TEST_CASE("ReadStringMap: null is empty") {
  const auto none = ReadStringMap(nullptr, "x");
  REQUIRE(none);
  CHECK(none->empty());
}

}  // namespace
}  // namespace railhook
