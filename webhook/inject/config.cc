#include "webhook/inject/config.h"

#include <algorithm>
#include <functional>

#include "base/contains.h"
#include "base/text.h"
#include "base/yaml.h"
#include "k8sclient/quantity.h"

namespace railhook {
namespace {

// One value of the file, which knows where it stands.
class Setting {
 public:
  Setting(const YamlDocument& document, const OrderedJson& value, std::string pointer,
          std::string name)
      : document_(document), value_(value), pointer_(std::move(pointer)), name_(std::move(name)) {}

  // What to do with each key of a map.
  using Keys = std::map<std::string, std::function<Result<>(const Setting&)>, std::less<>>;

  Result<> ReadMap(const Keys& keys) const {
    if (value_.is_null()) return {};
    TRY(Expect(value_.is_object(), "a map"));
    for (const auto& [key, value] : value_.items()) {
      const Setting setting = Child(key, value);
      const auto known = keys.find(key);
      if (known == keys.end()) return setting.UnknownKey(keys);
      if (!value.is_null()) TRY(known->second(setting));
    }
    return {};
  }

  // A map with keys of the user's own.
  Result<> ReadEach(const std::function<Result<>(const std::string&, const Setting&)>& read) const {
    TRY(Expect(value_.is_object(), "a map"));
    for (const auto& [key, value] : value_.items()) TRY(read(key, Child(key, value)));
    return {};
  }

  Result<> ReadItems(const std::function<Result<>(const Setting&)>& read) const {
    TRY(Expect(value_.is_array(), "a list"));
    for (std::size_t i = 0; i < value_.size(); ++i) TRY(read(Child(std::to_string(i), value_[i])));
    return {};
  }

  Result<> Read(bool& flag) const {
    TRY(Expect(value_.is_boolean(), "true or false"));
    flag = value_.get<bool>();
    return {};
  }

  Result<> Read(std::string& text) const {
    TRY(Expect(value_.is_string(), "a text"));
    text = value_.get<std::string>();
    return {};
  }

  Result<> Read(std::vector<std::string>& texts) const {
    texts.clear();
    return ReadItems([&](const Setting& item) -> Result<> {
      texts.emplace_back();
      return item.Read(texts.back());
    });
  }

  Result<> Read(std::optional<std::size_t>& number) const {
    TRY(Expect(value_.is_number_unsigned(), "a whole number"));
    number = value_.get<std::size_t>();
    return {};
  }

  Result<> Read(double& number) const {
    TRY(Expect(value_.is_number() && value_.get<double>() >= 0, "a number from 0"));
    number = value_.get<double>();
    return {};
  }

  Result<> Read(StringMap& map) const {
    return ReadEach([&](const std::string& key, const Setting& value) -> Result<> {
      return value.Read(map[key]);
    });
  }

  // One of a few words.
  template <typename T>
  Result<> Read(T& choice, const std::vector<std::pair<std::string, T>>& words) const {
    std::vector<std::string> names;
    const OrderedJson word =
        value_ == false ? OrderedJson("off") : value_;  // YAML 1.1 reads off so
    for (const auto& [name, value] : words) {
      if (word == name) {
        choice = value;
        return {};
      }
      names.push_back(name);
    }
    return Expect(false, Join(names, ", "));
  }

  Result<> Expect(bool condition, std::string_view wanted) const {
    if (condition) return {};
    return Invalid("is " + OneLine(Compact(value_), 60) + ": write " + std::string(wanted));
  }

  tl::unexpected<Error> Invalid(std::string_view what) const {
    return Fail(ErrorCode::kInvalid, "line " + std::to_string(document_.LineOf(pointer_)) + ": " +
                                         name_ + ' ' + std::string(what));
  }

 private:
  Setting Child(const std::string& key, const OrderedJson& value) const {
    std::string name = name_;
    if (value_.is_array())
      name += '[' + key + ']';
    else
      name += (name.empty() ? "" : ".") + key;
    return {document_, value, pointer_ + PointerStep(key), std::move(name)};
  }

  Result<> UnknownKey(const Keys& keys) const {
    std::vector<std::string> known;
    for (const auto& [key, read] : keys) known.push_back(key);
    const std::string key = name_.substr(name_.rfind('.') + 1);
    return Invalid("is not a key of the configuration" + DidYouMean(key, known));
  }

