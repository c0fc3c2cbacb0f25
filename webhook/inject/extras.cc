#include "webhook/inject/extras.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"

namespace railhook {
namespace {

constexpr std::string_view kShmVolume = "railhook-shm";
constexpr std::string_view kShmPath = "/dev/shm";

const Json* ItemNamed(const Json* list, std::string_view key, std::string_view name) {
  if (list == nullptr || !list->is_array()) return nullptr;
  const auto found = std::find_if(list->begin(), list->end(),
                                  [&](const Json& item) { return TextMember(&item, key) == name; });
  return found == list->end() ? nullptr : &*found;
}

// A patch into something of the wrong type would not apply.
Result<> ExpectType(const Json* value, Json::value_t type, const std::string& field) {
  if (value == nullptr || value->type() == type) return {};
  const std::string_view wanted = type == Json::value_t::array ? "list" : "map";
  return Fail(ErrorCode::kInvalid, field + " must be a " + std::string(wanted));
}

Result<> CheckTypes(const Json& pod, const Container& target) {
  using Type = Json::value_t;
  const Json* spec = Member(&pod, "spec");
  TRY(ExpectType(Member(spec, "volumes"), Type::array, "spec.volumes"));
  TRY(ExpectType(Member(spec, "nodeSelector"), Type::object, "spec.nodeSelector"));
  const Json* container = &(*Member(spec, "containers"))[target.position];
  const std::string field = "spec.containers[" + std::to_string(target.position) + "].";
  TRY(ExpectType(Member(container, "env"), Type::array, field + "env"));
  TRY(ExpectType(Member(container, "volumeMounts"), Type::array, field + "volumeMounts"));
  const Json* security = Member(container, "securityContext");
  TRY(ExpectType(security, Type::object, field + "securityContext"));
  const Json* capabilities = Member(security, "capabilities");
  TRY(ExpectType(capabilities, Type::object, field + "securityContext.capabilities"));
  return ExpectType(Member(capabilities, "add"), Type::array,
                    field + "securityContext.capabilities.add");
}

bool Holds(const Json* list, std::string_view text) {
  return list != nullptr && list->is_array() &&
         std::any_of(list->begin(), list->end(), [&](const Json& item) { return item == text; });
}

// Gives one pod the extras of its classes.
class Giver {
 public:
  Giver(const Json& pod, const Container& target, PatchBuilder& patch)
      : spec_(*Member(&pod, "spec")),
        container_((*Member(&spec_, "containers"))[target.position]),
        container_path_({"spec", "containers", std::to_string(target.position)}),
        patch_(patch) {}

  void GiveCapability(const std::string& name) {
    const Json* added =
        Member(Member(Member(&container_, "securityContext"), "capabilities"), "add");
    const bool has =
        Holds(added, name) || Holds(added, "ALL") || !given_capabilities_.insert(name).second;
    if (!has) patch_.Append(Inside({"securityContext", "capabilities", "add"}), name);
  }

  void GiveShm(const std::string& size) {
    if (has_shm_ ||
        ItemNamed(Member(&container_, "volumeMounts"), "mountPath", kShmPath) != nullptr)
      return;
    has_shm_ = true;
    if (ItemNamed(Member(&spec_, "volumes"), "name", kShmVolume) == nullptr) {
      patch_.Append(
          {"spec", "volumes"},
          {{"name", kShmVolume}, {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", size}}}});
    }
    patch_.Append(Inside({"volumeMounts"}), {{"name", kShmVolume}, {"mountPath", kShmPath}});
  }

  void GiveEnv(const std::string& name, const std::string& value,
               std::vector<std::string>& warnings) {
    if (ItemNamed(Member(&container_, "env"), "name", name) != nullptr) return;
    const auto [given, first] = given_env_.emplace(name, value);
    if (first || given->second == value) return;
    warnings.push_back("the classes disagree on variable " + name +
                       ": the first class's value holds");
  }

  // After all classes have given theirs, so that the order does not depend on them.
  void WriteEnv() {
    for (const auto& [name, value] : given_env_) {
      patch_.Append(Inside({"env"}), {{"name", name}, {"value", value}});
    }
  }

  Result<> GiveNodeSelector(const Rail& rail) {
    for (const std::string& term : SplitList(rail.node_selector)) {
      const auto equals = term.find('=');
      if (equals == std::string::npos || equals == 0) {
        return Fail(ErrorCode::kInvalid, rail.Object() + ": annotation " +
                                             std::string(kNodeSelectorAnnotation) + " holds " +
                                             Quoted(term) + ": write key=value");
      }
      TRY(SelectNodes(term.substr(0, equals), term.substr(equals + 1), rail));
    }
    return {};
  }

 private:
  JsonPath Inside(JsonPath path) const {
    path.insert(path.begin(), container_path_.begin(), container_path_.end());
    return path;
  }

  Result<> SelectNodes(const std::string& key, const std::string& value, const Rail& rail) {
    const auto [given, first] = given_selector_.emplace(key, value);
    const Json* selector = Member(&spec_, "nodeSelector");
    const bool own = Member(selector, key) != nullptr;
    const std::string other = own ? TextMember(selector, key) : given->second;
    if (other != value) {
      return Fail(ErrorCode::kInvalid, rail.Object() + " needs nodes with " + key + '=' + value +
                                           ", but " +
                                           (own ? "the pod's nodeSelector" : "another rail") +
                                           " says " + key + '=' + other + ": no node has both");
    }
    patch_.Set({"spec", "nodeSelector", key}, value);
    return {};
  }

  const Json& spec_;
  const Json& container_;
  const JsonPath container_path_;
  PatchBuilder& patch_;
  std::set<std::string> given_capabilities_;
  bool has_shm_ = false;
  StringMap given_env_;
  StringMap given_selector_;
};

bool IsOfClass(const Rail& rail, InjectKey key, const std::string& name) {
  const auto& classes = rail.Classes(key);
  return std::find(classes.begin(), classes.end(), name) != classes.end();
}

}  // namespace

Result<std::vector<std::string>> AddExtras(const Json& pod, const RailRequest& request,
                                           const std::vector<const Rail*>& rails,
                                           const Container& target, const InjectConfig& config,
                                           PatchBuilder& patch) {
  std::vector<std::string> warnings;
  Giver giver(pod, target, patch);
  for (const std::string& name : request.classes) {
    const ClassConfig* settings = config.ForClass(name);
    if (settings == nullptr) continue;
    TRY(CheckTypes(pod, target));
    for (const std::string& capability : settings->capabilities) giver.GiveCapability(capability);
    if (!settings->shm_size.empty()) giver.GiveShm(settings->shm_size);
    for (const auto& [variable, value] : settings->env) giver.GiveEnv(variable, value, warnings);
    for (const Rail* rail : rails) {
      if (settings->node_selector && IsOfClass(*rail, request.key, name))
        TRY(giver.GiveNodeSelector(*rail));
    }
  }
  giver.WriteEnv();
  return warnings;
}

}  // namespace railhook
