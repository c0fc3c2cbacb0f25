#!/usr/bin/python3
"""The unit of systemd makes a machine's VFs as it boots, before kubelet starts."""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from machine import PROGRAM, ROOT, Machine, main  # noqa: E402
from rails import DEVICES, POLICIES, address_of, policy, pool  # noqa: E402

UNIT = "railhook-vfmanager.service"
HERE = pathlib.Path(__file__).resolve().parent
VFS = 3
NEEDLESS = ["getty.target", "kmod-static-nodes.service", "systemd-sysusers.service", "systemd-journal-flush.service",
            "systemd-random-seed.service", "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount",
            "sys-kernel-tracing.mount", "proc-sys-fs-binfmt_misc.automount"]


def saved(*objects):
    """The file that the agent leaves for the next boot."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def rail(vfs):
    return policy("rail1", numVfs=vfs, nicSelector={"pfNames": ["enp1s0"]})  # as udev calls it


class Booted(Machine):
    """A machine whose first process is Debian's systemd, with udev, and with the unit as docs/vfmanager.md installs it."""

    def __init__(self, program, policies):
        super().__init__(program, nics=None, pfs=1)
        self.policies = policies

    def _boot(self):
        self._lay_systemd()
        self._install()
        super()._boot()

    def _lay_systemd(self):
        found = subprocess.run([ROOT / "scripts/vm/systemd"], stdout=subprocess.PIPE, text=True, check=True)
        files = self.files()
        subprocess.run(["cp", "-a", "--remove-destination", f"{found.stdout.strip()}/.", files], check=True)
        shutil.copytree(HERE / "systemd_root", files, dirs_exist_ok=True)
        shutil.copy(ROOT / "scripts/vm/init", files / "serve")
        (files / "init").symlink_to("lib/systemd/systemd")

    def _install(self):
        files = self.files()
        (files / "usr/local/bin").mkdir(parents=True)
        shutil.copy(self.program, files / "usr/local/bin")
        shutil.copy(ROOT / "manifests/systemd" / UNIT, files / "etc/systemd/system")
        policies = files / POLICIES.lstrip("/")
        policies.parent.mkdir(parents=True)
        policies.write_text(self.policies, encoding="utf-8")
        self._systemctl("enable", UNIT, "kubelet", "commands")
        self._systemctl("mask", *NEEDLESS)
        self._systemctl("set-default", "multi-user.target")

    def _systemctl(self, *words):
        """The machine's own, before it boots."""
        files = self.files()
        libraries = ":".join(f"{files}/{folder}" for folder in ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu",
                                                                "lib/systemd", "usr/lib/x86_64-linux-gnu/systemd"))
        subprocess.run([files / "lib64/ld-linux-x86-64.so.2", "--library-path", libraries, files / "bin/systemctl",
                        f"--root={files}", *words], check=True, capture_output=True)


class AtBoot(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.vm = cls.enterClassContext(Booted(PROGRAM, saved(rail(VFS))))

    def show(self, unit, *properties):
        """What systemd knows of a unit."""
        lines = self.vm.sh(f"systemctl show --property={','.join(properties)} {unit}").splitlines()
        known = dict(line.split("=", 1) for line in lines)
        return tuple(known[name] for name in properties)

    def start_again(self):
        """Both, at once, as at boot; how the unit and kubelet are then."""
        self.vm.sh(f"systemctl stop {UNIT} kubelet && rm -f /run/kubelet-found && (systemctl reset-failed {UNIT} kubelet; true)")
        self.vm.run(f"systemctl start {UNIT} kubelet")
        return self.show(UNIT, "ActiveState", "ExecMainStatus"), self.show("kubelet", "ActiveState")

    def test_1_kubelet_finds_the_vfs(self):
        self.assertEqual(self.vm.sh("cat /run/kubelet-found"), str(VFS), self.vm.sh(f"journalctl --unit {UNIT}"))
        (done,), (began,) = (self.show(unit, f"{when}TimestampMonotonic")
                             for unit, when in ((UNIT, "ActiveEnter"), ("kubelet", "InactiveExit")))
        self.assertLessEqual(int(done), int(began))
        self.assertEqual(self.show(UNIT, "ActiveState", "ExecMainStatus"), ("active", "0"))

    def test_2_a_second_start_changes_nothing(self):
        self.assertEqual(self.start_again(), (("active", "0"), ("active",)))
        self.assertIn("0 steps done, 0 writes", self.vm.sh(f"journalctl --unit {UNIT} --lines 3"))

    def test_3_without_saved_policies_it_is_skipped(self):
        self.vm.sh(f"mv {POLICIES} /run/aside")
        self.assertEqual(self.start_again()[1], ("active",))
        self.assertEqual(self.show(UNIT, "ActiveState", "ConditionResult"), ("inactive", "no"))
        self.vm.sh(f"mv /run/aside {POLICIES}")

    def test_4_where_it_fails_kubelet_starts_none_the_less(self):
        self.vm.write(POLICIES, saved(rail(99)))
        self.assertEqual(self.start_again(), (("failed", "1"), ("active",)))
        self.assertEqual(self.vm.sh("cat /run/kubelet-found"), str(VFS))

    def test_5_a_node_that_must_be_restarted_is_no_failure(self):
        self.vm.sh("ip netns add pod")
        self.vm.write(POLICIES, saved(rail(VFS), pool(rdmaMode="exclusive")))
        self.assertEqual(self.start_again(), (("active", "3"), ("active",)))
        self.assertIn("netns_mode=0", self.vm.sh("cat /etc/modprobe.d/zz-railhook-rdma.conf"))

    def test_6_vfs_are_removed_and_made_as_without_systemd(self):
        self.vm.write(POLICIES, saved(rail(VFS + 1)))
        self.assertEqual(self.start_again(), (("active", "0"), ("active",)))
        self.assertEqual(self.vm.sh(f"cat {DEVICES}/{address_of(0)}/sriov_numvfs"), str(VFS + 1))

    def test_7_systemd_finds_no_fault_with_it(self):
        ran = self.vm.run(f"systemd-analyze verify {UNIT}")
        self.assertEqual((ran.code, ran.out, ran.err), (0, "", ""))


if __name__ == "__main__":
    main()
