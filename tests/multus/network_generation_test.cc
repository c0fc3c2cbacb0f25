// The networks of tests/networks, and what holds for any.

#include "multus/network_generation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "base/files.h"
#include "multus/smc_validation.h"
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
      CHECK(rail.cni_type == smc["spec"]["cniType"].get<std::string>());
      const RailIndex index(
          Take(CollectRails({FileWith("smc.yaml", smc), FileWith("nad.yaml", network)})));
      const auto selected = index.Find(InjectKey::kRdma, "c", "net", {});
      CHECK(Show(selected) == "net/renamed");
      CHECK(selected.front()->source == RailSource::kSpiderMultusConfig);
      CHECK(selected.front()->problems.empty());
    }
  }
}

TEST_CASE("what validation refuses makes no network, for all its reasons") {
  const auto network = NetworkOf(
      ObjectOf(Smc("a", "", "cniType: sriov, disableIPAM: 7, sriov: {resourceName: a/b, mtu: -1}")),
      Ipam());
  REQUIRE_FALSE(network);
  CAPTURE(network.error().message);
  CHECK(Has(network.error().message, "spec.disableIPAM is 7"));
  CHECK(Has(network.error().message, "spec.sriov.mtu is -1"));
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

bool IsValid(const Json& object) {
  const auto findings = ValidateSpiderMultusConfig(object);
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& f) { return f.severity == Severity::kError; });
}

// Objects' names aren't among it: API servers check those.
TEST_CASE("whatever validation accepts makes a network, and nothing else does") {
  Chance chance(1);
  std::vector<Json> objects;
  for (const fs::path& path : CaseFiles()) objects.push_back(ReadCase(path).object);
  std::size_t made = 0, refused = 0;
  for (int round = 0; round < 5000; ++round) {
    Json object = objects[chance.Below(objects.size())];
    for (std::size_t i = chance.Below(3); i-- > 0;) object = chance.Broken(object);
    if (Member(Member(&object, "metadata"), "name") != nullptr) object["metadata"]["name"] = "a";
    const auto network = NetworkOf(object, Ipam());
    CAPTURE(Compact(object));
    CHECK(network.has_value() == IsValid(object));
    if (network) {
      CHECK(Read(*network).at("kind") == "NetworkAttachmentDefinition");
    } else {
      CHECK(network.error().code == ErrorCode::kInvalid);
    }
    ++(network ? made : refused);
  }
  CHECK(made > 500);
  CHECK(refused > 500);
}

}  // namespace
}  // namespace railhook
