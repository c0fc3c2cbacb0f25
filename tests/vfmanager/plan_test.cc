// The cases of tests/vfmanager/plans: policies, and a host as it is, give a plan. README.md there
// says how they are written.

#include "vfmanager/plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "base/yaml.h"
#include "cli/vfmanager/plan_print.h"
#include "policy/merge.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

template <typename T>
T Take(Result<T> result) {
  if (!result) FAIL(std::string_view(result.error().message));
  return std::move(result).Take();
}

template <typename T>
T Or(const Json& object, const char* key, T otherwise) {
  return object.contains(key) ? object.at(key).get<T>() : otherwise;
}

std::optional<LinkType> LinkOf(const Json& pf) {
  const auto link = Or<std::string>(pf, "link", "ETH");
  if (link.empty()) return std::nullopt;
  return link == "IB" ? LinkType::kInfiniBand : LinkType::kEthernet;
}

// A VF that lacks nothing, but for what the case says.
VirtualFunction VfOf(const Json& vf, int index, const std::string& pf) {
  VirtualFunction made;
  made.index = index;
  made.address = "0000:04:01." + std::to_string(index);
  made.driver = Or<std::string>(vf, "driver", "mlx5_core");
  const bool bound = !made.driver.empty() && made.driver != "vfio-pci";
  made.netdev = Or<std::string>(vf, "netdev", bound ? pf + "v" + std::to_string(index) : "");
  made.admin_mac = *MacAddress::Parse(Or<std::string>(vf, "mac", "02:00:00:00:00:01"));
  const auto guid = Or<std::string>(vf, "guid", "02:00:00:00:00:00:00:01");
  made.admin_node_guid = *Guid::Parse(guid);
  made.admin_port_guid = *Guid::Parse(Or(vf, "portGuid", guid));
  if (!made.netdev.empty()) made.mtu = Or(vf, "mtu", 1500);
  const auto rdma_guid = Or<std::string>(vf, "rdmaGuid", "02:00:00:00:00:00:00:01");
  if (!made.netdev.empty() && !rdma_guid.empty())
    made.rdma = RdmaDevice{"mlx5_9", Guid::Parse(rdma_guid), {}};
  return made;
}

void AddVfs(const Json& vfs, PhysicalFunction& pf) {
  pf.num_vfs = vfs.is_number() ? vfs.get<int>() : static_cast<int>(vfs.size());
  for (int i = 0; i < pf.num_vfs; ++i)
    pf.vfs.push_back(
        VfOf(vfs.is_number() ? Json::object() : vfs[static_cast<std::size_t>(i)], i, pf.name));
}

PhysicalFunction PfOf(const Json& given) {
  PhysicalFunction pf;
  pf.address = Or<std::string>(given, "address", "0000:04:00.0");
  pf.name = Or<std::string>(given, "name", "ens1");
  pf.vendor = Or<std::string>(given, "vendor", "15b3");
  pf.device_id = "1021";
  pf.driver = Or<std::string>(given, "driver", "mlx5_core");
  pf.permanent_mac = *MacAddress::Parse("b8:ce:f6:00:00:01");
  pf.mtu = Or(given, "mtu", 1500);
  pf.max_mtu = Or(given, "maxMtu", 9978);
  pf.up = Or(given, "up", true);
  pf.link_type = LinkOf(given);
  pf.total_vfs = Or(given, "total", 16);
  pf.probes_vfs = Or(given, "probes", true);
  pf.rdma = RdmaDevice{"mlx5_0", Guid::Parse("b8:ce:f6:03:00:00:00:01"), {}};
  AddVfs(Or<Json>(given, "vfs", 0), pf);
  return pf;
}

std::optional<RdmaMode> ModeOf(const Json& object, const char* key) {
  const auto mode = Or<std::string>(object, key, "");
  if (mode.empty()) return std::nullopt;
  return mode == "shared" ? RdmaMode::kShared : RdmaMode::kExclusive;
}

