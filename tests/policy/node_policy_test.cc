#include "policy/node_policy.h"

#include "tests/policy/objects.h"

namespace railhook {
namespace {

constexpr std::string_view kGood =
    "resourceName: gpu1rdma, nodeSelector: {kubernetes.io/os: linux}, priority: 99, mtu: 4200, "
    "numVfs: 8, nicSelector: {vendor: '15b3', deviceID: '101B', rootDevices: ['0000:0A:00.1'], "
    "pfNames: ['ens1#0-3', rail0]}, deviceType: netdevice, isRdma: true, linkType: ib, "
    "excludeTopology: true, externallyManaged: true";

// kGood with the member at `pointer` set to `value`, in YAML; removed where it is "".
Json Changed(const std::string& pointer, const std::string& value) {
  Json object = PolicyObject("p", kGood);
  const Json::json_pointer at("/spec" + pointer);
  if (value.empty())
    object[at.parent_pointer()].erase(at.back());
  else
    object[at] = Json(ParseYaml("{v: " + value + "}").value().at(0).value)["v"];
  return object;
}

TEST_CASE("all that counts is read") {
  const NodePolicy read = ReadNodePolicy(PolicyObject("p", kGood)).value();
  NodePolicy wanted;
  wanted.name_space = "sriov";
  wanted.name = "p";
  wanted.resource_name = "gpu1rdma";
  wanted.node_selector = {{"kubernetes.io/os", "linux"}};
  wanted.priority = 99;
  wanted.num_vfs = 8;
  wanted.mtu = 4200;
  wanted.nics = {"15b3", "101b", {"0000:0a:00.1"}, {{"ens1", VfRange{0, 3}}, {"rail0", {}}}};
  wanted.is_rdma = true;
  wanted.link_type = LinkType::kInfiniBand;
  wanted.exclude_topology = true;
  wanted.externally_managed = true;
  CHECK(read == wanted);
  CHECK(ValidateNodePolicy(PolicyObject("p", kGood)).empty());
}

TEST_CASE("what is left out has upstream's defaults") {
  const NodePolicy read = PolicyOf("p", "numVfs: 1, nicSelector: {pfNames: [ens1]}");
  CHECK(read.priority == 0);
  CHECK(read.mtu == std::nullopt);
  CHECK(read.device_type == DeviceType::kNetdevice);
  CHECK(read.link_type == std::nullopt);
  CHECK_FALSE(read.is_rdma);
}

TEST_CASE("fields that clients leave behind unset are no mistake") {
  for (const auto& [pointer, value] : std::vector<std::pair<std::string, std::string>>{
           {"/bridge", "{}"},
           {"/eSwitchParams", "{}"},
           {"/eSwitchMode", "legacy"},
           {"/eSwitchMode", "''"},
           {"/vdpaType", "''"},
           {"/needVhostNet", "false"},
           {"/nicSelector/netFilter", "''"},
           {"/nicSelector/vendor", "''"},
           {"/nicSelector/rootDevices", "[]"},
           {"/mtu", "null"},
           {"/linkType", "IB"},
           {"/nicSelector/pfNames", "[ens1f0np0, 'p#0-7']"}}) {
    CAPTURE(pointer);
    CHECK(Show(ValidateNodePolicy(Changed(pointer, value))) == "");
  }
}

TEST_CASE("each wrong value is named, with what to write") {
  const struct {
    std::string pointer, value, said;
  } cases[] = {
      {"/resourceName", "",
       "spec.resourceName is missing: write what the VFs are called, such as gpu1rdma"},
      {"/resourceName", "''",
       "spec.resourceName is missing: write what the VFs are called, such as gpu1rdma"},
      {"/resourceName", "5",
       "spec.resourceName is 5: write a text, what the VFs are called, such as gpu1rdma"},
      {"/resourceName", "spidernet.io/gpu1",
       R"(spec.resourceName is "spidernet.io/gpu1": write it without a prefix, gpu1: --resource-prefix of the agent is put in front)"},
      {"/resourceName", "gpu1-",
       R"(spec.resourceName is "gpu1-": write up to 63 letters, digits, '-' and '_', a letter or digit at both ends)"},
      {"/resourceName", "gpu.1",
       R"(spec.resourceName is "gpu.1": write up to 63 letters, digits, '-' and '_', a letter or digit at both ends)"},
      {"/nodeSelector", "",
       "spec.nodeSelector is missing: write labels that nodes must have, or {} for all nodes"},
      {"/nodeSelector", "[linux]", R"(spec.nodeSelector is ["linux"]: write a map)"},
      {"/nodeSelector/rdma", "true", "spec.nodeSelector.rdma is true: write a text, in quotes"},
      {"/nodeSelector/rdma", "a b",
       R"(spec.nodeSelector.rdma is "a b": write up to 63 letters, digits, '-', '_' and '.', as labels have them)"},
      {"/nodeSelector/a b", "x",
       "spec.nodeSelector.a b has a key that no label can have: write letters, digits, '-', '_' "
       "and '.'"},
      {"/priority", "100", "spec.priority is 100: write a number from 0 to 99"},
      {"/priority", "-1", "spec.priority is -1: write a number from 0 to 99"},
      {"/mtu", "0", "spec.mtu is 0: write a number from 68 to 65535"},
      {"/mtu", "'9000'", R"(spec.mtu is "9000": write a number from 68 to 65535)"},
      {"/numVfs", "", "spec.numVfs is missing: write how many VFs each PF shall have"},
      {"/numVfs", "-1", "spec.numVfs is -1: write a number from 0 to 65535"},
      {"/numVfs", "1.5", "spec.numVfs is 1.5: write a number from 0 to 65535"},
      {"/nicSelector", "",
       "spec.nicSelector is missing: write pfNames, rootDevices, vendor or deviceID"},
      {"/nicSelector", "{}",
       "spec.nicSelector is empty: write pfNames, rootDevices, vendor or deviceID"},
      {"/nicSelector", "{pfNames: []}",
       "spec.nicSelector is empty: write pfNames, rootDevices, vendor or deviceID"},
      {"/nicSelector", "[ens1]", R"(spec.nicSelector is ["ens1"]: write a map)"},
      {"/nicSelector/vendor", "8086",
       R"(spec.nicSelector.vendor is 8086: write four hexadecimal digits in quotes, such as "15b3")"},
      {"/nicSelector/vendor", "mellanox",
       R"(spec.nicSelector.vendor is "mellanox": write four hexadecimal digits in quotes, such as "15b3")"},
      {"/nicSelector/deviceID", "'0x1017'",
       R"(spec.nicSelector.deviceID is "0x1017": write four hexadecimal digits in quotes, such as "101b")"},
      {"/nicSelector/rootDevices/0", "'04:00.0'",
       R"(spec.nicSelector.rootDevices.0 is "04:00.0": write a PF's PCI address with its domain, such as "0000:04:00.0")"},
      {"/nicSelector/rootDevices/0", "'0000:04:00.0#0-3'",
       R"(spec.nicSelector.rootDevices.0 is "0000:04:00.0#0-3": write it without a range: ranges of VFs stand in pfNames alone)"},
      {"/nicSelector/pfNames", "ens1",
       R"(spec.nicSelector.pfNames is "ens1": write a list of texts, such as ["name"])"},
      {"/nicSelector/pfNames/0", "'ens1#3-1'",
       R"(spec.nicSelector.pfNames.0 is "ens1#3-1": write the lower end first)"},
      {"/nicSelector/pfNames/0", "'ens1#0-8'",
       R"(spec.nicSelector.pfNames.0 is "ens1#0-8", beyond the last VF, 7: write a lower one, or numVfs: 9)"},
      {"/deviceType", "vfio", R"(spec.deviceType is "vfio": write one of netdevice, vfio-pci)"},
      {"/deviceType", "vfio-pci",
       "spec.isRdma is true beside deviceType vfio-pci, whose VFs have no RDMA device on the host: "
       "write deviceType: netdevice, or isRdma: false"},
      {"/isRdma", "'true'", R"(spec.isRdma is "true": write true or false)"},
      {"/linkType", "Ethernet", R"(spec.linkType is "Ethernet": write one of eth, ETH, ib, IB)"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pointer);
    CHECK(Show(ValidateNodePolicy(Changed(c.pointer, c.value))) == "error: " + c.said);
  }
}

TEST_CASE("a name of a PF is one, with a range of VFs or without") {
  for (const std::string name :
       {"ens1#", "ens1#2", "ens1#0-", "ens1#-3", "ens1#0-3-5", "ens1#a-b", "ens1#0-3#4", "#0-3",
        "a b", "a/b", "", "ens1# 0-3", "ens1#0-99999"}) {
    CAPTURE(name);
    CHECK(Show(ValidateNodePolicy(Changed("/nicSelector/pfNames/0", "'" + name + "'")))
              .ends_with(
                  "write a PF's name or altname, such as ens1, or with a range of VFs, ens1#0-3"));
  }
}

TEST_CASE("what is out of scope is refused, never ignored") {
  const struct {
    std::string pointer, value, said;
  } cases[] = {
      {"/eSwitchMode", "switchdev",
       R"(spec.eSwitchMode is "switchdev", but railhook-vfmanager doesn't support switchdev: remove it)"},
      {"/eSwitchParams", "{multiport: true}",
       R"(spec.eSwitchParams is {"multiport":true}, but railhook-vfmanager doesn't support switchdev: remove it)"},
      {"/vdpaType", "vhost",
       R"(spec.vdpaType is "vhost", but railhook-vfmanager doesn't support vDPA: remove it)"},
      {"/bridge", "{ovs: {}}",
       R"(spec.bridge is {"ovs":{}}, but railhook-vfmanager doesn't support Open vSwitch: remove it)"},
      {"/needVhostNet", "true",
       "spec.needVhostNet is true, but railhook-vfmanager doesn't support vhost-net: remove it"},
      {"/nicSelector/netFilter", "'aws/NetworkID:x'",
       R"(spec.nicSelector.netFilter is "aws/NetworkID:x", but railhook-vfmanager doesn't support networks of clouds: remove it)"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pointer);
    const std::string said = Show(ValidateNodePolicy(Changed(c.pointer, c.value)));
    CHECK(said == "error: " + c.said);
    CHECK_FALSE(ReadNodePolicy(Changed(c.pointer, c.value)));
  }
}

TEST_CASE("unknown fields are errors that name the nearest") {
  CHECK(Show(ValidateNodePolicy(Changed("/numVFs", "8"))) ==
        R"(error: spec.numVFs is no known field (did you mean "numVfs"?))");
  CHECK(Show(ValidateNodePolicy(Changed("/nicSelector/pfName", "[ens1]"))) ==
        R"(error: spec.nicSelector.pfName is no known field (did you mean "pfNames"?))");
  Json object = PolicyObject("p", kGood);
  object["metdata"] = Json::object();
  CHECK(Show(ValidateNodePolicy(object)) ==
        R"(error: metdata is no known field (did you mean "metadata"?))");
}

TEST_CASE("no VFs at all are asked for by nobody, but for upstream's own empty policy") {
  CHECK(
      Show(ValidateNodePolicy(PolicyObject(
          "p", "resourceName: a, nodeSelector: {}, numVfs: 0, nicSelector: {pfNames: [ens1]}"))) ==
      "error: spec.numVfs is 0, which makes no VF and removes none: write at least 1, or delete "
      "the policy; VFs go with the last policy that chooses their PF");
  const Json upstreams =
      PolicyObject("default", "resourceName: a, nodeSelector: {}, numVfs: 0, nicSelector: {}");
  CHECK(Show(ValidateNodePolicy(upstreams)) ==
        "warning: spec.nicSelector is empty and numVfs is 0: this policy does nothing");
  CHECK(ReadNodePolicy(upstreams)->nics.empty());
}

TEST_CASE("VFs that one policy names twice are warned of") {
  for (const std::string_view names :
       {"'ens1#0-3', 'ens1#3-5'", "ens1, 'ens1#0-3'", "ens1, ens1"}) {
    CAPTURE(names);
    const Json object =
        PolicyObject("p", "resourceName: a, nodeSelector: {}, numVfs: 8, nicSelector: {pfNames: [" +
                              std::string(names) + "]}");
    CHECK(Show(ValidateNodePolicy(object)).starts_with("warning: spec.nicSelector.pfNames.1 is "));
    CHECK(ReadNodePolicy(object));
  }
}

TEST_CASE("lists are bounded, as each name is compared with those before it") {
  Json object = PolicyObject("p", kGood);
  Json& names = object["spec"]["nicSelector"]["pfNames"];
  names = Json::array();
  for (int i = 0; i < 90'000; ++i) names.push_back("ens" + std::to_string(i));
  CHECK(Show(ValidateNodePolicy(object)) ==
        "error: spec.nicSelector.pfNames has 90000 items: write at most 1000");
  names.erase(names.begin() + 1000, names.end());
  CHECK(ReadNodePolicy(object)->nics.pf_names.size() == 1000);
}

TEST_CASE("any JSON gets findings and no crash, and no value of a wrong type is let through") {
  for (const std::string text :
       {"null", "5", "[]", "\"text\"", "{}", R"({"metadata": 5})", R"({"metadata": {"name": "a"}})",
        R"({"metadata": {"name": "a"}, "spec": []})"}) {
    CAPTURE(text);
    CHECK_FALSE(ReadNodePolicy(Json::parse(text)));
  }
  const Json object = PolicyObject("p", kGood);
  const Json leaves = object["spec"].flatten();
  for (const auto& [pointer, value] : leaves.items()) {
    Json changed = object;
    changed[Json::json_pointer("/spec" + pointer)] = Json{{"odd", 1.5}};
    CAPTURE(pointer);
    CHECK_FALSE(ReadNodePolicy(changed));
  }
}

// As they stand in Spiderpool's documents.
TEST_CASE("the policies that people have been told to write work as they are") {
  const auto by_name = ParseYaml(R"(
apiVersion: sriovnetwork.openshift.io/v1
kind: SriovNetworkNodePolicy
metadata:
  name: gpu1-nic-policy
  namespace: spiderpool
spec:
  nodeSelector:
    kubernetes.io/os: "linux"
  resourceName: eno3np2
  priority: 99
  numVfs: 12
  nicSelector:
    pfNames:
      - eno3np2
  linkType: eth
  deviceType: netdevice
  isRdma: true
)")
                           .value();
  const auto by_address = ParseYaml(R"(
apiVersion: sriovnetwork.openshift.io/v1
kind: SriovNetworkNodePolicy
metadata:
  name: policyrdma
  namespace: kube-system
spec:
  nodeSelector:
    kubernetes.io/os: "linux"
  resourceName: mellanoxrdma
  priority: 99
  numVfs: 8
  nicSelector:
      deviceID: "1017"
      rootDevices:
      - 0000:04:00.0
      vendor: "15b3"
  deviceType: netdevice
  isRdma: true
)")
                              .value();
  const std::vector<NodePolicy> policies = {ReadNodePolicy(by_name.at(0).value).value(),
                                            ReadNodePolicy(by_address.at(0).value).value()};
  CHECK(ValidateNodePolicy(by_name.at(0).value).empty());
  CHECK(ValidateNodePolicy(by_address.at(0).value).empty());
  const std::vector<Nic> nics = {{"0000:04:00.0", "ens4", {}, "15b3", "1017"},
                                 {"0000:86:00.0", "eno3np2", {}, "15b3", "1017"}};
  const DesiredNode node = MergePolicies(policies, {{"kubernetes.io/os", "linux"}}, nics);
  REQUIRE(node.pfs.size() == 2);
  CHECK(node.pfs[0].num_vfs == 8);
  CHECK(node.pfs[0].groups.at(0).resource_name == "mellanoxrdma");
  CHECK(node.pfs[1].groups.at(0).vfs == VfRange{0, 11});
  CHECK(node.pfs[1].link_type == LinkType::kEthernet);
}

}  // namespace
}  // namespace railhook
