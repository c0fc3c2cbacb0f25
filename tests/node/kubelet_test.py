#!/usr/bin/python3
"""kubelet gives pods the virtual functions that railhook-vfmanager makes and tells of.

Usage: kubelet_test.py RAILHOOK-VFMANAGER [TEST...]
The tests run in the order of their names, on one node.
"""

import json
import sys
import time
import unittest

sys.dont_write_bytecode = True

from node import SECONDS, Node, NodeMachine, find_disk  # noqa: E402  # first: it finds the others
import isolation  # noqa: E402
from agent import Agent, find_image  # noqa: E402
from control_plane import find_programs, wait_for  # noqa: E402
from machine import PROGRAM  # noqa: E402

RAILS = {"rail1": "0000:01:00.0", "rail2": "0000:02:00.0"}
RESOURCES = {name: f"spidernet.io/{name}" for name in [*RAILS, "other"]}
VFS = 3
CAP_NET_ADMIN, SECCOMP_FILTER = 12, "2"  # linux/capability.h, linux/seccomp.h
LOOKS = 5  # seconds in which the agent looks several times and kubelet tells of it
DEVICES = "/sys/bus/pci/devices"
POLICY = {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkNodePolicy"}
NAD = {"apiVersion": "k8s.cni.cncf.io/v1", "kind": "NetworkAttachmentDefinition"}
STATUS = "k8s.v1.cni.cncf.io/network-status"


def policy(rail, resource=None):
    return POLICY | {"metadata": {"name": f"{rail}-policy", "namespace": "default"},
                     "spec": {"resourceName": resource or rail, "nodeSelector": {}, "numVfs": VFS, "isRdma": True,
                              "nicSelector": {"rootDevices": [RAILS[rail]]}}}


def network(name):
    """The VF goes into the pod as it is, and its RDMA device after it."""
    config = {"cniVersion": "1.0.0", "name": name, "plugins": [{"type": "host-device"}, {"type": "rdma"}]}
    return NAD | {"metadata": {"name": name, "namespace": "default",
                               "annotations": {"k8s.v1.cni.cncf.io/resourceName": RESOURCES[name]}},
                  "spec": {"config": json.dumps(config)}}


def pod(name):
    limits = {RESOURCES[rail]: "1" for rail in RAILS}
    container = {"name": "train", "image": "railhook.test/pod:1", "imagePullPolicy": "Never",
                 "resources": {"limits": limits, "requests": limits}}
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default",
                         "annotations": {"k8s.v1.cni.cncf.io/networks": ",".join(RAILS)}},
            "spec": {"terminationGracePeriodSeconds": 1, "dnsPolicy": "Default", "automountServiceAccountToken": False,
                     "containers": [container]}}


