#include "multus/cluster_rails.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/eventually.h"
#include "tests/fakes/fake_api_server.h"
#include "tests/fakes/objects.h"
#include "tests/multus/objects.h"

namespace railhook {
namespace {

Json FromYaml(const std::string& yaml) { return Json::parse(Compact(ObjectOf(yaml))); }

Json Sriov(std::string_view id, std::string_view resource) {
  return FromYaml(Smc(id, kRdmaClass,
                      "cniType: sriov, sriov: {resourceName: " + std::string(resource) +
                          ", ippools: {ipv4: [p]}}"));
}

Json HostDevice(std::string_view id) {
  return FromYaml(Nad(id, std::string(kRdmaClass) + ", k8s.v1.cni.cncf.io/resourceName: a/hca",
                      R"({"type":"host-device"})"));
}

Json MakeNamespace(const std::string& name, const std::string& inherit) {
  Json object = MakeObject("v1", "Namespace", "", name);
  if (!inherit.empty()) object["metadata"]["labels"]["railhook.io/inherit"] = inherit;
  return object;
}

struct Cluster {
  FakeApiServer server;

  explicit Cluster(bool with_crds = true) {
    if (!with_crds) return;
    server.AddResource(kSpiderMultusConfigs);
    server.AddResource(kNetworkAttachmentDefinitions);
  }
};

bool Synced(const ClusterRails& rails) {
  return Eventually([&] { return rails.synced(); });
}

// The rails of class c, as Current() has them in the end.
bool Serve(const ClusterRails& rails, const std::string& want) {
  return Eventually([&] {
    const auto index = rails.Current();
    return Show(index->Find(InjectKey::kRdma, "c", "default", {})) == want;
  });
}

std::string Inherit(const ClusterRails& rails, std::string_view name) {
  const auto index = rails.Current();
  const NamespaceMeta* found = index->FindNamespace(name);
  return found == nullptr ? "unknown" : found->inherit;
}

TEST_CASE("a SpiderMultusConfig that is made, changed or deleted shows in the index") {
  Cluster cluster;
  const ClusterRails rails(cluster.server);
  CHECK(Synced(rails));
  CHECK(Serve(rails, ""));
  cluster.server.Put(kSpiderMultusConfigs, Sriov("a/gpu1", "a/one"));
  CHECK(Serve(rails, "a/gpu1"));
  cluster.server.Put(kSpiderMultusConfigs, Sriov("b/gpu2", "a/two"));
  CHECK(Serve(rails, "a/gpu1 b/gpu2"));
  const auto held = rails.Current();
  cluster.server.Put(kSpiderMultusConfigs, Sriov("a/gpu1", "a/zero"));
  CHECK(Serve(rails, "b/gpu2 a/gpu1"));  // in the order of their resources
  cluster.server.Remove(kSpiderMultusConfigs, "b", "gpu2");
  CHECK(Serve(rails, "a/gpu1"));
  CHECK(Show(held->Find(InjectKey::kRdma, "c", "default", {})) == "a/gpu1 b/gpu2");
}

TEST_CASE("NetworkAttachmentDefinitions and Namespaces show as well") {
  Cluster cluster;
  cluster.server.Put(kNamespaces, MakeNamespace("team-a", "gpu"));
  cluster.server.Put(kNamespaces, MakeNamespace("team-b", ""));
  cluster.server.Put(kNetworkAttachmentDefinitions, HostDevice("default/hca"));
  const ClusterRails rails(cluster.server);
  CHECK(Synced(rails));
  CHECK(Serve(rails, "default/hca"));
  CHECK(Inherit(rails, "team-a") == "gpu");
  CHECK(Inherit(rails, "team-b").empty());
  CHECK(Inherit(rails, "team-c") == "unknown");
  cluster.server.Put(kNamespaces, MakeNamespace("team-b", "true"));
  CHECK(Eventually([&] { return Inherit(rails, "team-b") == "true"; }));
  cluster.server.Remove(kNamespaces, "", "team-a");
  CHECK(Eventually([&] { return Inherit(rails, "team-a") == "unknown"; }));
}

TEST_CASE("nobody sees an index of half the lists") {
  Cluster cluster;
  cluster.server.Put(kSpiderMultusConfigs, Sriov("a/gpu1", "a/one"));
  cluster.server.Refuse("/namespaces?", 503, 5);
  const ClusterRails rails(cluster.server);
  CHECK(Eventually([&] {
    const auto index = rails.Current();
    const bool synced = rails.synced();
    CHECK((synced || index->rails().empty()));
    return synced;
  }));
  CHECK(Serve(rails, "a/gpu1"));
  CHECK(cluster.server.Calls("/namespaces?limit") == 6);
}

TEST_CASE("once synced is synced, whatever fails then") {
  Cluster cluster;
  cluster.server.Put(kSpiderMultusConfigs, Sriov("a/gpu1", "a/one"));
  const ClusterRails rails(cluster.server);
  CHECK(Synced(rails));
  CHECK(Serve(rails, "a/gpu1"));
  cluster.server.SetDown(true);
  CHECK(Eventually([&] {
    for (const auto& part : rails.parts())
      if (part.status.error.empty()) return false;
    return true;
  }));
  CHECK(rails.synced());
  CHECK(Serve(rails, "a/gpu1"));
}

TEST_CASE("a cluster without CRDs is synced and has no rails, until they come") {
  Cluster cluster(false);
  cluster.server.Put(kNamespaces, MakeNamespace("team-a", "true"));
  const ClusterRails rails(cluster.server);
  CHECK(Synced(rails));
  CHECK(Inherit(rails, "team-a") == "true");
  CHECK(Eventually([&] {
    const auto parts = rails.parts();
    return parts[0].status.absent && parts[1].status.absent && !parts[2].status.absent;
  }));
  CHECK(rails.parts()[0].resource == "spidermultusconfigs");
  cluster.server.AddResource(kSpiderMultusConfigs);
  cluster.server.Put(kSpiderMultusConfigs, Sriov("a/gpu1", "a/one"));
  CHECK(Serve(rails, "a/gpu1"));
  cluster.server.RemoveResource(kSpiderMultusConfigs);
  CHECK(Serve(rails, ""));
}

TEST_CASE("a change that counts for nothing makes no new index") {
  Cluster cluster;
  cluster.server.Put(kNamespaces, MakeNamespace("team-a", "true"));
  const ClusterRails rails(cluster.server);
  CHECK(Synced(rails));
  CHECK(Eventually([&] { return cluster.server.Watches(kNamespaces) == 1; }));
  const auto held = rails.Current();
  Json annotated = MakeNamespace("team-a", "true");
  annotated["metadata"]["annotations"]["note"] = "x";
  cluster.server.Put(kNamespaces, annotated);
  cluster.server.SendBookmarks();
  cluster.server.EndWatches(WatchEnd::kGone);
  CHECK(Eventually([&] { return rails.parts()[2].status.lists == 2; }));
  CHECK(rails.Current() == held);
}

TEST_CASE("of Namespaces no more than the metadata is asked for") {
  Cluster cluster;
  struct Recorder : Transport {
    FakeApiServer& server;
    std::mutex mutex;
    std::vector<ApiRequest> asked;

    explicit Recorder(FakeApiServer& to) : server(to) {}
    void Note(const ApiRequest& request) {
      const std::lock_guard lock(mutex);
      asked.push_back(request);
    }
    Result<ApiResponse> Send(const ApiRequest& request, std::stop_token stop) override {
      Note(request);
      return server.Send(request, stop);
    }
    Result<ApiResponse> Stream(const ApiRequest& request,
                               const std::function<bool(std::string_view)>& on_bytes,
                               std::stop_token stop) override {
      Note(request);
      return server.Stream(request, on_bytes, stop);
    }
  } recorder(cluster.server);
  {
    const ClusterRails rails(recorder);
    CHECK(Synced(rails));
    CHECK(Eventually([&] { return cluster.server.Watches(kNamespaces) == 1; }));
  }
  for (const ApiRequest& request : recorder.asked) {
    const bool of_namespaces = request.path.starts_with("/api/v1/namespaces?");
    const bool metadata_only = Has(request.accept, "as=PartialObjectMetadata");
    CHECK(of_namespaces == metadata_only);
  }
}

TEST_CASE("readers on other threads see whole indexes while everything changes") {
  Cluster cluster;
  const ClusterRails rails(cluster.server);
  CHECK(Synced(rails));
  std::atomic<bool> torn = false;
  const std::jthread reader([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto index = rails.Current();
      for (const Rail* rail : index->Find(InjectKey::kRdma, "c", "default", {}))
        if (rail->name_space != "a") torn = true;
    }
  });
  for (int i = 0; i < 200; ++i) {
    cluster.server.Put(kSpiderMultusConfigs, Sriov("a/gpu" + std::to_string(i % 9), "a/one"));
    cluster.server.Remove(kSpiderMultusConfigs, "a", "gpu" + std::to_string(i % 5));
  }
  const auto left = ListAll(KubeClient(cluster.server), Selection::All(kSpiderMultusConfigs));
  CHECK(left.size() >= 4);
  CHECK(Eventually([&] { return rails.Current()->rails().size() == left.size(); }));
  CHECK_FALSE(torn);
}

}  // namespace
}  // namespace railhook
