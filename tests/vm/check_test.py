#!/usr/bin/python3
"""`railhook-vfmanager check` finds nothing on a good node, and everything that is spoilt on it; its commands mend it.

Usage: check_test.py RAILHOOK-VFMANAGER [TEST...]
"""

import base64
import json
import struct
import sys

sys.dont_write_bytecode = True

from machine import MachineTest, main  # noqa: E402

DEVICES = "/sys/bus/pci/devices"
PFS = {"eth0": "0000:01:00.0", "eth1": "0000:02:00.0"}
GPU = "0000:00:1f.3"  # what passes for one
POLICIES = "/etc/policies"
MTU = 4200
ACS = 0x000D

POLICY = """
apiVersion: sriovnetwork.openshift.io/v1
kind: SriovNetworkNodePolicy
metadata: {name: NAME, namespace: spiderpool}
spec:
  nodeSelector: {kubernetes.io/os: linux}
  resourceName: NAMEsriov
  numVfs: 2
  mtu: 4200
  nicSelector: {rootDevices: ["ADDRESS"]}
  linkType: LINK
  isRdma: true
---
"""
NETWORK = """
apiVersion: spiderpool.spidernet.io/v2beta1
kind: SpiderMultusConfig
metadata: {name: rail0, namespace: spiderpool}
spec:
  cniType: sriov
  sriov: {resourceName: spidernet.io/eth0sriov, mtu: SIZE}
"""


def policies(link="eth", size=MTU):
    both = "".join(POLICY.replace("NAME", name).replace("ADDRESS", address).replace("LINK", link)
                   for name, address in PFS.items())
    return both + NETWORK.replace("SIZE", str(size))


def find_capability(config, wanted):
    """Where an extended capability stands in a configuration space; None where it has none."""
    at = 0x100
    while at:
        (header,) = struct.unpack_from("<I", config, at)
        if header & 0xFFFF == wanted:
            return at
        at = header >> 20
    return None


