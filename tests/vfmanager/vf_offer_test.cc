#include "vfmanager/vf_offer.h"

#include <doctest/doctest.h>

#include "tests/vfmanager/device_plugin/rail_node.h"

namespace railhook {
namespace {

constexpr auto kVf = "0000:01:10.0";
const std::string kRail = "spidernet.io/gpu1rdma";

NodePod Pod(const std::string& name, bool finished = false) {
  NodePod pod;
  pod.name_space = "team";
  pod.name = name;
  pod.uid = "uid-" + name;
  pod.finished = finished;
  return pod;
}

VfOffer OfferHeldAs(const std::string& resource) {
  return {DesiredRails(), RailHost(), {{kVf, {"uid-a", resource}}}};
}

// The resources that are offered, by PF.
std::vector<std::string> NamesIn(const DesiredNode& desired) {
  std::vector<std::string> names;
  for (const DesiredPf& pf : desired.pfs)
    names.push_back(pf.name + ' ' + pf.groups.at(0).resource_name);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("what is offered is what is wanted now, where that is known") {
  DesiredNode now = DesiredRails();
  now.pfs[0].groups = {RailGroup("other")};
  now.pfs.pop_back();
  CHECK(NamesIn(StillOffered(DesiredRails(), now, {})) == Names{"ens1 other"});
}

TEST_CASE("a PF that is refused is offered as before, and others as they are wanted") {
  DesiredNode now = DesiredRails();
  now.refused[now.pfs[0].address] = "two policies contradict each other";
  now.pfs.erase(now.pfs.begin());
  now.pfs[0].groups = {RailGroup("other")};
  CHECK(NamesIn(StillOffered(DesiredRails(), now, {})) == Names{"ens1 gpu1rdma", "ens2 other"});
  CHECK(NamesIn(StillOffered({}, now, {})) == Names{"ens2 other"});
}

TEST_CASE("a PF of whose policies one can't be read now is offered as before") {
  DesiredNode before = DesiredRails();
  before.pfs[1].policies = {"strong", "weak"};
  DesiredNode now = DesiredRails();
  now.pfs[1].groups = {RailGroup("of-the-weak")};
  const std::vector<std::string> unreadable = {"strong"};
  CHECK(NamesIn(StillOffered(before, now, unreadable)) == Names{"ens1 gpu1rdma", "ens2 gpu2rdma"});
  now.pfs.pop_back();
  CHECK(NamesIn(StillOffered(before, now, unreadable)) == Names{"ens1 gpu1rdma", "ens2 gpu2rdma"});
  CHECK(NamesIn(StillOffered(before, now, {"other"})) == Names{"ens1 gpu1rdma"});
}

TEST_CASE("kubelet's record says which pod has which VF, and as what") {
  DeviceAllocations allocations;
  allocations.pods["uid-a"] = {{kRail, {kVf, "0000:01:10.1"}}, {"example.com/gpu", {"GPU-7"}}};
  allocations.pods["uid-b"] = {{"spidernet.io/old", {kVf}}};
  CHECK(HoldersIn(allocations) == VfHolders{{kVf, {"uid-a", kRail}},
                                            {kVf, {"uid-b", "spidernet.io/old"}},
                                            {"0000:01:10.1", {"uid-a", kRail}},
                                            {"GPU-7", {"uid-a", "example.com/gpu"}}});
}

TEST_CASE("pods that have ended, or are gone, hold nothing; others are named") {
  const VfHolders holders = {
      {"1", {"uid-a", kRail}}, {"2", {"uid-b", kRail}}, {"3", {"uid-c", kRail}}};
  CHECK(StillThere(holders, {Pod("a"), Pod("b", true), Pod("other")}) ==
        VfHolders{{"1", {"team/a", kRail}}});
}

TEST_CASE("holders matter where the VF is of another resource now, or has no driver") {
  CHECK_FALSE(HoldersMatter(OfferHeldAs(kRail), "spidernet.io"));
  CHECK(HoldersMatter(OfferHeldAs("spidernet.io/old"), "spidernet.io"));
  CHECK(HoldersMatter(OfferHeldAs(kRail), "other.io"));
  VfOffer offer = OfferHeldAs(kRail);
  offer.host.pfs[0].vfs[1].driver.clear();
  CHECK_FALSE(HoldersMatter(offer, "spidernet.io"));
  offer.host.pfs[0].vfs[0].driver.clear();
  CHECK(HoldersMatter(offer, "spidernet.io"));
  offer = OfferHeldAs("spidernet.io/old");
  offer.desired.pfs[0].groups.clear();
  CHECK_FALSE(HoldersMatter(offer, "spidernet.io"));
}

}  // namespace
}  // namespace railhook
