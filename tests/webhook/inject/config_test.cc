#include "webhook/inject/config.h"

#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

std::string Refusal(std::string_view yaml) { return ErrorOf(ReadInjectConfig(yaml)); }

TEST_CASE("nothing in the file means the defaults") {
  for (const std::string_view text : {"", "\n", "# only a comment\n", "---\n", "{}", "null"}) {
    CAPTURE(text);
    const auto config = ConfigFrom(text);
    CHECK(config.enabled);
    CHECK(config.namespaces_include.empty());
    CHECK(config.namespaces_exclude.empty());
    CHECK(config.namespace_defaults == NamespaceDefaults::kLabel);
    CHECK(config.rail_namespaces.empty());
    CHECK(config.existing_networks == ExistingNetworks::kReplace);
    CHECK(config.gpu_resources.size() == 9);
    CHECK(config.classes.empty());
    CHECK(config.pod_templates.empty());
  }
}

TEST_CASE("every key is read") {
  const auto config = ConfigFrom(R"(
podResourceInject:
  enabled: false
  namespacesInclude: [a, b]
  namespacesExclude: [c]
namespaceDefaults: all
railNamespaces: [spiderpool]
existingNetworks: merge
gpuResources: ["nvidia.com/*"]
classes:
  rdma-network:
    expectRails: 8
    capabilities: [IPC_LOCK]
    shmSize: 16Gi
    env: {NCCL_IB_GID_INDEX: "3"}
    nodeSelector: true
  other:
podTemplates:
  - {apiVersion: example.com/v1, kind: Farm, path: spec.barns.*.template}
)");
  CHECK_FALSE(config.enabled);
  CHECK(config.namespaces_include == std::vector<std::string>{"a", "b"});
  CHECK(config.namespaces_exclude == std::vector<std::string>{"c"});
  CHECK(config.namespace_defaults == NamespaceDefaults::kAll);
  CHECK(config.rail_namespaces == std::vector<std::string>{"spiderpool"});
  CHECK(config.existing_networks == ExistingNetworks::kMerge);
  CHECK(config.gpu_resources == std::vector<std::string>{"nvidia.com/*"});
  const ClassConfig* rdma = config.ForClass("rdma-network");
  REQUIRE(rdma);
  CHECK(rdma->expect_rails == 8);
  CHECK(rdma->capabilities == std::vector<std::string>{"IPC_LOCK"});
  CHECK(rdma->shm_size == "16Gi");
  CHECK(rdma->env == StringMap{{"NCCL_IB_GID_INDEX", "3"}});
  CHECK(rdma->node_selector);
  REQUIRE(config.ForClass("other"));
  CHECK_FALSE(config.ForClass("other")->expect_rails);
  CHECK(config.ForClass("third") == nullptr);
  REQUIRE(config.pod_templates.size() == 1);
  CHECK(config.pod_templates[0].path == "spec.barns.*.template");
}

TEST_CASE("keys without a value keep their defaults") {
  const auto config =
      ConfigFrom("podResourceInject:\nnamespaceDefaults:\nclasses:\ngpuResources: ~\n");
  CHECK(config.enabled);
  CHECK(config.namespace_defaults == NamespaceDefaults::kLabel);
  CHECK(config.gpu_resources.size() == 9);
}

TEST_CASE("off needs no quotes, though YAML takes it for false") {
  for (const std::string_view yaml : {"namespaceDefaults: off", "namespaceDefaults: \"off\""}) {
    CHECK(ConfigFrom(yaml).namespace_defaults == NamespaceDefaults::kOff);
  }
}

TEST_CASE("an empty list replaces the default one") {
  CHECK(ConfigFrom("gpuResources: []").gpu_resources.empty());
}

TEST_CASE("JSON is a configuration, too") {
  CHECK(ConfigFrom(R"({"existingNetworks":"deny"})").existing_networks == ExistingNetworks::kDeny);
}

TEST_CASE("an unknown key is named with its line and the nearest known key") {
  const struct {
    std::string_view yaml;
    std::string_view line, key, nearest;
  } cases[] = {
      {"railNamespace: []", "line 1:", "railNamespace ", "\"railNamespaces\""},
      {"\n\nexistingNetwork: merge", "line 3:", "existingNetwork ", "\"existingNetworks\""},
      {"podResourceInject:\n  enable: true", "line 2:", "podResourceInject.enable ", "\"enabled\""},
      {"podResourceInject:\n  namespaceInclude: []", "line 2:", "namespaceInclude",
       "\"namespacesInclude\""},
      {"classes:\n  a:\n    expectedRails: 8", "line 3:", "classes.a.expectedRails ",
       "\"expectRails\""},
      {"classes:\n  a.b:\n    shmsize: 8Gi", "line 3:", "classes.a.b.shmsize ", "\"shmSize\""},
      {"classes:\n  ~a/b:\n    Env: {}", "line 3:", "classes.~a/b.Env ", "\"env\""},
      {"podTemplates:\n- apiVersion: v1\n  kinds: X", "line 3:", "podTemplates[0].kinds ",
       "\"kind\""},
      {"Classes: {}", "line 1:", "Classes ", "\"classes\""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.yaml);
    const std::string refusal = Refusal(c.yaml);
    CAPTURE(refusal);
    CHECK(refusal.starts_with(c.line));
    CHECK(Mentions(refusal, c.key));
    CHECK(Mentions(refusal, "did you mean " + std::string(c.nearest)));
  }
}

TEST_CASE("a key that resembles none is refused without a guess") {
  const std::string refusal = Refusal("zzzzzzzz: 1");
  CHECK(Mentions(refusal, "zzzzzzzz"));
  CHECK_FALSE(Mentions(refusal, "did you mean"));
}

