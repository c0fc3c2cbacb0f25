#include "cli/pod_handler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "tests/captured_stderr.h"
#include "tests/webhook/inject/yaml_fixture.h"

namespace railhook {
namespace {

constexpr std::string_view kRails = R"(
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: r1, namespace: rails, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
spec: {cniType: sriov, sriov: {resourceName: x/r, ippools: {ipv4: [p]}}}
)";

// Everything is logged while it lives.
struct DebugLog {
  DebugLog() { SetLogLevel(LogLevel::kDebug); }
  ~DebugLog() { SetLogLevel(LogLevel::kInfo); }
  DebugLog(const DebugLog&) = delete;
  DebugLog& operator=(const DebugLog&) = delete;
};

struct Handler {
  Metrics metrics{"test"};
  std::shared_ptr<const RailIndex> rails = std::make_shared<const RailIndex>(IndexFrom(kRails));
  std::shared_ptr<const InjectConfig> config = std::make_shared<const InjectConfig>();
  AdmissionHandler handle =
      MakePodHandler({[this] { return rails; }, [this] { return config; }, {}}, metrics);
};

// What was decided, at once or late.
AdmissionResponse Decide(const Handler& handler, const AdmissionRequest& request) {
  auto outcome = handler.handle(request);
  if (const auto* late = std::get_if<LateAdmission>(&outcome))
    return std::get<AdmissionResponse>(late->decide());
  return std::get<AdmissionResponse>(outcome);
}

AdmissionRequest CreationOf(Json pod) {
  AdmissionRequest request;
  request.uid = "uid-1";
  request.resource = "pods";
  request.operation = "CREATE";
  request.name_space = "team";
  request.object = std::make_shared<const Json>(std::move(pod));
  return request;
}

Json PodAsking(std::string_view classes) {
  Json pod = From(R"(
metadata:
  name: train-0
  generateName: train-
  labels: {label-key: SECRET-label}
  annotations: {other: SECRET-annotation}
  ownerReferences: [{kind: Job, name: train, uid: SECRET-owner-uid}]
spec:
  serviceAccountName: SECRET-account
  containers:
    - name: c0
      image: SECRET-image
      command: [SECRET-command]
      args: [SECRET-args]
      env: [{name: PASSWORD, value: SECRET-env}, {name: SECRET-env-name, value: x}]
      resources: {limits: {cpu: SECRET-quantity}}
)");
  if (!classes.empty())
    pod["metadata"]["annotations"]["cni.spidernet.io/rdma-resource-inject"] = classes;
  return pod;
}

std::string LogOf(const AdmissionRequest& request) {
  Handler handler;
  const CapturedStderr captured;
  handler.handle(request);
  return captured.Text();
}

std::size_t LinesIn(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("each decision on a pod that asks is one line with its names") {
  const struct {
    std::string_view classes;
    std::vector<std::string_view> mentions;
  } cases[] = {
      {"a", {"injected", "rails/r1"}},
      {"gone", {"denied", "gone"}},
  };
  for (const auto& c : cases) {
    const std::string log = LogOf(CreationOf(PodAsking(c.classes)));
    CAPTURE(log);
    CHECK(LinesIn(log) == 1);
    for (const std::string_view part :
         {"uid-1", "team", "train-0", "train-", "Job/train", "microseconds"})
      CHECK(Mentions(log, part));
    for (const auto part : c.mentions) CHECK(Mentions(log, part));
  }
}

TEST_CASE("a pod that asks for nothing is no news") {
  CHECK(LogOf(CreationOf(PodAsking(""))) == "");
  CHECK(LogOf(CreationOf(PodAsking("none"))) == "");
}

TEST_CASE("nothing of the pod but its names is ever logged, at any level") {
  const DebugLog debug;
  std::vector<Json> pods;
  for (const std::string_view classes : {"a", "gone", "", "none", "a,gone", "a,none"})
    pods.push_back(PodAsking(classes));
  const auto broken = [&](const Json::json_pointer& at, Json value) {
    pods.push_back(PodAsking("a"));
    pods.back()[at] = std::move(value);
  };
  broken("/spec/hostNetwork"_json_pointer, true);
  broken("/spec/containers/0/resources"_json_pointer, "SECRET-x");
  broken("/spec/containers"_json_pointer, "SECRET-x");
  broken("/spec/containers/0"_json_pointer, "SECRET-x");
  broken("/metadata"_json_pointer, "SECRET-x");
  broken("/metadata/annotations/k8s.v1.cni.cncf.io~1networks"_json_pointer, "own");
  broken(""_json_pointer, "SECRET-x");
  for (const Json& pod : pods) {
    const std::string log = LogOf(CreationOf(pod));
    CAPTURE(log);
    CHECK(LinesIn(log) == 1);
    CHECK_FALSE(Mentions(log, "SECRET"));
    CHECK_FALSE(Mentions(log, "PASSWORD"));
  }
}

TEST_CASE(
    "values of annotations that are not railhook's are not logged, not even where they are "
    "refused") {
  const DebugLog debug;
  const struct {
    std::string_view key;
    Json value;
  } cases[] = {
      {"other", Json{{"password", "SECRET"}}},
      {"k8s.v1.cni.cncf.io/networks", R"([{"name":"own","cni-args":{"key":"SECRET"}},])"},
      {"k8s.v1.cni.cncf.io/networks", "own/SECRET"},
      {"ipam.spidernet.io/ippool", "SECRET"},
  };
  for (const auto& c : cases) {
    for (const std::string_view mode : {"merge", "deny", "replace"}) {
      CAPTURE(c.key);
      CAPTURE(mode);
      Json pod = PodAsking("a");
      pod["metadata"]["annotations"]["other"] = "";
      pod["metadata"]["annotations"][std::string(c.key)] = c.value;
      pod["metadata"]["annotations"]["railhook.io/existing-networks"] = mode;
      pod["spec"] = From("{containers: [{name: c0}]}");
      pod["metadata"].erase("labels");
      pod["metadata"].erase("ownerReferences");
      const std::string log = LogOf(CreationOf(pod));
      CAPTURE(log);
      CHECK_FALSE(Mentions(log, "SECRET"));
    }
  }
}

TEST_CASE("line breaks in names can't forge a second line") {
  Json pod = PodAsking("a\nb");
  pod["metadata"]["name"] = "x\n{\"level\":\"error\"}";
  AdmissionRequest request = CreationOf(pod);
  request.uid = "u\nv";
  request.name_space = "n\r\nm";
  CHECK(LinesIn(LogOf(request)) == 1);
}

TEST_CASE("names of odd types are left out") {
  Json pod = PodAsking("a");
  pod["metadata"]["name"] = nullptr;
  pod["metadata"]["generateName"] = 5;
  for (const Json& owners :
       {Json(), Json("x"), Json::array(), Json::array({nullptr}), Json::array({{{"kind", 1}}})}) {
    pod["metadata"]["ownerReferences"] = owners;
    CHECK(LinesIn(LogOf(CreationOf(pod))) == 1);
  }
}

bool HasCount(const Handler& handler, std::string_view result, int count) {
  return Mentions(handler.metrics.Text(), "railhook_admission_requests_total{result=\"" +
                                              std::string(result) + "\"} " + std::to_string(count) +
                                              "\n");
}

TEST_CASE("every answer counts by its result") {
  Handler handler;
  const CapturedStderr captured;
  CHECK(Decide(handler, CreationOf(PodAsking("a"))).allowed);
  CHECK(Decide(handler, CreationOf(PodAsking("a"))).allowed);
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("gone"))).allowed);
  CHECK(Decide(handler, CreationOf(PodAsking(""))).allowed);
  CHECK(Decide(handler, CreationOf(PodAsking("none"))).allowed);
  AdmissionRequest update = CreationOf(PodAsking("gone"));
  update.operation = "UPDATE";
  CHECK(Decide(handler, update).allowed);
  CHECK(HasCount(handler, "injected", 2));
  CHECK(HasCount(handler, "denied", 1));
  CHECK(HasCount(handler, "allowed", 3));
  CHECK(HasCount(handler, "error", 0));
}

