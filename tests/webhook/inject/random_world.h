#pragma once
// Clusters, configurations and pods at random, the same for the same seed everywhere.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "multus/rail.h"
#include "tests/random.h"
#include "webhook/inject/config.h"

namespace railhook {

// What a test has to know of a network, apart from the code under test.
struct KnownNetwork {
  std::string name_space;
  std::string resource;
  bool exclusive = false;
  bool is_smc = false;
  bool clashes = false;  // two objects make it
  std::map<InjectKey, std::vector<std::string>> classes;
};

struct World {
  std::vector<OrderedJson> objects;
  std::map<std::string, KnownNetwork> networks;  // by "namespace/name"
  InjectConfig config;
};

inline constexpr std::string_view kClassNames[] = {"rdma-network", "storage", "训练 v2", "~x/y z"};
inline constexpr std::string_view kResources[] = {"spidernet.io/gpu1", "spidernet.io/gpu2",
                                                  "rdma/hca_shared", "example.com/Odd_name.x"};
inline constexpr std::string_view kTeams[] = {"team-a", "team-b", "team-c", "kube-public"};

// Adds the objects of a world one by one.
class WorldMaker {
 public:
  explicit WorldMaker(Random& random) : random_(random) {}

  World Make() && {
    for (std::size_t i = 0, n = 1 + random_.Below(10); i < n; ++i) AddSmc(i);
    for (std::size_t i = 0, n = random_.Below(6); i < n; ++i) AddNad(i);
    for (const auto team : kTeams) AddNamespace(team);
    MakeConfig();
    return std::move(world_);
  }

 private:
  std::string SomeClasses() {
    std::string list(random_.Pick(kClassNames));
    if (random_.Percent(25)) list += ", " + std::string(random_.Pick(kClassNames));
    return list;
  }

  void Ask(OrderedJson& annotations, KnownNetwork& known) {
    const auto key = random_.Percent(80) ? InjectKey::kRdma : InjectKey::kNetwork;
    annotations[std::string(AnnotationOf(key))] = SomeClasses();
    std::string all = annotations[std::string(AnnotationOf(key))];
    if (random_.Percent(15)) {
      annotations["railhook.io/classes"] = SomeClasses();
      all += "," + annotations["railhook.io/classes"].get<std::string>();
    }
    known.classes[key] = SplitList(all);
  }

  void MakeOdd(OrderedJson& annotations, KnownNetwork& known) {
    if (random_.Percent(10)) {
      known.exclusive = random_.Percent(50);
      annotations["railhook.io/shared"] = known.exclusive ? "false" : "true";
    }
    if (random_.Percent(20)) annotations["railhook.io/order"] = std::to_string(random_.Below(4));
    if (random_.Percent(10)) {
      annotations["k8s.v1.cni.cncf.io/nodeSelector"] = random_.Percent(80) ? "zone=a" : "zone=b";
    }
  }

  void AddSmc(std::size_t i) {
    static const std::pair<std::string, std::string> kTypes[] = {
        {"macvlan", "macvlan"}, {"ipvlan", "ipvlan"},    {"vlan", "vlan"},
        {"sriov", "sriov"},     {"ib-sriov", "ibsriov"}, {"ipoib", "ipoib"}};
    const auto& [type, member] = random_.Pick(kTypes);
    KnownNetwork known;
    known.name_space = random_.Percent(80) ? "spiderpool" : "team-a";
    known.is_smc = true;
    known.exclusive = type == "sriov" || type == "ib-sriov";
    known.resource = random_.Pick(kResources);
    OrderedJson annotations = OrderedJson::object();
    if (random_.Percent(85)) Ask(annotations, known);
    MakeOdd(annotations, known);
    const std::string object_name = "gpu" + std::to_string(i * 3);
    std::string name = object_name;
    if (random_.Percent(10)) {
      name = random_.Percent(20) ? "gpu0" : object_name + "-net";
      annotations["multus.spidernet.io/cr-name"] = name;
    }
    OrderedJson settings;
    settings["ippools"]["ipv4"] = OrderedJson::array({"pool-" + object_name});
    if (type == "ipoib")
      annotations["railhook.io/resource"] = known.resource;
    else
      settings[type.ends_with("sriov") ? "resourceName" : "rdmaResourceName"] = known.resource;
    if (type == "ipoib")
      settings["master"] = "ib" + std::to_string(i);
    else if (!type.ends_with("sriov"))
      settings["master"] = OrderedJson::array({"eth" + std::to_string(random_.Below(12))});
    if (random_.Percent(2)) settings.erase("ippools");
    AddSmcObject(object_name, name, annotations, type, member, settings, known);
  }

