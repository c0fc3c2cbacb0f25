// The networks of tests/networks, and what holds for any.

#include "multus/network_generation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "base/files.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> CaseFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(TESTS_DIR) / "networks")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

template <typename T>
T Take(Result<T> result) {
  if (!result) FAIL(std::string_view(result.error().message));
  return std::move(result).Take();
}

Ipam IpamOf(const OrderedJson& config) {
  const auto documents = Take(ParseYaml(EmitYaml(config)));
  Ipam ipam;
  const auto read = Setting(documents.at(0)).ReadMap(KeysOf(ipam));
  if (!read) FAIL(std::string_view(read.error().message));
  return ipam;
}

struct Case {
  Ipam ipam;
  Json object;
  Json expect;
};

Case ReadCase(const fs::path& path) {
  const OrderedJson document = Take(ParseYaml(Take(ReadFile(path)))).at(0).value;
  Case read;
  if (document.contains("config")) read.ipam = IpamOf(document["config"]);
  read.object = document.at("smc");
  read.object["apiVersion"] = "spiderpool.spidernet.io/v2beta1";
  read.object["kind"] = "SpiderMultusConfig";
  read.expect = document.at("expect");
  return read;
}

// What a case expects: the whole network, its configuration read.
Json Expected(const Case& c) {
  Json network = {{"apiVersion", "k8s.cni.cncf.io/v1"},
                  {"kind", "NetworkAttachmentDefinition"},
                  {"metadata", c.expect.at("metadata")}};
  if (c.expect.contains("config")) network["spec"]["config"] = c.expect["config"];
  return network;
}

// The network with its configuration read, as that is text.
Json Read(Json network) {
  if (network.contains("spec")) {
    Json& config = network["spec"]["config"];
    config = Take(ParseJson(config.get<std::string>()));
  }
  return network;
}

TEST_CASE("each SpiderMultusConfig of tests/networks makes its network, or is refused") {
  CHECK(CaseFiles().size() > 40);
  for (const fs::path& path : CaseFiles()) {
    CAPTURE(path.filename().string());
    const Case c = ReadCase(path);
    const auto network = NetworkOf(c.object, c.ipam);
    if (c.expect.contains("refused")) {
      REQUIRE_FALSE(network);
      CAPTURE(network.error().message);
      CHECK(network.error().code == ErrorCode::kInvalid);
      for (const Json& part : c.expect["refused"]) {
        CHECK(Has(network.error().message, part.get<std::string>()));
      }
      continue;
    }
    const std::string made = Compact(Read(Take(network))), expected = Compact(Expected(c));
    CHECK(made == expected);
  }
}

// The file of an object, for railhook's own reading.
ObjectFile FileWith(std::string name, const Json& object) {
  YamlDocument document;
  document.value = object;
  ObjectFile file;
  file.path = std::move(name);
  file.documents.push_back(std::move(document));
  return file;
}

TEST_CASE("a SpiderMultusConfig and the network made of it are one rail") {
  const char* const specs[] = {
      "cniType: macvlan, macvlan: {master: [e1, e2], bond: {name: b0, mode: 1}, vlanID: 7, "
      "rdmaResourceName: a/b, ippools: {ipv4: [p]}}",
      "cniType: ipvlan, ipvlan: {master: [e1], rdmaResourceName: a/b, ippools: {ipv4: [p]}}",
      "cniType: vlan, vlan: {master: [e1], vlanID: 7, rdmaResourceName: a/b, ippools: {ipv4: [p]}}",
      "cniType: sriov, sriov: {resourceName: a/b, rdmaIsolation: true, mtu: 9, ippools: {ipv4: "
      "[p]}}",
      "cniType: ib-sriov, ibsriov: {resourceName: a/b, ippools: {ipv4: [p]}}",
      "cniType: ipoib, ipoib: {master: ib0, ippools: {ipv4: [p]}}"};
  for (const char* const spec : specs) {
    for (const std::string_view uid : {"", "6e6a4a0c"}) {
      CAPTURE(spec);
      Json smc =
          ObjectOf(Smc("net/a",
                       "cni.spidernet.io/rdma-resource-inject: c, railhook.io/resource: a/b, "
                       "multus.spidernet.io/cr-name: renamed",
                       spec));
      if (!uid.empty()) smc["metadata"]["uid"] = uid;
      const Json network = Take(NetworkOf(smc, Ipam()));
      const Rail rail = RailOfNetworkAttachmentDefinition(Take(ReadMeta(network)), network);
      CHECK(rail.cni_type == smc["spec"]["cniType"]);
      const RailIndex index(
          Take(CollectRails({FileWith("smc.yaml", smc), FileWith("nad.yaml", network)})));
      const auto selected = index.Find(InjectKey::kRdma, "c", "net", {});
      CHECK(Show(selected) == "net/renamed");
      CHECK(selected.front()->source == RailSource::kSpiderMultusConfig);
      CHECK(selected.front()->problems.empty());
    }
  }
}

TEST_CASE("a pool can be matched to the master's subnet with sriov alone") {
  const Json smc =
      ObjectOf(Smc("a", "",
                   "cniType: ib-sriov, ibsriov: {resourceName: a/b, ippools: {matchMasterSubnet: "
                   "true}}"));
  CHECK_FALSE(Has(Compact(Take(NetworkOf(smc, Ipam()))), "match_master_subnet"));
}