  const YamlDocument& document_;
  const OrderedJson& value_;
  std::string pointer_;
  std::string name_;
};

Result<> ReadClass(const Setting& setting, ClassConfig& config) {
  return setting.ReadMap({
      {"expectRails",
       [&](const Setting& s) -> Result<> {
         TRY(s.Read(config.expect_rails));
         return s.Expect(*config.expect_rails > 0, "a number from 1");
       }},
      {"capabilities", [&](const Setting& s) { return s.Read(config.capabilities); }},
      {"shmSize",
       [&](const Setting& s) -> Result<> {
         TRY(s.Read(config.shm_size));
         return s.Expect(IsAboveZero(config.shm_size), "a size, such as \"16Gi\"");
       }},
      {"env", [&](const Setting& s) { return s.Read(config.env); }},
      {"nodeSelector", [&](const Setting& s) { return s.Read(config.node_selector); }},
  });
}

Result<> ReadPodTemplate(const Setting& setting, PodTemplateKind& kind) {
  TRY(setting.ReadMap({
      {"apiVersion", [&](const Setting& s) { return s.Read(kind.api_version); }},
      {"kind", [&](const Setting& s) { return s.Read(kind.kind); }},
      {"path", [&](const Setting& s) { return s.Read(kind.path); }},
  }));
  const bool whole = !kind.api_version.empty() && !kind.kind.empty() && !kind.path.empty();
  return setting.Expect(whole, "apiVersion, kind and path");
}

Result<> ReadPodResourceInject(const Setting& setting, InjectConfig& config) {
  return setting.ReadMap({
      {"enabled", [&](const Setting& s) { return s.Read(config.enabled); }},
      {"namespacesInclude", [&](const Setting& s) { return s.Read(config.namespaces_include); }},
      {"namespacesExclude", [&](const Setting& s) { return s.Read(config.namespaces_exclude); }},
  });
}

Result<> ReadConfig(const Setting& root, InjectConfig& config) {
  const auto not_yet = [](const Setting& s) -> Result<> {
    return s.Invalid("is not supported by this version: remove it");
  };
  return root.ReadMap({
      {"podResourceInject", [&](const Setting& s) { return ReadPodResourceInject(s, config); }},
      {"namespaceDefaults",
       [&](const Setting& s) {
         return s.Read<NamespaceDefaults>(config.namespace_defaults,
                                          {{"label", NamespaceDefaults::kLabel},
                                           {"all", NamespaceDefaults::kAll},
                                           {"off", NamespaceDefaults::kOff}});
       }},
      {"railNamespaces", [&](const Setting& s) { return s.Read(config.rail_namespaces); }},
      {"existingNetworks",
       [&](const Setting& s) {
         return s.Read<ExistingNetworks>(config.existing_networks,
                                         {{"replace", ExistingNetworks::kReplace},
                                          {"merge", ExistingNetworks::kMerge},
                                          {"deny", ExistingNetworks::kDeny}});
       }},
      {"gpuResources", [&](const Setting& s) { return s.Read(config.gpu_resources); }},
      {"classes",
       [&](const Setting& s) {
         return s.ReadEach([&](const std::string& name, const Setting& settings) {
           return ReadClass(settings, config.classes[name]);
         });
       }},
      {"podTemplates",
       [&](const Setting& s) {
         return s.ReadItems([&](const Setting& item) {
           return ReadPodTemplate(item, config.pod_templates.emplace_back());
         });
       }},
      {"controllers", not_yet},
      {"ipam", not_yet},
      {"clientCAFile", not_yet},
      {"liveLookupsPerSecond",
       [&](const Setting& s) { return s.Read(config.live_lookups_per_second); }},
  });
}

}  // namespace

std::optional<ExistingNetworks> ParseExistingNetworks(std::string_view name) {
  if (name == "replace") return ExistingNetworks::kReplace;
  if (name == "merge") return ExistingNetworks::kMerge;
  if (name == "deny") return ExistingNetworks::kDeny;
  return std::nullopt;
}

bool InjectConfig::Covers(std::string_view name_space) const {
  static const std::vector<std::string> kNever = {"kube-system", "kube-public", "kube-node-lease"};
  if (!enabled || name_space == own_namespace) return false;
  if (Contains(kNever, name_space) || Contains(namespaces_exclude, name_space)) return false;
  return namespaces_include.empty() || Contains(namespaces_include, name_space);
}

const ClassConfig* InjectConfig::ForClass(std::string_view name) const {
  const auto found = classes.find(name);
  return found == classes.end() ? nullptr : &found->second;
}

Result<InjectConfig> ParseConfig(std::string_view text) {
  InjectConfig config;
  const auto documents = TRY(ParseYaml(text));
  if (documents.empty()) return config;
  if (documents.size() > 1) {
    return Fail(ErrorCode::kInvalid,
                "line " + std::to_string(documents[1].LineOf("")) +
                    ": the configuration is one YAML document, and here begins a second one");
  }
  TRY(ReadConfig(Setting(documents[0], documents[0].value, "", ""), config));
  return config;
}

}  // namespace railhook
