#!/usr/bin/python3
"""What `railhook-vfmanager status` tells of a host is what ip, rdma and sysfs tell.

Usage: host_test.py RAILHOOK-VFMANAGER [TEST...]
"""

import sys

sys.dont_write_bytecode = True

from machine import MachineTest, main  # noqa: E402

DEVICES = "/sys/bus/pci/devices"
PF = "0000:01:00.0"
OTHER = "0000:02:00.0"
GUID = "02:00:00:00:00:aa:00:01"


def colons(guid):
    """A GUID as sysfs and `rdma` write it, with a colon after each byte."""
    digits = guid.replace(":", "")
    return ":".join(digits[at:at + 2] for at in range(0, 16, 2))


class Host(MachineTest):
    """What the tests of all NICs need."""

    def setUp(self):
        for pf in (PF, OTHER):
            self.vm.sh(f"echo 0 >{DEVICES}/{pf}/sriov_numvfs")

    def make(self, count, pf=PF):
        self.vm.sh(f"echo {count} >{DEVICES}/{pf}/sriov_numvfs")

    def status(self):
        return self.vm.json("railhook-vfmanager status -o json")

    def pf(self, address=PF):
        return next(one for one in self.status()["pfs"] if one["pciAddress"] == address)

    def attribute(self, address, name):
        return self.vm.sh(f"cat {DEVICES}/{address}/{name}")

    def link(self, name):
        """What `ip` says of a link."""
        (link,) = self.vm.json(f"ip -j -d link show dev {name}")
        return link

    def check_function(self, shown):
        """What is told of a PF or VF is what sysfs has."""
        address = shown["pciAddress"]
        self.assertEqual("0x" + shown["vendor"], self.attribute(address, "vendor"))
        self.assertEqual("0x" + shown["deviceID"], self.attribute(address, "device"))
        self.assertEqual(shown["driver"], self.vm.sh(f"basename $(readlink {DEVICES}/{address}/driver)"))
        netdev = shown.get("name", shown.get("netdev"))
        self.assertEqual(netdev, self.vm.sh(f"ls {DEVICES}/{address}/net"))
        self.assertEqual(shown["mtu"], self.link(netdev)["mtu"])

    def check_rdma(self, shown):
        device = shown["rdma"]["name"]
        (told,) = self.vm.json(f"rdma -j dev show {device}")
        self.assertEqual(shown["rdma"]["nodeGuid"], colons(told["node_guid"]))
        nodes = self.vm.sh(f"cd {DEVICES}/{shown['pciAddress']} && ls infiniband_verbs && ls infiniband_mad 2>/dev/null; true")
        self.assertEqual(shown["rdma"]["charDevices"], [f"infiniband/{node}" for node in nodes.split()])
        self.assertEqual([node.strip("0123456789") for node in nodes.split()], self.nodes)
        for node in shown["rdma"]["charDevices"]:
            self.vm.sh(f"test -c /dev/{node}")


