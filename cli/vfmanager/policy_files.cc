#include "cli/vfmanager/policy_files.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/text.h"
#include "cli/findings.h"
#include "k8sclient/object_files.h"
#include "k8sclient/resource_type.h"
#include "policy/merge.h"

namespace railhook {
namespace {

constexpr std::string_view kPolicy = "SriovNetworkNodePolicy";
constexpr std::string_view kPool = "SriovNetworkPoolConfig";

// Reads the objects of one file after the other.
class PolicyCollector {
 public:
  void Add(const ObjectFile& file) {
    for (const YamlDocument& document : file.documents) {
      ForEachObject(document.value, [&](const OrderedJson& ordered, const std::string& pointer) {
        const Json object = ordered;
        if (!IsOurs(object)) return;
        const auto place = [&](const std::string& field) {
          return file.Place(document, pointer + field);
        };
        const std::string name = ObjectName(ordered);
        auto findings = FindingsOn(object, name, place(""));
        const auto line = [&](const Finding& finding) {
          return document.LineOf(pointer + finding.pointer);
        };
        std::stable_sort(findings.begin(), findings.end(),
                         [&](const Finding& a, const Finding& b) { return line(a) < line(b); });
        for (Finding& finding : findings) {
          const std::string where = place(finding.pointer);
          read_.findings.push_back({where, name, std::move(finding)});
        }
      });
    }
  }

  PolicyFiles Take() && { return std::move(read_); }

 private:
  // Of any version, as that of another is a mistake.
  static bool IsOurs(const Json& object) {
    const std::string kind = TextMember(&object, "kind");
    const std::string group = std::string(kSriovNetworkNodePolicies.group) + '/';
    return TextMember(&object, "apiVersion").starts_with(group) &&
           (kind == kPolicy || kind == kPool);
  }

  std::vector<Finding> FindingsOn(const Json& object, const std::string& name,
                                  const std::string& place) {
    if (TextMember(&object, "apiVersion") != "sriovnetwork.openshift.io/v1")
      return {{Severity::kError, "/apiVersion",
               "apiVersion is " + TextMember(&object, "apiVersion") +
                   ": write sriovnetwork.openshift.io/v1"}};
    const auto [first, is_new] = places_.emplace(name, place);
    if (!is_new)
      return {{Severity::kError, "/metadata/name",
               "is there twice, first in " + first->second + ": remove one"}};
    return TextMember(&object, "kind") == kPolicy
               ? Judge(ValidateNodePolicy(object), ReadNodePolicy(object), read_.policies)
               : Judge(ValidatePoolConfig(object), ReadPoolConfig(object), read_.pools);
  }

  // All findings on an object; without an error, it joins the others.
  template <typename T>
  static std::vector<Finding> Judge(std::vector<Finding> findings, Result<T> read,
                                    std::vector<T>& others) {
    if (!read) return findings;
    std::ranges::move(Contradictions(*read, others), std::back_inserter(findings));
    others.push_back(*std::move(read));
    return findings;
  }

  PolicyFiles read_;
  std::map<std::string, std::string> places_;  // by the object's name
};

}  // namespace

Result<PolicyFiles> CheckPolicyFiles(const std::string& path) {
  PolicyCollector collector;
  for (const ObjectFile& file : TRY(ReadObjectFiles(path))) collector.Add(file);
  return std::move(collector).Take();
}

Result<PolicyFiles> ReadPolicyFiles(const std::string& path) {
  PolicyFiles files = TRY(CheckPolicyFiles(path));
  const auto wrong =
      std::find_if(files.findings.begin(), files.findings.end(),
                   [](const auto& one) { return one.finding.severity == Severity::kError; });
  if (wrong == files.findings.end()) return files;
  return Fail(ErrorCode::kInvalid,
              wrong->place + ": " + wrong->object + ": " + wrong->finding.text);
}

}  // namespace railhook
