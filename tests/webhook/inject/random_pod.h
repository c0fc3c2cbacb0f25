#pragma once
// Pods at random for a random world: good ones mostly, in all the forms that JSON allows.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/webhook/inject/random_world.h"

namespace railhook {

struct RandomPod {
  Json pod;
  std::string name_space;  // of the request
};

class PodMaker {
 public:
  PodMaker(Random& random, const World& world) : random_(random), world_(world) {}

  RandomPod Make() && {
    // Those that are not excluded come more often.
    static constexpr std::string_view kNamespaces[] = {"team-a", "team-a", "team-a",
                                                       "team-a", "team-b", "team-b",
                                                       "team-b", "team-c", "kube-public"};
    name_space_ = random_.Pick(kNamespaces);
    Json pod = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", Metadata()}, {"spec", Spec()}};
    if (random_.Percent(30)) AddUnknownFields(pod);
    if (random_.Percent(30)) AddUnknownFields(pod["spec"]);
    if (random_.Percent(10)) pod["status"] = Json::object();
    return {std::move(pod), name_space_};
  }

 private:
  void AddUnknownFields(Json& object) {
    object["x-unknown"] = {{"big", 18446744073709551615ULL},
                           {"small", -9223372036854775807LL - 1},
                           {"float", 1.5e-300},
                           {"null", nullptr},
                           {"a/b~c", {1, nullptr, Json::array(), Json::object(), "网\n\"络"}}};
  }

  Json Metadata() {
    Json metadata = Json::object();
    if (random_.Percent(50))
      metadata["generateName"] = "train-";
    else
      metadata["name"] = "train-0";
    if (random_.Percent(30)) metadata["namespace"] = "somewhere-else";
    if (random_.Percent(10)) metadata["labels"] = nullptr;
    Json annotations = Annotations();
    if (!annotations.empty())
      metadata["annotations"] = std::move(annotations);
    else if (random_.Percent(60))
      metadata["annotations"] = random_.Percent(50) ? Json() : annotations;
    return metadata;
  }

  // One that some rail carries, mostly.
  std::string SomeClass(InjectKey key) {
    std::vector<std::string> carried;
    for (const auto& [id, network] : world_.networks) {
      const auto classes = network.classes.find(key);
      if (!network.is_smc || classes == network.classes.end()) continue;
      carried.insert(carried.end(), classes->second.begin(), classes->second.end());
    }
    if (carried.empty() || random_.Percent(5)) return std::string(random_.Pick(kClassNames));
    return random_.Pick(carried);
  }

  std::string AskedClasses(InjectKey key) {
    if (random_.Percent(3)) return "none";
    if (random_.Percent(2)) return " , ,";
    if (random_.Percent(2)) return "no-such\nclass";
    std::string value = SomeClass(key);
    if (random_.Percent(30)) value = " " + value + " ,, " + SomeClass(key) + "\n";
    if (random_.Percent(1)) value += ",none";
    return value;
  }

  Json Annotations() {
    Json annotations = Json::object();
    const auto set = [&](std::size_t chance, std::string_view key, auto value) {
      if (random_.Percent(chance)) annotations[std::string(key)] = value();
    };
    set(80, AnnotationOf(InjectKey::kRdma), [&] { return AskedClasses(InjectKey::kRdma); });
    set(15, AnnotationOf(InjectKey::kNetwork), [&] { return AskedClasses(InjectKey::kNetwork); });
    set(30, "k8s.v1.cni.cncf.io/networks", [&] { return OwnNetworks(); });
    set(10, "v1.multus-cni.io/default-network", [&] { return SomeNetwork(); });
    set(10, "railhook.io/existing-networks", [&] {
      return random_.Percent(50) ? "merge" : random_.Percent(95) ? "replace" : "often";
    });
    set(5, "railhook.io/container", [&] { return "c" + std::to_string(random_.Below(4)); });
    set(5, "railhook.io/status",
        [&] { return random_.Percent(50) ? R"({"container":"c1","rails":["x"]})" : "[[["; });
    set(3, "railhook.io/expect-rails", [&] { return std::to_string(random_.Below(6)); });
    set(8, "ipam.spidernet.io/ippool", [] { return R"({"ipv4":["a","b"]})"; });
    set(8, "ipam.spidernet.io/subnets", [] { return std::string(300, 'x') + "网络\n"; });
    set(20, "other/a~b", [] { return "kept"; });
    set(20, "", [] { return ""; });
    set(1, "kubernetes.io/config.mirror", [] { return "x"; });
    set(1, "malformed", [] { return 5; });
    return annotations;
  }

  std::string SomeNetwork() {
    if (world_.networks.empty() || random_.Percent(10)) return "nobody/knows";
    return random_.Pick(world_.networks).first;
  }

