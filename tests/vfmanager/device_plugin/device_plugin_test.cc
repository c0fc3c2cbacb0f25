#include "vfmanager/device_plugin/device_plugin.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "tests/certs/temporary_directory.h"
#include "tests/eventually.h"
#include "tests/vfmanager/device_plugin/kubelet_side.h"
#include "tests/vfmanager/device_plugin/rail_node.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

const Healths kAllWell = {
    {"0000:01:10.0", "Healthy"}, {"0000:01:10.1", "Healthy"}, {"0000:01:10.2", "Healthy"}};
const Healths kFirstIll = {
    {"0000:01:10.0", "Unhealthy"}, {"0000:01:10.1", "Healthy"}, {"0000:01:10.2", "Healthy"}};

HostState WithFirstIll() {
  HostState host = RailHost();
  host.pfs[0].vfs[0].driver.clear();
  return host;
}

// A host's folders and a plugin on it, with the sockets where kubelet finds them.
struct Node {
  explicit Node(const std::string& folder = "plugins_registry")
      : sockets(paths().kubelet / folder) {
    fs::create_directories(sockets);
    directory.Write("proc/sys/kernel/random/boot_id", "boot\n");
    for (const auto& pf : RailHost().pfs) {
      for (const auto& vf : pf.vfs) ShowRdma(vf.address, *vf.rdma);
    }
  }

  // In sysfs and /dev, whatever was there before.
  void ShowRdma(const std::string& address, const RdmaDevice& rdma) {
    const fs::path function = fs::path("sys/bus/pci/devices") / address;
    fs::remove_all(directory.path() / function);
    directory.Write(function / "infiniband" / rdma.name / "node_guid", rdma.node_guid->Text());
    for (const auto& node : rdma.char_devices) {
      const bool verbs = node.find("uverbs") != node.npos;
      directory.Write(function / (verbs ? "infiniband_verbs" : "infiniband_mad") /
                          fs::path(node).filename() / "dev",
                      "");
      directory.Write("dev/" + node, "");
    }
  }

  HostPaths paths() const {
    HostPaths paths;
    paths.sysfs = directory.path() / "sys";
    paths.dev = directory.path() / "dev";
    paths.proc = directory.path() / "proc";
    paths.state = directory.path() / "state";
    paths.devinfo = directory.path() / "devinfo/dp";
    paths.kubelet = directory.path() / "kubelet";
    return paths;
  }

  std::unique_ptr<DevicePlugin> Start(std::chrono::milliseconds patience = std::chrono::hours(1)) {
    return DevicePlugin::Start({paths(), "spidernet.io", patience}).value();
  }

  fs::path Socket(const std::string& resource) const {
    return sockets / ("spidernet.io_" + resource + ".sock");
  }
  // Once it is there: a first call that failed would be repeated only after a second.
  PluginClient Client(const std::string& resource) const {
    REQUIRE(Eventually([&] { return fs::exists(Socket(resource)); }));
    return PluginClient(Socket(resource));
  }
  // A socket's file is there a moment before anybody listens.
  void AwaitAnswer(const std::string& resource) const {
    REQUIRE(Client(resource).Info().name() == "spidernet.io/" + resource);
  }
  ino_t Inode(const std::string& resource) const {
    struct stat found {};
    ::stat(Socket(resource).c_str(), &found);
    return found.st_ino;
  }

  TemporaryDirectory directory;
  fs::path sockets;
};

std::vector<std::string> FilesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// As of a process that was killed.
void LeaveSocket(const fs::path& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::close(socket);
}

TEST_CASE("each resource has a socket that tells kubelet what it is") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient rail = node.Client("gpu1rdma");
  const auto info = rail.Info();
  CHECK(info.type() == "DevicePlugin");
  CHECK(info.name() == "spidernet.io/gpu1rdma");
  CHECK(info.endpoint() == "");
  REQUIRE(info.supported_versions_size() == 1);
  CHECK(info.supported_versions(0) == "v1beta1");
  v1beta1::DevicePluginOptions options;
  CHECK(PluginClient::Call(*rail.plugin, &v1beta1::DevicePlugin::Stub::GetDevicePluginOptions,
                           v1beta1::Empty(), options)
            .ok());
  CHECK(options.get_preferred_allocation_available());
  CHECK(!options.pre_start_required());
  CHECK(Eventually([&] {
    return FilesIn(node.sockets) ==
           std::vector<std::string>{"spidernet.io_gpu1rdma.sock", "spidernet.io_gpu2rdma.sock"};
  }));
}

