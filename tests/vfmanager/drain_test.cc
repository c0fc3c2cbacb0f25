#include "vfmanager/drain.h"

#include <doctest/doctest.h>

#include "base/json.h"

namespace railhook {
namespace {

const std::string kRail = "spidernet.io/rail1";

NodePod PodThatAsks(const std::string& name, TextSet resources = {kRail}) {
  NodePod pod;
  pod.name_space = "team";
  pod.name = name;
  pod.uid = "uid-" + name;
  pod.resources = std::move(resources);
  return pod;
}

DeviceAllocations Handed(const std::string& pod, const std::string& device) {
  DeviceAllocations allocations;
  allocations.pods["uid-" + pod][kRail] = {device};
  return allocations;
}

const VfDevices kVfs{{"0000:04:00.1", "0000:04:00.2"}, {kRail}};

std::vector<std::string> Names(const std::vector<NodePod>& pods) {
  std::vector<std::string> names;
  for (const NodePod& pod : pods) names.push_back(pod.name);
  return names;
}

using List = std::vector<std::string>;

TEST_CASE("who was given one of the VFs holds it, who was given another doesn't") {
  const std::vector<NodePod> pods = {PodThatAsks("a"), PodThatAsks("b")};
  auto handed = Handed("a", "0000:04:00.2");
  handed.pods.merge(Handed("b", "0000:05:00.1").pods);
  CHECK(Names(HoldersOf(kVfs, pods, handed)) == List{"a"});
}

TEST_CASE("a pod that asks and has nothing yet may get one at any moment") {
  const std::vector<NodePod> pods = {PodThatAsks("waiting"), PodThatAsks("other", {"cpu"})};
  CHECK(Names(HoldersOf(kVfs, pods, DeviceAllocations())) == List{"waiting"});
}

TEST_CASE("without kubelet's checkpoint Multus' status tells, and without that the request does") {
  NodePod here = PodThatAsks("here");
  here.addresses = {"0000:04:00.1"};
  NodePod there = PodThatAsks("there");
  there.addresses = {"0000:05:00.1"};
  const std::vector<NodePod> pods = {here, there, PodThatAsks("unknown")};
  CHECK(Names(HoldersOf(kVfs, pods, std::nullopt)) == List{"here", "unknown"});
}

TEST_CASE("a VF without a resource, as by a host-device network, is held as well") {
  NodePod pod = PodThatAsks("plain", {"cpu"});
  pod.addresses = {"0000:04:00.1"};
  CHECK(Names(HoldersOf(kVfs, {pod}, DeviceAllocations())) == List{"plain"});
}

TEST_CASE("a resource that the VFs had under an earlier policy counts, as kubelet knows it") {
  DeviceAllocations allocations;
  allocations.registered["spidernet.io/old"] = {"0000:04:00.1"};
  allocations.registered["spidernet.io/else"] = {"0000:05:00.1"};
  const std::vector<NodePod> pods = {PodThatAsks("late", {"spidernet.io/old"}),
                                     PodThatAsks("else", {"spidernet.io/else"})};
  CHECK(Names(HoldersOf(kVfs, pods, allocations)) == List{"late"});
}

TEST_CASE("a finished pod holds nothing, one that is leaving does until it is gone") {
  NodePod done = PodThatAsks("done");
  done.finished = true;
  NodePod leaving = PodThatAsks("leaving");
  leaving.leaving = true;
  CHECK(Names(HoldersOf(kVfs, {done, leaving}, std::nullopt)) == List{"leaving"});
}

TEST_CASE("kubelet's checkpoint is read, with devices by NUMA node or in a list") {
  const auto allocations = ParseDeviceCheckpoint(R"({"Data":{"PodDeviceEntries":[
      {"PodUID":"u1","ContainerName":"a","ResourceName":"x/r","DeviceIDs":{"-1":["d1"],"0":["d2"]},
       "AllocResp":"CgA="},
      {"PodUID":"u1","ContainerName":"b","ResourceName":"x/r","DeviceIDs":["d3"]},
      {"PodUID":"u2","ContainerName":"a","ResourceName":"x/s","DeviceIDs":null}],
      "RegisteredDevices":{"x/r":["d1","d2","d3"]}},"Checksum":1})");
  REQUIRE(allocations);
  CHECK(allocations->pods.at("u1").at("x/r") == TextSet{"d1", "d2", "d3"});
  CHECK(allocations->pods.at("u2").at("x/s").empty());
  CHECK(allocations->registered.at("x/r") == TextSet{"d1", "d2", "d3"});
}

TEST_CASE("what is no checkpoint is an error, never an empty one") {
  for (const char* text : {"", "{", "[]", "{}", R"({"Data":[]})"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseDeviceCheckpoint(text));
  }
  CHECK(ParseDeviceCheckpoint(R"({"Data":{"PodDeviceEntries":null,"RegisteredDevices":{}}})"));
}

TEST_CASE("a pod is read with what it asks for and the addresses that it was given") {
  const Json object = Json::parse(R"({"metadata":{"namespace":"team","name":"a","uid":"u",
      "deletionTimestamp":"2026-01-01T00:00:00Z",
      "annotations":{"k8s.v1.cni.cncf.io/network-status":
        "[{\"name\":\"x\"},{\"device-info\":{\"type\":\"pci\",\"pci\":{\"pci-address\":\"0000:04:00.1\"}}}]"}},
      "spec":{"containers":[{"resources":{"requests":{"cpu":"1"},"limits":{"x/r":"1"}}}],
              "initContainers":[{"resources":{"limits":{"x/s":"1"}}}]},
      "status":{"phase":"Running"}})");
  NodePod want{"team", "a", "u", true, false, {"cpu", "x/r", "x/s"}, {"0000:04:00.1"}, ""};
  CHECK(ReadNodePod(object) == want);
}

TEST_CASE("evicting a static pod or a DaemonSet's wouldn't help") {
  Json pod = {
      {"metadata", {{"name", "a"}, {"annotations", {{"kubernetes.io/config.mirror", "x"}}}}}};
  pod["metadata"]["uid"] = "of-the-api-server";
  CHECK(ReadNodePod(pod).fixed == "is a static pod, which only its node's files end");
  CHECK(ReadNodePod(pod).uid == "x");
  pod = {{"metadata",
          {{"name", "a"}, {"ownerReferences", {{{"kind", "DaemonSet"}, {"name", "ds"}}}}}}};
  CHECK(ReadNodePod(pod).fixed == "belongs to DaemonSet ds, which would bring it back");
  pod["metadata"]["ownerReferences"][0]["kind"] = "Job";
  CHECK(ReadNodePod(pod).fixed.empty());
}

}  // namespace
}  // namespace railhook
