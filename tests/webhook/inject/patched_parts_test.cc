#include "webhook/inject/patched_parts.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

namespace railhook {
namespace {

// The names of what a patch of these paths changes.
std::string Kinds(std::initializer_list<std::string> paths) {
  Patch patch;
  for (const std::string& path : paths) patch.Append({PatchOperation::Op::kAdd, path, "1"});
  std::string names;
  const auto parts = PartsOf(patch);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i]) names += std::string(kPatchedParts[i]) + ' ';
  }
  return names;
}

TEST_CASE("each path is of one kind") {
  CHECK(Kinds({"/metadata/annotations/k8s.v1.cni.cncf.io~1networks"}) == "networks ");
  CHECK(Kinds({"/metadata/annotations/railhook.io~1status"}) == "status ");
  CHECK(Kinds({"/metadata/annotations/ipam.spidernet.io~1ippools"}) == "pools ");
  CHECK(Kinds({"/spec/containers/0/resources"}) == "resources ");
  CHECK(Kinds({"/spec/initContainers/10/resources/limits/a~1b"}) == "resources ");
  CHECK(Kinds({"/spec/containers/0/env/-"}) == "extras ");
  CHECK(Kinds({"/spec/containers/0/securityContext"}) == "extras ");
  CHECK(Kinds({"/spec/volumes"}) == "extras ");
  CHECK(Kinds({"/spec/nodeSelector/x~1resources"}) == "extras ");
}

TEST_CASE("a patch may be of several kinds, and none where it is empty") {
  CHECK(Kinds({}).empty());
  CHECK(Kinds({"/spec/containers/0/resources/limits", "/spec/containers/0/resources/requests",
               "/metadata/annotations/railhook.io~1status"}) == "status resources ");
}

TEST_CASE("annotations that come all at once are networks and status") {
  CHECK(Kinds({"/metadata/annotations"}) == "networks status ");
  CHECK(Kinds({"/metadata"}) == "networks status ");
}

}  // namespace
}  // namespace railhook
