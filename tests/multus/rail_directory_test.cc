#include "multus/rail_directory.h"

#include <doctest/doctest.h>

#include "tests/certs/temporary_directory.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

std::string SmcNamed(std::string_view id) {
  return Smc(id, kRdmaClass, "cniType: sriov, sriov: {resourceName: a/b, ippools: {ipv4: [p]}}");
}

constexpr std::string_view kJson =
    R"({"apiVersion": "spiderpool.spidernet.io/v2beta1", "kind": "SpiderMultusConfig",
 "metadata": {"name": "json", "namespace": "n"}, "spec": {"cniType": "sriov"}})";

// What was loaded: "smc: n/a n/b, nad: , ns: x, pools: p".
std::string Show(const Result<ClusterObjects>& objects) {
  if (!objects) return "error: " + objects.error().message;
  std::vector<std::string> configs, networks, namespaces;
  for (const auto& rail : objects->spider_multus_configs) configs.push_back(rail->Id());
  for (const auto& rail : objects->network_attachment_definitions) networks.push_back(rail->Id());
  for (const auto& [name, meta] : objects->namespaces) namespaces.push_back(name);
  return "smc: " + Join(configs, " ") + ", nad: " + Join(networks, " ") +
         ", ns: " + Join(namespaces, " ") + ", pools: " + Join(objects->pools, " ");
}

TEST_CASE("every .yaml, .yml and .json of a directory is read, and nothing else") {
  const TemporaryDirectory directory;
  directory.Write("a.yaml", SmcNamed("n/yaml"));
  directory.Write("b.yml", SmcNamed("n/yml") + SmcNamed("n/second"));
  directory.Write("c.json", kJson);
  directory.Write("README.md", "{not: [yaml");
  directory.Write("d.yaml.bak", "{not: [yaml");
  directory.Write("yaml", "{not: [yaml");
  directory.Write("sub/e.yaml", SmcNamed("n/deeper"));
  directory.Write("folder.yaml/f.yaml", SmcNamed("n/deeper-too"));
  CHECK(Show(LoadRails(directory.path())) ==
        "smc: n/yaml n/yml n/second n/json, nad: , ns: , pools: ");
}

TEST_CASE("a ConfigMap's files, which are links to links, are read once") {
  const TemporaryDirectory directory;
  directory.Write("..2026_01/rails.yaml", SmcNamed("n/a"));
  fs::create_directory_symlink("..2026_01", directory.path() / "..data");
  fs::create_symlink("..data/rails.yaml", directory.path() / "rails.yaml");
  CHECK(Show(LoadRails(directory.path())) == "smc: n/a, nad: , ns: , pools: ");
}

TEST_CASE("one file is read whatever its name, an empty directory holds nothing") {
  const TemporaryDirectory directory;
  CHECK(Show(LoadRails(directory.path())) == "smc: , nad: , ns: , pools: ");
  directory.Write("rails", SmcNamed("n/a"));
  CHECK(Show(LoadRails(directory.path() / "rails")) == "smc: n/a, nad: , ns: , pools: ");
}

TEST_CASE("what is read: SpiderMultusConfigs, NADs, Namespaces and SpiderIPPools") {
  const std::string yaml = SmcNamed("s") + Nad("n/d", kRdmaClass, R"({"type":"macvlan"})") + R"(
---
{apiVersion: v1, kind: Namespace, metadata: {name: x}}
---
{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderIPPool, metadata: {name: p}}
---
# nothing here
---
{apiVersion: v1, kind: Pod, metadata: {}}
---
{apiVersion: other.io/v1, kind: SpiderMultusConfig, metadata: {}}
---
{apiVersion: other.io/v1, kind: Namespace, metadata: {name: not-me}}
---
{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderSubnet, metadata: {name: not-me}}
---
just a text
---
[a, list]
)";
  CHECK(Show(CollectRails({FileOf("f.yaml", yaml)})) ==
        "smc: default/s, nad: n/d, ns: x, pools: p");
}