TEST_CASE("kubelet is told of each device's health and NUMA node, and of every change") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient rail = node.Client("gpu2rdma");
  DeviceWatch watch(*rail.plugin);
  CHECK(watch.ComesTo(
      {{"0000:02:10.0", "Healthy"}, {"0000:02:10.1", "Healthy"}, {"0000:02:10.2", "Healthy"}}));
  REQUIRE(watch.last.devices(0).topology().nodes_size() == 1);
  CHECK(watch.last.devices(0).topology().nodes(0).id() == 1);
  HostState host = RailHost();
  host.pfs[1].vfs.pop_back();
  host.pfs[1].carrier = false;
  plugin->Update({DesiredRails(), host, {}});
  CHECK(watch.ComesTo({{"0000:02:10.0", "Unhealthy"}, {"0000:02:10.1", "Unhealthy"}}));
}

TEST_CASE("policies may change without a break of other resources") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient first = node.Client("gpu1rdma");
  PluginClient second = node.Client("gpu2rdma");
  DeviceWatch staying(*first.plugin);
  DeviceWatch going(*second.plugin);
  CHECK(staying.ComesTo(kAllWell));
  const auto inode = node.Inode("gpu1rdma");

  DesiredNode desired = DesiredRails();
  desired.pfs[1].groups = {RailGroup("other")};
  plugin->Update({desired, RailHost(), {}});
  CHECK(going.Ends());
  CHECK(Eventually([&] { return fs::exists(node.Socket("other")); }));
  CHECK(Eventually([&] { return !fs::exists(node.Socket("gpu2rdma")); }));

  plugin->Update({desired, WithFirstIll(), {}});
  CHECK(staying.ComesTo(kFirstIll));
  CHECK(node.Inode("gpu1rdma") == inode);
}

TEST_CASE("a container gets its VFs' devices, and Multus learns of them") {
  Node node;
  node.directory.Write("dev/infiniband/rdma_cm", "");
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient rail = node.Client("gpu1rdma");
  v1beta1::AllocateResponse response;
  REQUIRE(rail.Allocate({"0000:01:10.2"}, response).ok());
  REQUIRE(response.container_responses_size() == 1);
  const auto& given = response.container_responses(0);
  CHECK(given.envs().at("PCIDEVICE_SPIDERNET_IO_GPU1RDMA") == "0000:01:10.2");
  REQUIRE(given.devices_size() == 3);
  CHECK(given.devices(0).host_path() == "/dev/infiniband/uverbs12");
  CHECK(given.devices(0).container_path() == "/dev/infiniband/uverbs12");
  CHECK(given.devices(0).permissions() == "rw");
  CHECK(given.devices(2).host_path() == "/dev/infiniband/rdma_cm");
  CHECK(ReadFile(node.paths().devinfo / "spidernet.io-gpu1rdma-0000:01:10.2-device.json").value() ==
        R"({"pci":{"pci-address":"0000:01:10.2","pf-pci-address":"0000:01:00.0",)"
        R"("rdma-device":"mlx5_12"},"type":"pci","version":"1.1.0"})");
}

TEST_CASE("a container gets the nodes that its VF has now, not those of the last look") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient rail = node.Client("gpu1rdma");
  RdmaDevice anew = *RailVf(1, 0).rdma;
  anew.char_devices = {"infiniband/uverbs77", "infiniband/umad77"};
  node.ShowRdma("0000:01:10.0", anew);
  v1beta1::AllocateResponse response;
  REQUIRE(rail.Allocate({"0000:01:10.0"}, response).ok());
  const auto& given = response.container_responses(0);
  REQUIRE(given.devices_size() == 2);
  CHECK(given.devices(0).host_path() == "/dev/infiniband/uverbs77");
  CHECK(given.devices(1).host_path() == "/dev/infiniband/umad77");
  fs::remove_all(node.paths().sysfs);
  CHECK(rail.Allocate({"0000:01:10.0"}, response).error_message() ==
        "VF 0000:01:10.0 can't be used: it has no RDMA device");
}

