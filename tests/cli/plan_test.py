#!/usr/bin/python3
"""What `railhook-vfmanager plan` and `apply --dry-run` make of files, on a machine that is a few files itself: a PF, ens1, with
two VFs that are ours, and one, ens2, with none.

Usage: plan_test.py RAILHOOK, beside which railhook-vfmanager stands.
"""

import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cases/policies"))

from harness import ENVIRONMENT, RAILHOOK, SECONDS, check, check_all, main, test  # noqa: E402
from policy_cases import sriov_object  # noqa: E402

VFMANAGER = pathlib.Path(RAILHOOK).with_name("railhook-vfmanager")
ENS1, ENS2 = "0000:04:00.0", "0000:05:00.0"
VFS = ("0000:04:10.0", "0000:04:10.1")


def make_function(devices, address, **attributes):
    folder = devices / address
    folder.mkdir(parents=True)
    for name, value in ({"vendor": "0x15b3", "device": "0x101b", "class": "0x020000"} | attributes).items():
        (folder / name).write_text(f"{value}\n")
    return folder


def make_pf(devices, address, name, vfs):
    folder = make_function(devices, address, sriov_totalvfs=8, sriov_numvfs=len(vfs), sriov_drivers_autoprobe=1)
    (folder / "net" / name).mkdir(parents=True)
    (folder / "driver").symlink_to("../../drivers/mlx5_core")
    for index, vf in enumerate(vfs):
        make_function(devices, vf)
        (folder / f"virtfn{index}").symlink_to(f"../{vf}")


def machine(files):
    """The options that make the program take a folder of ours for its host."""
    root = files.directory / "host"
    devices = root / "sys/bus/pci/devices"
    (root / "sys/bus/pci/drivers/mlx5_core").mkdir(parents=True)
    make_pf(devices, ENS1, "ens1", VFS)
    make_pf(devices, ENS2, "ens2", ())
    record = root / "state/pfs" / f"{ENS1}.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"numVfs": len(VFS)}))
    places = {"sysfs-root": "sys", "proc-root": "proc", "dev-root": "dev", "modprobe-dir": "modprobe", "state-dir": "state"}
    return [f"--{option}={root / folder}" for option, folder in places.items()]


def run(*words):
    return subprocess.run([VFMANAGER, *words], capture_output=True, text=True, timeout=SECONDS, env=ENVIRONMENT, check=False)


def policy(name, pf, **spec):
    return sriov_object("SriovNetworkNodePolicy", name,
                        {"nodeSelector": {}, "resourceName": "r", "numVfs": 2, "nicSelector": {"pfNames": [pf]}} | spec)


@test
def nothing_is_removed_where_no_policy_is_for_this_machine(files):
    host = machine(files)
    labelled = files.write("labelled.yaml", policy("a", "ens1", nodeSelector={"gpu": "yes"}))
    other = files.write("other.yaml", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}})
    for path, why in ((labelled, "policy a is for nodes with the label gpu=yes, which this one lacks"),
                      (other, f"{other} holds no SriovNetworkNodePolicy")):
        for command in (("plan",), ("apply", "--dry-run")):
            ran = run(*command, "--policies", path, *host)
            check(f"{command[0]} of {path.name} is refused", (ran.returncode, ran.stdout) == (1, ""), ran)
            check_all(f"{command[0]} of {path.name}", ran.stderr, why, "nothing is removed", "numVfs: 0")
    chosen = run("plan", "--policies", labelled, "--node-labels", "gpu=yes", *host)
    check("with the label it is for this machine", chosen.returncode == 0 and "remove" not in chosen.stdout, chosen)


@test
def who_says_so_gets_rid_of_vfs(files):
    host = machine(files)
    empty = files.write("empty.yaml", policy("none", "ens1", numVfs=0, nicSelector={}))
    ran = run("plan", "--policies", empty, *host)
    check("an empty policy removes them", ran.returncode == 0 and "remove its VFs (2)" in ran.stdout, ran)
    saved = files.write("policies.json", '{"apiVersion": "v1", "kind": "List", "items": []}')
    ran = run("apply", "--dry-run", "--from", saved, *host)
    check("so does the agent's file", ran.returncode == 0 and "remove its VFs (2)" in ran.stdout, ran)


@test
def a_contradiction_stops_its_own_pf_alone(files):
    host = machine(files)
    both = files.write("both.yaml", policy("a", "ens1"), policy("b", "ens1"), policy("c", "ens2", resourceName="s"))
    for command in (("plan", "--policies"), ("apply", "--dry-run", "--from")):
        ran = run(*command, both, *host)
        check(f"{command[0]}: ens1 is refused", ran.returncode == 1 and "ens1 (0000:04:00.0): refused" in ran.stdout, ran)
        check(f"{command[0]}: ens2 gets its VFs", "make 2 VFs" in ran.stdout, ran)
    broken = files.write("broken.yaml", policy("a", "ens1", mtu=1), policy("c", "ens2"))
    ran = run("plan", "--policies", broken, *host)
    check("an object that can't be read stops all", ran.returncode == 1 and ran.stdout == "" and "spec.mtu is 1" in ran.stderr, ran)


@test
def policies_of_two_namespaces_are_told_apart(files):
    here, there = policy("a", "ens1"), policy("a", "ens1")
    there["metadata"]["namespace"] = "elsewhere"
    ran = run("plan", "--policies", files.write("two.yaml", here, there), *machine(files))
    check_all("the refusal", ran.stdout, "policies elsewhere/a and sriov/a")


@test
def a_check_without_rails_says_so(files):
    host = machine(files)
    other = files.write("other.yaml", policy("a", "ens1", nodeSelector={"gpu": "yes"}))
    ran = run("check", "--policies", other, *host)
    check_all("check", ran.stdout, "This machine has no rail")


if __name__ == "__main__":
    main()
