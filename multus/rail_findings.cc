#include "multus/rail_findings.h"

#include <algorithm>
#include <utility>

#include "base/contains.h"
#include "base/text.h"
#include "multus/rail_annotations.h"

namespace railhook {

void AddRailProblems(const Rail& rail, std::vector<Finding>& findings) {
  std::vector<Problem> problems;
  if (!rail.rdma_classes.empty())
    problems = rail.ProblemsFor(InjectKey::kRdma);
  else if (!rail.network_classes.empty())
    problems = rail.ProblemsFor(InjectKey::kNetwork);
  for (Problem& problem : problems) {
    const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return finding.pointer == problem.pointer;
    });
    if (!known)
      findings.push_back({Severity::kError, std::move(problem.pointer), std::move(problem.text)});
  }
}

void CheckClassNames(const ObjectMeta& meta, std::vector<Finding>& findings) {
  for (const std::string_view key :
       {AnnotationOf(InjectKey::kRdma), AnnotationOf(InjectKey::kNetwork), kClassesAnnotation}) {
    const std::string* value = meta.Annotation(key);
    if (value == nullptr || !Contains(SplitList(*value), kOptOut)) continue;
    findings.push_back({Severity::kError, AnnotationPointer(key),
                        AnnotationField(key) + " names the class \"none\", which can't be asked "
                                               "for as it opts out: choose another name"});
  }
}

}  // namespace railhook
