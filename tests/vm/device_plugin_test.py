#!/usr/bin/python3
"""The device plugin tells the truth of VFs that the kernel really has, moves and loses.

Usage: device_plugin_test.py RAILHOOK-VFMANAGER [TEST...]
Beside that program stands tests/device_plugin_probe, which runs the plugin and is its kubelet.
"""

import json
import pathlib
import shutil
import sys
import time

sys.dont_write_bytecode = True

from machine import PROGRAM, SECONDS, MachineTest, libraries_of, main  # noqa: E402

PROBE = pathlib.Path(PROGRAM).parent / "tests/device_plugin_probe"
RUN = "LD_LIBRARY_PATH=/root/lib /root/device_plugin_probe"
DEVICES = "/sys/bus/pci/devices"
PFS = {"rail1": "0000:01:00.0", "rail2": "0000:02:00.0"}  # of which the second one is InfiniBand
KINDS = {"rail1": ["rdma_cm", "uverbs"], "rail2": ["issm", "rdma_cm", "uverbs", "umad"]}  # of nodes
VFS = 3
WELL = ["Healthy"] * VFS
CHECKPOINT = "/var/lib/kubelet/device-plugins/kubelet_internal_checkpoint"
DEVINFO = "/var/run/k8s.cni.cncf.io/devinfo/dp"


def policy(resource, pf):
    return {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkNodePolicy",
            "metadata": {"name": f"{resource}-policy", "namespace": "default"},
            "spec": {"resourceName": resource, "nodeSelector": {}, "numVfs": VFS, "isRdma": True,
                     "nicSelector": {"rootDevices": [pf]}}}


