#include "cli/findings.h"

#include <unistd.h>

#include <iostream>

#include "base/text.h"
#include "cli/terminal.h"

namespace railhook {

std::string ObjectName(const OrderedJson& object) {
  const auto text = [&](const char* pointer) -> std::string {
    const OrderedJson::json_pointer at(pointer);
    return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : "";
  };
  return text("/kind") + ' ' + Or(text("/metadata/namespace"), "default") + '/' +
         text("/metadata/name");
}

void PrintFinding(const std::string& place, const std::string& object, const Finding& finding) {
  const bool error = finding.severity == Severity::kError;
  const auto label =
      Coloured(error ? "error:" : "warning:", error ? Tone::kBad : Tone::kWarning, STDERR_FILENO);
  std::cerr << place << ": " << label << ' ' << object << ": " << finding.text << '\n';
}

}  // namespace railhook
