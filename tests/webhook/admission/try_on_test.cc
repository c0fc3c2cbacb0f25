#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "webhook/admission/patch.h"

namespace railhook {
namespace {

using Op = PatchOperation::Op;

const Json kDocument = Json::parse(
    R"({"a": {"b~1/": [1, {"c": null}, []], "d": {}, "e": "text"}, "": {"": 1}, "list": [[], 2]})");

TEST_CASE("TryOn and Apply agree on every operation") {
  for (const std::string_view path : {"",
                                      "/",
                                      "//",
                                      "/a",
                                      "/a/",
                                      "/a/b~01~1",
                                      "/a/b~1",
                                      "/a/b~01~1/0",
                                      "/a/b~01~1/1/c",
                                      "/a/b~01~1/1/c/d",
                                      "/a/b~01~1/3",
                                      "/a/b~01~1/4",
                                      "/a/b~01~1/-",
                                      "/a/b~01~1/2/-",
                                      "/a/b~01~1/01",
                                      "/a/d/new",
                                      "/a/d/new/er",
                                      "/a/e/f",
                                      "/a/e/0",
                                      "/list/0/0",
                                      "/list/0/-",
                                      "/list/1/0",
                                      "/list/2",
                                      "/list/x",
                                      "/none",
                                      "/none/x",
                                      "x"}) {
    CAPTURE(path);
    for (const Op op : {Op::kAdd, Op::kReplace, Op::kRemove}) {
      CAPTURE(static_cast<int>(op));
      Patch patch;
      patch.Append({op, std::string(path), op == Op::kRemove ? "" : "7"});
      CHECK(patch.TryOn(kDocument).has_value() == patch.Apply(kDocument).has_value());
    }
  }
}

TEST_CASE("An operation meets what those before it made of the document") {
  const struct {
    std::string_view name;
    PatchOperation first, second;
    bool applies;
  } cases[] = {
      {"into what was added", {Op::kAdd, "/new", "{}"}, {Op::kAdd, "/new/x", "1"}, true},
      {"into what was removed", {Op::kRemove, "/a/d", ""}, {Op::kAdd, "/a/d/x", "1"}, false},
      {"into what was replaced", {Op::kReplace, "/a", "{}"}, {Op::kRemove, "/a/e", ""}, false},
      {"behind what moved up", {Op::kRemove, "/list/0", ""}, {Op::kReplace, "/list/1", "1"}, false},
      {"both beside each other", {Op::kRemove, "/a/e", ""}, {Op::kAdd, "/a/d/x", "1"}, true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    Patch patch;
    patch.Append(c.first);
    patch.Append(c.second);
    CHECK(patch.TryOn(kDocument).has_value() == c.applies);
    CHECK(patch.Apply(kDocument).has_value() == c.applies);
  }
}

}  // namespace
}  // namespace railhook
