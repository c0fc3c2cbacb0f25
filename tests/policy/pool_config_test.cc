#include "policy/pool_config.h"

#include "tests/policy/objects.h"

namespace railhook {
namespace {

PoolConfig PoolOfSpec(std::string_view name, std::string_view spec) {
  return ReadPoolConfig(PoolObject(name, spec)).value();
}

TEST_CASE("a pool's settings are read, and none is needed") {
  const PoolConfig pool = PoolOfSpec(
      "rdma", "nodeSelector: {matchLabels: {gpu: a100}}, maxUnavailable: 2, rdmaMode: exclusive");
  CHECK(pool.nodes->labels == StringMap{{"gpu", "a100"}});
  CHECK(pool.max_unavailable == "2");
  CHECK(pool.rdma_mode == RdmaMode::kExclusive);
  const PoolConfig empty = PoolOfSpec("rdma", "ovsHardwareOffloadConfig: {}");
  CHECK_FALSE(empty.nodes);
  CHECK(empty.max_unavailable.empty());
  CHECK_FALSE(empty.rdma_mode);
}

TEST_CASE("how many nodes may be unavailable, percentages rounded down but never to none") {
  const struct {
    std::string said;
    int of, may;
  } cases[] = {{"2", 8, 2},      {"0", 8, 0},    {"'50%'", 9, 4}, {"'1%'", 8, 1},
               {"'100%'", 3, 3}, {"null", 8, 8}, {"'50%'", 0, 1}};
  for (const auto& c : cases) {
    CAPTURE(c.said);
    CHECK(PoolOfSpec("p", "maxUnavailable: " + c.said).MaxUnavailable(c.of) == c.may);
  }
}

TEST_CASE("each wrong value is named, with what to write") {
  const struct {
    std::string_view spec, said;
  } cases[] = {
      {"maxUnavailable: -1",
       R"(spec.maxUnavailable is -1: write a number of nodes, such as 1, or a percentage of the pool's, "1%" to "100%")"},
      {"maxUnavailable: '0%'",
       R"(spec.maxUnavailable is "0%": write a number of nodes, such as 1, or a percentage of the pool's, "1%" to "100%")"},
      {"maxUnavailable: '2'",
       R"(spec.maxUnavailable is "2": write a number of nodes, such as 1, or a percentage of the pool's, "1%" to "100%")"},
      {"maxUnavailable: '101%'",
       R"(spec.maxUnavailable is "101%": write a number of nodes, such as 1, or a percentage of the pool's, "1%" to "100%")"},
      {"maxUnavailable: '%'",
       R"(spec.maxUnavailable is "%": write a number of nodes, such as 1, or a percentage of the pool's, "1%" to "100%")"},
      {"rdmaMode: private", R"(spec.rdmaMode is "private": write one of shared, exclusive)"},
      {"rdmamode: shared", R"(spec.rdmamode is no known field (did you mean "rdmaMode"?))"},
      {"ovsHardwareOffloadConfig: {name: x}",
       "spec.ovsHardwareOffloadConfig names a pool for Open vSwitch, which railhook-vfmanager "
       "doesn't support: remove it"},
      {"nodeSelector: {gpu: a100}", "spec.nodeSelector.gpu is no known field"},
      {"nodeSelector: [gpu]", R"(spec.nodeSelector is ["gpu"]: write a map)"},
      {"nodeSelector: {matchLabels: {gpu: 1}}",
       "spec.nodeSelector.matchLabels.gpu is 1: write a text, in quotes"},
      {"nodeSelector: {matchExpressions: {key: a}}",
       R"(spec.nodeSelector.matchExpressions is {"key":"a"}: write a list, such as [{key: KEY, operator: Exists}])"},
      {"nodeSelector: {matchExpressions: [a]}",
       R"(spec.nodeSelector.matchExpressions.0 is "a": write {key: KEY, operator: In, values: [VALUE]})"},
      {"nodeSelector: {matchExpressions: [{key: a, operator: is}]}",
       R"(spec.nodeSelector.matchExpressions.0.operator is "is": write one of In, NotIn, Exists, DoesNotExist)"},
      {"nodeSelector: {matchExpressions: [{operator: Exists}]}",
       "spec.nodeSelector.matchExpressions.0.key is missing: write a label's key"},
      {"nodeSelector: {matchExpressions: [{key: a, operator: In}]}",
       "spec.nodeSelector.matchExpressions.0.values is missing: operator In needs a list of "
       "values"},
      {"nodeSelector: {matchExpressions: [{key: a, operator: Exists, values: [x]}]}",
       "spec.nodeSelector.matchExpressions.0.values is not for operator Exists: remove it, or "
       "write In or NotIn"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.spec);
    const Json object = PoolObject("p", c.spec);
    CHECK(Show(ValidatePoolConfig(object)) == "error: " + std::string(c.said));
    CHECK_FALSE(ReadPoolConfig(object));
  }
}

TEST_CASE("any JSON gets findings and no crash") {
  for (const std::string text :
       {"null", "5", "[]", "{}", R"({"metadata": {"name": "a"}, "spec": []})"})
    CHECK_FALSE(ReadPoolConfig(Json::parse(text)));
}

TEST_CASE("a selector fits where all of it holds") {
  const StringMap node = {{"gpu", "a100"}, {"zone", "b"}};
  const struct {
    std::string_view selector;
    bool fits;
  } cases[] = {
      {"{}", true},
      {"{matchLabels: {gpu: a100, zone: b}}", true},
      {"{matchLabels: {gpu: a100, zone: c}}", false},
      {"{matchLabels: {rack: '1'}}", false},
      {"{matchExpressions: [{key: gpu, operator: In, values: [h100, a100]}]}", true},
      {"{matchExpressions: [{key: gpu, operator: In, values: [h100]}]}", false},
      {"{matchExpressions: [{key: rack, operator: In, values: ['']}]}", false},
      {"{matchExpressions: [{key: gpu, operator: NotIn, values: [h100]}]}", true},
      {"{matchExpressions: [{key: gpu, operator: NotIn, values: [a100]}]}", false},
      {"{matchExpressions: [{key: rack, operator: NotIn, values: [a]}]}", true},
      {"{matchExpressions: [{key: gpu, operator: Exists}]}", true},
      {"{matchExpressions: [{key: rack, operator: Exists}]}", false},
      {"{matchExpressions: [{key: rack, operator: DoesNotExist}]}", true},
      {"{matchExpressions: [{key: gpu, operator: DoesNotExist}]}", false},
      {"{matchLabels: {gpu: a100}, matchExpressions: [{key: zone, operator: In, values: [c]}]}",
       false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.selector);
    const PoolConfig pool = PoolOfSpec("p", "nodeSelector: " + std::string(c.selector));
    CHECK(pool.nodes->Fits(node) == c.fits);
  }
}

TEST_CASE("a node is in one pool at most") {
  const std::vector<PoolConfig> pools = {
      PoolOfSpec("a", "nodeSelector: {matchLabels: {rack: '1'}}"),
      PoolOfSpec("b", "nodeSelector: {matchLabels: {gpu: a100}}")};
  CHECK(PoolOf({{"gpu", "a100"}}, pools).value() == &pools[1]);
  CHECK(PoolOf({{"gpu", "h100"}}, pools).value() == nullptr);
  const auto two = PoolOf({{"gpu", "a100"}, {"rack", "1"}}, pools);
  REQUIRE_FALSE(two);
  CHECK(two.error().code == ErrorCode::kInvalid);
  CHECK(two.error().message ==
        "SriovNetworkPoolConfigs a and b both choose this node: change the nodeSelector of one");
  const std::vector<PoolConfig> all = {PoolOfSpec("all", "maxUnavailable: 1")};
  CHECK(PoolOf({}, all).value() == &all[0]);
}

TEST_CASE("pools that choose the same nodes contradict each other, or may") {
  const auto said = [](std::string_view one, std::string_view other) {
    const auto selecting = [](std::string_view name, std::string_view selector) {
      return PoolOfSpec(name, selector.empty() ? "" : "nodeSelector: " + std::string(selector));
    };
    const PoolConfig a = selecting("a", one), b = selecting("b", other);
    CHECK(Contradictions(a, {a}).empty());
    CHECK(Contradictions(a, {b}).size() == Contradictions(b, {a}).size());
    return Show(Contradictions(b, {a}));
  };
  constexpr auto kRack = "{matchLabels: {rack: '1'}}";
  constexpr auto kSame =
      "error: SriovNetworkPoolConfigs b and a choose the same nodes: change the nodeSelector of "
      "one";
  CHECK(said("", kRack) == kSame);
  CHECK(said(kRack, "{}") == kSame);
  CHECK(said(kRack, kRack) == kSame);
  CHECK(said(kRack, "{matchLabels: {rack: '1', gpu: a}}") == kSame);
  CHECK(said(kRack, "{matchExpressions: [{key: rack, operator: In, values: ['1', '2']}]}") ==
        kSame);
  CHECK(said(kRack, "{matchExpressions: [{key: rack, operator: Exists}]}") == kSame);
  CHECK(said(kRack, "{matchExpressions: [{key: gpu, operator: Exists}]}") ==
        "warning: SriovNetworkPoolConfigs b and a would both choose nodes with the labels "
        "gpu=other, rack=1, where neither could count: see that there are none");
  CHECK(said("{matchExpressions: [{key: gpu, operator: NotIn, values: [a]}]}",
             "{matchExpressions: [{key: rack, operator: DoesNotExist}]}") ==
        "warning: SriovNetworkPoolConfigs b and a would both choose nodes without labels, where "
        "neither could count: see that there are none");
  for (const char* apart : {"{matchLabels: {rack: '2'}}",
                            "{matchExpressions: [{key: rack, operator: In, values: ['2']}]}",
                            "{matchExpressions: [{key: rack, operator: NotIn, values: ['1']}]}",
                            "{matchExpressions: [{key: rack, operator: DoesNotExist}]}"}) {
    CAPTURE(apart);
    CHECK(said(kRack, apart).empty());
  }
  PoolConfig elsewhere = PoolOfSpec("b", "");
  elsewhere.name_space = "other";
  CHECK(Contradictions(elsewhere, {PoolOfSpec("a", "")}).empty());
}

}  // namespace
}  // namespace railhook