class Ethernet(Host):
    nics, nodes = "ethernet", ["uverbs"]

    def test_pfs_and_vfs_are_as_sysfs_and_ip_have_them(self):
        self.make(3)
        self.vm.sh("ip link set eth0 up mtu 4200")
        status = self.status()
        self.assertEqual([pf["pciAddress"] for pf in status["pfs"]], [PF, OTHER])
        for pf in status["pfs"]:
            self.check_function(pf)
            self.check_rdma(pf)
            self.assertEqual(pf["mac"], self.link(pf["name"])["address"])
            self.assertEqual(pf["maxMtu"], self.link(pf["name"])["max_mtu"])
            self.assertEqual(str(pf["totalVfs"]), self.attribute(pf["pciAddress"], "sriov_totalvfs"))
            self.assertEqual(str(pf["numVfs"]), self.attribute(pf["pciAddress"], "sriov_numvfs"))
        pf, other = status["pfs"]
        self.assertEqual((pf["up"], pf["carrier"], pf["linkType"], pf["linkSpeed"]), (True, True, "ETH", "200000 Mb/s"))
        self.assertEqual((other["up"], other["carrier"], other["vfs"]), (False, False, []))
        self.assertEqual([vf["vfID"] for vf in pf["vfs"]], [0, 1, 2])
        for vf in pf["vfs"]:
            self.check_function(vf)
            self.check_rdma(vf)
            self.assertEqual(vf["pciAddress"], self.vm.sh(f"basename $(readlink {DEVICES}/{PF}/virtfn{vf['vfID']})"))
            self.assertEqual(vf["mac"], self.link(vf["netdev"])["address"])

    def test_what_the_pf_was_told_of_its_vfs(self):
        self.make(2)
        self.assertIsNone(self.pf()["vfs"][1]["adminMac"])
        self.vm.sh("ip link set eth0 vf 1 mac 02:00:00:00:00:77 vlan 12")
        vf = self.pf()["vfs"][1]
        self.assertEqual((vf["adminMac"], vf["vlan"]), ("02:00:00:00:00:77", 12))
        self.assertIsNone(self.pf()["vfs"][0]["adminMac"])

    def test_altnames(self):
        self.vm.sh("ip link property add dev eth0 altname rail0 altname a-name-that-has-more-than-fifteen-characters")
        self.assertEqual(self.pf()["altNames"], self.link("eth0")["altnames"])
        self.assertEqual(len(self.pf()["altNames"]), 2)
        self.vm.sh("ip link property del dev eth0 altname rail0 altname a-name-that-has-more-than-fifteen-characters")
        self.assertEqual(self.pf()["altNames"], [])

    def test_a_vf_in_a_pods_namespace_has_no_netdev_here(self):
        self.make(2)
        netdev = self.pf()["vfs"][0]["netdev"]
        self.vm.sh(f"ip netns add pod && ip link set {netdev} netns pod")
        vf, other = self.pf()["vfs"]
        self.assertEqual((vf["netdev"], vf["mac"], vf["mtu"], vf["driver"]), ("", None, None, "railsim"))
        self.assertIsNotNone(vf["rdma"], "in shared mode it is seen everywhere")
        self.check_function(other)
        self.vm.sh("ip netns del pod")

    def test_a_pf_without_driver(self):
        self.vm.sh(f"echo {OTHER} >/sys/bus/pci/drivers/railsim/unbind")
        pf = self.pf(OTHER)
        self.assertEqual((pf["driver"], pf["name"], pf["linkType"], pf["rdma"], pf["mtu"]), ("", "", None, None, None))
        self.assertEqual(str(pf["totalVfs"]), self.attribute(OTHER, "sriov_totalvfs"))
        self.vm.sh(f"echo {OTHER} >/sys/bus/pci/drivers/railsim/bind")
        self.check_function(self.pf(OTHER))

    def test_a_vf_without_driver(self):
        self.vm.sh(f"echo 0 >{DEVICES}/{PF}/sriov_drivers_autoprobe")
        self.make(2)
        pf = self.pf()
        self.assertFalse(pf["probesVfs"])
        self.assertEqual([(vf["driver"], vf["netdev"], vf["rdma"]) for vf in pf["vfs"]], [("", "", None)] * 2)
        self.vm.sh(f"echo 1 >{DEVICES}/{PF}/sriov_drivers_autoprobe")
        self.assertTrue(self.pf()["probesVfs"])

    def test_as_text(self):
        for pf in (PF, OTHER):
            self.make(7, pf)
        self.vm.sh("ip link property add dev eth0 altname rail0")
        text = self.vm.sh("railhook-vfmanager status")
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        status = self.status()
        for pf in status["pfs"]:
            for vf in pf["vfs"]:
                (line,) = [line for line in text.splitlines() if vf["pciAddress"] in line]
                self.assertEqual(line.split(), [str(vf["vfID"]), vf["pciAddress"], "railsim", vf["netdev"],
                                                vf["rdma"]["name"], "1500", vf["mac"]])
        self.assertIn("eth0 (0000:01:00.0), also rail0, MAC 02:5a:00:01:00:00", text)
        self.vm.sh("ip link property del dev eth0 altname rail0")

    def test_a_directory_that_is_no_sysfs_is_refused(self):
        ran = self.vm.run("railhook-vfmanager status --sysfs-root /etc")
        self.assertEqual((ran.code, ran.out), (2, ""))
        self.assertIn("/etc/bus/pci/devices: no such directory", ran.err)


