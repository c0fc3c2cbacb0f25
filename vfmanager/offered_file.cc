#include "vfmanager/offered_file.h"

#include "base/files.h"
#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

constexpr auto kFile = "offered.json";
constexpr mode_t kEverybodyReads = 0644;

Json Encode(const VfGroup& group) {
  return {{"first", group.vfs.first},
          {"last", group.vfs.last},
          {"policy", group.policy},
          {"resourceName", group.resource_name},
          {"deviceType", TextOf(group.device_type)},
          {"isRdma", group.is_rdma},
          {"excludeTopology", group.exclude_topology}};
}

Json Encode(const DesiredPf& pf) {
  Json groups = Json::array();
  for (const VfGroup& group : pf.groups) groups.push_back(Encode(group));
  return {{"address", pf.address},
          {"name", pf.name},
          {"policies", pf.policies},
          {"groups", std::move(groups)}};
}

int Number(const Json& entry, std::string_view key) {
  return static_cast<int>(IntegerMember(&entry, key).value_or(0));
}

bool Flag(const Json& entry, std::string_view key) {
  const Json* flag = Member(&entry, key);
  return flag != nullptr && flag->is_boolean() && flag->get<bool>();
}

VfGroup DecodeGroup(const Json& entry) {
  VfGroup group;
  group.vfs = {Number(entry, "first"), Number(entry, "last")};
  group.policy = TextMember(&entry, "policy");
  group.resource_name = TextMember(&entry, "resourceName");
  if (TextMember(&entry, "deviceType") == TextOf(DeviceType::kVfioPci))
    group.device_type = DeviceType::kVfioPci;
  group.is_rdma = Flag(entry, "isRdma");
  group.exclude_topology = Flag(entry, "excludeTopology");
  return group;
}

DesiredPf DecodePf(const Json& entry) {
  DesiredPf pf;
  pf.address = TextMember(&entry, "address");
  pf.name = TextMember(&entry, "name");
  for (const Json& policy : ItemsOf(&entry, "policies"))
    if (policy.is_string()) pf.policies.push_back(policy.get<std::string>());
  for (const Json& group : ItemsOf(&entry, "groups")) pf.groups.push_back(DecodeGroup(group));
  return pf;
}

}  // namespace

Result<DesiredNode> ReadOffered(const HostPaths& paths) {
  auto text = ReadFile(paths.state / kFile);
  if (!text && text.error().code == ErrorCode::kNotFound) return DesiredNode{};
  const std::string read = TRY(std::move(text));
  const Json file = TRY(ParseJson(read));
  DesiredNode offered;
  for (const Json& pf : ItemsOf(&file, "pfs")) offered.pfs.push_back(DecodePf(pf));
  return offered;
}

Result<> WriteOffered(const HostPaths& paths, const DesiredNode& offered) {
  Json pfs = Json::array();
  for (const DesiredPf& pf : offered.pfs) pfs.push_back(Encode(pf));
  Json file = Json::object();
  file["pfs"] = std::move(pfs);
  std::error_code ignored;  // then the file can't be written either
  std::filesystem::create_directories(paths.state, ignored);
  return ReplaceFile(paths.state / kFile, Compact(file) + '\n', kEverybodyReads);
}

}  // namespace railhook
