// YAML to values, to YAML, to the same values.

#include "base/yaml.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {
namespace {

void ExpectRoundTrip(const OrderedJson& value) {
  const std::string yaml = EmitYaml(value);
  Expect(yaml.ends_with('\n'), "a document ends in a newline");
  const auto again = ParseYaml(yaml);
  Expect(again.has_value() && again->size() == 1, "what was emitted is one document");
  Expect(again->front().value == value, "what was emitted reads back the same");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const auto documents = ParseYaml(AsText(data, size));
  if (!documents) return 0;
  for (const YamlDocument& document : *documents) {
    for (const auto& [pointer, line] : document.lines)
      Expect(document.LineOf(pointer) == line, "a value knows its line");
    ExpectRoundTrip(document.value);
  }
  return 0;
}
