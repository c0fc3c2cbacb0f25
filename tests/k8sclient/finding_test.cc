#include "k8sclient/finding.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

TEST_CASE("a field is called by its pointer's steps") {
  CHECK(FieldAt("/spec/sriov/mtu") == "spec.sriov.mtu");
  CHECK(FieldAt("/spec/nodeSelector/kubernetes.io~1os") == "spec.nodeSelector.kubernetes.io/os");
  CHECK(FieldAt("/a~0b/0") == "a~b.0");
  CHECK(FieldAt("") == "");
}

TEST_CASE("the first error is found behind warnings") {
  const Finding warning{Severity::kWarning, "/a", "a"}, error{Severity::kError, "/b", "b"};
  const std::vector<Finding> both = {warning, error, error}, warnings = {warning};
  CHECK(FirstError(both) == &both[1]);
  CHECK(FirstError(warnings) == nullptr);
}

}  // namespace
}  // namespace railhook
