#include "vfmanager/plan_parts.h"

#include <doctest/doctest.h>

namespace railhook {
namespace {

// Two PFs with two VFs each, all of which are to be made anew.
struct TwoPfs {
  HostState host;
  DesiredNode desired;
  Plan plan;

  TwoPfs() {
    for (const char* number : {"1", "2"}) {
      const std::string begin = "0000:0" + std::string(number) + ":00.";
      PhysicalFunction pf;
      pf.address = begin + '0';
      for (int index : {0, 1}) {
        VirtualFunction vf;
        vf.index = index;
        vf.address = begin + std::to_string(index + 1);
        pf.vfs.push_back(vf);
      }
      host.pfs.push_back(pf);
      DesiredPf wanted;
      wanted.address = pf.address;
      wanted.groups.resize(1);
      wanted.groups[0].resource_name = "rail" + std::string(number);
      desired.pfs.push_back(wanted);
      plan.pfs.push_back({pf.address,
                          "ens" + std::string(number),
                          {{StepKind::kRemoveVfs, -1, "2", ""}},
                          {0, 1},
                          {},
                          {}});
    }
  }

  PlanParts PartFor(const std::vector<NodePod>& pods) const {
    return Part(plan, host, desired, "spidernet.io", pods, DeviceAllocations());
  }
};

NodePod PodWith(const std::string& address) {
  NodePod pod;
  pod.name = "a";
  pod.addresses = {address};
  return pod;
}

// Of PFs with something to do.
std::vector<std::string> NamesOf(const Plan& plan) {
  std::vector<std::string> names;
  for (const PfPlan& pf : plan.pfs)
    if (!pf.steps.empty()) names.push_back(pf.name);
  return names;
}

using List = std::vector<std::string>;

TEST_CASE("a PF whose VFs a pod holds waits, others don't") {
  const TwoPfs pfs;
  const PlanParts parts = pfs.PartFor({PodWith("0000:02:00.2")});
  CHECK(NamesOf(parts.free) == List{"ens1"});
  REQUIRE(parts.held.size() == 1);
  CHECK(parts.held[0].name == "ens2");
  CHECK(parts.held[0].holders[0].name == "a");
  CHECK(NamesOf(pfs.PartFor({}).free) == List{"ens1", "ens2"});
}

TEST_CASE("a pod that holds VFs of several PFs is one holder") {
  NodePod both = PodWith("0000:01:00.1");
  both.addresses.insert("0000:02:00.1");
  NodePod other = PodWith("0000:02:00.2");
  other.name = "b";
  const PlanParts parts = TwoPfs().PartFor({both, other});
  CHECK(parts.held.size() == 2);
  CHECK(AllHolders(parts) == std::vector<NodePod>{both, other});
}

TEST_CASE("a pod that asks for a PF's resource holds it back as well") {
  NodePod pod;
  pod.resources = {"spidernet.io/rail1"};
  CHECK(NamesOf(TwoPfs().PartFor({pod}).free) == List{"ens2"});
}

TEST_CASE("only VFs that would vanish count") {
  TwoPfs pfs;
  pfs.plan.pfs[1].vanishing = {0};
  CHECK(NamesOf(pfs.PartFor({PodWith("0000:02:00.2")}).free) == List{"ens1", "ens2"});
  CHECK(NamesOf(pfs.PartFor({PodWith("0000:02:00.1")}).free) == List{"ens1"});
}

TEST_CASE("where pods aren't known, what would take VFs away waits") {
  TwoPfs pfs;
  pfs.plan.pfs[1].vanishing.clear();
  const PlanParts parts = PartWithoutPods(pfs.plan);
  CHECK(NamesOf(parts.free) == List{"ens2"});
  CHECK(parts.held.size() == 1);
  CHECK(TakesVfsAway(pfs.plan));
  CHECK_FALSE(TakesVfsAway(parts.free));
}

TEST_CASE("while a policy can't be read no VF vanishes, and the PF says why") {
  TwoPfs pfs;
  pfs.plan.pfs[1].vanishing.clear();
  const Plan kept = WithoutVanishing(pfs.plan, "x");
  CHECK(kept.pfs[0].steps.empty());
  REQUIRE(kept.pfs[0].refusal);
  CHECK(kept.pfs[0].refusal->message == "its VFs stay until x");
  CHECK(kept.pfs[1].steps == pfs.plan.pfs[1].steps);
}

TEST_CASE("while a policy can't be read no PF is let go, whosever its VFs are") {
  TwoPfs pfs;
  pfs.plan.pfs.resize(1);
  pfs.plan.pfs[0].vanishing.clear();
  pfs.plan.pfs[0].steps = {{StepKind::kSetPfMtu, -1, "1500", "as it was before"},
                           {StepKind::kForget, -1, "", "no policy wants VFs of it any more"}};
  const Plan kept = WithoutVanishing(pfs.plan, "x");
  CHECK(kept.pfs[0].steps.empty());
  CHECK(kept.pfs[0].refusal.has_value());
}

const Step kResume{StepKind::kResumeProbing, -1, "", ""};

TEST_CASE("probing that a killed run left off is turned on, whoever the rest waits for") {
  TwoPfs pfs;
  pfs.plan.pfs[0].steps.push_back(kResume);
  const std::vector<Step> only = {kResume};
  const PlanParts parts = pfs.PartFor({PodWith("0000:01:00.1")});
  CHECK(parts.held.size() == 1);
  CHECK(parts.free.pfs[0].steps == only);
  CHECK(parts.free.pfs[0].vanishing.empty());
  CHECK(PartWithoutPods(pfs.plan).free.pfs[0].steps == only);
  CHECK(WithoutVanishing(pfs.plan, "x").pfs[0].steps == only);
}

TEST_CASE("probing that the plan itself would turn off stays as it is") {
  TwoPfs pfs;
  const Step stop{StepKind::kStopProbing, -1, "", ""};
  pfs.plan.pfs[0].steps = {stop, pfs.plan.pfs[0].steps[0], kResume};
  CHECK(PartWithoutPods(pfs.plan).free.pfs[0].steps.empty());
  CHECK(WithoutVanishing(pfs.plan, "x").pfs[0].steps.empty());
}

}  // namespace
}  // namespace railhook
