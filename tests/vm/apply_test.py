#!/usr/bin/python3
"""VFs are as policies say: `railhook-vfmanager apply` on the SR-IOV NICs of a virtual machine.

Usage: apply_test.py RAILHOOK-VFMANAGER [TEST...]
"""

import re
import sys

sys.dont_write_bytecode = True

from machine import ROOT, main  # noqa: E402
from rails import DEVICES, POLICIES, STATE, UNSET, Rails, address_of, addresses_of, policy, pool  # noqa: E402

PF = f"{DEVICES}/{address_of(0)}"
UNIT = ROOT / "manifests/systemd/railhook-vfmanager.service"


def command_of_unit():
    """What systemd runs as the node boots."""
    (command,) = re.findall(r"^ExecStart=/usr/local/bin/(.*)$", UNIT.read_text(encoding="utf-8"), re.M)
    return command


class EightRails(Rails):
    """The node of Spiderpool's documents: eight NICs, each with a policy and a resource of its own."""

    pfs = 8
    nic, link_type = "eth", "eth"

    def policies(self):
        return [policy(f"gpu{i + 1}-nic-policy", resourceName=f"gpu{i + 1}rdma", linkType=self.link_type,
                       nicSelector={"pfNames": [f"{self.nic}{i}"]}) for i in range(8)]

    def check_rails(self):
        pfs = self.all_pfs()
        for pf in pfs:
            self.check_vfs(pf, 7, self.mtu)
            self.check_uverbs_in_order(pf)
        vfs = addresses_of(pfs)
        self.assertEqual(len(set(vfs.values())), 56)
        self.assertEqual(set(self.probes_of(*pfs)), {1}, "each VF is probed once")
        return vfs

    def make_eight_rails(self):
        done = self.make(*self.policies())
        self.assertEqual(done.steps, 8 * (1 + 1 + 1 + 1 + 7 + 1 + 7 + 7), done.out)
        self.assertEqual(self.owned(), {f"{address_of(i)}.json" for i in range(8)})
        return self.check_rails()

    def remove_all(self):
        done = self.apply(policy("other", nicSelector={"pfNames": ["none"]}))
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual([pf["numVfs"] for pf in self.all_pfs()], [0] * 8)
        self.assertEqual(self.owned(), set())


class EightEthernetRails(EightRails):
    nics, mtu = "ethernet", 1500

    def test_eight_rails(self):
        self.make_eight_rails()
        self.remove_all()


class EightInfiniBandRails(EightRails):
    nics, nic, link_type, mtu = "infiniband", "ib", "ib", 2044

    def test_eight_rails_that_are_the_same_after_a_reboot(self):
        before = self.make_eight_rails()
        self.vm.reboot(keep=[STATE])
        self.vm.sh(command_of_unit())
        self.check_at_rest()
        self.assertEqual(self.check_rails(), before)
        self.remove_all()


