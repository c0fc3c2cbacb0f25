#include "k8sclient/object_files.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

OrderedJson FirstOf(std::string_view yaml) { return ParseYaml(yaml).value().at(0).value; }

TEST_CASE("ForEachObject gives each object with its pointer") {
  std::string seen;
  const auto note = [&](const OrderedJson& object, const std::string& pointer) {
    seen += pointer + '=' + object.value("x", "") + ' ';
  };
  ForEachObject(FirstOf("{kind: List, items: [{x: a}, {x: b}]}"), note);
  ForEachObject(FirstOf("{kind: Pod, x: c, items: [{x: d}]}"), note);
  CHECK(seen == "/items/0=a /items/1=b =c ");
}

TEST_CASE("a place is file and line of a value, or of what stands around it") {
  const ObjectFile file{"f.yaml", ParseYaml("a:\n  b: c\n---\nd:\n  e:\n    f: g\n").value()};
  CHECK(file.Place(file.documents[0], "/a/b") == "f.yaml:2");
  CHECK(file.Place(file.documents[1], "/d/e/f") == "f.yaml:6");
  CHECK(file.Place(file.documents[1], "/d/e/missing/more") == "f.yaml:5");
  CHECK(file.Place(file.documents[1], "/missing") == "f.yaml:4");
}

}  // namespace
}  // namespace railhook
