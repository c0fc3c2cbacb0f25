#include "multus/network_controller.h"

#include <doctest/doctest.h>

#include <atomic>
#include <optional>

#include "k8sclient/object.h"
#include "multus/ipam.h"
#include "multus/network_generation.h"
#include "multus/network_step.h"
#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/multus/networks.h"

namespace railhook {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCreations =
    "POST /apis/k8s.cni.cncf.io/v1/namespaces/ns/network-attachment-definitions";
constexpr const char* kPatches =
    "PATCH /apis/k8s.cni.cncf.io/v1/namespaces/ns/network-attachment-definitions";
constexpr const char* kDeletions =
    "DELETE /apis/k8s.cni.cncf.io/v1/namespaces/ns/network-attachment-definitions";

Json SpiderpoolsConfiguration() {
  Json object = MakeObject("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "",
                           "spiderpool-controller");
  object["webhooks"] = {{{"name", "spidermultusconfig.spiderpool.spidernet.io"}}};
  return object;
}

// A cluster with a replica that keeps networks.
struct Cluster {
  FakeApiServer server;
  std::atomic<bool> wanted = true;
  const std::shared_ptr<const Ipam> ipam = std::make_shared<const Ipam>();
  std::optional<LeaderElector> leader;
  std::optional<NetworkController> controller;

  Cluster() {
    for (const auto& type : {kSpiderMultusConfigs, kNetworkAttachmentDefinitions,
                             kValidatingWebhookConfigurations, kMutatingWebhookConfigurations})
      server.AddResource(type);
  }
  void Start(const std::string& identity = "me") {
    leader.emplace(server, "ns", "railhook", identity, LeaseTimes{600s, 500s, 20ms});
    controller.emplace(server, *leader, [this] { return wanted ? ipam : nullptr; });
  }
  void Stop() {
    controller.reset();
    leader.reset();
  }

  void PutSmc(const std::string& name, const Json& change = Json::object()) {
    Json smc = SmcObject(name);
    smc.merge_patch(change);
    server.Put(kSpiderMultusConfigs, smc);
  }
  Json Network(const std::string& name) const {
    return server.Find(kNetworkAttachmentDefinitions, "ns", name);
  }
  // What the SpiderMultusConfig that is there would have.
  Json Desired(const std::string& smc) const {
    return NetworkOf(server.Find(kSpiderMultusConfigs, "ns", smc), *ipam).value();
  }
  bool Has(const std::string& name) const {
    const Json network = Network(name);
    return !network.is_null() && DifferenceOf(Desired(name), network).empty();
  }
  bool Kept(std::size_t count) const {
    return Eventually([&] {
      const auto counts = controller->counts();
      return counts.kept == count && counts.pending == 0;
    });
  }
  int Writes() const {
    return server.Calls(kCreations) + server.Calls(kPatches) + server.Calls(kDeletions);
  }
  // The message of the only warning, once there is one.
  std::string Warned() const {
    std::vector<Warning> warnings;
    CHECK(Eventually([&] { return !(warnings = controller->Warnings()).empty(); }));
    return warnings.size() == 1 ? warnings[0].subject.name + ": " + warnings[0].message : "";
  }
};

const Json kBad = {{"spec", {{"sriov", {{"resourceName", ""}}}}}};

TEST_CASE("each SpiderMultusConfig gets its network, by one write") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  cluster.PutSmc("b");
  CHECK(cluster.Kept(2));
  CHECK(cluster.Has("a"));
  CHECK(cluster.Has("b"));
  CHECK(cluster.Writes() == 2);
  CHECK(Eventually([&] { return cluster.controller->creations().successes == 2; }));
}

TEST_CASE("many at once are made by one write each") {
  constexpr int kMany = 300;
  Cluster cluster;
  cluster.Start();
  CHECK(cluster.Kept(0));
  for (int i = 0; i < kMany; ++i) cluster.PutSmc("rail" + std::to_string(i));
  CHECK(cluster.Kept(kMany));
  CHECK(cluster.server.Calls(kCreations) == kMany);
  CHECK(cluster.Writes() == kMany);
}

TEST_CASE("a change shows in the network, by one write") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  cluster.PutSmc("a", {{"spec", {{"sriov", {{"ippools", {{"ipv4", {"other"}}}}}}}}});
  CHECK(Eventually([&] { return cluster.Has("a"); }));
  CHECK(cluster.Kept(1));
  CHECK(cluster.Writes() == 2);
  CHECK(Eventually([&] { return cluster.controller->patches().successes == 1; }));
}

TEST_CASE("a network that others change or delete comes back") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  Json edited = cluster.Network("a");
  edited["spec"]["config"] = "{}";
  edited["metadata"]["labels"] = {{"seen", "yes"}};
  cluster.server.Put(kNetworkAttachmentDefinitions, edited);
  CHECK(Eventually([&] { return cluster.Has("a"); }));
  CHECK(cluster.Network("a")["metadata"]["labels"] == Json{{"seen", "yes"}});
  cluster.server.Remove(kNetworkAttachmentDefinitions, "ns", "a");
  CHECK(Eventually([&] { return cluster.Has("a"); }));
  CHECK(cluster.Kept(1));
  CHECK(cluster.Writes() == 3);
}

TEST_CASE("who begins to lead writes nothing where nothing differs") {
  Cluster cluster;
  for (int i = 0; i < 20; ++i) cluster.PutSmc("rail" + std::to_string(i));
  cluster.Start("first");
  CHECK(cluster.Kept(20));
  cluster.Stop();
  cluster.Start("second");
  CHECK(cluster.Kept(20));
  cluster.PutSmc("last");  // after which it has looked at all of them
  CHECK(cluster.Kept(21));
  CHECK(cluster.Writes() == 21);
}