std::string ListOf(std::string_view kind, std::string_view items) {
  return "{apiVersion: v1, kind: " + std::string(kind) + ", items: [" + std::string(items) + "]}";
}

constexpr std::string_view kItem =
    "{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig, metadata: {name: a}}";

TEST_CASE("the items of lists are objects of their own") {
  const struct {
    std::string yaml;
    std::string_view want;
  } cases[] = {
      {ListOf("List",
              std::string(kItem) + ", {apiVersion: v1, kind: Namespace, metadata: {name: x}}"),
       "smc: default/a, nad: , ns: x, pools: "},
      {ListOf("SpiderMultusConfigList", kItem), "smc: default/a, nad: , ns: , pools: "},
      {ListOf("List", ""), "smc: , nad: , ns: , pools: "},
      {ListOf("Listing", kItem), "smc: , nad: , ns: , pools: "},
      {"{kind: List, items: text}", "smc: , nad: , ns: , pools: "},
      {"{kind: List}", "smc: , nad: , ns: , pools: "},
      {ListOf("List", "null, text, 5"), "smc: , nad: , ns: , pools: "},
  };
  for (const auto& c : cases) {
    CAPTURE(c.yaml);
    CHECK(Show(CollectRails({FileOf("f.yaml", c.yaml)})) == c.want);
  }
}

TEST_CASE("KindOf goes by group and kind") {
  const struct {
    std::string_view yaml;
    ObjectKind want;
  } cases[] = {
      {"{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig}",
       ObjectKind::kSpiderMultusConfig},
      {"{apiVersion: spiderpool.spidernet.io/v3, kind: SpiderMultusConfig}",
       ObjectKind::kSpiderMultusConfig},
      {"{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderIPPool}",
       ObjectKind::kSpiderIPPool},
      {"{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition}",
       ObjectKind::kNetworkAttachmentDefinition},
      {"{apiVersion: v1, kind: Namespace}", ObjectKind::kNamespace},
      {"{apiVersion: spiderpool.spidernet.iox/v1, kind: SpiderMultusConfig}", ObjectKind::kOther},
      {"{apiVersion: v1, kind: SpiderMultusConfig}", ObjectKind::kOther},
      {"{apiVersion: k8s.cni.cncf.io/v1, kind: Namespace}", ObjectKind::kOther},
      {"{apiVersion: v1, kind: namespace}", ObjectKind::kOther},
      {"{kind: Namespace}", ObjectKind::kOther},
      {"{apiVersion: 1, kind: [Namespace]}", ObjectKind::kOther},
      {"[apiVersion, kind]", ObjectKind::kOther},
      {"text", ObjectKind::kOther},
  };
  for (const auto& c : cases) {
    CAPTURE(c.yaml);
    CHECK(KindOf(ObjectOf(c.yaml)) == c.want);
  }
}

TEST_CASE("the same object twice names both places") {
  const struct {
    std::string one, other;
    std::string_view id;
  } cases[] = {
      {SmcNamed("n/a"), SmcNamed("n/a"), "SpiderMultusConfig n/a"},
      {SmcNamed("a"), std::string(kItem), "SpiderMultusConfig default/a"},
      {"# one\n\n" + Nad("n/a", "", ""), "\n" + Nad("n/a", "", ""),
       "NetworkAttachmentDefinition n/a"},
      {"{apiVersion: v1, kind: Namespace, metadata: {name: x}}",
       "{apiVersion: v1, kind: Namespace, metadata: {name: x}}", "Namespace x"},
      {SmcNamed("a"), ListOf("List", kItem), "SpiderMultusConfig default/a"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.id);
    const auto objects =
        CollectRails({FileOf("dir/one.yaml", c.one), FileOf("dir/two.yaml", c.other)});
    REQUIRE_FALSE(objects);
    CHECK(objects.error().code == ErrorCode::kInvalid);
    CAPTURE(objects.error().message);
    for (const std::string_view said :
         {std::string_view("dir/one.yaml:"), std::string_view("dir/two.yaml:"), c.id}) {
      CHECK(Has(objects.error().message, said));
    }
  }
}

