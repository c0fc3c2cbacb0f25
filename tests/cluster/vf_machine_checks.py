"""The agent on a virtual machine's kernel and NICs; tests of vfmanager_test.py."""

import contextlib
import re
import shutil
import sys

import yaml

from api import encode
from control_plane import ROOT
from harness import NAMESPACE, check, check_all, read_metric, removed, test, wait_for, within
from vf_nodes import PF, RAIL, VfNode, ensure_agents, events, policy, pool

sys.path.insert(0, str(ROOT / "tests/vm"))
from machine import Machine, libraries_of  # noqa: E402

STILL = 2  # seconds in which nothing happens
VM_SECONDS = 90
NEVER = 3600  # seconds between looks where nothing is heard
WANTED = 3
MOST_LOOKS = 20  # at one change of VFs, whose events are many more
SETPRIV = shutil.which("setpriv")
MANAGEMENT = ("-netdev", "user,id=management", "-device", "virtio-net-pci,netdev=management,romfile=")
METRICS = "127.0.0.1:9100"


@test
def vfs_of_a_real_kernel_come_and_are_kept(cluster):
    with agent_on_a_machine(cluster) as (node, machine):
        check_shown(cluster, node)
        check_failure(cluster, node, machine)
        check_repairs(node, machine)
        check_rdma_mode(cluster, node, machine)


@contextlib.contextmanager
def agent_on_a_machine(cluster):
    """A node with three VFs, whose agent hears of changes or never."""
    ensure_agents(cluster)
    wanted = policy("rails", RAIL, WANTED, isRdma=True, mtu=1400, nicSelector={"rootDevices": [PF]})
    with VfNode(cluster, "node-1") as node, Machine(node.program, pfs=2, qemu=MANAGEMENT) as machine, removed(cluster, wanted):
        run_agent_in(machine, cluster, node)
        within(VM_SECONDS, "the node gets done", lambda: node.sync() == "Succeeded")
        yield node, machine


def run_agent_in(machine, cluster, node):
    """The agent on the machine, with the one capability that the chart gives it. It reaches the API server as 10.0.2.2."""
    for file in (SETPRIV, *libraries_of(SETPRIV)):
        shutil.copy(file, machine.share)
    machine.sh("modprobe virtio_net")
    machine.sh("link=$(ls /sys/bus/virtio/drivers/virtio_net/virtio*/net) && ip address add 10.0.2.15/24 dev $link && "
               "ip link set $link up && ip link set lo up")
    config = yaml.safe_load(node.kubeconfig().read_text(encoding="ascii"))
    ca = (cluster.control_plane.directory / "ca.crt").read_text(encoding="ascii")
    config["clusters"][0]["cluster"] = {"server": "https://10.0.2.2:443", "tls-server-name": "localhost",
                                        "certificate-authority-data": encode(ca)}
    machine.write("/root/kubeconfig", yaml.safe_dump(config))
    machine.sh("LD_LIBRARY_PATH=/share /share/setpriv --bounding-set=-all,+net_admin --inh-caps=-all --no-new-privs "
               f"railhook-vfmanager run --node {node.name} --namespace {NAMESPACE} --kubeconfig /root/kubeconfig "
               f"--poll {NEVER} --device-plugin none --metrics {METRICS} >/share/agent.log 2>&1 &")


def check_shown(cluster, node):
    pf, other = node.status()["interfaces"]
    check("it has the VFs", (pf["numVfs"], other["numVfs"], pf["linkType"]) == (WANTED, 0, "ETH"), node.status())
    for vf in pf["Vfs"]:
        check(f"VF {vf['vfID']} has a driver, a name, an address and the MTU", (vf["driver"], vf["mtu"]) == ("railsim", 1400) and
              vf["name"] and re.fullmatch(r"[0-9a-f]6(:[0-9a-f]{2}){5}", vf["mac"]), vf)
    check("an Event tells of it", ("Normal", "VfsChanged") in events(cluster, node), events(cluster, node))


def check_failure(cluster, node, machine):
    machine.knob("fail_numvfs", 5)
    cluster.api.patch("SriovNetworkNodePolicy", "rails", {"spec": {"numVfs": 5}}, NAMESPACE)
    within(VM_SECONDS, "a NIC that makes no VFs is told", lambda: node.sync() == "Failed")
    check_all("lastSyncError", node.status()["lastSyncError"], "sriov_numvfs", "EIO")
    machine.knob("fail_numvfs", -1)
    within(VM_SECONDS, "once it does, the agent succeeds by itself", lambda: node.sync() == "Succeeded" and
           node.status()["interfaces"][0]["numVfs"] == 5)


def check_repairs(node, machine):
    """What somebody undoes is heard of."""
    pf = f"/sys/bus/pci/devices/{PF}"
    within(VM_SECONDS, "where nothing happens it doesn't look", lambda: is_still(machine))
    for what, undo, is_there in (
            ("VFs that somebody removes", f"echo 0 >{pf}/sriov_numvfs", f"test -e {pf}/virtfn4/driver"),
            ("a driver that somebody unbinds", f"basename $(readlink {pf}/virtfn1) >{pf}/virtfn1/driver/unbind",
             f"test -e {pf}/virtfn1/driver")):
        before = looks(machine)
        machine.sh(undo)
        within(VM_SECONDS, f"{what}: they come back", lambda done=is_there: machine.run(done).code == 0)
        within(VM_SECONDS, f"{what}: then it looks no more", lambda: is_still(machine))
        more = looks(machine) - before
        check(f"{what}: events that come together cost one look ({more:.0f} in all)", 1 < more <= MOST_LOOKS)
    within(VM_SECONDS, "the node is as it should be", lambda: node.sync() == "Succeeded")


def looks(machine):
    (number,) = read_metric(machine.sh(f"wget -q -O - http://{METRICS}/metrics"), "railhook_vfmanager_looks_total", {})
    return number


def is_still(machine):
    before = looks(machine)
    return not wait_for(lambda: looks(machine) != before, STILL)


def check_rdma_mode(cluster, node, machine):
    """Which the kernel doesn't change while there are network namespaces."""
    machine.sh("ip netns add pod")
    with removed(cluster, pool("all", rdmaMode="exclusive")):
        within(VM_SECONDS, "a mode that the kernel refuses needs a reboot",
               lambda: node.condition("RebootRequired").get("status") == "True")
        check_all("the condition", node.condition("RebootRequired")["message"], "EBUSY", "network namespaces", "next start")
        within(VM_SECONDS, "the columns", lambda: node.columns() == ["InProgress", "Reboot_Required", "Idle"])
        within(VM_SECONDS, "an Event tells it", lambda: ("Warning", "RdmaMode") in events(cluster, node))
        check("it is set for the next boot", "netns_mode=0" in machine.sh("cat /etc/modprobe.d/zz-railhook-rdma.conf"))
        ran = machine.run("railhook-vfmanager apply --from /var/lib/railhook/policies.json")
        check("apply says so by its exit code", ran.code == 3, ran)
    within(VM_SECONDS, "without the pool nothing is needed", lambda: node.sync() == "Succeeded" and
           node.condition("RebootRequired")["status"] == "False")
    machine.sh("ip netns delete pod")
    with removed(cluster, pool("all", rdmaMode="exclusive")):
        within(VM_SECONDS, "where there are none it is changed at once",
               lambda: node.status().get("system", {}).get("rdmaMode") == "exclusive" and node.sync() == "Succeeded")