TEST_CASE("each request sees the newest rails and configuration") {
  Handler handler;
  const CapturedStderr captured;
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("a"))).patch.empty());
  InjectConfig off;
  off.enabled = false;
  handler.config = std::make_shared<const InjectConfig>(off);
  CHECK(Decide(handler, CreationOf(PodAsking("a"))).patch.empty());
  handler.config = std::make_shared<const InjectConfig>();
  handler.rails = std::make_shared<const RailIndex>(ClusterObjects());
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("a"))).allowed);
}

TEST_CASE("while the rails aren't known the API server is to try again") {
  Handler handler;
  handler.rails = nullptr;
  const auto outcome = handler.handle(CreationOf(PodAsking("a")));
  REQUIRE(std::holds_alternative<TryAgain>(outcome));
  CHECK(HasCount(handler, "not_ready", 1));
}

// A handler whose index may lag behind the cluster.
struct LiveHandler : Handler {
  Result<std::shared_ptr<const RailIndex>> cluster = rails;
  std::vector<std::string> looks;  // subject and namespace of each

  LiveHandler() {
    PodHandlerSources sources{[this] { return rails; }, [this] { return config; }, {}};
    sources.live = [this](const std::string& subject, const std::string& name_space, auto) {
      looks.push_back(subject + " for " + name_space);
      return cluster;
    };
    handle = MakePodHandler(std::move(sources), metrics);
  }
};