  void AddSmcObject(const std::string& object_name, const std::string& name,
                    const OrderedJson& annotations, const std::string& type,
                    const std::string& member, const OrderedJson& settings,
                    const KnownNetwork& known) {
    world_.objects.push_back(
        {{"apiVersion", "spiderpool.spidernet.io/v2beta1"},
         {"kind", "SpiderMultusConfig"},
         {"metadata",
          {{"name", object_name}, {"namespace", known.name_space}, {"annotations", annotations}}},
         {"spec", {{"cniType", type}, {member, settings}}}});
    const auto [there, added] = world_.networks.emplace(known.name_space + '/' + name, known);
    if (!added) there->second.clashes = true;
    if (!added || !random_.Percent(30)) return;
    OrderedJson made = NadObject(name, known.name_space, annotations, type);
    made["metadata"]["ownerReferences"] =
        OrderedJson::array({{{"kind", "SpiderMultusConfig"}, {"name", object_name}}});
    world_.objects.push_back(made);
  }

  static OrderedJson NadObject(const std::string& name, const std::string& name_space,
                               const OrderedJson& annotations, const std::string& type) {
    return {{"apiVersion", "k8s.cni.cncf.io/v1"},
            {"kind", "NetworkAttachmentDefinition"},
            {"metadata", {{"name", name}, {"namespace", name_space}, {"annotations", annotations}}},
            {"spec", {{"config", R"({"cniVersion":"0.3.1","type":")" + type + "\"}"}}}};
  }

  void AddNad(std::size_t i) {
    static constexpr std::string_view kTypes[] = {"macvlan", "sriov", "host-device", "bridge"};
    const std::string type(random_.Pick(kTypes));
    const std::string name = "own" + std::to_string(i);
    KnownNetwork known;
    known.name_space = random_.Pick(kTeams);
    known.exclusive = type != "macvlan";
    OrderedJson annotations = OrderedJson::object();
    if (type == "bridge" || random_.Percent(80)) {
      known.resource = random_.Pick(kResources);
      annotations["k8s.v1.cni.cncf.io/resourceName"] = known.resource;
    }
    if (random_.Percent(30)) Ask(annotations, known);
    MakeOdd(annotations, known);
    world_.objects.push_back(NadObject(name, known.name_space, annotations, type));
    world_.networks.emplace(known.name_space + '/' + name, known);
  }

  void AddNamespace(std::string_view name) {
    OrderedJson metadata = {{"name", name}};
    if (random_.Percent(40)) {
      metadata["annotations"][std::string(AnnotationOf(InjectKey::kRdma))] = SomeClasses();
    }
    if (random_.Percent(40)) {
      metadata["labels"]["railhook.io/inherit"] = random_.Percent(50) ? "true" : "gpu";
    }
    world_.objects.push_back({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", metadata}});
  }

  void MakeConfig() {
    InjectConfig& config = world_.config;
    config.enabled = !random_.Percent(3);
    if (random_.Percent(5)) config.namespaces_exclude = {"team-b"};
    if (random_.Percent(5)) config.namespaces_include = {"team-a", "team-b"};
    if (random_.Percent(20)) config.rail_namespaces = {"spiderpool", "team-b"};
    if (random_.Percent(20)) config.namespace_defaults = NamespaceDefaults::kAll;
    static constexpr ExistingNetworks kModes[] = {
        ExistingNetworks::kReplace, ExistingNetworks::kMerge, ExistingNetworks::kMerge,
        ExistingNetworks::kDeny};
    config.existing_networks = random_.Pick(kModes);
    for (const auto name : kClassNames) {
      if (random_.Percent(25)) MakeClass(config.classes[std::string(name)]);
    }
  }

  void MakeClass(ClassConfig& config) {
    if (random_.Percent(5)) config.expect_rails = random_.Below(5);
    if (random_.Percent(50)) config.capabilities = {"IPC_LOCK"};
    if (random_.Percent(30)) config.capabilities.push_back("SYS_RESOURCE");
    if (random_.Percent(50)) config.shm_size = random_.Percent(50) ? "16Gi" : "1Gi";
    if (random_.Percent(50)) config.env["NCCL_IB_GID_INDEX"] = random_.Percent(50) ? "3" : "1";
    if (random_.Percent(30)) config.env["网/~"] = "x";
    config.node_selector = random_.Percent(50);
  }

  Random& random_;
  World world_;
};

}  // namespace railhook