TEST_CASE("a wrong value is named with line, key and value") {
  const struct {
    std::string_view yaml;
    std::string_view line, key, value, wanted;
  } cases[] = {
      {"podResourceInject: true", "line 1:", "podResourceInject", "true", "map"},
      {"podResourceInject:\n  enabled: \"yes\"", "line 2:", "podResourceInject.enabled", "\"yes\"",
       "true or false"},
      {"podResourceInject:\n  enabled: 1", "line 2:", "enabled", "1", "true or false"},
      {"podResourceInject:\n  namespacesInclude: team-a", "line 2:", "namespacesInclude",
       "\"team-a\"", "list"},
      {"podResourceInject:\n  namespacesExclude: [a, 5]", "line 2:", "namespacesExclude[1]", "5",
       "text"},
      {"namespaceDefaults: lable", "line 1:", "namespaceDefaults", "\"lable\"", "label, all, off"},
      {"existingNetworks: [merge]", "line 1:", "existingNetworks", "[\"merge\"]",
       "replace, merge, deny"},
      {"railNamespaces: {a: b}", "line 1:", "railNamespaces", "{", "list"},
      {"classes: [a]", "line 1:", "classes", "[\"a\"]", "map"},
      {"classes:\n  a: 8", "line 2:", "classes.a", "8", "map"},
      {"classes:\n  a:\n    expectRails: -1", "line 3:", "expectRails", "-1", "whole number"},
      {"classes:\n  a:\n    expectRails: 1.5", "line 3:", "expectRails", "1.5", "whole number"},
      {"classes:\n  a:\n    expectRails: \"8\"", "line 3:", "expectRails", "\"8\"", "whole number"},
      {"classes:\n  a:\n    expectRails: 0", "line 3:", "expectRails", "0", "from 1"},
      {"classes:\n  a:\n    shmSize: 0", "line 3:", "shmSize", "0", "text"},
      {"classes:\n  a:\n    shmSize: \"0\"", "line 3:", "shmSize", "\"0\"", "size"},
      {"classes:\n  a:\n    shmSize: 16GB", "line 3:", "shmSize", "\"16GB\"", "size"},
      {"classes:\n  a:\n    env: {NUM: 3}", "line 3:", "classes.a.env.NUM", "3", "text"},
      {"classes:\n  a:\n    env: [NUM]", "line 3:", "classes.a.env", "[\"NUM\"]", "map"},
      {"classes:\n  a:\n    nodeSelector: {a: b}", "line 3:", "nodeSelector", "{", "true or false"},
      {"podTemplates: {a: b}", "line 1:", "podTemplates", "{", "list"},
      {"podTemplates:\n- kind: X", "line 2:", "podTemplates[0]", "X", "apiVersion, kind and path"},
      {"[a]", "line 1:", "", "[\"a\"]", "map"},
      {"just a text", "line 1:", "", "just a text", "map"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.yaml);
    const std::string refusal = Refusal(c.yaml);
    CAPTURE(refusal);
    CHECK(refusal.starts_with(c.line));
    CHECK(Mentions(refusal, c.key));
    CHECK(Mentions(refusal, c.value));
    CHECK(Mentions(refusal, c.wanted));
  }
}

TEST_CASE("a huge value is quoted only in part") {
  CHECK(Refusal("namespaceDefaults: " + std::string(10'000, 'x')).size() < 300);
}

TEST_CASE("Covers: which namespaces get rails") {
  const struct {
    std::string_view name;
    std::string_view yaml;
    std::string_view name_space;
    bool want;
  } cases[] = {
      {"any", "", "team-a", true},
      {"kube-system", "", "kube-system", false},
      {"kube-public", "", "kube-public", false},
      {"kube-node-lease", "", "kube-node-lease", false},
      {"the webhook's own", "", "railhook", false},
      {"only exact names", "", "kube-system-2", true},
      {"included", "podResourceInject: {namespacesInclude: [team-a]}", "team-a", true},
      {"not included", "podResourceInject: {namespacesInclude: [team-a]}", "team-ab", false},
      {"excluded", "podResourceInject: {namespacesExclude: [team-a]}", "team-a", false},
      {"exclude wins", "podResourceInject: {namespacesInclude: [a], namespacesExclude: [a]}", "a",
       false},
      {"no pattern", "podResourceInject: {namespacesExclude: [\"team-*\"]}", "team-a", true},
      {"kube-system can't be included", "podResourceInject: {namespacesInclude: [kube-system]}",
       "kube-system", false},
      {"nor the webhook's own", "podResourceInject: {namespacesInclude: [railhook]}", "railhook",
       false},
      {"off", "podResourceInject: {enabled: false}", "team-a", false},
      {"off beats include", "podResourceInject: {enabled: false, namespacesInclude: [a]}", "a",
       false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    auto config = ConfigFrom(c.yaml);
    config.own_namespace = "railhook";
    CHECK(config.Covers(c.name_space) == c.want);
  }
}

TEST_CASE("ParseExistingNetworks: three words, nothing else") {
  CHECK(ParseExistingNetworks("replace") == ExistingNetworks::kReplace);
  CHECK(ParseExistingNetworks("merge") == ExistingNetworks::kMerge);
  CHECK(ParseExistingNetworks("deny") == ExistingNetworks::kDeny);
  for (const std::string_view other : {"", "Merge", " merge", "keep"})
    CHECK_FALSE(ParseExistingNetworks(other));
}

}  // namespace
}  // namespace railhook
