// Inputs too large for a fuzzer to find: what takes time or stack that grows faster than the text.
// None of these tests would end in time, or at all, if it did.

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "k8sclient/object.h"
#include "multus/rail.h"
#include "multus/rail_index.h"
#include "webhook/admission/review.h"
#include "webhook/inject/inject.h"
#include "webhook/inject/networks.h"
#include "webhook/inject/workload_warnings.h"

namespace railhook {
namespace {

std::string Repeat(std::string_view text, std::size_t bytes) {
  std::string repeated;
  while (repeated.size() < bytes) repeated += text;
  return repeated;
}

// `write`'s texts for 0, 1, 2, ... with commas between them, as much as a request may hold.
std::string Numbered(const std::function<std::string(int)>& write) {
  std::string list = write(0);
  for (int i = 1; list.size() < 4'000'000; ++i) list += ',' + write(i);
  return list;
}

const std::string kDeep[] = {Repeat("[", 200'000), Repeat("{\"a\":", 200'000),
                             Repeat("[{\"a\":", 200'000),
                             Repeat("[", 200'000) + Repeat("]", 200'000)};

Rail RailWithConfig(const std::string& config) {
  ObjectMeta meta;
  meta.name_space = "default";
  meta.name = "nad";
  return RailOfNetworkAttachmentDefinition(meta, Json{{"spec", {{"config", config}}}});
}

Injection InjectAnnotated(std::string_view key, const std::string& value) {
  Json pod = Json::parse(R"({"spec": {"containers": [{"name": "main"}]}})");
  Json& annotations = pod["metadata"]["annotations"];
  annotations[std::string(AnnotationOf(InjectKey::kRdma))] = "a";
  annotations[std::string(key)] = value;
  Rail rail;
  rail.name_space = "default";
  rail.name = rail.smc = "eth1";
  rail.rdma_classes = {"a"};
  ClusterObjects objects;
  objects.spider_multus_configs = {std::make_shared<const Rail>(rail)};
  return Inject(pod, "default", RailIndex(std::move(objects)), InjectConfig());
}

TEST_CASE("A review nested 200,000 deep is refused") {
  for (const std::string& text : kDeep) CHECK_FALSE(ParseAdmissionReview(text));
}

TEST_CASE("A pod nested 200,000 deep is refused with its review") {
  const std::string head =
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","object":)";
  for (const std::string& text : kDeep) CHECK_FALSE(ParseAdmissionReview(head + text));
}

TEST_CASE("YAML nested 200,000 deep is refused") {
  for (const std::string& text : kDeep) CHECK_FALSE(ParseYaml(text));
  CHECK_FALSE(ParseYaml(Repeat("- ", 200'000)));
  CHECK_FALSE(ParseYaml(Repeat("? ", 200'000)));
}

TEST_CASE("A CNI configuration nested 200,000 deep is a problem of its network") {
  for (const std::string& text : kDeep) CHECK(RailWithConfig(text).problems.size() >= 1);
}

TEST_CASE("Networks nested 200,000 deep are malformed") {
  for (const std::string& text : kDeep) CHECK_FALSE(ParseNetworks(text, "default"));
}

TEST_CASE("A status nested 200,000 deep is written anew") {
  for (const std::string& text : kDeep) {
    CHECK(InjectAnnotated("railhook.io/status", text).verdict == Verdict::kInjected);
  }
}

TEST_CASE("A list of half a million classes is read once, not compared each with each") {
  const std::string classes = Numbered([](int i) { return std::to_string(i); });
  CHECK(SplitList(classes).size() > 500'000);
  CHECK(InjectAnnotated(AnnotationOf(InjectKey::kRdma), classes).verdict == Verdict::kDenied);
}

TEST_CASE("A network with half a million fields is malformed") {
  const auto field = [](int i) { return '"' + std::to_string(i) + "\":0"; };
  CHECK_FALSE(ParseNetworks("[{\"name\":\"a\"," + Numbered(field) + "}]", "default"));
  CHECK_FALSE(
      ParseNetworks("[{\"name\":\"a\",\"cni-args\":{" + Numbered(field) + "}}]", "default"));
}

TEST_CASE("A hundred thousand networks can be kept") {
  const std::string list = Numbered([](int i) { return "default/network-" + std::to_string(i); });
  const auto networks = ParseNetworks(list, "default");
  REQUIRE(networks);
  CHECK(networks->size() > 100'000);
}

TEST_CASE("A workload of fifty thousand templates is looked through once") {
  const std::string annotated =
      R"("metadata":{"annotations":{"cni.spidernet.io/rdma-resource-inject":"nosuch"}})";
  const std::string roles = Numbered(
      [&](int n) { return '"' + std::to_string(n) + R"(":{"template":{)" + annotated + "}}"; });
  AdmissionRequest request;
  request.operation = "CREATE";
  request.object = std::make_shared<const Json>(
      Json::parse(R"({"apiVersion":"kubeflow.org/v1","kind":"PyTorchJob",)" + annotated +
                  R"(,"spec":{"pytorchReplicaSpecs":{)" + roles + "}}}"));
  request.old_object = std::make_shared<const Json>();
  const RailIndex index{ClusterObjects()};
  CHECK_FALSE(WarningsOfWorkload(request, index, InjectConfig()).empty());
  request.operation = "UPDATE";
  request.old_object = request.object;
  CHECK(WarningsOfWorkload(request, index, InjectConfig()).empty());
}

}  // namespace
}  // namespace railhook
