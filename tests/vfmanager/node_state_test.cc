#include "vfmanager/node_state.h"

#include <doctest/doctest.h>

#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

HostState Host() {
  VirtualFunction vf;
  vf.index = 2;
  vf.address = "0000:01:00.3";
  vf.vendor = "15b3";
  vf.device_id = "101a";
  vf.driver = "mlx5_core";
  vf.netdev = "ens1v2";
  vf.mac = *MacAddress::Parse("02:00:00:00:00:02");
  vf.vlan = 7;
  vf.mtu = 4096;
  vf.rdma = RdmaDevice{"mlx5_3", Guid::Parse("0600:0000:0000:0001"), {}};
  PhysicalFunction pf;
  pf.address = "0000:01:00.0";
  pf.name = "ens1";
  pf.alt_names = {"rail1"};
  pf.vendor = "15b3";
  pf.device_id = "1019";
  pf.driver = "mlx5_core";
  pf.mac = *MacAddress::Parse("b8:00:00:00:00:01");
  pf.mtu = 9000;
  pf.up = true;
  pf.link_type = LinkType::kInfiniBand;
  pf.speed = "200000 Mb/s";
  pf.total_vfs = 16;
  pf.num_vfs = 1;
  pf.vfs = {vf};
  HostState host;
  host.pfs = {pf};
  host.rdma_mode = RdmaMode::kExclusive;
  return host;
}

TEST_CASE("the status has what upstream's has, under its names") {
  DesiredNode desired;
  desired.pfs.resize(1);
  desired.pfs[0].address = "0000:01:00.0";
  desired.pfs[0].externally_managed = true;
  const Json status = StatusOf(Host(), desired, ReportOf({}));
  const Json want = Json::parse(R"({"syncStatus":"Succeeded","lastSyncError":null,
    "system":{"rdmaMode":"exclusive"},"interfaces":[{"name":"ens1","altNames":["rail1"],
    "pciAddress":"0000:01:00.0","vendor":"15b3","deviceID":"1019","driver":"mlx5_core",
    "mac":"b8:00:00:00:00:01","mtu":9000,"numVfs":1,"totalvfs":16,"linkSpeed":"200000 Mb/s",
    "linkType":"IB","linkAdminState":"up","externallyManaged":true,
    "Vfs":[{"vfID":2,"name":"ens1v2","pciAddress":"0000:01:00.3","vendor":"15b3",
    "deviceID":"101a","driver":"mlx5_core","mac":"02:00:00:00:00:02","mtu":4096,"Vlan":7,
    "guid":"06:00:00:00:00:00:00:01"}]}]})");
  CHECK(Compact(status) == Compact(want));
}

TEST_CASE("what isn't known is left out, what is wrong is told") {
  HostState host;
  host.pfs.resize(1);
  host.pfs[0].address = "0000:01:00.0";
  host.pfs[0].vfs.resize(1);
  host.pfs[0].vfs[0].address = "0000:01:00.1";
  Situation situation;
  situation.failures = {"EIO"};
  const Json status = StatusOf(host, {}, ReportOf(situation));
  const Json want = Json::parse(R"({"syncStatus":"Failed","lastSyncError":"EIO","system":null,
    "interfaces":[{"pciAddress":"0000:01:00.0","totalvfs":0,"numVfs":0,
    "Vfs":[{"vfID":0,"pciAddress":"0000:01:00.1"}]}]})");
  CHECK(Compact(status) == Compact(want));
}

std::string Since(const Json& conditions, const std::string& type) {
  for (const Json& condition : conditions)
    if (TextMember(&condition, "type") == type) return TextMember(&condition, "lastTransitionTime");
  return "none";
}

TEST_CASE("a condition tells since when it is as it is, also to an agent that has just started") {
  const Json first = ConditionsOf(ReportOf({}), Json(), "then");
  CHECK(Since(first, "Ready") == "then");
  Situation failing;
  failing.failures = {"a"};
  const Json second = ConditionsOf(ReportOf(failing), first, "later");
  CHECK(Since(second, "Ready") == "later");
  CHECK(Since(second, "Conflict") == "then");
  failing.failures = {"b"};  // still not ready
  CHECK(Since(ConditionsOf(ReportOf(failing), second, "now"), "Ready") == "later");
}

TEST_CASE("what changes as pods come and go doesn't count when statuses are compared") {
  HostState host = Host();
  const Json before = SteadyPart(StatusOf(host, {}, ReportOf({})));
  VirtualFunction& vf = host.pfs[0].vfs[0];
  vf.netdev.clear();
  vf.mac = {};
  vf.mtu.reset();
  vf.rdma.reset();
  CHECK(Compact(SteadyPart(StatusOf(host, {}, ReportOf({})))) == Compact(before));
  vf.driver = "vfio-pci";
  CHECK(Compact(SteadyPart(StatusOf(host, {}, ReportOf({})))) != Compact(before));
}

TEST_CASE("a status of any form can be compared") {
  for (const char* text : {"null", "[]", "{}", R"({"interfaces":null})", R"({"interfaces":7})",
                           R"({"interfaces":[7,{"Vfs":8},{"Vfs":[9]}]})"})
    CHECK(SteadyPart(Json::parse(text)).is_object());
}

}  // namespace
}  // namespace railhook
