// Files of SpiderMultusConfigs: read, linted, fixed, turned into networks.

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/yaml.h"
#include "k8sclient/object.h"
#include "multus/lint.h"
#include "multus/network_generation.h"
#include "multus/rail_directory.h"
#include "multus/smc_defaults.h"
#include "multus/smc_validation.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {
namespace {

void ExpectGoodProblems(const Rail& rail) {
  for (const InjectKey key : {InjectKey::kRdma, InjectKey::kNetwork}) {
    for (const Problem& problem : rail.ProblemsFor(key)) {
      Expect(problem.pointer.starts_with('/') && !problem.text.empty(),
             "a problem says where and what");
    }
  }
}

void ReadRail(const Json& object) {
  const auto meta = ReadMeta(object);
  if (!meta) return;
  ExpectGoodProblems(RailOfSpiderMultusConfig(*meta, object));
}

bool IsError(const Finding& finding) { return finding.severity == Severity::kError; }

void MakeNetwork(const Json& object) {
  const auto network = NetworkOf(object, Ipam());
  if (network) return Expect(ReadMeta(*network).has_value(), "a network can be read");
  const auto findings = ValidateSpiderMultusConfig(object);
  Expect(std::any_of(findings.begin(), findings.end(), IsError),
         "whatever validation accepts makes a network");
}

// Pools directly under spec count only where the settings have none, which defaults change.
bool HasOldPools(const Json& object) {
  return Member(Member(&object, "spec"), "ippools") != nullptr;
}

void Validate(const Json& object) {
  const auto findings = ValidateSpiderMultusConfig(object);
  for (const Finding& finding : findings) {
    Expect(finding.pointer.starts_with('/') && !finding.text.empty(),
           "a finding says where and what");
  }
  const Json filled = WithDefaults(object);
  Expect(WithDefaults(filled) == filled, "filling twice is filling once");
  Expect(HasOldPools(object) || ValidateSpiderMultusConfig(filled) == findings,
         "defaults change no finding");
  Expect(ValidateChange(object, object).empty(), "an object may take its own place");
}

void FuzzObject(const OrderedJson& object, const RailIndex& index) {
  ReadRail(Json(object));
  MakeNetwork(object);
  Validate(Json(object));
  Expect(FindClashes(Json(object), Json(object), index).empty(),
         "an object is no clash with itself");
  for (const Finding& finding : LintObject(object, index)) {
    Expect(finding.pointer.starts_with('/') && !finding.text.empty(),
           "a finding says where and what");
  }
  std::vector<std::string> changes;
  const OrderedJson fixed = FixObject(object, changes);
  Expect(changes.empty() == (fixed == object), "each change is told");
  changes.clear();
  Expect(FixObject(fixed, changes) == fixed && changes.empty(), "fixing twice is fixing once");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  auto documents = ParseYaml(AsText(data, size));
  if (!documents) return 0;
  const std::vector<ObjectFile> files = {{"fuzz.yaml", std::move(documents).Take()}};
  auto objects = CollectRails(files);
  const RailIndex index(objects ? std::move(objects).Take() : ClusterObjects());
  for (const YamlDocument& document : files.front().documents) {
    ForEachObject(document.value, [&](const OrderedJson& object, const std::string&) {
      FuzzObject(object, index);
    });
  }
  return 0;
}