TEST_CASE("a VF that can't be used is refused with its reason, and nothing is written") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), WithFirstIll(), {}});
  PluginClient rail = node.Client("gpu1rdma");
  v1beta1::AllocateResponse response;
  const auto ill = rail.Allocate({"0000:01:10.1", "0000:01:10.0"}, response);
  CHECK(ill.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(ill.error_message() == "VF 0000:01:10.0 can't be used: it has no driver");
  CHECK(rail.Allocate({"0000:09:10.0"}, response).error_message() ==
        "spidernet.io/gpu1rdma has no VF 0000:09:10.0 any more");
  fs::remove(node.paths().dev / "infiniband/uverbs11");
  CHECK(rail.Allocate({"0000:01:10.1"}, response).error_message() ==
        "/dev/infiniband/uverbs11 isn't there any more");
  CHECK(!fs::exists(node.paths().devinfo));
}

TEST_CASE("kubelet may ask which VFs a container should get") {
  Node node;
  const auto plugin = node.Start();
  DesiredNode desired = DesiredRails();
  for (auto& pf : desired.pfs) pf.groups[0].resource_name = "all";
  plugin->Update({desired, RailHost(), {}});
  PluginClient all = node.Client("all");
  v1beta1::PreferredAllocationRequest request;
  auto& container = *request.add_container_requests();
  for (const auto* id : {"0000:01:10.0", "0000:01:10.1", "0000:02:10.0", "0000:02:10.2"}) {
    container.add_available_device_ids(id);
  }
  container.add_must_include_device_ids("0000:02:10.2");
  container.set_allocation_size(2);
  v1beta1::PreferredAllocationResponse response;
  REQUIRE(PluginClient::Call(*all.plugin, &v1beta1::DevicePlugin::Stub::GetPreferredAllocation,
                             request, response)
              .ok());
  REQUIRE(response.container_responses_size() == 1);
  const auto& ids = response.container_responses(0).device_ids();
  CHECK(std::vector<std::string>(ids.begin(), ids.end()) ==
        std::vector<std::string>{"0000:02:10.2", "0000:02:10.0"});
}

TEST_CASE("a VF that a pod holds under another resource is given to nobody until the pod is gone") {
  Node node;
  const auto plugin = node.Start();
  const VfHolders holders = {{"0000:01:10.0", {"team/train", "spidernet.io/old"}}};
  plugin->Update({DesiredRails(), RailHost(), holders});
  PluginClient rail = node.Client("gpu1rdma");
  DeviceWatch watch(*rail.plugin);
  CHECK(watch.ComesTo(kFirstIll));
  v1beta1::AllocateResponse response;
  CHECK(rail.Allocate({"0000:01:10.0"}, response).error_message() ==
        "VF 0000:01:10.0 can't be used: pod team/train still has it as spidernet.io/old");
  plugin->Update({DesiredRails(), RailHost(), {}});
  CHECK(watch.ComesTo(kAllWell));
}

TEST_CASE("while somebody else offers the VFs no resource is there") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient rail = node.Client("gpu1rdma");
  DeviceWatch watch(*rail.plugin);
  CHECK(watch.ComesTo(kAllWell));
  plugin->Update({DesiredRails(), RailHost(), {}, true});
  CHECK(watch.Ends());
  CHECK(Eventually([&] { return FilesIn(node.sockets).empty(); }));
  plugin->Update({DesiredRails(), RailHost(), {}});
  CHECK(Eventually([&] { return FilesIn(node.sockets).size() == 2; }));
}

TEST_CASE("a socket that vanishes is made anew") {
  Node node;
  const auto plugin = node.Start();
  plugin->Update({DesiredRails(), RailHost(), {}});
  REQUIRE(Eventually([&] { return fs::exists(node.Socket("gpu1rdma")); }));
  fs::remove(node.Socket("gpu1rdma"));
  PluginClient rail = node.Client("gpu1rdma");
  CHECK(DeviceWatch(*rail.plugin).ComesTo(kAllWell));
}