TEST_CASE("a SpiderMultusConfig that is made again takes its network over") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  const Json before = cluster.Network("a");
  cluster.server.Remove(kSpiderMultusConfigs, "ns", "a");
  cluster.PutSmc("a");
  CHECK(Eventually([&] { return cluster.Has("a"); }));
  CHECK(cluster.Network("a")["metadata"]["uid"] == before["metadata"]["uid"]);
  CHECK(cluster.controller->deletions().successes == 0);
}

TEST_CASE("another name for a network moves it") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  const Json renamed = {{"metadata", {{"annotations", {{"multus.spidernet.io/cr-name", "x"}}}}}};
  cluster.PutSmc("a", renamed);
  CHECK(Eventually(
      [&] { return !cluster.Network("x").is_null() && cluster.Network("a").is_null(); }));
  CHECK(cluster.Kept(1));
  CHECK(Eventually([&] { return cluster.controller->deletions().successes == 1; }));
}

TEST_CASE("somebody else's network is left alone, and its name can be had once it is gone") {
  Cluster cluster;
  Json theirs = NetworkObject("a", "u");
  theirs["metadata"]["ownerReferences"] = Json::array({OwnerObject("Deployment", "web", "u")});
  cluster.server.Put(kNetworkAttachmentDefinitions, theirs);
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Warned().find("belongs to Deployment \"web\"") != std::string::npos);
  CHECK(Eventually([&] { return cluster.controller->counts().refused == 1; }));
  CHECK(cluster.Writes() == 0);
  cluster.server.Remove(kNetworkAttachmentDefinitions, "ns", "a");
  CHECK(cluster.Kept(1));
  CHECK(Eventually([&] { return cluster.controller->Warnings().empty(); }));
}

TEST_CASE("of two that want one network the second is told") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  cluster.PutSmc("b", {{"metadata", {{"annotations", {{"multus.spidernet.io/cr-name", "a"}}}}}});
  CHECK(cluster.Warned().starts_with("b: "));
  CHECK(cluster.Has("a"));
  CHECK(cluster.Writes() == 1);
}

TEST_CASE("an invalid SpiderMultusConfig leaves its network as it is, and is told why") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  const Json before = cluster.Network("a");
  cluster.PutSmc("a", kBad);
  CHECK(cluster.Warned().find("resourceName") != std::string::npos);
  CHECK(Eventually([&] { return cluster.controller->counts().invalid == 1; }));
  CHECK(cluster.Network("a") == before);
  cluster.PutSmc("a");
  CHECK(cluster.Kept(1));
  CHECK(cluster.Writes() == 1);
}

TEST_CASE("it is idle while Spiderpool's webhook is registered") {
  Cluster cluster;
  cluster.server.Put(kValidatingWebhookConfigurations, SpiderpoolsConfiguration());
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(Eventually([&] { return !cluster.controller->idle().empty(); }));
  CHECK(cluster.controller->idle().find("spiderpool-controller") != std::string::npos);
  cluster.server.Remove(kValidatingWebhookConfigurations, "", "spiderpool-controller");
  CHECK(cluster.Kept(1));
  CHECK(cluster.controller->idle().empty());
  CHECK(cluster.Writes() == 1);
}

TEST_CASE("it writes nothing until it is known whether Spiderpool's webhook is registered") {
  Cluster cluster;
  cluster.server.Refuse("/validatingwebhookconfigurations", 403, 4);
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(Eventually([&] { return cluster.controller->trouble().find("403") != std::string::npos; }));
  CHECK_FALSE(cluster.controller->idle().empty());
  CHECK(cluster.Writes() == 0);
  CHECK(cluster.Kept(1));
}

TEST_CASE("who doesn't lead, or isn't to keep networks, asks nothing") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.wanted = false;
  cluster.Start();
  CHECK(Eventually([&] { return cluster.leader->leading(); }));
  const LeaderElector follower(cluster.server, "ns", "railhook", "other");
  const NetworkController other(cluster.server, follower, [&] { return cluster.ipam; });
  CHECK(cluster.server.Calls("/spidermultusconfigs") == 0);
  cluster.wanted = true;
  CHECK(cluster.Kept(1));
  CHECK(cluster.Writes() == 1);
  CHECK(cluster.server.Watches(kSpiderMultusConfigs) == 1);
  cluster.wanted = false;
  CHECK(Eventually([&] { return cluster.server.Watches(kSpiderMultusConfigs) == 0; }));
  CHECK(cluster.controller->counts().kept == 0);
}

TEST_CASE("what fails is told and tried again") {
  Cluster cluster;
  cluster.server.Refuse(kCreations, 403, 2);
  cluster.server.Fail(kCreations, Fault::kLostAnswer);
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(Eventually([&] { return !cluster.controller->trouble().empty(); }));
  CHECK(cluster.Kept(1));
  CHECK(cluster.Has("a"));
  CHECK(Eventually([&] { return cluster.controller->trouble().empty(); }));
  CHECK(Eventually([&] { return cluster.controller->creations().failures >= 2; }));
}

TEST_CASE("somebody who was faster is not overwritten") {
  Cluster cluster;
  cluster.PutSmc("a");
  cluster.Start();
  CHECK(cluster.Kept(1));
  cluster.server.Refuse(kPatches, 409, 1);
  cluster.PutSmc("a", {{"spec", {{"sriov", {{"ippools", {{"ipv4", {"other"}}}}}}}}});
  CHECK(Eventually([&] { return cluster.Has("a"); }));
  CHECK(Eventually([&] { return cluster.controller->patches().failures == 1; }));
}

}  // namespace
}  // namespace railhook
