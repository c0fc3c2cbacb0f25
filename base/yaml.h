#pragma once
// YAML files as Kubernetes tools read them, as JSON values that remember their lines.
// Include this only in .cc files (it brings the JSON library with it).

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace railhook {

// One document of a file.
struct YamlDocument {
  OrderedJson value;
  std::map<std::string, int, std::less<>>
      lines;  // JSON pointer ("/spec/sriov") -> line in the file, from 1

  // The line of the value at `pointer`, or of its nearest parent that exists.
  int LineOf(std::string_view pointer) const;
};

// All documents of `text`, empty ones left out. JSON is read as well, being YAML. Plain scalars get
// the types that kubectl gives them (YAML 1.1: yes, on, 0777, 0x1f, 1e3, ~). kInvalid names the
// line: bad syntax, an unknown anchor, the same key twice in one mapping, nesting deeper than
// kMaxJsonDepth, aliases that blow the document up, text that is not UTF-8.
Result<std::vector<YamlDocument>> ParseYaml(std::string_view text);

// `value` as block-style YAML that ParseYaml (and kubectl) read back as the same value, ending in a
// newline. Keys keep their order, text of several lines becomes a literal block.
std::string EmitYaml(const OrderedJson& value);

}  // namespace railhook
