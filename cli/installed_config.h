#pragma once
// The configuration of the railhook that is installed in a cluster.

#include <string>
#include <string_view>

#include "cli/config.h"
#include "k8sclient/client.h"

namespace railhook {

// The name of the MutatingWebhookConfiguration, wherever railhook is installed.
inline constexpr std::string_view kRegistration = "railhook";

struct InstalledConfig {
  Config config;     // the defaults where it can't be read
  std::string note;  // why it can't, for people; "" where it could
};

// Follows the MutatingWebhookConfiguration "railhook" to its Service and reads config.yaml of the
// ConfigMap of the same name.
InstalledConfig ReadInstalledConfig(const KubeClient& client);

}  // namespace railhook
