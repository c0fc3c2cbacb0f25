#include "cli/vfmanager/node_labels.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("labels are read as kubectl writes them") {
  CHECK(ParseLabels("")->empty());
  CHECK(*ParseLabels("a.b/c=d, e=, f=g=h") == StringMap{{"a.b/c", "d"}, {"e", ""}, {"f", "g=h"}});
  for (const char* wrong : {"a", "=b", "a=b,c"}) {
    const auto labels = ParseLabels(wrong);
    REQUIRE_FALSE(labels);
    CHECK(labels.error().message.ends_with("is no label: write KEY=VALUE"));
  }
}

TEST_CASE("a node has the labels that kubelet gives it") {
  const StringMap labels = KubeletLabels();
  CHECK(labels.at("kubernetes.io/os") == "linux");
  CHECK(labels.contains("kubernetes.io/arch"));
  CHECK_FALSE(labels.at("kubernetes.io/hostname").empty());
}

}  // namespace
}  // namespace railhook