class Kubelet(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(Node(STATE, PROGRAMS, NodeMachine(PROGRAM, DISK, len(RAILS))))
        cls.vm, cls.agent = cls.node.machine, Agent(cls.node, IMAGE)

    def comes_to(self, resource, count):
        found = wait_for(lambda: self.node.allocatable(RESOURCES[resource]) == count, SECONDS)
        self.assertTrue(found, f"{resource}: {self.node.allocatable(RESOURCES[resource])} instead of {count}\n"
                        + self.node.tails())

    def run_pod(self, name):
        self.node.apply(pod(name))
        running = wait_for(lambda: self.phase_of(name) == "Running", SECONDS)
        self.assertTrue(running, self.node.kubectl("describe", "pod", name) + self.node.tails())

    def phase_of(self, name):
        """Of a pod that is made again where kubelet, just started, refused it as it hadn't heard of the VFs yet."""
        status = self.node.pod(name)["status"]
        if status.get("reason") == "UnexpectedAdmissionError" and "no healthy devices" in status["message"]:
            self.node.kubectl("delete", "pod", name)
            self.node.apply(pod(name))
        return status["phase"]

    def networks_of(self, name):
        """By their names, as Multus tells of them."""
        status = json.loads(self.node.pod(name)["metadata"]["annotations"][STATUS])
        return {one["name"].removeprefix("default/"): one for one in status if not one.get("default")}

    def registrations(self, rail):
        """How often kubelet has taken the resource."""
        lines = self.agent.log().splitlines()
        return len([line for line in lines if "kubelet has the resource" in line and RESOURCES[rail] in line])

    def vfs_of(self, rail):
        return [self.vm.sh(f"basename $(readlink {DEVICES}/{RAILS[rail]}/virtfn{vf})") for vf in range(VFS)]

    def test_1_the_node_offers_what_its_policies_say(self):
        self.vm.sh("modprobe ib_core netns_mode=0 && modprobe ib_uverbs && modprobe railsim ib=0")
        self.node.apply(*map(policy, RAILS), *map(network, RAILS))
        self.agent.install("--poll=1")
        for rail in RAILS:
            self.comes_to(rail, VFS)

    def test_2_the_agent_may_do_no_more_than_its_chart_says(self):
        lines = self.vm.sh(f"cat /proc/{self.node.process_of(self.agent.pod())}/status").splitlines()
        status = dict(line.split(":\t") for line in lines)
        self.assertEqual([int(status[f"Cap{kind}"], 16) for kind in ("Prm", "Eff", "Bnd")], [1 << CAP_NET_ADMIN] * 3)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", SECCOMP_FILTER))

    def test_3_a_pod_has_its_vfs_and_their_rdma_devices(self):
        self.run_pod("train")
        process, networks = self.node.process_of(self.node.pod("train")), self.networks_of("train")
        self.assertEqual(set(networks), set(RAILS))
        given = {rail: networks[rail]["device-info"]["pci"] for rail in RAILS}
        for rail, pci in given.items():
            self.assertIn(pci["pci-address"], self.vfs_of(rail))
            self.assertEqual(pci["pf-pci-address"], RAILS[rail])
        devices = {pci["rdma-device"] for pci in given.values()}
        links = self.vm.json(f"nsenter -t {process} -n rdma -j link")
        self.assertEqual({link["ifname"] for link in links}, devices)
        variables = self.vm.sh(f"tr '\\0' '\\n' </proc/{process}/environ").splitlines()
        for rail, pci in given.items():
            self.assertIn(f"PCIDEVICE_SPIDERNET_IO_{rail.upper()}={pci['pci-address']}", variables)
        nodes = self.vm.sh(f"ls /proc/{process}/root/dev/infiniband").split()
        self.assertEqual(len([node for node in nodes if node.startswith("uverbs")]), len(RAILS), nodes)
        time.sleep(LOOKS)  # what the pod has is out of the host's sight, and well
        for rail in RAILS:
            self.assertEqual(self.node.allocatable(RESOURCES[rail]), VFS)
        self.assertEqual(len(self.vm.json(f"nsenter -t {process} -n rdma -j link")), len(RAILS))

    def test_4_a_vf_that_fails_is_no_longer_offered(self):
        used = self.networks_of("train")["rail2"]["device-info"]["pci"]["pci-address"]
        index, free = next((vf for vf in enumerate(self.vfs_of("rail2")) if vf[1] != used))
        self.vm.knob("fail_vf_probe", index)
        self.vm.sh(f"echo {free} >{DEVICES}/{free}/driver/unbind")
        self.comes_to("rail2", VFS - 1)
        self.assertEqual(self.node.allocatable(RESOURCES["rail1"]), VFS)
        self.vm.knob("fail_vf_probe", -1)
        self.vm.sh(f"echo {free} >/sys/bus/pci/drivers_probe")
        self.comes_to("rail2", VFS)

    def test_5_kubelet_may_start_again(self):
        registered = self.registrations("rail1")
        self.node.restart_kubelet()
        again = wait_for(lambda: self.registrations("rail1") > registered, SECONDS)
        self.assertTrue(again, self.node.tails())
        self.run_pod("second")
        self.assertEqual(self.node.pod("train")["status"]["phase"], "Running")

    def test_6_a_resource_may_be_renamed_without_harm_to_pods_and_other_resources(self):
        registered = self.registrations("rail1")
        self.node.apply(policy("rail2", "other"))
        self.comes_to("other", VFS - 2)  # what the two pods hold they hold under the old name
        self.comes_to("rail2", 0)
        self.assertEqual(self.node.allocatable(RESOURCES["rail1"]), VFS)
        self.node.kubectl("delete", "pod", "second", "--wait=true")
        self.comes_to("other", VFS - 1)
        self.node.apply(policy("rail2"))
        self.comes_to("rail2", VFS)
        self.assertEqual(self.registrations("rail1"), registered)

    def test_7_the_next_agent_takes_over_and_touches_nothing(self):
        touched = "cat /sys/module/railsim/parameters/probes; ls /var/lib/railhook/pfs; cat /sys/class/net/*/mtu"
        before = self.vm.sh(touched)
        self.assertTrue(self.agent.replace(), self.node.tails())
        for rail in RAILS:
            self.comes_to(rail, VFS)
        self.assertEqual(self.vm.sh(touched), before)
        self.assertEqual(self.node.pod("train")["status"]["phase"], "Running")

    def test_8_what_pods_had_is_free_after_them(self):
        self.node.kubectl("delete", "pod", "train", "--wait=true")
        self.assertEqual(len(self.vm.json("rdma -j link")), len(RAILS) * (1 + VFS))
        self.run_pod("next")


if __name__ == "__main__":
    PROGRAMS, DISK, IMAGE = find_programs(), find_disk(), find_image()
    STATE = isolation.enter()
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2, failfast=True)