  std::string OwnNetworks() {
    if (random_.Percent(5)) return random_.Percent(50) ? "[{\"name\":" : "a b,,/@";
    if (random_.Percent(5)) return random_.Percent(50) ? "" : " [ ] ";
    const std::size_t n = 1 + random_.Below(3);
    std::string text;
    Json list = Json::array();
    for (std::size_t i = 0; i < n; ++i) {
      const std::string id = SomeNetwork();
      const auto slash = id.find('/');
      const bool bare = id.substr(0, slash) == name_space_ && random_.Percent(50);
      text += (i == 0 ? "" : " , ") + (bare ? id.substr(slash + 1) : id);
      Json element = {{"name", id.substr(slash + 1)}};
      if (!bare) element["namespace"] = id.substr(0, slash);
      if (random_.Percent(30)) element["interface"] = "own" + std::to_string(i);
      if (element.contains("interface")) text += "@own" + std::to_string(i);
      if (random_.Percent(10)) element["cni-args"] = {{"n", 18446744073709551615ULL}, {"f", 0.1}};
      list.push_back(element);
    }
    return random_.Percent(50) ? text : list.dump(random_.Percent(50) ? -1 : 2);
  }

  Json Spec() {
    Json spec = {{"containers", Json::array()}};
    const std::size_t n = random_.Percent(1) ? 0 : 1 + random_.Below(4);
    for (std::size_t i = 0; i < n; ++i)
      spec["containers"].push_back(Container("c" + std::to_string(i)));
    if (random_.Percent(40)) spec["initContainers"] = InitContainers();
    if (random_.Percent(3)) spec["hostNetwork"] = true;
    if (random_.Percent(20))
      spec["nodeSelector"] = {{random_.Percent(50) ? "zone" : "disk/~", "a"}};
    if (random_.Percent(20))
      spec["volumes"] = Json::array({{{"name", random_.Percent(30) ? "railhook-shm" : "v"}}});
    if (random_.Percent(5)) spec["volumes"] = nullptr;
    return spec;
  }

  Json InitContainers() {
    if (random_.Percent(10)) return random_.Percent(50) ? Json() : Json::array();
    Json list = Json::array();
    for (std::size_t i = 0, n = 1 + random_.Below(3); i < n; ++i) {
      list.push_back(Container("i" + std::to_string(i)));
      if (random_.Percent(50)) list.back()["restartPolicy"] = "Always";
    }
    return list;
  }

  Json Container(const std::string& name) {
    Json container = {{"name", name}, {"image", "registry.example.com/x:1"}};
    if (random_.Percent(60)) container["resources"] = Resources();
    if (random_.Percent(20))
      container["env"] = Json::array({{{"name", "网/~"}, {"value", "own"}}, {{"name", "E"}}});
    if (random_.Percent(10)) container["env"] = random_.Percent(50) ? Json() : Json::array();
    if (random_.Percent(10)) {
      container["volumeMounts"] =
          Json::array({{{"name", "v"}, {"mountPath", random_.Percent(50) ? "/dev/shm" : "/v"}}});
    }
    if (random_.Percent(20)) container["securityContext"] = SecurityContext();
    if (random_.Percent(10)) AddUnknownFields(container);
    return container;
  }

  Json SecurityContext() {
    switch (random_.Below(4)) {
      case 0:
        return nullptr;
      case 1:
        return {{"capabilities", nullptr}, {"runAsUser", 1000}};
      case 2:
        return {
            {"capabilities", {{"add", Json::array({random_.Percent(50) ? "IPC_LOCK" : "ALL"})}}}};
      default:
        return {{"capabilities", {{"drop", Json::array({"ALL"})}}}};
    }
  }

  Json Resources() {
    Json resources = Json::object();
    for (const char* list : {"limits", "requests"}) {
      if (random_.Percent(20)) continue;
      resources[list] = random_.Percent(5) ? Json() : Json::object();
      if (resources[list].is_null()) continue;
      if (random_.Percent(30)) resources[list]["cpu"] = "500m";
      if (random_.Percent(30)) resources[list]["nvidia.com/gpu"] = Quantity();
      if (random_.Percent(50)) resources[list][std::string(random_.Pick(kResources))] = Quantity();
    }
    if (random_.Percent(10)) resources["claims"] = Json::array({{{"name", "gpu"}}});
    if (random_.Percent(5)) AddUnknownFields(resources);
    return random_.Percent(5) ? Json() : resources;
  }

  Json Quantity() {
    static const std::vector<Json> kGood = {"0",   "1",   "2", "8", "1e0", "1000m", "+3",
                                            "0.0", "4.0", 0,   1,   2,     3.0,     "1k"};
    static const std::vector<Json> kOdd = {nullptr,
                                           "9223372036854775807",
                                           9223372036854775807LL,
                                           "1Ki",
                                           18446744073709551615ULL,
                                           "1.5",
                                           "-1",
                                           "x",
                                           true,
                                           ""};
    return random_.Percent(98) ? random_.Pick(kGood) : random_.Pick(kOdd);
  }

  Random& random_;
  const World& world_;
  std::string name_space_;
};

}  // namespace railhook
