#pragma once
// Injection into manifests: every pod and pod template in a file, as the webhook would treat it.

#include <string>
#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "multus/rail_index.h"
#include "webhook/admission/patch.h"
#include "webhook/inject/config.h"

namespace railhook {

// The documents of a file, or of standard input where it is called "-". Errors name the file, and
// the line of bad YAML.
Result<std::vector<YamlDocument>> ReadManifest(const std::string& file);

// A pod or pod template of an object.
struct ManifestPod {
  std::string who;         // "Pod default/train", "Job default/train (spec.template)"
  std::string name_space;  // the object's own, else the default
  std::string pointer;     // JSON pointer in the object
};

// All of an object, in its order. kInvalid where its namespace is no text.
Result<std::vector<ManifestPod>> PodsOf(const OrderedJson& object,
                                        const std::string& default_namespace,
                                        const InjectConfig& config);

// What happened to one object of a manifest.
struct ObjectOutcome {
  std::string name;  // "Pod default/train"
  Patch patch;       // of the document that holds the object
};

struct ManifestOutcome {
  std::vector<OrderedJson> before;
  std::vector<OrderedJson>
      after;  // the documents with their patches applied; those without pods as they were
  std::vector<ObjectOutcome> objects;  // one for each pod or template, in order
  std::vector<std::string> warnings;   // for people: "Pod default/train: ..."
  std::vector<std::string> notes;      // what would be otherwise in a cluster
  std::vector<std::string> denials;
};

// Objects without a namespace are in `default_namespace`.
ManifestOutcome InjectManifest(const std::vector<YamlDocument>& documents,
                               const std::string& default_namespace, const RailIndex& index,
                               const InjectConfig& config);

// One document as indented JSON, several as a list; text that isn't UTF-8 comes out with
// replacement characters.
std::string IndentedJson(const std::vector<OrderedJson>& documents);

}  // namespace railhook