class Check(MachineTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vm.sh(f"modprobe gpusim gpu={GPU}")

    def setUp(self):
        """Makes the node a good one, whatever it was."""
        self.vm.sh(f"for pf in {' '.join(PFS.values())}; do "
                   "[ -e /sys/bus/pci/drivers/railsim/$pf ] || echo $pf >/sys/bus/pci/drivers/railsim/bind; done")
        self.vm.sh("rdma system set netns exclusive; echo options ib_core netns_mode=0 >/etc/modprobe.d/zz-railhook-rdma.conf; "
                   "modprobe nvidia_peermem; modprobe gdrdrv; "
                   "ip rule flush; ip rule add lookup main priority 32766; "
                   "ip rule add not to 172.16.0.0/16 lookup main priority 32762")
        for number, name in enumerate(PFS):
            address, table = f"172.16.{number}.10", 151 + number
            self.vm.sh(f"ip address flush dev {name}; ip link set {name} up mtu {MTU} carrier on; "
                       f"ip address add {address}/24 dev {name}; ip rule add from {address} lookup {table} priority 32763; "
                       f"ip route replace default via 172.16.{number}.1 dev {name} table {table}; "
                       f"setpci -s {self.bridge(name)} ECAP_ACS+6.w=0")
        self.vm.write(f"{POLICIES}/all.yaml", policies())

    def bridge(self, name):
        path = self.vm.sh(f"readlink {DEVICES}/{PFS[name]}")
        return path.split("/")[-2]

    def findings(self, options=f"--policies {POLICIES}"):
        ran = self.vm.run(f"railhook-vfmanager check {options} -o json")
        self.assertEqual(ran.err, "")
        found = json.loads(ran.out)["findings"]
        self.assertEqual(ran.code, int(any(one["severity"] == "error" for one in found)))
        return found

    def only(self, check, *told, options=f"--policies {POLICIES}"):
        """The one finding there is."""
        found = self.findings(options)
        self.assertEqual([one["check"] for one in found], [check], found)
        for words in told:
            self.assertIn(words, json.dumps(found[0]))
        return found[0]

    def mend(self, finding, gateway="172.16.0.1"):
        self.vm.sh(finding["command"].replace("GATEWAY", gateway))
        self.assertEqual(self.findings(), [])

    def test_a_good_node(self):
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.findings(options=""), [])
        self.assertEqual(self.vm.sh("railhook-vfmanager check"), "Nothing here keeps RDMA from working.")

    def test_it_changes_nothing(self):
        look = "ip rule; ip route show table all; ip address; rdma system; cat /etc/modprobe.d/*; railhook-vfmanager status"
        self.vm.sh("ip rule del priority 32762; rm /etc/modprobe.d/zz-railhook-rdma.conf; ip link set eth0 mtu 1500")
        before = self.vm.sh(look)
        self.assertEqual(len(self.findings()), 3)
        self.assertEqual(self.vm.sh(look), before)

    def test_link_type(self):
        self.vm.write(f"{POLICIES}/all.yaml", policies(link="ib"))
        found = self.findings()
        self.assertEqual([one["check"] for one in found], ["link-type"] * 2)
        self.assertEqual(found[1]["command"], "mstconfig -d 0000:02:00.0 set LINK_TYPE_P1=1  # then reboot")

    def test_rdma_device(self):
        self.vm.sh(f"echo {PFS['eth1']} >/sys/bus/pci/drivers/railsim/unbind")
        self.only("rdma-device", "0000:02:00.0", "has no driver and no RDMA device")

    def test_no_rails(self):
        for address in PFS.values():
            self.vm.sh(f"echo {address} >/sys/bus/pci/drivers/railsim/unbind")
        self.only("rails", options="")

    def test_link(self):
        self.vm.sh("ip link set eth1 carrier off")
        self.only("link", "eth1 (0000:02:00.0)", "has no link")

    def test_a_pf_that_is_down(self):
        self.vm.sh("ip link set eth1 down")
        found = self.findings()
        self.assertEqual([one["check"] for one in found], ["link", "from-rule"])
        self.vm.sh(found[0]["command"])
        self.mend(found[1], "172.16.1.1")

    def test_mtu_of_a_policy(self):
        self.vm.sh("ip link set eth0 mtu 1500")
        self.mend(self.only("mtu", "has MTU 1500, but policy eth0 wants 4200"))

    def test_mtu_of_a_network(self):
        self.vm.write(f"{POLICIES}/all.yaml", policies(size=8000))
        self.mend(self.only("mtu", "has MTU 4200, but SpiderMultusConfig spiderpool/rail0 wants 8000"))

    def test_address(self):
        self.vm.sh("ip address flush dev eth0")
        finding = self.only("address", "eth0 (0000:01:00.0)")
        self.vm.sh(finding["command"].replace("ADDRESS/LENGTH", "172.16.0.10/24"))
        self.mend(self.only("from-rule", "whose rule leads to table 151, which has no default route out here"))

    def test_from_rule(self):
        self.vm.sh("ip rule del from 172.16.0.10; ip route flush table 151")
        self.mend(self.only("from-rule", "eth0 (0000:01:00.0)", "has 172.16.0.10, but no rule sends its packets out here"))

    def test_rail_rule(self):
        self.vm.sh("ip rule del priority 32762")
        self.mend(self.only("rail-rule", "ip rule add not to 172.16.0.0/23 lookup main priority 32762"))

    def test_rdma_mode(self):
        self.vm.sh("rm /etc/modprobe.d/zz-railhook-rdma.conf; rdma system set netns shared")
        self.mend(self.only("rdma-mode", "are shared, not exclusive"))

    def test_rdma_mode_at_boot(self):
        self.vm.sh("rm /etc/modprobe.d/zz-railhook-rdma.conf")
        self.mend(self.only("rdma-mode-at-boot"))
        self.vm.reboot(keep=["/etc/modprobe.d"])
        self.assertEqual(self.vm.sh("rdma system | cut -d' ' -f2"), "exclusive")
        self.vm.sh(f"modprobe gpusim gpu={GPU}")

    def test_modules_of_gpus(self):
        for module, check in (("nvidia_peermem", "nvidia-peermem"), ("gdrdrv", "gdrdrv")):
            self.vm.sh(f"rmmod {module}")
            self.mend(self.only(check, f"the kernel module {module} isn't loaded"))

    def test_acs(self):
        bridge = self.bridge("eth1")
        config = base64.b64decode(self.vm.sh(f"base64 {DEVICES}/{bridge}/config"))
        control = find_capability(config, ACS) + 6
        self.vm.sh(f"printf '\\035\\000' | dd of={DEVICES}/{bridge}/config bs=1 seek={control} conv=notrunc 2>/dev/null")
        self.mend(self.only("acs", f"bridge {bridge}", "SrcValid+ ReqRedir+ CmpltRedir+ UpstreamFwd+"))

    def test_as_text(self):
        self.vm.sh("ip rule del priority 32762; ip link set eth0 mtu 1500; ip rule del from 172.16.1.10; rmmod gdrdrv; "
                   "rdma system set netns shared")
        ran = self.vm.run(f"railhook-vfmanager check --policies {POLICIES}")
        self.assertEqual((ran.code, ran.err), (1, ""))
        self.assertEqual(ran.out.splitlines()[-1], "2 errors, 3 warnings")
        self.assertEqual([line for line in ran.out.splitlines() if len(line) > 80], [])
        for finding in self.findings():
            for line in finding["command"].splitlines():
                self.assertIn(f"\n    {line}\n", ran.out)

    def test_policies_that_are_wrong_or_missing(self):
        ran = self.vm.run("railhook-vfmanager check --policies /nowhere")
        self.assertEqual((ran.code, ran.out), (2, ""))
        self.assertIn("/nowhere", ran.err)
        self.vm.write(f"{POLICIES}/all.yaml", policies().replace("numVfs: 2", "numVfs: two"))
        ran = self.vm.run(f"railhook-vfmanager check --policies {POLICIES}")
        self.assertEqual((ran.code, ran.out), (1, ""))
        self.assertIn("spec.numVfs", ran.err)


main()
