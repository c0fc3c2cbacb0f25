// Text that hides in other objects: the CNI configuration of a NetworkAttachmentDefinition, and the
// networks of a pod.

#include <string>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"
#include "k8sclient/object.h"
#include "multus/rail.h"
#include "tests/fuzz/fuzz.h"
#include "webhook/inject/networks.h"

namespace railhook {
namespace {

void FuzzConfig(const std::string& text) {
  const Json object = {{"metadata", {{"name", "nad"}}}, {"spec", {{"config", text}}}};
  ObjectMeta meta;
  meta.name_space = "default";
  meta.name = "nad";
  meta.annotations = {{std::string(AnnotationOf(InjectKey::kRdma)), text},
                      {std::string(kOrderAnnotation), text},
                      {std::string(kDeviceResourceAnnotation), text}};
  const Rail rail = RailOfNetworkAttachmentDefinition(meta, object);
  Expect(rail.Id() == "default/nad", "a network keeps its name");
  for (const Problem& problem : rail.ProblemsFor(InjectKey::kRdma)) {
    Expect(problem.pointer.starts_with('/') && !problem.text.empty(),
           "a problem says where and what");
  }
}

std::string AsList(const std::vector<NetworkSelection>& networks) {
  std::string list = "[";
  for (const NetworkSelection& network : networks)
    list += (list.size() > 1 ? "," : "") + network.json;
  return list + ']';
}

void FuzzNetworks(std::string_view text) {
  const auto networks = ParseNetworks(text, "default");
  if (!networks) return Expect(!networks.error().message.empty(), "a refusal says why");
  const auto again = ParseNetworks(AsList(*networks), "default");
  Expect(again.has_value() && again->size() == networks->size(),
         "the JSON form holds the same networks");
  for (std::size_t i = 0; i < networks->size(); ++i) {
    const NetworkSelection& one = (*networks)[i];
    const NetworkSelection& other = (*again)[i];
    Expect(!one.name.empty() && !one.name_space.empty(), "a network has a name");
    Expect(one.name == other.name && one.name_space == other.name_space &&
               one.plain == other.plain && one.json == other.json,
           "the JSON form says the same of each");
  }
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  const std::string_view text = AsText(data, size);
  if (FindInvalidUtf8(text) != text.npos) return 0;  // it was in a JSON text
  FuzzConfig(std::string(text));
  FuzzNetworks(text);
  return 0;
}