TEST_CASE("what isn't as it must be is named with its value and what to write") {
  const struct {
    std::string_view spec;
    std::vector<std::string_view> said;
  } cases[] = {
      {"cniType: bridge", {"spec.cniType", "\"bridge\"", "macvlan", "custom"}},
      {"cniType: 7", {"spec.cniType", "7", "text"}},
      {"cniType: sriov", {"spec.sriov is missing", "\"sriov\""}},
      {"cniType: sriov, sriov: []", {"spec.sriov is []", "map"}},
      {"cniType: sriov, sriov: {}", {"spec.sriov.resourceName is missing"}},
      {"cniType: sriov, sriov: {resourceName: a/b, vlanID: 5000}",
       {"spec.sriov.vlanID is 5000", "0 to 4094"}},
      {"cniType: sriov, sriov: {resourceName: a/b, mtu: 99999999999}",
       {"spec.sriov.mtu", "99999999999"}},
      {"cniType: sriov, sriov: {resourceName: a/b, mtu: -1}", {"spec.sriov.mtu is -1"}},
      {"cniType: macvlan, macvlan: {master: eth1}", {"spec.macvlan.master is \"eth1\"", "list"}},
      {"cniType: macvlan, macvlan: {master: []}", {"spec.macvlan.master is missing"}},
      {"cniType: macvlan, macvlan: {master: [7]}", {"spec.macvlan.master holds 7"}},
      {"cniType: macvlan, macvlan: {master: [a, b], bond: {name: c, mode: 7}}",
       {"spec.macvlan.bond.mode is 7", "0 to 6"}},
      {"cniType: vlan, vlan: {master: [a], vlanMode: hybrid}",
       {"spec.vlan.vlanMode", "manual, auto"}},
      {"cniType: ipoib, ipoib: {}", {"spec.ipoib.master is missing", "\"ib0\""}},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, pkey: 1000}",
       {"spec.ibsriov.pkey is 1000"}},
      {"cniType: ib-sriov, ibsriov: {resourceName: a/b, linkState: up}",
       {"spec.ibsriov.linkState", "\"up\""}},
      {"cniType: ovs, ovs: {bridge: b, trunk: [{id: 9999}]}", {"spec.ovs.trunk.id is 9999"}},
      {"cniType: ovs, ovs: {bridge: b, trunk: [7]}", {"spec.ovs.trunk holds 7"}},
      {"cniType: ipoib, ipoib: {master: ib0}, coordinator: {mode: fast}",
       {"spec.coordinator.mode", "underlay"}},
      {"cniType: ipoib, ipoib: {master: ib0}, coordinator: {policyRoutes: [{dst: a}]}",
       {"spec.coordinator.policyRoutes.gw is missing"}},
      {"cniType: ipoib, ipoib: {master: ib0}, chainCNIJsonData: ['{}']",
       {"spec.chainCNIJsonData holds \"{}\""}},
      {"cniType: custom, customCNI: '{'", {"spec.customCNI is no JSON"}},
      {"cniType: custom, customCNI: '[]'", {"spec.customCNI", "object"}},
      {"cniType: ipoib, disableIPAM: 'yes', ipoib: {master: ib0}", {"spec.disableIPAM is \"yes\""}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.spec);
    const auto network = NetworkOf(ObjectOf(Smc("a", "", c.spec)), Ipam());
    REQUIRE_FALSE(network);
    CAPTURE(network.error().message);
    for (const auto part : c.said) CHECK(Has(network.error().message, part));
  }
}

// Makes JSON of all kinds, of words that mean something here.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return random_() % n; }

  Json Value(int depth) {
    static const Json kSimple[] = {
        nullptr, true,      false,  0,     7,    -1,  4095,   1e300,
        "",      "macvlan", "eth1", "a/b", "{}", "[", "auto", ~std::uint64_t{0}};
    const auto kind = Below(depth > 0 ? 4 : 2);
    if (kind < 2) return kSimple[Below(std::size(kSimple))];
    Json value = kind == 2 ? Json::array() : Json::object();
    for (std::size_t i = Below(4); i > 0; --i) {
      if (kind == 2) {
        value.push_back(Value(depth - 1));
      } else {
        value["k" + std::to_string(i)] = Value(depth - 1);
      }
    }
    return value;
  }

  // The value with something in it replaced.
  Json Broken(Json value) {
    if (!value.is_structured() || value.empty() || Below(6) == 0) return Value(2);
    auto member = value.begin();
    std::advance(member, Below(value.size()));
    *member = Broken(*member);
    return value;
  }

 private:
  std::mt19937 random_;
};

TEST_CASE(
    "whatever stands in a SpiderMultusConfig, it makes a network that can be read, or an error") {
  Chance chance(1);
  std::vector<Case> cases;
  for (const fs::path& path : CaseFiles()) cases.push_back(ReadCase(path));
  std::size_t made = 0, refused = 0;
  for (int round = 0; round < 5000; ++round) {
    const Case& c = cases[chance.Below(cases.size())];
    Json object = c.object;
    for (std::size_t i = chance.Below(3); i-- > 0;) object = chance.Broken(object);
    const auto network = NetworkOf(object, c.ipam);
    CAPTURE(Compact(object));
    if (network) {
      CHECK(network->at("metadata").at("name").is_string());
      CHECK(Read(*network).at("kind") == "NetworkAttachmentDefinition");
    } else {
      CHECK(network.error().code == ErrorCode::kInvalid);
      CHECK_FALSE(network.error().message.empty());
    }
    ++(network ? made : refused);
  }
  CHECK(made > 500);
  CHECK(refused > 500);
}

}  // namespace
}  // namespace railhook
