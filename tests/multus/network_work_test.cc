#include "multus/network_work.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "multus/network_step.h"
#include "tests/multus/networks.h"

namespace railhook {
namespace {

// Objects of the namespace ns, by name.
struct Objects {
  ByName<NetworkClaim> claims;
  ByName<KnownNetwork> networks;

  Objects& Want(const std::string& name, const std::string& uid, const std::string& network = "",
                bool valid = true) {
    Json smc = SmcObject(name, uid);
    if (!network.empty()) smc["metadata"]["annotations"]["multus.spidernet.io/cr-name"] = network;
    Result<Json> desired = Fail(ErrorCode::kInvalid, "it is bad");
    if (valid) {
      desired = NetworkObject(NetworkNameOf(smc), uid);
      (*desired)["metadata"]["ownerReferences"][0]["name"] = name;
    }
    claims.emplace_back("ns/" + name, std::make_shared<const NetworkClaim>(*ClaimOf(smc, desired)));
    return *this;
  }
  Objects& HaveAs(const std::string& name, const Json& network) {
    networks.emplace_back("ns/" + name,
                          std::make_shared<const KnownNetwork>(KnownNetworkOf(network)));
    return *this;
  }
  Objects& Have(const std::string& name, const std::string& uid) {
    return HaveAs(name, NetworkObject(name, uid));
  }

  NetworkWork Work() const { return FindNetworkWork(claims, networks); }

  // "network(claimants)[owner]", one after another.
  std::string Tasks() const {
    std::vector<std::string> tasks;
    for (const NetworkTask& task : Work().tasks) {
      tasks.push_back(task.Id() + '(' + Join(task.claimants, ",") + ')' +
                      (task.owner.empty() ? "" : '[' + task.owner + ']'));
    }
    return Join(tasks, " ");
  }
};

TEST_CASE("where each SpiderMultusConfig has its network there is nothing to do") {
  Objects objects;
  objects.Want("a", "u1").Want("b", "u2").Have("a", "u1").Have("b", "u2").Have("c", "u3");
  CHECK(objects.Tasks().empty());
  CHECK(objects.Work().kept == 2);
}

TEST_CASE("networks that are missing, differ or have another owner need a look") {
  Json changed = NetworkObject("b", "u2");
  changed["spec"]["config"] = "{}";
  Objects objects;
  objects.Want("a", "u1").Want("b", "u2").Want("c", "u3").Want("d", "u4");
  objects.HaveAs("b", changed).Have("c", "u0").Have("d", "u4");
  CHECK(objects.Tasks() == "ns/a(a) ns/b(b) ns/c(c)");
  CHECK(objects.Work().kept == 1);
}

TEST_CASE("an invalid SpiderMultusConfig needs none, whatever there is") {
  Objects objects;
  objects.Want("a", "u1", "", false).Want("b", "u2", "", false).Have("b", "u2");
  CHECK(objects.Tasks().empty());
  CHECK(objects.Work().invalid == 2);
}

TEST_CASE("a SpiderMultusConfig that wants another name leaves its old network") {
  Objects objects;
  objects.Want("a", "u1", "x").Have("a", "u1");
  CHECK(objects.Tasks() == "ns/a()[a] ns/x(a)");
  Objects invalid;
  invalid.Want("a", "u1", "x", false).Have("a", "u1");
  CHECK(invalid.Tasks().empty());
  Objects earlier;  // the one of that uid is gone, and the garbage collector sees to its network
  earlier.Want("a", "u2", "x").Have("a", "u1");
  CHECK(earlier.Tasks() == "ns/x(a)");
}

TEST_CASE("several that want one network are seen together") {
  Objects objects;
  objects.Want("a", "u1", "b").Want("b", "u2").Have("b", "u2");
  CHECK(objects.Tasks() == "ns/b(a,b)");
  CHECK(objects.Work().kept == 1);
}

TEST_CASE("a network that is being deleted is waited for") {
  Json going = NetworkObject("a", "u0");
  going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  Objects objects;
  objects.Want("a", "u1").HaveAs("a", going);
  CHECK(objects.Tasks().empty());
}

TEST_CASE("a SpiderMultusConfig that is being deleted wants nothing") {
  Json smc = SmcObject("a", "u1");
  smc["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  CHECK_FALSE(ClaimOf(smc, NetworkObject("a", "u1")));
}

TEST_CASE("a task's inputs change with what it depends on, and with nothing else") {
  const auto inputs = [](Objects& objects) { return objects.Work().tasks.at(0).inputs; };
  Objects first, same, other_uid, other_network;
  Json changed = NetworkObject("a", "u0");
  changed["spec"]["config"] = "{}";
  const std::uint64_t before = inputs(first.Want("a", "u1").Have("a", "u0"));
  CHECK(inputs(same.Want("a", "u1").Have("a", "u0").Want("b", "u2")) == before);
  CHECK(inputs(other_uid.Want("a", "u2").Have("a", "u0")) != before);
  CHECK(inputs(other_network.Want("a", "u1").HaveAs("a", changed)) != before);
}

}  // namespace
}  // namespace railhook