class DevicePlugin(MachineTest):
    nics = None  # RDMA devices shall belong to one network namespace alone, which is set first

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lay_out_probe()
        cls.vm.sh("modprobe ib_core netns_mode=0 && modprobe -a ib_uverbs ib_umad rdma_ucm && modprobe railsim ib=0")
        cls.vm.knob("ib", 1)
        cls.vm.sh(f"cd /sys/bus/pci/drivers/railsim && echo {PFS['rail2']} >unbind && echo {PFS['rail2']} >bind")
        cls.vm.sh("mkdir -p /var/lib/kubelet/plugins_registry /var/lib/kubelet/device-plugins /var/lib/railhook")
        cls.vm.write("/root/policies", json.dumps([policy(*rail) for rail in PFS.items()]))
        for pf in PFS.values():
            cls.make_vfs(pf)
        cls.serve()

    @classmethod
    def lay_out_probe(cls):
        (cls.vm.share / "lib").mkdir()
        for library in libraries_of(PROBE):
            shutil.copy(library, cls.vm.share / "lib")
        shutil.copy(PROBE, cls.vm.share)
        cls.vm.sh("cp -r /share/lib /share/device_plugin_probe /root")  # /share is slow

    @classmethod
    def make_vfs(cls, pf):
        """With an address each, before their driver sees them; of a MAC railsim makes the GUID."""
        cls.vm.sh(f"""cd {DEVICES}/{pf} && link=$(ls net) && ip link set $link up
                      echo 0 >sriov_drivers_autoprobe && echo {VFS} >sriov_numvfs
                      for vf in 0 1 2; do case $link in
                        ib*) for guid in node_guid port_guid; do ip link set $link vf $vf $guid 02:00:00:00:00:00:00:0$vf; done ;;
                        *) ip link set $link vf $vf mac 02:00:00:00:00:0$vf ;;
                      esac; done
                      echo 1 >sriov_drivers_autoprobe
                      for vf in 0 1 2; do basename $(readlink virtfn$vf) >/sys/bus/pci/drivers_probe; done""")

    @classmethod
    def serve(cls):
        cls.vm.sh(f"{RUN} serve /root/policies >/root/plugin.log 2>&1 & echo $! >/root/plugin.pid")

    def hand_out(self, resource, vf):
        """kubelet's record of one pod and its VF."""
        entry = {"PodUID": "uid", "ContainerName": "train", "ResourceName": f"spidernet.io/{resource}", "DeviceIDs": {"0": [vf]}}
        self.vm.write("/root/checkpoint", json.dumps({"Data": {"PodDeviceEntries": [entry], "RegisteredDevices": {}}, "Checksum": 0}))
        self.vm.sh(f"mv /root/checkpoint {CHECKPOINT}")  # whole at any time, as kubelet writes it
        self.addCleanup(self.vm.sh, f"rm -f {CHECKPOINT}")

    def address(self, resource, vf):
        return self.vm.sh(f"basename $(readlink {DEVICES}/{PFS[resource]}/virtfn{vf})")

    def healths(self, resource):
        return [line.split()[1] for line in self.vm.sh(f"{RUN} list {resource}").splitlines()]

    def comes_to(self, resource, wanted):
        deadline = time.monotonic() + SECONDS
        while (found := self.healths(resource)) != wanted and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(found, wanted, self.vm.sh("tail -n 20 /root/plugin.log"))

    def stays(self, resource, wanted):
        """Over ten looks at the host."""
        for _ in range(3):
            time.sleep(0.4)
            self.assertEqual(self.healths(resource), wanted)

    def rdma_device(self, vf):
        return self.vm.sh(f"ls {DEVICES}/{vf}/infiniband")

    def check_container(self, rail):
        self.comes_to(rail, WELL)
        vf = self.address(rail, 1)
        device, nodes = self.rdma_device(vf), self.vm.sh(f"cd {DEVICES}/{vf} && ls infiniband_verbs infiniband_mad; true").split()
        lines = self.vm.sh(f"{RUN} allocate {rail} {vf}").splitlines()
        self.assertIn(f"PCIDEVICE_SPIDERNET_IO_{rail.upper()}={vf}", lines)
        given = [line.removeprefix("/dev/infiniband/") for line in lines if line.startswith("/dev/")]
        self.assertEqual(set(given), {node for node in nodes if not node.endswith(":")} | {"rdma_cm"})
        self.assertEqual(sorted(node.strip("0123456789") for node in given), sorted(KINDS[rail]))
        for node in given:
            self.vm.sh(f"test -c /dev/infiniband/{node}")
        info = self.vm.json(f"cat {DEVINFO}/spidernet.io-{rail}-{vf}-device.json")
        self.assertEqual(info, {"type": "pci", "version": "1.1.0",
                                "pci": {"pci-address": vf, "pf-pci-address": PFS[rail], "rdma-device": device}})

    def test_a_container_gets_the_nodes_of_its_vf(self):
        self.check_container("rail1")

    def test_a_container_gets_the_nodes_of_its_infiniband_vf(self):
        self.check_container("rail2")

    def test_a_vf_in_a_pod_stays_healthy_also_for_the_next_plugin(self):
        self.comes_to("rail1", WELL)
        vf = self.address("rail1", 0)
        device, netdev = self.rdma_device(vf), self.vm.sh(f"ls {DEVICES}/{vf}/net")
        self.hand_out("rail1", vf)
        self.vm.sh(f"ip netns add pod && ip link set {netdev} netns pod && rdma dev set {device} netns pod")
        self.assertEqual(self.vm.sh(f"ls {DEVICES}/{vf}/infiniband {DEVICES}/{vf}/net 2>/dev/null | grep -v : || true"), "")
        self.stays("rail1", WELL)
        self.vm.sh("kill $(cat /root/plugin.pid)")
        self.serve()
        self.comes_to("rail1", WELL)
        self.stays("rail1", WELL)
        self.vm.sh(f"ip netns delete pod && until rdma dev show {device}; do sleep 0.1; done")  # both come back by themselves

    def test_a_vf_without_a_driver_is_ill_until_it_has_one(self):
        vf = self.address("rail2", 2)
        self.comes_to("rail2", WELL)
        self.vm.sh(f"echo {vf} >{DEVICES}/{vf}/driver/unbind")
        self.comes_to("rail2", ["Healthy", "Healthy", "Unhealthy"])
        self.assertIn("it has no driver", self.vm.run(f"{RUN} allocate rail2 {vf}").err)
        self.vm.sh(f"echo {vf} >/sys/bus/pci/drivers_probe")
        self.comes_to("rail2", WELL)

    def test_a_vf_that_a_pod_has_under_another_resource_is_offered_once_it_is_free(self):
        self.comes_to("rail2", WELL)
        vf = self.address("rail2", 0)
        self.hand_out("old", vf)
        self.comes_to("rail2", ["Unhealthy", "Healthy", "Healthy"])
        self.assertIn("still has it as spidernet.io/old", self.vm.run(f"{RUN} allocate rail2 {vf}").err)
        self.hand_out("rail2", vf)
        self.comes_to("rail2", WELL)

    def test_a_pf_that_is_down_takes_its_vfs_with_it(self):
        link = self.vm.sh(f"ls {DEVICES}/{PFS['rail2']}/net")
        self.comes_to("rail2", WELL)
        self.vm.sh(f"ip link set {link} down")
        self.comes_to("rail2", ["Unhealthy"] * VFS)
        self.stays("rail1", WELL)
        self.vm.sh(f"ip link set {link} up")
        self.comes_to("rail2", WELL)

    def test_vfs_that_are_gone_leave_an_empty_resource(self):
        self.comes_to("rail2", WELL)
        self.vm.sh(f"echo 0 >{DEVICES}/{PFS['rail2']}/sriov_numvfs")
        self.comes_to("rail2", [])
        self.make_vfs(PFS["rail2"])
        self.comes_to("rail2", WELL)


if __name__ == "__main__":
    main()
