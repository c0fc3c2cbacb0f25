#include "webhook/inject/target.h"

#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

const std::vector<std::string> kGpus = InjectConfig().gpu_resources;

struct Rails {
  Rail rail;
  std::vector<const Rail*> list{&rail};
  Rails() { rail.resource = "nvidia.com/gpu-rail"; }
};

// The target's name, or the message.
std::string Choose(std::string_view yaml) {
  const Rails rails;
  const Pod pod = PodFrom(yaml);
  const auto target = ChooseTarget(pod, rails.list, kGpus);
  return target ? target->container->name : ErrorOf(target);
}

TEST_CASE("ChooseTarget: who comes first") {
  const struct {
    std::string_view name;
    std::string_view yaml;
    std::string_view want;
  } cases[] = {
      {"the first container", "spec: {containers: [{name: a}, {name: b}]}", "a"},
      {"the first that asks for a GPU",
       "spec: {containers: [{name: a}, {name: b, resources: {limits: {nvidia.com/gpu: 8}}}, {name: "
       "c, resources: {limits: {nvidia.com/gpu: 1}}}]}",
       "b"},
      {"one that only requests it",
       "spec: {containers: [{name: a}, {name: b, resources: {requests: {amd.com/gpu: 1}}}]}", "b"},
      {"zero GPUs are none",
       "spec: {containers: [{name: a}, {name: b, resources: {limits: {nvidia.com/gpu: 0}}}]}", "a"},
      {"claims count where no GPU is asked for",
       "spec: {containers: [{name: a}, {name: b, resources: {claims: [{name: g}]}}]}", "b"},
      {"a GPU beats claims",
       "spec: {containers: [{name: a, resources: {claims: [{name: g}]}}, {name: b, resources: "
       "{limits: {nvidia.com/gpu: 1}}}]}",
       "b"},
      {"a rail's resource beats a GPU",
       "spec: {containers: [{name: a, resources: {limits: {nvidia.com/gpu: 1}}}, {name: b, "
       "resources: {limits: {nvidia.com/gpu-rail: 1}}}]}",
       "b"},
      {"zero of it does not",
       "spec: {containers: [{name: a}, {name: b, resources: {limits: {nvidia.com/gpu-rail: 0}}}]}",
       "a"},
      {"init containers never count",
       "spec: {containers: [{name: a}], initContainers: [{name: i, restartPolicy: Always, "
       "resources: {limits: {nvidia.com/gpu: 1}}}]}",
       "a"},
      {"the status beats a rail's resource",
       R"({"metadata":{"annotations":{"railhook.io/status":"{\"container\":\"a\"}"}},"spec":{"containers":[{"name":"b","resources":{"limits":{"nvidia.com/gpu-rail":1}}},{"name":"a"}]}})",
       "a"},
      {"a status that names nobody is nothing",
       R"({"metadata":{"annotations":{"railhook.io/status":"{\"container\":\"gone\"}"}},"spec":{"containers":[{"name":"a"}]}})",
       "a"},
      {"a broken status is nothing",
       R"({"metadata":{"annotations":{"railhook.io/status":"{"}},"spec":{"containers":[{"name":"a"}]}})",
       "a"},
      {"a status of another form is nothing",
       R"({"metadata":{"annotations":{"railhook.io/status":"[{\"container\":\"b\"}]"}},"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       "a"},
      {"the annotation beats the status",
       R"({"metadata":{"annotations":{"railhook.io/status":"{\"container\":\"a\"}","railhook.io/container":"b"}},"spec":{"containers":[{"name":"a"},{"name":"b"}]}})",
       "b"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Choose(c.yaml) == c.want);
  }
}