TEST_CASE("the same object twice in one file names both lines") {
  const auto objects =
      CollectRails({FileOf("f.yaml", "\n" + SmcNamed("a") + SmcNamed("b") + SmcNamed("a"))});
  REQUIRE_FALSE(objects);
  CHECK(Has(objects.error().message, "f.yaml:3"));
  CHECK(Has(objects.error().message, "f.yaml:7"));
}

TEST_CASE("objects of one name but another kind or namespace are not the same") {
  const std::string yaml = SmcNamed("n/a") + SmcNamed("m/a") + Nad("n/a", "", "") +
                           "---\n{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderIPPool, "
                           "metadata: {name: a}}\n";
  CHECK(Show(CollectRails({FileOf("f.yaml", yaml)})) == "smc: n/a m/a, nad: n/a, ns: , pools: a");
}

struct BadFile {
  std::string_view name;
  std::string text;
  std::vector<std::string_view> said;
};

void CheckBad(const BadFile& bad) {
  CAPTURE(bad.name);
  const TemporaryDirectory directory;
  directory.Write("good.yaml", SmcNamed("n/good"));
  directory.Write(bad.name, bad.text);
  const auto objects = LoadRails(directory.path());
  REQUIRE_FALSE(objects);
  CHECK(objects.error().code == ErrorCode::kInvalid);
  CAPTURE(objects.error().message);
  CHECK(objects.error().message.starts_with((directory.path() / bad.name).string()));
  for (const auto& part : bad.said) CHECK(Has(objects.error().message, part));
}

TEST_CASE("errors name the file and the line, and what is wrong") {
  const BadFile cases[] = {
      {"syntax.yaml", "a: b\nc: [d\ne: f\n", {"line "}},
      {"tab.yaml", "a:\n\tb: c\n", {"line 2"}},
      {"twice.yaml", "a: 1\nb: 2\na: 3\n", {"line 3", "a"}},
      {"broken.json", "{\"a\": 1,\n \"b\": }x", {"line 2"}},
      {"bytes.yaml", "a: b\nc: \xFF\n", {"line 2"}},
      {"nameless.yaml",
       "\n" + std::string(
                  "---\n{apiVersion: spiderpool.spidernet.io/v2beta1, kind: SpiderMultusConfig}\n"),
       {"nameless.yaml:3", "SpiderMultusConfig", "metadata.name is missing"}},
      {"number.yaml",
       "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n  annotations:\n    a: 1\n",
       {"number.yaml:", "Namespace", R"(metadata.annotations["a"] must be a string, not 1)"}},
      {"item.yaml",
       "kind: List\nitems:\n- {apiVersion: v1, kind: Namespace}\n",
       {"item.yaml:3", "metadata.name"}},
  };
  for (const auto& c : cases) CheckBad(c);
}

TEST_CASE("what isn't there is not found, and named") {
  for (const fs::path path : {"/nowhere/rails", "nowhere.yaml", ""}) {
    CAPTURE(path.string());
    const auto objects = LoadRails(path);
    REQUIRE_FALSE(objects);
    CHECK(objects.error().code == ErrorCode::kNotFound);
    CHECK(Has(objects.error().message, path.string() + ": no such file or directory"));
  }
}

TEST_CASE("a link to nowhere in a directory is an error that names it") {
  const TemporaryDirectory directory;
  fs::create_symlink("nowhere", directory.path() / "link.yaml");
  const auto objects = LoadRails(directory.path());
  REQUIRE_FALSE(objects);
  CHECK(Has(objects.error().message, (directory.path() / "link.yaml").string()));
}

}  // namespace
}  // namespace railhook
