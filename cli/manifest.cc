#include "cli/manifest.h"

#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "k8sclient/object_files.h"
#include "webhook/inject/inject.h"
#include "webhook/inject/pod_admission.h"
#include "webhook/inject/pod_templates.h"

namespace railhook {
namespace {

std::string Text(const OrderedJson& object, const OrderedJson::json_pointer& pointer) {
  if (!object.contains(pointer) || !object[pointer].is_string()) return "";
  return object[pointer].get<std::string>();
}

std::string TextAt(const OrderedJson& object, const char* pointer) {
  return Text(object, OrderedJson::json_pointer(pointer));
}

std::string NameOf(const OrderedJson& object, const std::string& name_space) {
  std::string name = TextAt(object, "/metadata/name");
  if (name.empty()) name = TextAt(object, "/metadata/generateName");
  return TextAt(object, "/kind") + ' ' + name_space + '/' + (name.empty() ? "(no name)" : name);
}

// Such as an unquoted `n`, which YAML 1.1 takes for false.
bool HasOddNamespace(const OrderedJson& object) {
  const OrderedJson::json_pointer at("/metadata/namespace");
  return object.contains(at) && !object[at].is_string() && !object[at].is_null();
}

// Injects into the objects of one document after the other.
class Injector {
 public:
  Injector(const std::string& default_namespace, const RailIndex& index, const InjectConfig& config)
      : default_namespace_(default_namespace), index_(index), config_(config) {}

  void Add(const YamlDocument& document) {
    outcome_.before.push_back(document.value);
    outcome_.after.push_back(document.value);
    ForEachObject(document.value, [&](const OrderedJson& object, const std::string& pointer) {
      AddObject(object, pointer);
    });
  }

  ManifestOutcome Take() && { return std::move(outcome_); }

 private:
  void AddObject(const OrderedJson& object, const std::string& pointer) {
    const auto pods = PodsOf(object, default_namespace_, config_);
    if (!pods) return outcome_.denials.push_back(pods.error().message);
    for (const std::string& misplaced : MisplacedAnnotations(object, config_.pod_templates))
      Warn(NameOf(object, pods->front().name_space), misplaced);
    for (const ManifestPod& place : *pods) InjectPod(object, pointer, place);
  }

  void InjectPod(const OrderedJson& object, const std::string& pointer, const ManifestPod& place) {
    const Json pod = object[OrderedJson::json_pointer(place.pointer)];
    Injection injection = railhook::Inject(pod, place.name_space, index_, config_);
    const std::string& who = place.who;
    for (const std::string& warning : injection.warnings) Warn(who, warning);
    NoteMissingLabel(injection, who, place.name_space);
    if (injection.verdict == Verdict::kDenied)
      return outcome_.denials.push_back(who + ": " + injection.message);
    if (const auto checked = CheckPatch(injection.patch, pod); !checked) {
      return outcome_.denials.push_back(
          who + ": railhook made a patch that it can't stand by: " + checked.error().message);
    }
    Apply(injection.patch, pointer + place.pointer, who);
  }

  // The patch of a pod, made one of its document.
  void Apply(const Patch& patch, const std::string& prefix, const std::string& who) {
    Patch moved;
    for (PatchOperation operation : patch.operations()) {
      operation.path = prefix + operation.path;
      moved.Append(std::move(operation));
    }
    auto applied = moved.Apply(outcome_.after.back());
    if (!applied) return outcome_.denials.push_back(who + ": " + applied.error().message);
    outcome_.after.back() = std::move(*applied);
    outcome_.objects.push_back({who, std::move(moved)});
  }

  void NoteMissingLabel(const Injection& injection, const std::string& who,
                        const std::string& name_space) {
    if (!LacksInheritLabel(injection, name_space, index_, config_)) return;
    outcome_.notes.push_back(who +
                             ": in a cluster the API server would not ask railhook, as namespace " +
                             Quoted(name_space) + " lacks the label railhook.io/inherit=\"true\"");
  }

  void Warn(const std::string& who, const std::string& text) {
    outcome_.warnings.push_back(who + ": " + text);
  }

  const std::string& default_namespace_;
  const RailIndex& index_;
  const InjectConfig& config_;
  ManifestOutcome outcome_;
};

}  // namespace

Result<std::vector<YamlDocument>> ReadManifest(const std::string& file) {
  const bool from_stdin = file == "-";
  const std::string text = from_stdin ? TRY(ReadStandardInput()) : TRY(ReadFile(file));
  auto documents = ParseYaml(text);
  if (!documents) return Fail(from_stdin ? "standard input" : file, documents.error());
  return documents;
}

Result<std::vector<ManifestPod>> PodsOf(const OrderedJson& object,
                                        const std::string& default_namespace,
                                        const InjectConfig& config) {
  std::string name_space = TextAt(object, "/metadata/namespace");
  if (name_space.empty()) name_space = default_namespace;
  const std::string name = NameOf(object, name_space);
  std::vector<ManifestPod> pods;
  for (const PodPlace& place : FindPods(object, config.pod_templates)) {
    const std::string who = place.path.empty() ? name : name + " (" + Join(place.path, ".") + ')';
    pods.push_back({who, name_space, PointerOf(place.path)});
  }
  if (pods.empty() || !HasOddNamespace(object)) return pods;
  return Fail(ErrorCode::kInvalid,
              name + ": metadata.namespace is no text, as YAML reads it: put it in quotes");
}

ManifestOutcome InjectManifest(const std::vector<YamlDocument>& documents,
                               const std::string& default_namespace, const RailIndex& index,
                               const InjectConfig& config) {
  Injector injector(default_namespace, index, config);
  for (const YamlDocument& document : documents) injector.Add(document);
  return std::move(injector).Take();
}

std::string IndentedJson(const std::vector<OrderedJson>& documents) {
  constexpr int kIndent = 2;
  const OrderedJson value = documents.size() == 1 ? documents.front() : OrderedJson(documents);
  return value.dump(kIndent, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

}  // namespace railhook
