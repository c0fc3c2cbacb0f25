#include "k8sclient/finding.h"

#include <algorithm>

namespace railhook {

const Finding* FirstError(const std::vector<Finding>& findings) {
  const auto first = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kError;
  });
  return first == findings.end() ? nullptr : &*first;
}

std::string FieldAt(std::string_view pointer) {
  std::string field;
  for (std::size_t at = 1; at < pointer.size(); ++at) {
    const bool escape = pointer[at] == '~' && at + 1 < pointer.size();
    if (escape)
      field += pointer[++at] == '1' ? '/' : '~';
    else
      field += pointer[at] == '/' ? '.' : pointer[at];
  }
  return field;
}

}  // namespace railhook