class Ethernet(Rails):
    nics = "ethernet"

    def rail(self, name="gpu1", **spec):
        return policy(name, nicSelector={"pfNames": ["eth0"]}, **spec)

    def test_a_nic_by_its_ids_and_root_device(self):
        done = self.apply(policy("policyrdma", nicSelector={"vendor": "8086", "deviceID": "10c9",
                                                            "rootDevices": [address_of(1)]}))
        self.assertEqual(done.code, 0, done.err)
        self.check_vfs(self.pf(1), 7)
        self.assertEqual(self.pf(0)["numVfs"], 0)

    def test_more_and_fewer_vfs(self):
        self.make(self.rail(numVfs=3))
        first = addresses_of([self.pf()])
        self.make(self.rail(numVfs=6))
        self.check_vfs(self.pf(), 6)
        more = addresses_of([self.pf()])
        self.assertEqual({vf: more[vf] for vf in first}, first, "VFs keep their MACs and GUIDs")
        self.make(self.rail(numVfs=2))
        self.check_vfs(self.pf(), 2)

    def test_mtu(self):
        self.make(self.rail(mtu=4200))
        pf = self.pf()
        self.assertEqual(pf["mtu"], 4200)
        self.check_vfs(pf, 7, 4200)
        self.vm.sh(f"ip link set {pf['vfs'][3]['netdev']} mtu 1500")
        done = self.make()
        self.assertEqual((done.steps, done.writes), (1, 1))
        self.check_vfs(self.pf(), 7, 4200)
        self.make(self.rail(mtu=2000))
        self.assertEqual(self.pf()["mtu"], 4200, "that of a PF is never lowered under its VFs")
        self.check_vfs(self.pf(), 7, 2000)

    def test_a_policy_that_is_gone_takes_its_vfs_along(self):
        self.make(self.rail(mtu=4200), policy("other", nicSelector={"pfNames": ["eth1"]}))
        self.make(policy("other", nicSelector={"pfNames": ["eth1"]}))
        self.assertEqual((self.pf()["numVfs"], self.pf()["mtu"]), (0, 1500))
        self.check_vfs(self.pf(1), 7)
        self.assertEqual(self.owned(), {f"{address_of(1)}.json"})

    def test_a_partitioned_nic(self):
        part = [policy("train", nicSelector={"pfNames": ["eth0#0-3"]}, mtu=4200),
                policy("serve", nicSelector={"pfNames": ["eth0#4-6"]}, mtu=2000)]
        self.make(*part)
        pf = self.pf()
        self.assertEqual([vf["mtu"] for vf in pf["vfs"]], [4200] * 4 + [2000] * 3)
        self.assertEqual(set(self.probes_of(pf)), {1})

    def test_an_altname_with_a_range(self):
        self.vm.sh("ip link property add dev eth0 altname rail0")
        self.make(policy("train", nicSelector={"pfNames": ["rail0#2-3"]}, mtu=4200, numVfs=5))
        self.assertEqual([vf["mtu"] for vf in self.pf()["vfs"]], [1500, 1500, 4200, 4200, 1500])
        self.vm.sh("ip link property del dev eth0 altname rail0")

    def test_a_vf_that_lost_its_driver_is_bound_again_and_no_other(self):
        self.make(self.rail())
        vf = self.pf()["vfs"][4]
        self.vm.sh(f"echo {vf['pciAddress']} >{DEVICES}/{vf['pciAddress']}/driver/unbind")
        self.make()
        self.check_vfs(self.pf(), 7)
        self.assertEqual(self.pf()["vfs"][4]["mac"], vf["mac"])
        self.assertEqual(self.probes_of(self.pf()), [1, 1, 1, 1, 2, 1, 1])

    def test_what_somebody_else_made_stays(self):
        self.vm.sh(f"echo 4 >{PF}/sriov_numvfs")
        before = self.pf()["vfs"]
        done = self.apply(self.rail())
        self.assertEqual((done.code, done.writes), (1, 0))
        self.assertIn("somebody else made 4 VFs of eth0 (0000:01:00.0), which are never removed", done.err)
        self.assertEqual(self.apply(policy("other", nicSelector={"pfNames": ["none"]})).writes, 0)
        self.assertEqual(self.pf()["vfs"], before)
        self.assertEqual(self.owned(), set())

    def test_what_is_externally_managed_is_only_looked_at(self):
        self.vm.sh(f"echo 4 >{PF}/sriov_numvfs && ip link set eth0 down")
        before = self.pf()
        self.make(self.rail(numVfs=4, externallyManaged=True))
        done = self.apply(self.rail(numVfs=5, externallyManaged=True))
        self.assertEqual((done.code, done.writes), (1, 0))
        self.assertIn("externallyManaged and numVfs 5, but eth0 (0000:01:00.0) has 4 VFs", done.err)
        done = self.apply(self.rail(numVfs=4, mtu=9000, externallyManaged=True))
        self.assertIn("externallyManaged and mtu 9000, but eth0 (0000:01:00.0) has 1500", done.err)
        self.assertEqual(self.pf(), before)

    def test_vfs_that_become_externally_managed_stay(self):
        self.make(self.rail())
        self.make(self.rail(externallyManaged=True))
        self.assertEqual(self.apply(policy("other", nicSelector={"pfNames": ["none"]})).writes, 0)
        self.check_vfs(self.pf(), 7)

    def test_a_dry_run_and_a_plan_write_nothing(self):
        before = self.all_pfs()
        self.want(self.rail(mtu=9000), pool(rdmaMode="exclusive"))
        shown = self.vm.run(f"railhook-vfmanager apply --from {POLICIES} --dry-run")
        plan = self.vm.run(f"railhook-vfmanager plan --policies {POLICIES}")
        self.assertEqual((shown.code, shown.out), (0, plan.out))
        self.assertIn("make 7 VFs", plan.out)
        self.assertEqual([line for line in plan.out.splitlines() if len(line) > 80], [])
        plan = self.vm.json(f"railhook-vfmanager plan --policies {POLICIES} -o json")
        self.assertEqual((plan["rdmaMode"], plan["pfs"][0]["name"], plan["pfs"][0]["steps"][0]["step"]),
                         ("exclusive", "eth0", "record"))
        self.assertEqual(self.all_pfs(), before)
        self.assertEqual(self.vm.sh(f"find {STATE} /etc/modprobe.d -type f").split(), [POLICIES])

    def test_the_steps_are_told(self):
        done = self.apply(self.rail(numVfs=1), options="-v")
        self.assertEqual([line for line in done.out.splitlines() if "VF" in line],
                         ["eth0: remember that its VFs are ours", "eth0: keep drivers from new VFs", "eth0: make 1 VF",
                          f"eth0: VF 0: set the MAC {self.pf()['vfs'][0]['mac']}", "eth0: let drivers have new VFs",
                          "eth0: VF 0: bind to its driver", "eth0: VF 0: check"])

    def test_the_rdma_mode_now_and_after_a_reboot(self):
        exclusive = pool(rdmaMode="exclusive")
        done = self.make(exclusive)
        self.assertEqual(done.writes, 2)
        self.assertIn("netns exclusive", self.vm.sh("rdma system"))
        self.make(exclusive, self.rail())
        before = addresses_of([self.pf()])
        self.vm.reboot(keep=["/etc/modprobe.d", STATE])
        self.assertIn("netns exclusive", self.vm.sh("rdma system"))
        self.vm.sh(command_of_unit())
        self.check_at_rest()
        self.assertEqual(addresses_of([self.pf()]), before, "MACs and GUIDs are the same after a reboot")
        self.make(pool(rdmaMode="shared"))
        self.assertIn("netns shared", self.vm.sh("rdma system"))
        self.vm.sh("rm /etc/modprobe.d/zz-railhook-rdma.conf")