HostState HostOf(const Json& given) {
  HostState host;
  host.boot = "this";
  host.rdma_mode = ModeOf(given, "rdmaMode");
  for (const Json& pf : Or<Json>(given, "pfs", Json::array())) host.pfs.push_back(PfOf(pf));
  return host;
}

std::vector<NodePolicy> PoliciesOf(const Json& given) {
  std::vector<NodePolicy> policies;
  for (const auto& [name, spec] : given.items()) {
    Json object = {{"apiVersion", "sriovnetwork.openshift.io/v1"},
                   {"kind", "SriovNetworkNodePolicy"}};
    object["metadata"] = {{"name", name}, {"namespace", "spiderpool"}};
    object["spec"] = spec;
    object["spec"].emplace("nodeSelector", Json::object());
    object["spec"].emplace("resourceName", name);
    policies.push_back(Take(ReadNodePolicy(object)));
  }
  return policies;
}

// What is text instead is why it can't be read.
Result<OwnedPf> OwnedPfOf(const Json& given) {
  if (given.is_string()) return Fail(ErrorCode::kInvalid, given.get<std::string>());
  OwnedPf pf;
  pf.num_vfs = given.at("numVfs").get<int>();
  if (given.contains("formerMtu")) pf.former_mtu = given.at("formerMtu").get<int>();
  pf.former_vfs = Or(given, "formerVfs", 0);
  pf.boot = Or<std::string>(given, "boot", "this");
  return pf;
}

Result<OwnedPfs> OwnedOf(const Json& given) {
  if (given.is_string()) return Fail(ErrorCode::kInvalid, given.get<std::string>());
  OwnedPfs owned;
  for (const auto& [address, pf] : given.items()) owned.emplace(address, OwnedPfOf(pf));
  return owned;
}

Result<Identities> IdentitiesOf(const Json& given) {
  return Identities::Parse(given.is_string() ? given.get<std::string>() : Compact(given));
}

Plan PlanOf(const Json& given) {
  const HostState host = HostOf(given.at("host"));
  const auto policies = PoliciesOf(Or<Json>(given, "policies", Json::object()));
  const DesiredNode desired = MergePolicies(policies, {}, host.Nics());
  const auto owned = OwnedOf(Or<Json>(given, "owned", Json::object()));
  const auto identities = IdentitiesOf(Or<Json>(given, "guids", Json::array()));
  return MakePlan({desired, ModeOf(given, "rdmaMode"),
                   ModeOf(given, "rdmaModeAtBoot").value_or(RdmaMode::kShared), host, owned,
                   identities, Or<std::set<std::string>>(given, "leftAlone", {})});
}

std::set<fs::path> CaseFiles() {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(TESTS_DIR) / "vfmanager/plans"))
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  return files;
}

TEST_CASE("plans are as their cases say") {
  const auto files = CaseFiles();
  REQUIRE(files.size() > 20);
  for (const fs::path& file : files) {
    CAPTURE(file.filename().string());
    const Json given = Take(ParseYaml(Take(ReadFile(file)))).at(0).value;
    CHECK(PlanText(PlanOf(given)) == given.at("plan").get<std::string>());
  }
}

TEST_CASE("a plan that is nothing but refusals has nothing to do, and says that it refuses") {
  Plan plan;
  CHECK(plan.nothing_to_do());
  CHECK_FALSE(plan.refuses());
  plan.pfs.push_back({"0000:04:00.0", "ens1", {}, {}, {}, Error{ErrorCode::kInvalid, "no"}});
  CHECK(plan.nothing_to_do());
  CHECK(plan.refuses());
  plan.pfs.push_back({"0000:05:00.0", "ens2", {{StepKind::kBringPfUp, -1, "", ""}}, {}, {}, {}});
  CHECK_FALSE(plan.nothing_to_do());
}

}  // namespace
}  // namespace railhook