TEST_CASE("a class that the index doesn't know is looked up before it is refused") {
  LiveHandler handler;
  const CapturedStderr captured;
  handler.rails = std::make_shared<const RailIndex>(ClusterObjects());
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("a"))).patch.empty());
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("gone"))).allowed);
  CHECK(handler.looks == std::vector<std::string>{"class a for team", "class gone for team"});
  CHECK(HasCount(handler, "injected", 1));
  CHECK(HasCount(handler, "denied", 1));
}

TEST_CASE("a namespace that the index doesn't know is looked up before its pods pass") {
  LiveHandler handler;
  const CapturedStderr captured;
  handler.cluster = std::make_shared<const RailIndex>(IndexFrom(std::string(kRails) + R"(
---
apiVersion: v1
kind: Namespace
metadata: {name: team, annotations: {cni.spidernet.io/rdma-resource-inject: a}}
)"));
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking(""))).patch.empty());
  CHECK(handler.looks == std::vector<std::string>{"namespace team for team"});
}

TEST_CASE("what the index knows is answered at once") {
  LiveHandler handler;
  const CapturedStderr captured;
  CHECK(std::holds_alternative<AdmissionResponse>(handler.handle(CreationOf(PodAsking("a")))));
  CHECK(handler.looks.empty());
}

TEST_CASE("where the cluster isn't to be asked, what is known counts") {
  LiveHandler handler;
  const CapturedStderr captured;
  handler.cluster = std::shared_ptr<const RailIndex>();
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("gone"))).allowed);
}

TEST_CASE("where the cluster can't be read, nothing is refused or passed over: try again") {
  LiveHandler handler;
  const CapturedStderr captured;
  handler.cluster = Fail(ErrorCode::kUnavailable, "no answer");
  for (const auto classes : {"gone", ""}) {
    const auto outcome = handler.handle(CreationOf(PodAsking(classes)));
    REQUIRE(std::holds_alternative<LateAdmission>(outcome));
    CHECK(std::holds_alternative<TryAgain>(std::get<LateAdmission>(outcome).decide()));
  }
  CHECK(HasCount(handler, "not_ready", 2));
}

TEST_CASE("of several classes the one that isn't known is looked up") {
  LiveHandler handler;
  const CapturedStderr captured;
  CHECK_FALSE(Decide(handler, CreationOf(PodAsking("a, gone"))).allowed);
  CHECK(handler.looks == std::vector<std::string>{"class gone for team"});
}

TEST_CASE("four threads at once get the answers that one alone gets") {
  Handler handler;
  const CapturedStderr captured;
  const AdmissionRequest asking = CreationOf(PodAsking("a")),
                         unknown = CreationOf(PodAsking("gone"));
  const std::string patched = ToReview(Decide(handler, asking), "u"),
                    denied = ToReview(Decide(handler, unknown), "u");
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 200; ++n) {
          if (ToReview(Decide(handler, asking), "u") != patched) ++wrong;
          if (ToReview(Decide(handler, unknown), "u") != denied) ++wrong;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK(HasCount(handler, "injected", 801));
  CHECK(HasCount(handler, "denied", 801));
  CHECK(LinesIn(captured.Text()) == 1602);
}

}  // namespace
}  // namespace railhook
