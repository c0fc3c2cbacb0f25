#include "vfmanager/offered_file.h"

#include <doctest/doctest.h>

#include "tests/certs/temporary_directory.h"
#include "tests/vfmanager/device_plugin/rail_node.h"

namespace railhook {
namespace {

struct Place {
  HostPaths Paths() const {
    HostPaths paths;
    paths.state = directory.path();
    return paths;
  }
  TemporaryDirectory directory;
};

VfOffer OfferOf(const DesiredNode& desired) { return {desired, RailHost(), {}}; }

TEST_CASE("what was offered is offered the same after a restart") {
  const Place place;
  DesiredNode desired = DesiredRails();
  desired.pfs[0].policies = {"strong", "weak"};
  desired.pfs[0].groups = {RailGroup("a", {0, 0}), RailGroup("b", {1, 2})};
  desired.pfs[0].groups[1].exclude_topology = true;
  desired.pfs[1].groups[0].is_rdma = false;
  desired.pfs[1].groups[0].device_type = DeviceType::kVfioPci;
  REQUIRE(WriteOffered(place.Paths(), desired));
  const auto read = ReadOffered(place.Paths());
  REQUIRE(read);
  CHECK(DevicesOf(OfferOf(*read), "spidernet.io") == DevicesOf(OfferOf(desired), "spidernet.io"));
  REQUIRE(read->pfs.size() == 2);
  CHECK(read->pfs[0].name == "ens1");
  CHECK(read->pfs[0].policies == desired.pfs[0].policies);
}

TEST_CASE("before anything was offered there is nothing, and a broken file is an error") {
  const Place place;
  CHECK(ReadOffered(place.Paths()).value() == DesiredNode{});
  for (const auto* odd : {"[]", "7", R"({"pfs":7})", R"({"pfs":[]})"}) {
    CAPTURE(odd);
    place.directory.Write("offered.json", odd);
    CHECK(ReadOffered(place.Paths()).value() == DesiredNode{});
  }
  place.directory.Write("offered.json", R"({"pfs":[7,{"groups":[7,{"first":"x"}]}]})");
  CHECK(ReadOffered(place.Paths()).value().pfs.size() == 2);
  place.directory.Write("offered.json", "{");
  CHECK_FALSE(ReadOffered(place.Paths()));
}

}  // namespace
}  // namespace railhook
