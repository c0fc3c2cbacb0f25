#include "policy/pool_config.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "k8sclient/field_checker.h"

namespace railhook {
namespace {

constexpr int kAny = std::numeric_limits<int>::max();

// The number before the sign of "1%" to "100%".
std::optional<int> ParsePercentage(const std::string& text) {
  if (!text.ends_with('%')) return std::nullopt;
  int percent = 0;
  const char* sign = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), sign, percent);
  const bool whole = stop == sign && error == std::errc();
  return whole && percent >= 1 && percent <= 100 ? std::optional(percent) : std::nullopt;
}

struct ReadPool {
  PoolConfig pool;
  std::vector<Finding> findings;
};

// What maxUnavailable says; "" where it isn't there or wrong.
std::string ReadMaxUnavailable(const JsonField& field, FieldChecker& check) {
  if (field.missing()) return "";
  const auto number = field.Integer();
  if (number && *number >= 0 && *number < kAny) return std::to_string(*number);
  if (ParsePercentage(field.Text())) return field.Text();
  check.Wrong(field,
              "a number of nodes, such as 1, or a percentage of the pool's, \"1%\" to \"100%\"");
  return "";
}

std::optional<RdmaMode> ReadRdmaMode(const JsonField& field, FieldChecker& check) {
  check.Choice(field, {"shared", "exclusive"});
  if (field.missing()) return std::nullopt;
  return field.Text() == "shared" ? RdmaMode::kShared : RdmaMode::kExclusive;
}

void RefuseOffload(const JsonField& offload, FieldChecker& check) {
  check.Map(offload);
  check.Members(offload, {"name"});
  const JsonField name = offload / "name";
  if (!name.missing() && *name.value != "")
    check.Error(
        offload,
        "names a pool for Open vSwitch, which railhook-vfmanager doesn't support: remove it");
}

ReadPool Read(const Json& object) {
  const auto meta = ReadMeta(object);
  if (!meta) return {{}, {{Severity::kError, "/metadata", meta.error().message}}};
  FieldChecker check;
  const JsonField root{&object, ""}, spec = root / "spec", nodes = spec / "nodeSelector";
  check.Members(root, {"apiVersion", "kind", "metadata", "spec", "status"});
  check.Map(spec);
  check.Members(spec, {"nodeSelector", "maxUnavailable", "rdmaMode", "ovsHardwareOffloadConfig"});
  PoolConfig pool;
  pool.name_space = meta->name_space;
  pool.name = meta->name;
  if (!nodes.missing()) pool.nodes = ReadLabelSelector(nodes, check);
  pool.max_unavailable = ReadMaxUnavailable(spec / "maxUnavailable", check);
  pool.rdma_mode = ReadRdmaMode(spec / "rdmaMode", check);
  RefuseOffload(spec / "ovsHardwareOffloadConfig", check);
  return {std::move(pool), std::move(check).Take()};
}

std::string TextOf(const StringMap& labels) {
  if (labels.empty()) return "nodes without labels";
  std::vector<std::string> texts;
  for (const auto& [key, value] : labels) texts.push_back(key + '=' + value);
  return "nodes with the labels " + Join(texts, ", ");
}

std::optional<Finding> SharedNodes(const PoolConfig& pool, const PoolConfig& other) {
  const LabelSelector a = pool.nodes.value_or(LabelSelector());
  const LabelSelector b = other.nodes.value_or(LabelSelector());
  const auto labels = LabelsInBoth(a, b);
  if (!labels) return std::nullopt;
  const std::string both = "SriovNetworkPoolConfigs " + pool.name + " and " + other.name;
  if (IsWithin(a, b) || IsWithin(b, a))
    return Finding{Severity::kError, "/spec",
                   both + " choose the same nodes: change the nodeSelector of one"};
  return Finding{Severity::kWarning, "/spec",
                 both + " would both choose " + TextOf(*labels) +
                     ", where neither could count: see that there are none"};
}

}  // namespace

std::string_view TextOf(RdmaMode mode) {
  return mode == RdmaMode::kShared ? "shared" : "exclusive";
}

int PoolConfig::MaxUnavailable(int pool_size) const {
  if (max_unavailable.empty()) return pool_size;
  if (const auto percent = ParsePercentage(max_unavailable)) {
    const auto share = static_cast<long long>(pool_size) * *percent / 100;
    return std::max(1, static_cast<int>(share));
  }
  int number = 1;
  std::from_chars(max_unavailable.data(), max_unavailable.data() + max_unavailable.size(), number);
  return number;
}

std::vector<Finding> ValidatePoolConfig(const Json& object) { return Read(object).findings; }

Result<PoolConfig> ReadPoolConfig(const Json& object) {
  ReadPool read = Read(object);
  if (const Finding* error = FirstError(read.findings))
    return Fail(ErrorCode::kInvalid, error->text);
  return std::move(read.pool);
}

std::vector<Finding> Contradictions(const PoolConfig& pool, const std::vector<PoolConfig>& others) {
  std::vector<Finding> found;
  for (const PoolConfig& other : others) {
    if (other.name_space != pool.name_space || other.name == pool.name) continue;
    if (auto shared = SharedNodes(pool, other)) found.push_back(*std::move(shared));
  }
  return found;
}

Result<const PoolConfig*> PoolOf(const StringMap& node_labels,
                                 const std::vector<PoolConfig>& pools) {
  const PoolConfig* found = nullptr;
  for (const PoolConfig& pool : pools) {
    if (pool.nodes && !pool.nodes->Fits(node_labels)) continue;
    if (found != nullptr)
      return Fail(ErrorCode::kInvalid,
                  "SriovNetworkPoolConfigs " + found->name + " and " + pool.name +
                      " both choose this node: change the nodeSelector of one");
    found = &pool;
  }
  return found;
}

}  // namespace railhook
