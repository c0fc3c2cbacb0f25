// What holds for every pod, shown on thousands of random ones. A failure names the seed and prints
// the pod.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "k8sclient/quantity.h"
#include "multus/rail_directory.h"
#include "tests/webhook/inject/random_pod.h"
#include "tests/webhook/inject/random_world.h"
#include "webhook/admission/response.h"
#include "webhook/inject/inject.h"
#include "webhook/inject/networks.h"
#include "webhook/inject/pod_admission.h"

namespace railhook {
namespace {

constexpr std::uint64_t kWorlds = WORLDS;
constexpr int kPodsPerWorld = 20;

constexpr std::string_view kIpamKeys[] = {"ipam.spidernet.io/ippool", "ipam.spidernet.io/ippools",
                                          "ipam.spidernet.io/subnet", "ipam.spidernet.io/subnets"};

RailIndex IndexOf(const std::vector<ObjectFile>& files) {
  auto objects = CollectRails(files);
  if (!objects) FAIL(std::string_view(objects.error().message));
  return RailIndex(std::move(objects).Take());
}

ObjectFile FileOf(const std::vector<OrderedJson>& objects) {
  ObjectFile file{"rails.yaml", {}};
  for (const OrderedJson& object : objects) file.documents.push_back({object, {}});
  return file;
}

struct Trial {
  std::uint64_t seed;
  const World& world;
  const RailIndex& index;
  const Json& pod;
  const std::string& name_space;
  Injection injection;

