#include "multus/rail_index.h"

#include <doctest/doctest.h>

#include "tests/multus/objects.h"

namespace railhook {
namespace {

std::string Sriov(std::string_view id, std::string_view resource,
                  std::string_view annotations = kRdmaClass, std::string_view pool = "p") {
  return Smc(id, annotations,
             "cniType: sriov, sriov: {resourceName: " + std::string(resource) +
                 ", ippools: {ipv4: ['" + std::string(pool) + "']}}");
}

std::string HostDevice(std::string_view id, std::string_view annotations = kRdmaClass) {
  return Nad(id, std::string(annotations) + ", k8s.v1.cni.cncf.io/resourceName: a/hca",
             R"({"type":"host-device"})");
}

std::string Find(const RailIndex& index, std::string_view pod_namespace = "default",
                 const std::vector<std::string>& rail_namespaces = {},
                 InjectKey key = InjectKey::kRdma) {
  return Show(index.Find(key, "c", pod_namespace, rail_namespaces));
}

std::string Problems(const RailIndex& index, std::string_view name_space,
                     std::string_view object_name) {
  for (const Rail& rail : index.rails()) {
    if (rail.name_space == name_space && rail.ObjectName() == object_name)
      return Show(rail.problems);
  }
  return "not there";
}

TEST_CASE("an empty index knows nothing") {
  const RailIndex index{ClusterObjects()};
  CHECK(Find(index).empty());
  CHECK(index.Classes(InjectKey::kRdma).empty());
  CHECK(index.FindNetwork("default", "a") == nullptr);
  CHECK(index.FindNamespace("default") == nullptr);
  CHECK(index.rails().empty());
}

TEST_CASE("a class has its rails in natural order, whatever the order of the files") {
  const RailIndex index =
      IndexOf(Sriov("gpu10", "a/gpu10") + Sriov("z/gpu2", "a/gpu2") + Sriov("b/gpu2", "a/gpu2") +
              Sriov("gpu1", "a/gpu1") + HostDevice("zz"));
  CHECK(Find(index) == "default/zz default/gpu1 b/gpu2 z/gpu2 default/gpu10");
}

TEST_CASE("rails with an order come first") {
  const RailIndex index = IndexOf(
      Sriov("a", "x/1") + Sriov("b", "x/2", std::string(kRdmaClass) + ", railhook.io/order: '2'") +
      Sriov("c", "x/3", std::string(kRdmaClass) + ", railhook.io/order: '-1'"));
  CHECK(Find(index) == "default/c default/b default/a");
}

TEST_CASE("the keys' classes are apart, and names compare exactly") {
  const RailIndex index = IndexOf(Sriov("r", "a/1") + Sriov("n", "a/2", kNetworkClass) +
                                  Sriov("u", "a/3", "cni.spidernet.io/rdma-resource-inject: C"));
  CHECK(Find(index) == "default/r");
  CHECK(Find(index, "default", {}, InjectKey::kNetwork) == "default/n");
  CHECK(index.Find(InjectKey::kRdma, "", "default", {}).empty());
  CHECK(index.Find(InjectKey::kRdma, "none", "default", {}).empty());
  CHECK(index.Classes(InjectKey::kRdma) == std::vector<std::string>{"C", "c"});
  CHECK(index.Classes(InjectKey::kNetwork) == std::vector<std::string>{"c"});
}

TEST_CASE("a rail is in a class once, however often it says so") {
  const RailIndex index = IndexOf(Sriov(
      "a", "x/1", "cni.spidernet.io/rdma-resource-inject: 'c,c', railhook.io/classes: 'c, d'"));
  CHECK(Find(index) == "default/a");
  CHECK(Show(index.Find(InjectKey::kRdma, "d", "default", {})) == "default/a");
}

TEST_CASE("railNamespaces says whose SpiderMultusConfigs count, and whose NADs serve others") {
  const RailIndex index = IndexOf(Sriov("one/s", "a/1") + Sriov("two/s", "a/2") +
                                  HostDevice("one/n") + HostDevice("two/n"));
  const struct {
    std::string_view pod_namespace;
    std::vector<std::string> rail_namespaces;
    std::string_view want;
  } cases[] = {
      {"other", {}, "one/s two/s"},          {"one", {}, "one/n one/s two/s"},
      {"other", {"one"}, "one/n one/s"},     {"one", {"one"}, "one/n one/s"},
      {"two", {"one"}, "one/n two/n one/s"}, {"other", {"one", "two"}, "one/n two/n one/s two/s"},
      {"one", {"three"}, "one/n"},           {"other", {"three"}, ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.pod_namespace);
    CAPTURE(Join(c.rail_namespaces, ","));
    CHECK(Find(index, c.pod_namespace, c.rail_namespaces) == c.want);
  }
}

std::string Deleting(std::string_view kind, std::string_view name) {
  return "---\n{" + std::string(kind) + ", metadata: {name: " + std::string(name) +
         ", deletionTimestamp: '2026-01-01T00:00:00Z', annotations: {" + std::string(kRdmaClass) +
         "}}, spec: {cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}}}\n";
}

TEST_CASE("what is being deleted is no rail any more") {
  const RailIndex index = IndexOf(
      Deleting("apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig", "smc") +
      Deleting("apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition", "nad") +
      Sriov("stays", "a/1"));
  CHECK(Find(index) == "default/stays");
}

TEST_CASE("a SpiderMultusConfig and the NAD made from it are one rail") {
  const struct {
    std::string_view name;
    std::string yaml, want;
  } cases[] = {
      {"same name", Sriov("n/a", "a/1") + HostDevice("n/a"), "n/a"},
      {"renamed",
       Sriov("n/a", "a/1", std::string(kRdmaClass) + ", multus.spidernet.io/cr-name: b") +
           HostDevice("n/b"),
       "n/b"},
      {"renamed, and another NAD of the object's name",
       Sriov("n/a", "a/1", std::string(kRdmaClass) + ", multus.spidernet.io/cr-name: b") +
           HostDevice("n/a"),
       "n/a n/b"},
      {"same name in another namespace", Sriov("m/a", "a/1") + HostDevice("n/a"), "n/a m/a"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Find(IndexOf(c.yaml), "n") == c.want);
  }
}

TEST_CASE("of a SpiderMultusConfig and its NAD the former says what the network needs") {
  const RailIndex index = IndexOf(HostDevice("a") + Sriov("a", "x/1"));
  const Rail* network = index.FindNetwork("default", "a");
  REQUIRE(network != nullptr);
  CHECK(network->resource == "x/1");
  CHECK(index.rails().size() == 1);
}

TEST_CASE("networks are found by the name that Multus knows") {
  const RailIndex index =
      IndexOf(Sriov("n/a", "x/1", "multus.spidernet.io/cr-name: b") + HostDevice("n/c", "x: z"));
  CHECK(index.FindNetwork("n", "a") == nullptr);
  REQUIRE(index.FindNetwork("n", "b") != nullptr);
  CHECK(index.FindNetwork("n", "b")->smc == "a");
  CHECK(index.FindNetwork("n", "c") != nullptr);
  CHECK(index.FindNetwork("m", "c") == nullptr);
}

TEST_CASE("two SpiderMultusConfigs that make one network are both bad, and each names the other") {
  const std::string to_n = std::string(kRdmaClass) + ", multus.spidernet.io/cr-name: net";
  const RailIndex index =
      IndexOf(Sriov("a", "x/1", to_n) + Sriov("b", "x/2", to_n) + Sriov("c", "x/3"));
  CHECK(Problems(index, "default", "a") == "/metadata/annotations/multus.spidernet.io~1cr-name");
  CHECK(Problems(index, "default", "b") == "/metadata/annotations/multus.spidernet.io~1cr-name");
  CHECK(Problems(index, "default", "c") == "");
  for (const Rail& rail : index.rails()) {
    if (rail.problems.empty()) continue;
    CHECK(Has(rail.problems.front().text, rail.smc == "a" ? "default/b" : "default/a"));
    CHECK(Has(rail.problems.front().text, "cr-name"));
  }
}

TEST_CASE("a cr-name that is another's own name clashes, in the same namespace only") {
  const std::string to_b = std::string(kRdmaClass) + ", multus.spidernet.io/cr-name: b";
  const RailIndex same = IndexOf(Sriov("a", "x/1", to_b) + Sriov("b", "x/2"));
  CHECK(Problems(same, "default", "a") != "");
  CHECK(Problems(same, "default", "b") != "");
  const RailIndex apart = IndexOf(Sriov("n/a", "x/1", to_b) + Sriov("m/b", "x/2"));
  CHECK(Problems(apart, "n", "a") == "");
  CHECK(Problems(apart, "m", "b") == "");
}

TEST_CASE("three that make one network are all bad") {
  const std::string to_n = std::string(kRdmaClass) + ", multus.spidernet.io/cr-name: net";
  const RailIndex index =
      IndexOf(Sriov("a", "x/1", to_n) + Sriov("b", "x/2", to_n) + Sriov("c", "x/3", to_n));
  for (const Rail& rail : index.rails()) CHECK_FALSE(rail.problems.empty());
}

TEST_CASE("of a namespace the annotations that count and the inherit label are known") {
  const RailIndex index = IndexOf(
      "{apiVersion: v1, kind: Namespace, metadata: {name: team, labels: {railhook.io/inherit: "
      "gpu}, "
      "annotations: {a: b, cni.spidernet.io/rdma-resource-inject: c, "
      "ipam.spidernet.io/default-ipv4-ippool: '[\"v4\"]'}}}\n"
      "---\n{apiVersion: v1, kind: Namespace, metadata: {name: plain}}\n");
  REQUIRE(index.FindNamespace("team") != nullptr);
  CHECK(index.FindNamespace("team")->inherit == "gpu");
  CHECK(index.FindNamespace("team")->annotations ==
        StringMap{{"cni.spidernet.io/rdma-resource-inject", "c"},
                  {"ipam.spidernet.io/default-ipv4-ippool", "[\"v4\"]"}});
  REQUIRE(index.FindNamespace("plain") != nullptr);
  CHECK(index.FindNamespace("plain")->inherit.empty());
  CHECK(index.FindNamespace("default") == nullptr);
  CHECK(index.namespaces().size() == 2);
}

std::string Pools(std::string_view names) {
  std::string yaml;
  for (const auto& name : SplitList(names)) {
    yaml +=
        "---\n{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderIPPool, metadata: {name: " +
        name + "}}\n";
  }
  return yaml;
}

TEST_CASE("pools that don't exist are told, where pools are known at all") {
  const struct {
    std::string_view pools, named, unknown;
  } cases[] = {{"", "p", ""},
               {"p", "p", ""},
               {"q", "p", "p"},
               {"rail1-a,q", "rail1*", ""},
               {"rail2", "rail1*", "rail1*"},
               {"q", "*", ""},
               {"rail1", "rail1*", ""},
               {"ap", "p", "p"}};
  for (const auto& c : cases) {
    CAPTURE(c.pools);
    CAPTURE(c.named);
    const RailIndex index = IndexOf(Pools(c.pools) + Sriov("a", "x/1", kRdmaClass, c.named));
    CHECK(Join(index.UnknownPools(index.rails().front()), " ") == c.unknown);
  }
}

TEST_CASE("networks without a class are kept, in order") {
  const RailIndex index = IndexOf(Sriov("gpu10", "x/10", "a: b") + Sriov("gpu2", "x/2", "a: b"));
  REQUIRE(index.rails().size() == 2);
  CHECK(index.rails()[0].name == "gpu2");
  CHECK(index.Classes(InjectKey::kRdma).empty());
}

}  // namespace
}  // namespace railhook
