#include "cli/vfmanager/policy_files.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/contains.h"
#include "base/text.h"
#include "cli/findings.h"
#include "k8sclient/object_files.h"
#include "k8sclient/resource_type.h"
#include "policy/merge.h"

namespace railhook {
namespace {

constexpr std::string_view kVersion = "sriovnetwork.openshift.io/v1";
constexpr std::string_view kPolicy = "SriovNetworkNodePolicy";
constexpr std::string_view kPool = "SriovNetworkPoolConfig";

// What there is of the group.
const std::vector<std::string> kKinds = {
    std::string(kPolicy), std::string(kPool),      "SriovNetwork",       "SriovIBNetwork",
    "OVSNetwork",         "SriovNetworkNodeState", "SriovOperatorConfig"};

bool IsPolicyOrPool(const std::string& kind) { return kind == kPolicy || kind == kPool; }

// That an object which is meant to be ours is of another type, as nobody would miss it.
std::optional<Finding> WrongType(const Json& object) {
  const std::string kind = TextMember(&object, "kind");
  const std::string version = TextMember(&object, "apiVersion");
  if (version.starts_with(std::string(kSriovNetworkNodePolicies.group) + '/') &&
      !Contains(kKinds, kind))
    return Finding{Severity::kError, "/kind",
                   "kind is " + Quoted(kind) + ", which is none of " + version +
                       DidYouMean(kind, kKinds) + ": write " + std::string(kPolicy)};
  if (IsPolicyOrPool(kind) && version != kVersion)
    return Finding{Severity::kError, "/apiVersion",
                   "apiVersion is " + Quoted(version) + ": write " + std::string(kVersion)};
  return std::nullopt;
}

// Reads the objects of one file after the other.
class PolicyCollector {
 public:
  void Add(const Result<ObjectFile>& file) {
    if (!file) return read_.unreadable.push_back(file.error());
    for (const YamlDocument& document : file->documents) {
      ForEachObject(document.value, [&](const OrderedJson& object, const std::string& pointer) {
        Add(*file, document, object, pointer);
      });
    }
  }

  PolicyFiles Take() && { return std::move(read_); }

 private:
  void Add(const ObjectFile& file, const YamlDocument& document, const OrderedJson& object,
           const std::string& pointer) {
    const std::string name = ObjectName(object);
    auto all = FindingsOn(object, name, file.Place(document, pointer));
    const auto line = [&](const PolicyFinding& one) {
      return document.LineOf(pointer + one.finding.pointer);
    };
    std::ranges::stable_sort(all, {}, line);
    for (PolicyFinding& one : all) {
      one.place = file.Place(document, pointer + one.finding.pointer);
      one.object = name;
    }
    std::ranges::move(all, std::back_inserter(read_.findings));
  }

  // Place and object of each are still to be filled in.
  std::vector<PolicyFinding> FindingsOn(const Json& object, const std::string& name,
                                        const std::string& place) {
    if (auto wrong = WrongType(object)) return {{"", "", *std::move(wrong)}};
    const std::string kind = TextMember(&object, "kind");
    if (!IsPolicyOrPool(kind)) return {};
    const auto [first, is_new] = places_.emplace(name, place);
    if (!is_new)
      return {{"",
               "",
               {Severity::kError, "/metadata/name",
                "is there twice, first in " + first->second + ": remove one"}}};
    return kind == kPolicy
               ? Judge(ValidateNodePolicy(object), ReadNodePolicy(object), read_.policies)
               : Judge(ValidatePoolConfig(object), ReadPoolConfig(object), read_.pools);
  }

  // All findings on an object; without an error, it joins the others.
  template <typename T>
  static std::vector<PolicyFinding> Judge(std::vector<Finding> findings, Result<T> read,
                                          std::vector<T>& others) {
    std::vector<PolicyFinding> judged;
    for (Finding& finding : findings) judged.push_back({"", "", std::move(finding)});
    if (!read) return judged;
    for (Finding& finding : Contradictions(*read, others))
      judged.push_back({"", "", std::move(finding), true});
    others.push_back(*std::move(read));
    return judged;
  }

  PolicyFiles read_;
  std::map<std::string, std::string> places_;  // by the object's name
};

}  // namespace

Result<PolicyFiles> CheckPolicyFiles(const std::string& path) {
  PolicyCollector collector;
  for (const std::filesystem::path& file : TRY(ListObjectFiles(path)))
    collector.Add(ReadObjectFile(file));
  return std::move(collector).Take();
}

Result<PolicyFiles> ReadPolicyFiles(const std::string& path) {
  PolicyFiles files = TRY(CheckPolicyFiles(path));
  const auto wrong =
      std::find_if(files.findings.begin(), files.findings.end(), [](const PolicyFinding& one) {
        return one.finding.severity == Severity::kError && !one.contradiction;
      });
  if (!files.unreadable.empty()) return tl::unexpected(files.unreadable.front());
  if (wrong == files.findings.end()) return files;
  return Fail(ErrorCode::kInvalid,
              wrong->place + ": " + wrong->object + ": " + wrong->finding.text);
}

}  // namespace railhook
