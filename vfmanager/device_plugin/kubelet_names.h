#pragma once
// Words that kubelet and its plugins agreed upon.

namespace railhook {

inline constexpr auto kPluginVersion = "v1beta1";
inline constexpr auto kPluginType = "DevicePlugin";
inline constexpr auto kHealthy = "Healthy";
inline constexpr auto kUnhealthy = "Unhealthy";
inline constexpr auto kWatchedFolder = "plugins_registry";
inline constexpr auto kPlainFolder = "device-plugins";
inline constexpr auto kKubeletSocket = "kubelet.sock";  // in the plain folder

}  // namespace railhook
