#pragma once
// SpiderMultusConfigs and the networks made of them, for tests of what keeps these.

#include <string>

#include "base/json.h"
#include "tests/fakes/objects.h"

namespace railhook {

inline Json SmcObject(const std::string& name, const std::string& uid = "") {
  Json smc = MakeObject("spiderpool.spidernet.io/v2beta1", "SpiderMultusConfig", "ns", name);
  if (!uid.empty()) smc["metadata"]["uid"] = uid;
  smc["metadata"]["annotations"] = {{"cni.spidernet.io/rdma-resource-inject", "c"}};
  smc["spec"] = {{"cniType", "sriov"},
                 {"sriov", {{"resourceName", "a/" + name}, {"ippools", {{"ipv4", {"p"}}}}}}};
  return smc;
}

inline Json OwnerObject(const std::string& kind, const std::string& name, const std::string& uid) {
  const bool smc = kind == "SpiderMultusConfig";
  return {{"apiVersion", smc ? "spiderpool.spidernet.io/v2beta1" : "apps/v1"},
          {"kind", kind},
          {"name", name},
          {"uid", uid},
          {"controller", true}};
}

// A network with one annotation of each kind, controlled by a SpiderMultusConfig of its name.
inline Json NetworkObject(const std::string& name, const std::string& uid) {
  Json network = MakeObject("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "ns", name);
  network["metadata"]["annotations"] = {{"k8s.v1.cni.cncf.io/resourceName", "a/" + name},
                                        {"team", "rails"}};
  network["metadata"]["ownerReferences"] =
      Json::array({OwnerObject("SpiderMultusConfig", name, uid)});
  network["spec"]["config"] = R"({"cniVersion":"0.3.1","name":"n","type":"sriov"})";
  return network;
}

}  // namespace railhook