TEST_CASE("a socket that nobody listens to is offered again, one with a listener is left alone") {
  Node node;
  const auto plugin = node.Start(std::chrono::seconds(3));
  plugin->Update({DesiredRails(), RailHost(), {}});
  PluginClient rail = node.Client("gpu1rdma");
  DeviceWatch watch(*rail.plugin);
  REQUIRE(watch.ComesTo(kAllWell));
  const auto heard = node.Inode("gpu1rdma");
  const auto unheard = node.Inode("gpu2rdma");
  CHECK(Eventually([&] { return node.Inode("gpu2rdma") != unheard; }));
  CHECK(node.Inode("gpu1rdma") == heard);
  plugin->Update({DesiredRails(), WithFirstIll(), {}});
  CHECK(watch.ComesTo(kFirstIll));
}

TEST_CASE("where kubelet doesn't look for plugins it is called, and again after its restart") {
  Node node("device-plugins");
  auto kubelet = std::make_unique<KubeletSocket>(node.sockets);
  const auto plugin = node.Start();
  DesiredNode desired = DesiredRails();
  desired.pfs.pop_back();
  plugin->Update({desired, RailHost(), {}});
  const std::string call = "v1beta1 spidernet.io/gpu1rdma spidernet.io_gpu1rdma.sock";
  CHECK(Eventually([&] { return kubelet->Registered() == std::vector<std::string>{call}; }));
  PluginClient rail = node.Client("gpu1rdma");
  CHECK(DeviceWatch(*rail.plugin).ComesTo(kAllWell));

  kubelet.reset();
  fs::remove(node.Socket("gpu1rdma"));
  kubelet = std::make_unique<KubeletSocket>(node.sockets);
  CHECK(Eventually([&] { return kubelet->Registered() == std::vector<std::string>{call}; }));
}

TEST_CASE("another plugin's socket isn't taken from it") {
  Node node;
  const auto other = node.Start();
  other->Update({DesiredRails(), RailHost(), {}});
  node.AwaitAnswer("gpu1rdma");
  const auto inode = node.Inode("gpu1rdma");
  DesiredNode desired = DesiredRails();
  desired.pfs[1].groups = {RailGroup("mine")};
  const auto plugin = node.Start();
  plugin->Update({desired, WithFirstIll(), {}});
  CHECK(Eventually([&] { return fs::exists(node.Socket("mine")); }));
  CHECK(node.Inode("gpu1rdma") == inode);
  PluginClient rail = node.Client("gpu1rdma");
  CHECK(DeviceWatch(*rail.plugin).ComesTo(kAllWell));
}

TEST_CASE("what a plugin that was killed left is removed, unless somebody listens there") {
  Node node;
  const auto other = node.Start();
  other->Update({DesiredRails(), RailHost(), {}});
  for (const auto* resource : {"gpu1rdma", "gpu2rdma"}) node.AwaitAnswer(resource);
  const auto dead = node.Socket("dead");
  LeaveSocket(dead);
  LeaveSocket(node.sockets / "example.com_dead.sock");
  const auto plugin = node.Start();
  CHECK(Eventually([&] { return !fs::exists(dead); }));
  CHECK(FilesIn(node.sockets) == std::vector<std::string>{"example.com_dead.sock",
                                                          "spidernet.io_gpu1rdma.sock",
                                                          "spidernet.io_gpu2rdma.sock"});
}

TEST_CASE("a resource whose name is too long for a socket's path has a shorter one") {
  Node node;
  const auto plugin = node.Start();
  DesiredNode desired = DesiredRails();
  const std::string name(63, 'x');
  desired.pfs = {desired.pfs[0]};
  desired.pfs[0].groups[0].resource_name = name;
  const auto deep = node.paths().kubelet / "plugins_registry";
  plugin->Update({desired, RailHost(), {}});
  REQUIRE(Eventually([&] { return !FilesIn(deep).empty(); }));
  PluginClient rail(deep / FilesIn(deep).at(0));
  CHECK(rail.Info().name() == "spidernet.io/" + name);
}

TEST_CASE("a prefix that is no domain name is refused") {
  const auto plugin = DevicePlugin::Start({{}, "Spider net"});
  REQUIRE(!plugin);
  CHECK(plugin.error().code == ErrorCode::kInvalid);
  CHECK(plugin.error().message ==
        "prefix of resources \"Spider net\" is no domain name: write one such as spidernet.io");
}

}  // namespace
}  // namespace railhook