class InfiniBand(Host):
    nics, nodes = "infiniband", ["uverbs", "issm", "umad"]

    def tell(self, vf, guid):
        self.vm.sh(f"ip link set ib0 vf {vf} node_guid {guid} && ip link set ib0 vf {vf} port_guid {guid}")

    def test_guids_as_the_pf_was_told_and_as_the_vf_has_them(self):
        self.make(2)
        for vf in self.pf()["vfs"]:
            self.check_rdma(vf)
            self.assertEqual((vf["rdma"]["nodeGuid"], vf["adminNodeGuid"], vf["adminPortGuid"]),
                             ("00:00:00:00:00:00:00:00", None, None))
        self.tell(1, GUID)
        vf = self.pf()["vfs"][1]
        self.assertEqual((vf["adminNodeGuid"], vf["adminPortGuid"]), (GUID, GUID))
        self.assertEqual(vf["rdma"]["nodeGuid"], "00:00:00:00:00:00:00:00")
        self.vm.sh(f"echo {vf['pciAddress']} >{DEVICES}/{vf['pciAddress']}/driver/unbind; "
                   f"echo {vf['pciAddress']} >/sys/bus/pci/drivers_probe")
        again = self.pf()["vfs"][1]
        self.assertEqual(again["rdma"]["nodeGuid"], GUID)
        self.check_rdma(again)
        text = self.vm.sh("railhook-vfmanager status")
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        self.assertIn(GUID, text)
        self.assertIn("not set", text)

    def test_pfs(self):
        for pf in self.status()["pfs"]:
            self.check_function(pf)
            self.check_rdma(pf)
            self.assertEqual((pf["linkType"], pf["linkSpeed"], pf["mac"]), ("IB", "200000 Mb/s", None))

    def test_the_netns_mode_and_a_vf_whose_rdma_device_is_in_a_pod(self):
        self.make(2)
        self.assertEqual(self.status()["rdmaMode"], "shared")
        self.vm.sh("rdma system set netns exclusive")
        self.assertEqual(self.status()["rdmaMode"], "exclusive")
        device = self.pf()["vfs"][0]["rdma"]["name"]
        self.vm.sh(f"ip netns add pod && rdma dev set {device} netns pod")
        vf, other = self.pf()["vfs"]
        self.assertEqual((vf["rdma"], vf["driver"]), (None, "railsim"))
        self.check_rdma(other)
        self.make(0)
        self.vm.sh("ip netns del pod")
        self.within(60, lambda: self.vm.run("rdma system set netns shared").code == 0)
        self.assertEqual(self.status()["rdmaMode"], "shared")


class Vfio(Host):
    nics = "igb"
    pfs = 2
    options = ("--iommu",)

    def test_a_vf_that_vfio_has(self):
        self.vm.sh("modprobe vfio-pci")
        self.vm.sh("ip link set eth0 up")
        self.make(1)
        vf = self.pf()["vfs"][0]
        self.assertEqual(vf["driver"], "")
        address = vf["pciAddress"]
        self.vm.sh(f"echo vfio-pci >{DEVICES}/{address}/driver_override && echo {address} >/sys/bus/pci/drivers_probe")
        vf = self.pf()["vfs"][0]
        self.assertEqual((vf["driver"], vf["netdev"], vf["rdma"]), ("vfio-pci", "", None))
        self.assertEqual(str(vf["iommuGroup"]), self.vm.sh(f"basename $(readlink {DEVICES}/{address}/iommu_group)"))
        self.vm.sh(f"test -c /dev/vfio/{vf['iommuGroup']}")

    def test_nics_of_linux_own_driver(self):
        for pf in self.status()["pfs"]:
            self.check_function(pf)
            self.assertEqual((pf["driver"], pf["rdma"], pf["linkType"], pf["totalVfs"]), ("igb", None, "ETH", 7))


main()
