"""Policies in a virtual machine, what `railhook-vfmanager apply` makes of them, and what is true of rails that are as they
should be."""

import collections
import json
import re

from machine import MachineTest

DEVICES = "/sys/bus/pci/devices"
STATE = "/var/lib/railhook"
POLICIES = f"{STATE}/policies.json"  # where the agent saves them for the next boot
UNSET = ("00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff")

Done = collections.namedtuple("Done", "code steps writes out err")


def address_of(number):
    """Of the PF that the machine has at this place."""
    return f"0000:{number + 1:02x}:00.0"


def policy(name, **spec):
    """As the documents of Spiderpool have them."""
    return {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkNodePolicy",
            "metadata": {"name": name, "namespace": "spiderpool"},
            "spec": {"nodeSelector": {"kubernetes.io/os": "linux"}, "resourceName": name, "priority": 99, "numVfs": 7,
                     "deviceType": "netdevice", "isRdma": True, **spec}}


def pool(**spec):
    return {"apiVersion": "sriovnetwork.openshift.io/v1", "kind": "SriovNetworkPoolConfig",
            "metadata": {"name": "pool", "namespace": "spiderpool"}, "spec": spec}


class Rails(MachineTest):
    """Each test begins with a machine whose PFs have no VFs and nothing remembered."""

    def setUp(self):
        self.vm.sh(f"rm -rf {STATE}; for pf in {DEVICES}/*/sriov_numvfs; do echo 0 >$pf; done; "
                   f"for probe in {DEVICES}/*/sriov_drivers_autoprobe; do echo 1 >$probe; done; "
                   "for mtu in /sys/class/net/eth?/mtu; do [ ! -e $mtu ] || echo 1500 >$mtu; done")
        if self.nics in ("ethernet", "infiniband"):
            self.vm.knob("probes", 0)

    def want(self, *objects):
        self.vm.write(POLICIES, json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def apply(self, *objects, options="", seconds=120):
        """What came of applying `objects`; without any, of applying the last ones again."""
        if objects:
            self.want(*objects)
        ran = self.vm.run(f"railhook-vfmanager apply --from {POLICIES} {options}", seconds)
        counted = re.search(r"^(\d+) steps? done, (\d+) writes?$", ran.out, re.M)
        steps, writes = map(int, counted.groups()) if counted else (None, None)
        return Done(ran.code, steps, writes, ran.out, ran.err)

    def make(self, *objects, **more):
        """Applies what has to succeed, and has nothing to do a second time."""
        done = self.apply(*objects, **more)
        self.assertEqual((done.code, done.err), (0, ""), done.out)
        self.check_at_rest()
        return done

    def check_at_rest(self):
        again = self.apply()
        self.assertEqual((again.code, again.steps, again.writes, again.err), (0, 0, 0, ""), again.out)

    def pf(self, number=0):
        status = self.vm.json("railhook-vfmanager status -o json")
        return next(pf for pf in status["pfs"] if pf["pciAddress"] == address_of(number))

    def all_pfs(self):
        return self.vm.json("railhook-vfmanager status -o json")["pfs"]

    def probes(self):
        """By address, how often each function was probed since the test began."""
        lines = self.vm.sh("cat /sys/module/railsim/parameters/probes").splitlines()
        return {address: int(count) for address, count in (line.split() for line in lines)}

    def probes_of(self, *pfs):
        """The same of each of their VFs."""
        probes = self.probes()
        return [probes[vf["pciAddress"]] for pf in pfs for vf in pf["vfs"]]

    def owned(self):
        return set(self.vm.sh(f"ls {STATE}/pfs 2>/dev/null; true").split())

    def check_vfs(self, pf, number, mtu=1500):
        """A PF has so many VFs, of which each can carry RDMA."""
        self.assertEqual((pf["numVfs"], pf["probesVfs"], pf["up"]), (number, True, True), pf["pciAddress"])
        self.assertEqual([vf["vfID"] for vf in pf["vfs"]], list(range(number)))
        for vf in pf["vfs"]:
            self.assertEqual((vf["driver"], vf["mtu"]), ("railsim", mtu), vf)
            self.assertNotIn(vf["rdma"]["nodeGuid"], UNSET, vf)
            if pf["linkType"] == "ETH":
                self.assertEqual(vf["mac"], vf["adminMac"], vf)
            else:
                self.assertEqual(vf["rdma"]["nodeGuid"], vf["adminNodeGuid"], vf)
                self.assertEqual((vf["adminPortGuid"], vf["adminMac"]), (vf["adminNodeGuid"], None), vf)

    def check_uverbs_in_order(self, pf):
        numbers = [int(re.search(r"uverbs(\d+)", " ".join(vf["rdma"]["charDevices"])).group(1)) for vf in pf["vfs"]]
        self.assertEqual(numbers, sorted(numbers), pf["pciAddress"])


def addresses_of(pfs):
    """What others know the VFs by: address -> (MAC, GUID)."""
    return {vf["pciAddress"]: (vf["mac"], vf["rdma"]["nodeGuid"]) for pf in pfs for vf in pf["vfs"]}
