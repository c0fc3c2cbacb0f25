#include "policy/merge.h"

#include "tests/policy/objects.h"

namespace railhook {
namespace {

const std::vector<Nic> kNics = {{"0000:01:00.0", "ens1", {"rail0", "enp1s0np0"}, "15b3", "101b"},
                                {"0000:02:00.0", "ens2", {"rail1"}, "15b3", "101b"}};

// A policy for PFs by their names, in flow style.
NodePolicy On(std::string_view name, int priority, int num_vfs, std::string_view pf_names,
              std::string_view more = "") {
  return PolicyOf(name, "priority: " + std::to_string(priority) +
                            ", numVfs: " + std::to_string(num_vfs) + ", nicSelector: {pfNames: [" +
                            std::string(pf_names) + "]}" + std::string(more));
}

// "ens1 8: 0-3=a 4-7=b" for each PF, "REFUSED: why", and the notes where `with_notes`.
std::string Show(const DesiredNode& node) {
  std::vector<std::string> texts;
  for (const DesiredPf& pf : node.pfs) {
    std::string text = pf.name + ' ' + std::to_string(pf.num_vfs) + ':';
    for (const VfGroup& group : pf.groups) text += ' ' + TextOf(group.vfs) + '=' + group.policy;
    texts.push_back(text);
  }
  for (const auto& [address, why] : node.refused) texts.push_back(address + " refused: " + why);
  return Join(texts, "; ");
}

std::string Merged(const std::vector<NodePolicy>& policies) {
  return Show(MergePolicies(policies, {}, kNics));
}

// What upstream makes of the same, as it was measured, stands behind each case.
TEST_CASE(
    "the stronger of two policies takes the VFs that it names, the weaker one keeps the rest") {
  const struct {
    std::vector<NodePolicy> policies;
    std::string_view merged;
  } cases[] = {
      // The same.
      {{On("weak", 99, 8, "ens1"), On("strong", 10, 8, "ens1")}, "ens1 8: 0-7=strong"},
      {{On("weak", 99, 8, "'ens1#0-3'"), On("strong", 10, 8, "'ens1#4-7'")},
       "ens1 8: 0-3=weak 4-7=strong"},
      // The weaker one is dropped whole: VFs 0-3 get nothing.
      {{On("weak", 99, 8, "'ens1#0-5'"), On("strong", 10, 8, "'ens1#4-7'")},
       "ens1 8: 0-3=weak 4-7=strong"},
      {{On("weak", 99, 8, "ens1"), On("strong", 10, 8, "'ens1#2-3'")},
       "ens1 8: 0-1=weak 2-3=strong 4-7=weak"},
      // `ens1` is as many VFs as its own policy asks for; the largest number is made.
      {{On("weak", 99, 8, "ens1"), On("strong", 10, 4, "ens1")}, "ens1 8: 0-3=strong 4-7=weak"},
      {{On("weak", 99, 4, "ens1"), On("strong", 10, 8, "'ens1#6-7'")},
       "ens1 8: 0-3=weak 6-7=strong"},
      // Three of them.
      {{On("c", 30, 8, "ens1"), On("b", 20, 8, "'ens1#1-4'"), On("a", 10, 8, "'ens1#3-3'")},
       "ens1 8: 0=c 1-2=b 3=a 4=b 5-7=c"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.merged);
    CHECK(Merged(c.policies) == c.merged);
  }
}

TEST_CASE("one resource may have several ranges") {  // upstream keeps the last one only
  CHECK(Merged({On("a", 99, 8, "'ens1#0-1'", ", resourceName: r"),
                On("b", 98, 8, "'ens1#4-5'", ", resourceName: r")}) == "ens1 8: 0-1=a 4-5=b");
}

TEST_CASE("one policy may name several ranges of a PF") {  // upstream takes the first one only
  CHECK(Merged({On("a", 99, 8, "'ens1#0-1', 'ens1#4-5'")}) == "ens1 8: 0-1=a 4-5=a");
  CHECK(Merged({On("a", 99, 8, "'ens1#4-5', 'rail0#0-1', 'ens1#2-3'")}) == "ens1 8: 0-5=a");
}

TEST_CASE("an altname may have a range") {  // upstream makes it all VFs
  CHECK(Merged({On("a", 99, 8, "'rail0#2-3'")}) == "ens1 8: 2-3=a");
  CHECK(Merged({On("a", 99, 8, "rail1")}) == "ens2 8: 0-7=a");
}

TEST_CASE("policies of one priority that name the same VF are refused by name") {
  // Upstream takes the one whose name comes last; its webhook lets the first two pass.
  const std::vector<std::vector<NodePolicy>> cases = {
      {On("a", 99, 8, "ens1"), On("b", 99, 8, "'ens1#0-3'")},
      {On("a", 99, 8, "'ens1#4-7', 'ens1#0-3'"), On("b", 99, 8, "'ens1#0-3'")},
      {On("a", 99, 8, "ens1"), On("b", 99, 4, "rail0")}};
  for (const auto& policies : cases) {
    CHECK(Merged(policies) ==
          "0000:01:00.0 refused: policies a and b, both of priority 99, name VFs 0-3 of ens1: give "
          "one of them other VFs (pfNames: [NAME#FIRST-LAST]) or another priority");
  }
}

TEST_CASE("a refusal holds for its PF alone") {
  CHECK(Merged({On("a", 99, 8, "ens1, ens2"), On("b", 99, 8, "ens1")})
            .starts_with("ens2 8: 0-7=a; 0000:01:00.0 refused: "));
}

TEST_CASE("what holds for a PF as a whole is the strongest one's, and refused at one priority") {
  const auto on = [](std::string_view name, int priority, std::string_view pfs,
                     std::string_view more) {
    return On(name, priority, 8, pfs, ", " + std::string(more));
  };
  CHECK(Merged({on("a", 9, "'ens1#0-1'", "linkType: ib"),
                on("b", 9, "'ens1#2-3'", "linkType: eth")}) ==
        "0000:01:00.0 refused: policies a and b, both of priority 9, differ in linkType for ens1: "
        "write the same in both");
  CHECK(
      Merged({on("a", 9, "'ens1#0-1'", "externallyManaged: true"),
              on("b", 9, "'ens1#2-3'", "mtu: 100")}) ==
      "0000:01:00.0 refused: policies a and b, both of priority 9, differ in externallyManaged for "
      "ens1: write the same in both");
  const DesiredNode node =
      MergePolicies({on("weak", 20, "ens1", "linkType: ib, mtu: 9000, externallyManaged: true"),
                     on("strong", 10, "'ens1#0-1'", "linkType: eth, mtu: 1500"),
                     on("gone", 30, "ens1", "mtu: 9600")},
                    {}, kNics);
  REQUIRE(node.pfs.size() == 1);
  CHECK(node.pfs[0].link_type == LinkType::kEthernet);
  CHECK_FALSE(node.pfs[0].externally_managed);
  CHECK(node.pfs[0].mtu == 9000);  // of the groups that are left
  CHECK(node.pfs[0].policies == std::vector<std::string>{"strong", "weak", "gone"});
  CHECK(
      Join(node.notes, "; ") ==
      "policy weak: externallyManaged of ens1 is said by a stronger policy; policy weak: linkType "
      "of ens1 is said by a stronger policy; policy weak: VFs 0-1 of ens1 go to a stronger "
      "policy; policy gone: VFs 0-7 of ens1 go to a stronger policy");
}

TEST_CASE("all that a group says comes from its policy") {
  const DesiredNode node = MergePolicies(
      {PolicyOf(
          "p",
          "resourceName: r, numVfs: 2, mtu: 4200, deviceType: vfio-pci, excludeTopology: "
          "true, nicSelector: {vendor: '15b3', deviceID: 101b, rootDevices: ['0000:02:00.0']}")},
      {}, kNics);
  REQUIRE(node.pfs.size() == 1);
  VfGroup group;
  group.vfs = {0, 1};
  group.policy = "p";
  group.resource_name = "r";
  group.device_type = DeviceType::kVfioPci;
  group.mtu = 4200;
  group.exclude_topology = true;
  CHECK(node.pfs[0].address == "0000:02:00.0");
  CHECK(node.pfs[0].groups == std::vector{group});
  CHECK(*node.pfs[0].GroupOf(1) == group);
  CHECK(node.pfs[0].GroupOf(2) == nullptr);
}

TEST_CASE("all members of a selector must fit, and any item of a list will do") {
  const struct {
    std::string_view selector, chosen;
  } cases[] = {
      {"vendor: '15b3'", "ens1 ens2"},
      {"deviceID: 101B", "ens1 ens2"},
      {"vendor: '8086', pfNames: [ens1]", ""},
      {"deviceID: '1017', pfNames: [ens1]", ""},
      {"rootDevices: ['0000:02:00.0', '0000:09:00.0']", "ens2"},
      {"rootDevices: ['0000:02:00.0'], pfNames: [ens1]", ""},
      {"pfNames: [ens3, rail1, ens1]", "ens1 ens2"},
      {"pfNames: [ens]", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.selector);
    const auto node = MergePolicies(
        {PolicyOf("p", "numVfs: 2, nicSelector: {" + std::string(c.selector) + "}")}, {}, kNics);
    std::vector<std::string> chosen;
    for (const DesiredPf& pf : node.pfs) chosen.push_back(pf.name);
    CHECK(Join(chosen, " ") == c.chosen);
    CHECK(Join(node.notes, "") ==
          (chosen.empty() ? "policy p chooses none of this node's PFs, which are ens1, ens2" : ""));
  }
}

TEST_CASE("only policies for this node count") {
  NodePolicy policy = On("p", 9, 4, "ens1");
  policy.node_selector = {{"gpu", "a100"}, {"zone", "b"}};
  CHECK(Show(MergePolicies({policy}, {{"gpu", "a100"}, {"zone", "b"}, {"more", ""}}, kNics)) ==
        "ens1 4: 0-3=p");
  const DesiredNode other = MergePolicies({policy}, {{"gpu", "a100"}}, kNics);
  CHECK(Show(other) == "");
  CHECK(other.notes.empty());
}

TEST_CASE("a resource of VFs that aren't alike is noted") {
  const DesiredNode node = MergePolicies({On("a", 9, 4, "ens1", ", resourceName: r, isRdma: true"),
                                          On("b", 9, 4, "ens2", ", resourceName: r")},
                                         {}, kNics);
  CHECK(
      Join(node.notes, "; ") ==
      "policies a and b give VFs to the resource r, but differ in isRdma: write the same in both, "
      "or another resourceName");
}

TEST_CASE("contradictions are seen without a node, where both policies are sure to meet") {
  const auto by = [](std::string_view name, std::string_view nics, std::string_view more = "") {
    return PolicyOf(name, "priority: 9, numVfs: 8, nicSelector: {" + std::string(nics) + "}" +
                              std::string(more));
  };
  const struct {
    NodePolicy a, b;
    std::string_view said;
  } cases[] = {
      {by("a", "pfNames: [ens1]"), by("b", "pfNames: ['ens1#0-3']"),
       "policies b and a, both of priority 9, name VFs 0-3 of ens1: give one of them other VFs "
       "(pfNames: [NAME#FIRST-LAST]) or another priority"},
      {by("a", "pfNames: ['ens1#0-1', 'ens1#4-5']"), by("b", "pfNames: ['ens1#2-3', 'ens1#5-6']"),
       "policies b and a, both of priority 9, name VF 5 of ens1: give one of them other VFs "
       "(pfNames: [NAME#FIRST-LAST]) or another priority"},
      {by("a", "pfNames: ['ens1#0-1']"), by("b", "pfNames: ['ens1#2-3']"), ""},
      {by("a", "pfNames: [ens1]"), by("b", "pfNames: [ens2]"), ""},
      {by("a", "pfNames: [ens1], vendor: '15b3'"), by("b", "pfNames: [ens1], vendor: '8086'"), ""},
      {by("a", "pfNames: [ens1], rootDevices: ['0000:01:00.0']"),
       by("b", "pfNames: [ens1], rootDevices: ['0000:02:00.0']"), ""},
      {by("a", "rootDevices: ['0000:01:00.0']"), by("b", "rootDevices: ['0000:01:00.0']"),
       "policies b and a, both of priority 9, name VFs 0-7 of 0000:01:00.0: give one of them other "
       "VFs (pfNames: [NAME#FIRST-LAST]) or another priority"},
      {by("a", "rootDevices: ['0000:01:00.0']"), by("b", "pfNames: [ens1]"), ""},
      {by("a", "vendor: '15b3'"), by("b", "deviceID: '101b'"),
       "policies b and a, both of priority 9, name VFs 0-7 of NICs 15b3:101b: give one of them "
       "other "
       "VFs (pfNames: [NAME#FIRST-LAST]) or another priority"},
      {by("a", "vendor: '15b3'"), by("b", "pfNames: [ens1]"), ""},
      {by("a", "pfNames: [ens1]", ", linkType: ib"),
       by("b", "pfNames: ['ens2#0-1']", ", linkType: eth"), ""},
      {by("a", "pfNames: ['ens1#2-3']", ", linkType: ib"),
       by("b", "pfNames: ['ens1#0-1']", ", linkType: eth"),
       "policies b and a, both of priority 9, differ in linkType for ens1: write the same in both"},
      {by("a", "pfNames: [ens1]", ", resourceName: r, excludeTopology: true"),
       by("b", "pfNames: [ens2]", ", resourceName: r"),
       "policies b and a give VFs to the resource r, but differ in excludeTopology: write the same "
       "in "
       "both, or another resourceName"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.said);
    const std::string error = std::string(c.said).empty() ? "" : "error: " + std::string(c.said);
    CHECK(Show(Contradictions(c.b, {c.a, c.b})) == error);
  }
}

TEST_CASE(
    "policies that never share a node, a namespace or a priority don't contradict each other") {
  const NodePolicy a = On("a", 9, 8, "ens1");
  const auto contradicts = [&](const NodePolicy& b) { return !Contradictions(b, {a}).empty(); };
  NodePolicy b = On("b", 9, 8, "ens1");
  REQUIRE(contradicts(b));
  b.node_selector = {{"gpu", "a100"}};
  CHECK(contradicts(b));
  b.name_space = "other";
  CHECK_FALSE(contradicts(b));
  CHECK_FALSE(contradicts(On("b", 8, 8, "ens1")));
  CHECK_FALSE(contradicts(On("a", 9, 8, "ens1")));  // itself
  NodePolicy here = On("b", 9, 8, "ens1"), there = a;
  here.node_selector = {{"gpu", "a100"}};
  there.node_selector = {{"gpu", "h100"}};
  CHECK(Contradictions(here, {there}).empty());
}

}  // namespace
}  // namespace railhook
