// A device plugin and a kubelet that asks it, for tests in a virtual machine:
//   device_plugin_probe serve POLICIES      the plugin of this host: POLICIES is a JSON list of
//   SriovNetworkNodePolicies device_plugin_probe list RESOURCE       "ADDRESS HEALTH NUMA-NODE" for
//   each device device_plugin_probe allocate RESOURCE ADDRESS...   variables and device nodes, a
//   line each
// Sockets are where kubelet's are.
#include <iostream>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "tests/vfmanager/device_plugin/kubelet_side.h"
#include "vfmanager/device_plugin/device_plugin.h"
#include "vfmanager/observe.h"

namespace railhook {
namespace {

constexpr std::chrono::milliseconds kPause{100};  // between looks at the host

int Fault(const std::string& text) {
  std::cerr << "device_plugin_probe: " << text << '\n';
  return 1;
}

Result<std::vector<NodePolicy>> ReadPolicies(const std::string& file) {
  const std::string text = TRY(ReadFile(file));
  const Json list = TRY(ParseJson(text));
  std::vector<NodePolicy> policies;
  for (const Json& object : list) policies.push_back(TRY(ReadNodePolicy(object)));
  return policies;
}

Result<> Serve(const std::string& file) {
  const HostPaths paths;
  const auto policies = TRY(ReadPolicies(file));
  const auto plugin = TRY(DevicePlugin::Start({paths, "spidernet.io"}));
  const auto netlink = KernelNetlink();
  while (true) {
    const HostState host = TRY(Observe(paths, *netlink));
    const auto allocations = TRY(ReadDeviceCheckpoint(paths.kubelet));
    plugin->Update({MergePolicies(policies, {}, host.Nics()), host,
                    HoldersIn(allocations.value_or(DeviceAllocations()))});
    std::this_thread::sleep_for(kPause);
  }
}

PluginClient ClientOf(const std::string& resource) {
  return PluginClient(HostPaths().kubelet / "plugins_registry" /
                      ("spidernet.io_" + resource + ".sock"));
}

int List(const std::string& resource) {
  grpc::ClientContext context;
  Bound(context);
  auto client = ClientOf(resource);
  const auto reader = client.plugin->ListAndWatch(&context, v1beta1::Empty());
  v1beta1::ListAndWatchResponse list;
  if (!reader->Read(&list)) return Fault("no list of " + resource);
  for (const auto& device : list.devices()) {
    const auto& nodes = device.topology().nodes();
    std::cout << device.id() << ' ' << device.health() << ' '
              << (nodes.empty() ? "-" : std::to_string(nodes[0].id())) << '\n';
  }
  context.TryCancel();
  reader->Finish();
  return 0;
}

int Allocate(const std::string& resource, const std::vector<std::string>& addresses) {
  v1beta1::AllocateResponse response;
  const auto status = ClientOf(resource).Allocate(addresses, response);
  if (!status.ok()) return Fault(status.error_message());
  for (const auto& [name, value] : response.container_responses(0).envs()) {
    std::cout << name << '=' << value << '\n';
  }
  for (const auto& device : response.container_responses(0).devices()) {
    std::cout << device.host_path() << '\n';
  }
  return 0;
}

int Main(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "serve") return Fault(Serve(words[1]).error().message);
  if (words.size() == 2 && words[0] == "list") return List(words[1]);
  if (words.size() > 2 && words[0] == "allocate") {
    return Allocate(words[1], {words.begin() + 2, words.end()});
  }
  return Fault("serve POLICIES, list RESOURCE or allocate RESOURCE ADDRESS...");
}

}  // namespace
}  // namespace railhook

int main(int argc, char** argv) { return railhook::Main({argv + 1, argv + argc}); }
