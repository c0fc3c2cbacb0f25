#include "vfmanager/wanted.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

KnownPolicy PolicyOf(const std::string& name, const StringMap& selector,
                     const std::string& nic = "ens1") {
  const Json object = {{"apiVersion", "sriovnetwork.openshift.io/v1"},
                       {"kind", "SriovNetworkNodePolicy"},
                       {"metadata", {{"name", name}, {"namespace", "ns"}}},
                       {"spec",
                        {{"resourceName", "r"},
                         {"numVfs", 2},
                         {"nodeSelector", selector},
                         {"nicSelector", {{"pfNames", Json::array({nic})}}}}}};
  return {name, ReadNodePolicy(object).value(), "", Compact(object)};
}

KnownPolicy Unreadable(const std::string& name, const std::string& spec) {
  return {name, {}, "spec.eSwitchMode is switchdev", "{\"spec\":" + spec + "}"};
}

KnownPool PoolOf(const std::string& name, std::optional<LabelSelector> nodes) {
  PoolConfig pool;
  pool.name = name;
  pool.nodes = std::move(nodes);
  return {name, pool, "",
          R"({"kind":"SriovNetworkPoolConfig","metadata":{"name":")" + name +
              R"("},"spec":{"nodeSelector":{"matchLabels":{"a":"b"}},"maxUnavailable":2}})"};
}

ClusterPicture Picture(std::vector<KnownPolicy> policies, std::vector<KnownPool> pools = {}) {
  ClusterPicture picture;
  picture.policies = std::move(policies);
  picture.pools = std::move(pools);
  picture.node.labels = {{"gpu", "yes"}};
  return picture;
}

HostState Host() {
  HostState host;
  host.pfs.resize(1);
  host.pfs[0].address = "0000:01:00.0";
  host.pfs[0].name = "ens1";
  return host;
}

TEST_CASE("policies that choose the node make what is wanted") {
  const auto wanted = WantedOf(Picture({PolicyOf("a", {{"gpu", "yes"}})}), Host());
  CHECK(wanted.complete);
  REQUIRE(wanted.desired.pfs.size() == 1);
  CHECK(wanted.desired.pfs[0].num_vfs == 2);
  CHECK(WantedOf(Picture({PolicyOf("a", {{"gpu", "no"}})}), Host()).desired.pfs.empty());
}

TEST_CASE("a policy that can't be read is a problem of the nodes that it may choose") {
  for (const char* spec : {R"({"nodeSelector":{"gpu":"yes"}})", "{}", R"({"nodeSelector":[]})"}) {
    CAPTURE(spec);
    const auto wanted = WantedOf(Picture({Unreadable("odd", spec)}), Host());
    CHECK_FALSE(wanted.complete);
    CHECK(wanted.problems ==
          std::vector<std::string>{"SriovNetworkNodePolicy odd: spec.eSwitchMode is switchdev"});
    CHECK(wanted.unreadable == std::vector<std::string>{"odd"});
  }
  CHECK(
      WantedOf(Picture({Unreadable("odd", R"({"nodeSelector":{"gpu":"no"}})")}), Host()).complete);
}

TEST_CASE("a pool that can't be read is a problem of the nodes that it may choose") {
  const auto wanted = [](const std::string& spec) {
    const KnownPool pool = {"odd", {}, "spec.ovsHardwareOffloadConfig", "{\"spec\":" + spec + "}"};
    return WantedOf(Picture({}, {pool}), Host());
  };
  for (const char* spec :
       {"{}", R"({"nodeSelector":{}})", R"({"nodeSelector":{"matchLabels":{"gpu":"yes"}}})",
        R"({"nodeSelector":{"matchLabels":7}})",
        R"({"nodeSelector":{"matchExpressions":[{"key":"gpu","operator":"Near"}]}})"}) {
    CAPTURE(spec);
    CHECK_FALSE(wanted(spec).complete);
    CHECK(wanted(spec).problems ==
          std::vector<std::string>{"SriovNetworkPoolConfig odd: spec.ovsHardwareOffloadConfig"});
  }
  for (const char* spec :
       {R"({"nodeSelector":{"matchLabels":{"gpu":"no"}}})",
        R"({"nodeSelector":{"matchExpressions":[{"key":"gpu","operator":"DoesNotExist"}]}})"}) {
    CAPTURE(spec);
    CHECK(wanted(spec).complete);
  }
}

TEST_CASE("the node's pool is found, and two of them are a problem") {
  LabelSelector gpus;
  gpus.labels = {{"gpu", "yes"}};
  const auto one = WantedOf(Picture({}, {PoolOf("gpus", gpus)}), Host());
  REQUIRE(one.pool);
  CHECK(one.pool->name == "gpus");
  const auto two = WantedOf(Picture({}, {PoolOf("gpus", gpus), PoolOf("all", {})}), Host());
  CHECK_FALSE(two.complete);
  CHECK_FALSE(two.pool);
  CHECK(two.problems.size() == 1);
}

TEST_CASE("what is saved for the next boot has this node's policies and pool, for any node") {
  LabelSelector gpus;
  gpus.labels = {{"gpu", "yes"}};
  const ClusterPicture picture =
      Picture({PolicyOf("here", {{"gpu", "yes"}}), PolicyOf("all", {}),
               PolicyOf("there", {{"gpu", "no"}}), Unreadable("odd", "{}")},
              {PoolOf("gpus", gpus)});
  const auto saved = ParseJson(TextOfPolicies(picture, WantedOf(picture, Host())));
  REQUIRE(saved);
  CHECK(TextMember(&*saved, "kind") == "List");
  const auto& items = ItemsOf(&*saved, "items");
  REQUIRE(items.size() == 3);
  for (const Json& item : {items[0], items[1]}) {
    CHECK(item["spec"]["nodeSelector"] == Json::object());
    CHECK(ReadNodePolicy(item));
  }
  CHECK(items[2]["spec"] == Json{{"maxUnavailable", 2}});
}

}  // namespace
}  // namespace railhook