TEST_CASE(
    "ChooseTarget: an annotation that names no container is refused, with those that there are") {
  const struct {
    std::string_view value;
    std::string_view mentions;
  } cases[] = {
      {"nobody", "\"nobody\" names no container"},
      {"", "\"\" names no container"},
      {"A", "\"A\" names no container"},
      {"setup", "\"setup\" names an init container"},
      {"proxy", "\"proxy\" names an init container"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.value);
    const std::string message = Choose(
        R"({"metadata":{"annotations":{"railhook.io/container":")" + std::string(c.value) +
        R"("}},"spec":{"containers":[{"name":"a"},{"name":"b"}],)"
        R"("initContainers":[{"name":"setup"},{"name":"proxy","restartPolicy":"Always"}]}})");
    CAPTURE(message);
    CHECK(Mentions(message, c.mentions));
    CHECK(Mentions(message, "railhook.io/container"));
    CHECK(Mentions(message, "a, b"));
  }
}

TEST_CASE("ChooseTarget: rails without a resource are asked for by nobody") {
  Rail rail;
  const Pod pod = PodFrom(
      R"({"spec":{"containers":[{"name":"a"},{"name":"b","resources":{"limits":{"":"1"}}}]}})");
  CHECK(Value(ChooseTarget(pod, {&rail}, kGpus)).container->name == "a");
}

TEST_CASE("AsksForGpu: the default patterns") {
  const struct {
    std::string_view resource;
    bool want;
  } cases[] = {
      {"nvidia.com/gpu", true},
      {"amd.com/gpu", true},
      {"nvidia.com/gpu.shared", true},
      {"nvidia.com/gpu-h100", true},
      {"nvidia.com/mig-1g.5gb", true},
      {"nvidia.com/vgpu", true},
      {"volcano.sh/vgpu-number", true},
      {"huawei.com/Ascend910", true},
      {"huawei.com/Ascend910B", true},
      {"hygon.com/dcunum", true},
      {"cambricon.com/mlu370", true},
      {"habana.ai/gaudi", true},
      {"nvidia.com/gpus", false},
      {"gpu", false},
      {"NVIDIA.com/GPU", false},
      {"example.com/Ascend910", false},
      {"habana.ai/gaudi2", false},
      {"cpu", false},
      {"rdma/hca", false},
      {"nvidia.com/gpu-rail", false},
  };
  const Rails rails;
  for (const auto& c : cases) {
    CAPTURE(c.resource);
    Container container;
    container.limits.emplace(c.resource, "1");
    CHECK(AsksForGpu(container, kGpus, rails.list) == c.want);
  }
}

TEST_CASE("AsksForGpu: patterns of one's own") {
  Container container;
  container.requests.emplace("example.com/card3", "2");
  CHECK(AsksForGpu(container, {"nothing", "*/card[0-9]"}, {}));
  CHECK(AsksForGpu(container, {"example.com/card?"}, {}));
  CHECK_FALSE(AsksForGpu(container, {"card3"}, {}));
  CHECK_FALSE(AsksForGpu(container, {"[", ""}, {}));
  CHECK_FALSE(AsksForGpu(container, {}, {}));
}

TEST_CASE("AsksForGpu: what is no quantity above zero is none") {
  for (const std::string_view quantity : {"0", "-1", "", "x", "0.0", "0k"}) {
    CAPTURE(quantity);
    Container container;
    container.limits.emplace("nvidia.com/gpu", quantity);
    CHECK_FALSE(AsksForGpu(container, kGpus, {}));
  }
}

TEST_CASE("PodAsksForGpu: by a GPU or a claim of any container") {
  const Rails rails;
  const auto asks = [&](std::string_view yaml) {
    return PodAsksForGpu(PodFrom(yaml), kGpus, rails.list);
  };
  CHECK(
      asks("spec: {containers: [{name: a}, {name: b, resources: {limits: {nvidia.com/gpu: 1}}}]}"));
  CHECK(asks("spec: {containers: [{name: a, resources: {claims: [{name: g}]}}]}"));
  CHECK_FALSE(asks("spec: {containers: [{name: a}]}"));
  CHECK_FALSE(
      asks("spec: {containers: [{name: a, resources: {limits: {nvidia.com/gpu-rail: 1}}}]}"));
  CHECK_FALSE(asks("spec: {}"));
}

}  // namespace
}  // namespace railhook
