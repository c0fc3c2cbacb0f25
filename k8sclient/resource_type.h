#pragma once
// The kinds of objects that an API server keeps, and where it keeps them.

#include <string>
#include <string_view>

namespace railhook {

// A resource of the API, such as apps/v1 deployments.
struct ResourceType {
  std::string_view group;  // "" for the core group
  std::string_view version;
  std::string_view plural;
};

inline constexpr ResourceType kNamespaces{"", "v1", "namespaces"};
inline constexpr ResourceType kNodes{"", "v1", "nodes"};
inline constexpr ResourceType kPods{"", "v1", "pods"};
inline constexpr ResourceType kConfigMaps{"", "v1", "configmaps"};
inline constexpr ResourceType kSecrets{"", "v1", "secrets"};
inline constexpr ResourceType kEvents{"", "v1", "events"};
inline constexpr ResourceType kLeases{"coordination.k8s.io", "v1", "leases"};
inline constexpr ResourceType kMutatingWebhookConfigurations{"admissionregistration.k8s.io", "v1",
                                                             "mutatingwebhookconfigurations"};
inline constexpr ResourceType kValidatingWebhookConfigurations{"admissionregistration.k8s.io", "v1",
                                                               "validatingwebhookconfigurations"};
inline constexpr ResourceType kSpiderMultusConfigs{"spiderpool.spidernet.io", "v2beta1",
                                                   "spidermultusconfigs"};
inline constexpr ResourceType kSpiderIPPools{"spiderpool.spidernet.io", "v2beta1", "spiderippools"};
inline constexpr ResourceType kSriovNetworkNodePolicies{"sriovnetwork.openshift.io", "v1",
                                                        "sriovnetworknodepolicies"};
inline constexpr ResourceType kSriovNetworkNodeStates{"sriovnetwork.openshift.io", "v1",
                                                      "sriovnetworknodestates"};
inline constexpr ResourceType kSriovNetworkPoolConfigs{"sriovnetwork.openshift.io", "v1",
                                                       "sriovnetworkpoolconfigs"};
inline constexpr ResourceType kNetworkAttachmentDefinitions{"k8s.cni.cncf.io", "v1",
                                                            "network-attachment-definitions"};

// The path of all objects of a type, of those of a namespace, or of one object:
// "/apis/apps/v1/namespaces/default/deployments/web". `name_space` and `name` may be empty.
std::string PathOf(const ResourceType& type, std::string_view name_space, std::string_view name);

// `text` for the query of a URL (RFC 3986).
std::string PercentEncoded(std::string_view text);

}  // namespace railhook