class InfiniBand(Rails):
    nics = "infiniband"

    def rail(self, **spec):
        return policy("gpu1", nicSelector={"pfNames": ["ib0"]}, linkType="ib", **spec)

    def tell(self, vf, guid):
        self.vm.sh(f"ip link set ib0 vf {vf} node_guid {guid} && ip link set ib0 vf {vf} port_guid {guid}")

    def rebind(self, vf):
        self.vm.sh(f"echo {vf['pciAddress']} >{DEVICES}/{vf['pciAddress']}/driver/unbind; "
                   f"echo {vf['pciAddress']} >/sys/bus/pci/drivers_probe")

    def test_a_guid_of_zeros_or_ones_is_repaired_and_no_other_vf_touched(self):
        self.make(self.rail())
        before = self.pf()["vfs"]
        for unset in UNSET:
            self.vm.knob("probes", 0)
            self.tell(2, unset)
            self.rebind(before[2])
            self.assertEqual(self.pf()["vfs"][2]["rdma"]["nodeGuid"], unset)
            self.assertEqual(self.make().steps, 4)
            self.assertEqual(addresses_of([self.pf()]), addresses_of([{"vfs": before}]))
            self.assertEqual(self.probes(), {before[2]["pciAddress"]: 2})

    def test_a_guid_that_somebody_else_set_is_kept(self):
        self.make(self.rail())
        self.tell(1, "02:00:00:00:00:00:77:01")
        self.check_at_rest()
        self.rebind(self.pf()["vfs"][1])
        self.check_at_rest()
        self.assertEqual(self.pf()["vfs"][1]["rdma"]["nodeGuid"], "02:00:00:00:00:00:77:01")

    def test_guids_of_the_static_file(self):
        self.vm.write("/root/guids", '[{"pci_address": "0000:01:00.0", "guids": ["02:00:00:00:00:00:88:01"]}]')
        self.make(self.rail(numVfs=2), options="--guids /root/guids")
        given, derived = (vf["rdma"]["nodeGuid"] for vf in self.pf()["vfs"])
        self.assertEqual((given, derived[:2]), ("02:00:00:00:00:00:88:01", "06"))

    def test_a_nic_that_takes_guids_only_from_the_second_probe_on(self):
        self.vm.knob("guid_needs_rebind", 1)
        self.make(self.rail())
        self.vm.knob("guid_needs_rebind", 0)
        self.check_vfs(self.pf(), 7, 2044)
        self.assertEqual(set(self.probes_of(self.pf())), {2})

    def test_the_wrong_link_type_is_refused(self):
        done = self.apply(policy("gpu1", nicSelector={"pfNames": ["ib0"]}, linkType="eth"))
        self.assertEqual((done.code, done.writes), (1, 0))
        self.assertIn("linkType ETH, but ib0 (0000:01:00.0) is IB", done.err)


class Vfio(Rails):
    nics = "igb"
    pfs = 1
    options = ("--iommu",)

    def rail(self, **spec):
        return policy("vms", nicSelector={"pfNames": ["eth0"]}, numVfs=3, isRdma=False, **spec)

    def drivers(self):
        return [vf["driver"] for vf in self.pf()["vfs"]]

    def test_vfs_for_virtual_machines(self):
        self.vm.sh("modprobe igbvf && modprobe -r vfio-pci; true")
        done = self.apply(self.rail(deviceType="vfio-pci"))
        self.assertEqual(done.code, 1)
        self.assertIn("vfio-pci/bind: ENOENT", done.err)
        self.assertIn("run `modprobe vfio-pci` on the node", done.err)
        self.vm.sh("modprobe vfio-pci")
        self.make()
        self.assertEqual(self.drivers(), ["vfio-pci"] * 3)
        for vf in self.pf()["vfs"]:
            self.vm.sh(f"test -c /dev/vfio/{vf['iommuGroup']}")
        self.make(self.rail())
        self.assertEqual(self.drivers(), ["igbvf"] * 3)
        self.make(policy("vms", nicSelector={"pfNames": ["eth0#0-0"]}, numVfs=3, isRdma=False, deviceType="vfio-pci"))
        self.assertEqual(self.drivers(), ["vfio-pci", "igbvf", "igbvf"])


main()