  Injection Again(const Json& changed) const {
    return Inject(changed, name_space, index, world.config);
  }
  Json After() const {
    auto after = injection.patch.Apply(pod);
    if (!after) FAIL(std::string_view(after.error().message));
    return std::move(after).Take();
  }
};

// Runs `fault` on every trial; it says what is wrong, or "".
template <typename Fault>
void ForEachTrial(Fault fault) {
  for (std::uint64_t seed = 1; seed <= kWorlds; ++seed) {
    Random random(seed);
    const World world = WorldMaker(random).Make();
    const RailIndex index = IndexOf({FileOf(world.objects)});
    for (int i = 0; i < kPodsPerWorld; ++i) {
      const RandomPod made = PodMaker(random, world).Make();
      const Trial trial{
          seed,     world,           index,
          made.pod, made.name_space, Inject(made.pod, made.name_space, index, world.config)};
      const std::string wrong = fault(trial);
      if (wrong.empty()) continue;
      std::ostringstream text;
      text << "seed " << seed << ", pod " << i << " in " << made.name_space << ": " << wrong
           << "\npatch: " << trial.injection.patch.ToJson() << "\npod: " << made.pod.dump(1);
      FAIL(std::string_view(text.str()));
    }
  }
}

std::string KeyOf(const JsonPath& path, std::size_t at) { return at < path.size() ? path[at] : ""; }

// Paths of all values that are other ones after a patch. What is new and a map counts member by
// member; null is as good as nothing. A list may only grow; its new elements count one by one.
void CollectChanges(const Json& before, const Json& after, JsonPath& path,
                    std::vector<JsonPath>& changes) {
  const auto descend = [&](const std::string& name, const Json& old_value, const Json& new_value) {
    path.push_back(name);
    CollectChanges(old_value, new_value, path, changes);
    path.pop_back();
  };
  const Json none;
  if (after.is_object() && (before.is_object() || before.is_null())) {
    for (const auto& [name, value] : after.items()) {
      descend(name, before.is_object() ? before.value(name, none) : none, value);
    }
    if (before.is_null()) return;
    for (const auto& [name, value] : before.items()) {
      if (!after.contains(name)) descend(name, value, none);
    }
  } else if (after.is_array() && (before.is_array() || before.is_null()) &&
             after.size() >= before.size()) {
    for (std::size_t i = 0; i < before.size(); ++i) descend(std::to_string(i), before[i], after[i]);
    for (std::size_t i = before.size(); i < after.size(); ++i) {
      changes.push_back(path);
      changes.back().push_back(std::to_string(i));
    }
  } else if (before.dump() != after.dump()) {
    changes.push_back(path);
  }
}

bool IsSidecar(const Json& container) { return container.value("restartPolicy", "") == "Always"; }

Json StatusOf(const Json& after) {
  return Json::parse(after["metadata"]["annotations"]["railhook.io/status"].get<std::string>());
}

bool HasExtras(const World& world) {
  return std::any_of(
      world.config.classes.begin(), world.config.classes.end(), [](const auto& named) {
        const ClassConfig& c = named.second;
        return !c.capabilities.empty() || !c.shm_size.empty() || !c.env.empty() || c.node_selector;
      });
}

bool MayChangeAnnotation(const std::string& key, bool removed) {
  if (removed)
    return std::find(std::begin(kIpamKeys), std::end(kIpamKeys), key) != std::end(kIpamKeys);
  return key == kNetworksAnnotation || key == "railhook.io/status";
}

bool MayChangeInContainer(const JsonPath& path, const Json& container, const Json& status,
                          bool extras) {
  if (path[3] == "resources") {
    return path.size() == 6 && (path[4] == "limits" || path[4] == "requests") &&
           status["resources"].contains(path[5]) &&
           (path[1] == "containers" || IsSidecar(container));
  }
  if (!extras || path[1] != "containers" || container["name"] != status["container"]) return false;
  if (path[3] == "env" || path[3] == "volumeMounts") return path.size() == 5;
  return path[3] == "securityContext" && path.size() == 7 && path[4] == "capabilities" &&
         path[5] == "add";
}

bool MayChange(const JsonPath& path, const Json& after, bool extras) {
  if (path.size() == 3 && path[0] == "metadata" && path[1] == "annotations") {
    return MayChangeAnnotation(path[2], !after["metadata"]["annotations"].contains(path[2]));
  }
  if (KeyOf(path, 0) != "spec") return false;
  if (KeyOf(path, 1) == "nodeSelector" || KeyOf(path, 1) == "volumes")
    return extras && path.size() == 3;
  if (path.size() < 4) return false;
  const Json& container = after["spec"][path[1]][std::stoul(path[2])];
  return MayChangeInContainer(path, container, StatusOf(after), extras);
}

TEST_CASE("every patch applies, and touches nothing but what the contract allows") {
  ForEachTrial([](const Trial& trial) -> std::string {
    if (trial.injection.verdict != Verdict::kInjected) return "";
    const auto checked = CheckPatch(trial.injection.patch, trial.pod);
    if (!checked) return checked.error().message;
    const Json after = trial.After();
    JsonPath path;
    std::vector<JsonPath> changes;
    CollectChanges(trial.pod, after, path, changes);
    for (const JsonPath& change : changes) {
      if (!MayChange(change, after, HasExtras(trial.world))) return "changes " + PointerOf(change);
    }
    return "";
  });
}

Json ForeignSidecar() {
  return {{"name", "istio-proxy"},
          {"image", "proxy:1"},
          {"resources", {{"limits", {{"cpu", "2"}}}, {"requests", {{"cpu", "10m"}}}}}};
}

// What a second call does that it should not.
std::string SecondFault(const Trial& trial, const Json& changed) {
  const Injection second = trial.Again(changed);
  if (second.verdict != Verdict::kInjected)
    return "the second call gives no rails: " + second.message;
  if (!second.patch.empty()) return "the second call patches " + second.patch.ToJson();
  const auto& first = trial.injection.warnings;
  for (const std::string& warning : second.warnings) {
    if (std::find(first.begin(), first.end(), warning) == first.end())
      return "it newly warns: " + warning;
  }
  return second.rails == trial.injection.rails ? "" : "it gives other rails";
}

TEST_CASE("a second call changes nothing, not even with a foreign sidecar in front") {
  ForEachTrial([](const Trial& trial) -> std::string {
    if (trial.injection.verdict != Verdict::kInjected) return "";
    Json after = trial.After();
    const std::string fault = SecondFault(trial, after);
    if (!fault.empty()) return fault;
    after["spec"]["containers"].insert(after["spec"]["containers"].begin(), ForeignSidecar());
    return SecondFault(trial, after);
  });
}

std::vector<ObjectFile> Scattered(std::vector<OrderedJson> objects, Random& random) {
  random.Shuffle(objects);
  std::vector<ObjectFile> files(1 + random.Below(4));
  for (const OrderedJson& object : objects)
    files[random.Below(files.size())].documents.push_back({object, {}});
  for (std::size_t i = 0; i < files.size(); ++i) files[i].path = std::to_string(i) + ".yaml";
  return files;
}

TEST_CASE("the order of objects and files changes nothing") {
  std::uint64_t last = 0;
  std::optional<RailIndex> scattered;
  Random random(4711);
  ForEachTrial([&](const Trial& trial) -> std::string {
    if (last != trial.seed || random.Percent(20)) {
      scattered.emplace(IndexOf(Scattered(trial.world.objects, random)));
      last = trial.seed;
    }
    const Injection other = Inject(trial.pod, trial.name_space, *scattered, trial.world.config);
    const Injection& one = trial.injection;
    if (other.verdict != one.verdict)
      return "another verdict: " + one.message + " | " + other.message;
    if (other.patch.ToJson() != one.patch.ToJson()) return "another patch: " + other.patch.ToJson();
    if (other.message != one.message)
      return "another message: " + one.message + " | " + other.message;
    return other.warnings == one.warnings && other.rails == one.rails ? ""
                                                                      : "other warnings or rails";
  });
}

// The networks that a pod is attached to in the end, the default network among them.
std::vector<std::string> AttachedNetworks(const Json& after, const std::string& name_space) {
  const Json& annotations = after["metadata"]["annotations"];
  std::vector<std::string> ids;
  for (const Json& element :
       Json::parse(annotations[std::string(kNetworksAnnotation)].get<std::string>())) {
    ids.push_back(element.value("namespace", name_space) + '/' +
                  element["name"].get<std::string>());
  }
  if (annotations.contains("v1.multus-cni.io/default-network")) {
    ids.push_back(annotations["v1.multus-cni.io/default-network"]);
  }
  return ids;
}

std::int64_t CountOf(const Json& quantity) {
  const auto count =
      ParseCount(quantity.is_string() ? quantity.get<std::string>() : quantity.dump());
  if (!count) FAIL(std::string_view(count.error().message));
  return *count;
}

// What a container asks for of a resource, or nothing.
std::optional<std::int64_t> AskedBy(const Json& container, const std::string& resource) {
  const Json resources = container.value("resources", Json());
  if (!resources.is_object()) return std::nullopt;
  for (const char* list : {"limits", "requests"}) {
    const Json quantities = resources.value(list, Json());
    const Json quantity = quantities.is_object() ? quantities.value(resource, Json()) : Json();
    if (!quantity.is_null()) return CountOf(quantity);
  }
  return std::nullopt;
}

std::vector<Json> LongRunning(const Json& pod) {
  std::vector<Json> containers = pod["spec"]["containers"];
  const Json inits = pod["spec"].value("initContainers", Json());
  for (const Json& init : inits) {
    if (IsSidecar(init)) containers.push_back(init);
  }
  return containers;
}

// What is wrong with the units of one resource.
std::string UnitsFault(const Trial& trial, const Json& after, const std::string& resource,
                       std::int64_t need) {
  const auto before_containers = LongRunning(trial.pod), after_containers = LongRunning(after);
  unsigned long long have = 0, had = 0;
  for (std::size_t i = 0; i < after_containers.size(); ++i) {
    const auto before = AskedBy(before_containers[i], resource).value_or(0);
    const auto now = AskedBy(after_containers[i], resource).value_or(0);
    if (now < before) return "container " + std::to_string(i) + " lost units of " + resource;
    have += static_cast<unsigned long long>(now);
    had += static_cast<unsigned long long>(before);
    if (now == 0) continue;
    const Json& resources = after_containers[i]["resources"];
    for (const char* list : {"limits", "requests"}) {
      const bool there = resources.contains(list) && resources[list].is_object() &&
                         resources[list].contains(resource);
      if (!there) return "container " + std::to_string(i) + " has no " + list + " of " + resource;
    }
  }
  const auto wanted = std::max(static_cast<unsigned long long>(need), had);
  if (have == wanted) return "";
  return resource + ": has " + std::to_string(have) + ", should have " + std::to_string(wanted);
}

TEST_CASE(
    "the pod asks for exactly the units that its networks need, and never for less than it did") {
  ForEachTrial([](const Trial& trial) -> std::string {
    if (trial.injection.verdict != Verdict::kInjected) return "";
    const Json after = trial.After();
    std::map<std::string, std::int64_t> needs, exclusive;
    for (const std::string& id : AttachedNetworks(after, trial.name_space)) {
      const auto known = trial.world.networks.find(id);
      if (known == trial.world.networks.end() || known->second.resource.empty()) continue;
      if (known->second.clashes) return "";
      exclusive[known->second.resource] += known->second.exclusive ? 1 : 0;
    }
    for (const auto& [resource, count] : exclusive)
      needs[resource] = std::max<std::int64_t>(1, count);
    if (StatusOf(after)["resources"] != Json(needs))
      return "the status says " + StatusOf(after).dump();
    for (const auto& [resource, need] : needs) {
      const std::string fault = UnitsFault(trial, after, resource, need);
      if (!fault.empty()) return fault;
    }
    return "";
  });
}

bool Serves(const KnownNetwork& network, const std::string& name_space,
            const std::vector<std::string>& listed) {
  const bool is_listed =
      std::find(listed.begin(), listed.end(), network.name_space) != listed.end();
  if (network.is_smc) return listed.empty() || is_listed;
  return network.name_space == name_space || is_listed;
}

TEST_CASE("the pod gets all rails of its classes that may serve it, each at least once") {
  ForEachTrial([](const Trial& trial) -> std::string {
    if (trial.injection.verdict != Verdict::kInjected) return "";
    const RailRequest& request = *trial.injection.request;
    std::set<std::string> wanted;
    for (const auto& [id, network] : trial.world.networks) {
      const auto classes = network.classes.find(request.key);
      if (classes == network.classes.end() ||
          !Serves(network, trial.name_space, trial.world.config.rail_namespaces))
        continue;
      const bool asked =
          std::any_of(request.classes.begin(), request.classes.end(), [&](const std::string& name) {
            return std::find(classes->second.begin(), classes->second.end(), name) !=
                   classes->second.end();
          });
      if (asked) wanted.insert(id);
    }
    const auto& rails = trial.injection.rails;
    if (std::set<std::string>(rails.begin(), rails.end()) != wanted ||
        rails.size() != wanted.size())
      return "other rails";
    const auto attached = AttachedNetworks(trial.After(), trial.name_space);
    for (const std::string& rail : wanted) {
      if (std::find(attached.begin(), attached.end(), rail) == attached.end())
        return rail + " is not attached";
    }
    return "";
  });
}

bool IsOneLine(std::string_view text) {
  return FindInvalidUtf8(text) == std::string_view::npos &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

TEST_CASE("what would keep rails from their addresses is gone, and the pod is told") {
  ForEachTrial([](const Trial& trial) -> std::string {
    if (trial.injection.verdict != Verdict::kInjected) return "";
    const Json before = trial.pod.value("/metadata/annotations"_json_pointer, Json());
    const Json after = trial.After()["metadata"]["annotations"];
    std::size_t removed = 0;
    for (const std::string_view key : kIpamKeys) {
      if (after.contains(key)) return std::string(key) + " is still there";
      removed += before.is_object() && before.contains(key) ? 1 : 0;
    }
    return trial.injection.warnings.size() >= removed ? "" : "too few warnings";
  });
}

TEST_CASE("who is denied hears why on one line, and who gets no rails gets no patch") {
  ForEachTrial([](const Trial& trial) -> std::string {
    const Injection& injection = trial.injection;
    if (injection.verdict == Verdict::kInjected)
      return injection.message.empty() ? "" : "a message without denial";
    if (!injection.patch.empty()) return "a patch without rails";
    if (injection.verdict == Verdict::kSkipped)
      return injection.message.empty() ? "" : "a message without denial";
    if (injection.message.empty()) return "denied without a message";
    return IsOneLine(injection.message) ? "" : "not one line: " + injection.message;
  });
}

TEST_CASE("every warning is one line of at most 120 bytes") {
  ForEachTrial([](const Trial& trial) -> std::string {
    for (const std::string& warning : trial.injection.warnings) {
      const bool good = !warning.empty() && warning.size() <= kMaxWarning && IsOneLine(warning);
      if (!good) return "the warning: " + warning;
    }
    return "";
  });
}

TEST_CASE("the random pods are of all kinds, and good ones mostly") {
  std::map<Verdict, int> verdicts;
  int warned = 0, in_sidecar = 0, extras = 0;
  ForEachTrial([&](const Trial& trial) -> std::string {
    ++verdicts[trial.injection.verdict];
    warned += trial.injection.warnings.empty() ? 0 : 1;
    const std::string patch = trial.injection.patch.ToJson();
    in_sidecar += patch.find("/spec/initContainers/") == patch.npos ? 0 : 1;
    extras += patch.find("IPC_LOCK") == patch.npos ? 0 : 1;
    return "";
  });
  const auto all = static_cast<int>(kWorlds) * kPodsPerWorld;
  CHECK(verdicts[Verdict::kInjected] > all / 3);
  CHECK(verdicts[Verdict::kDenied] > all / 20);
  CHECK(verdicts[Verdict::kSkipped] > all / 20);
  CHECK(warned > all / 20);
  CHECK(in_sidecar > 0);
  CHECK(extras > all / 50);
}

}  // namespace
}  // namespace railhook
