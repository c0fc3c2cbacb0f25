#!/usr/bin/python3
"""Whatever goes wrong while `railhook-vfmanager apply` works ends in a clear message, leaves the probing of VFs on, and is
healed by the next run once the fault is gone.

Usage: fault_test.py RAILHOOK-VFMANAGER [TEST...]
"""

import pathlib
import shutil
import sys

sys.dont_write_bytecode = True

from machine import PROGRAM, main  # noqa: E402
from rails import DEVICES, POLICIES, STATE, Rails, address_of, policy, pool  # noqa: E402

KILL_AT_STEP = pathlib.Path(PROGRAM).parent / "tests/kill_at_step"
KILLED, ENDED_BEFORE = 0, 3
PF = f"{DEVICES}/{address_of(0)}"
SLOW = ("vf_delay_ms", "probe_delay_ms", "late_rdma_ms")
NO_FAULTS = {"fail_numvfs": -1, "fail_vf_probe": -1, "fail_vf_set": 0} | dict.fromkeys(SLOW, 0)


class Faults(Rails):
    """Policies of both PFs, of which the first one has the fault. That one may have another name after it was pulled out."""

    def setUp(self):
        for name, value in NO_FAULTS.items():
            self.vm.knob(name, value)
        super().setUp()

    def rail(self, number=0, **spec):
        return policy(f"gpu{number + 1}", nicSelector={"rootDevices": [address_of(number)]}, **spec)

    def both(self, **spec):
        return [self.rail(0, **spec), self.rail(1)]

    def go_wrong(self, *objects, mentions, options=""):
        """Applies what can't be done wholly."""
        done = self.apply(*objects, options=options)
        self.assertEqual(done.code, 1, done.out)
        for text in mentions:
            self.assertIn(text, done.err)
        self.check_probing()
        return done

    def check_probing(self):
        for pf in self.all_pfs():
            self.assertTrue(pf["probesVfs"], pf["pciAddress"])

    def heal(self):
        """The last policies can be applied now."""
        self.make()
        for pf in self.all_pfs():
            self.check_vfs(pf, 7)

    def in_background(self, name="background"):
        self.vm.sh(f"(railhook-vfmanager apply --from {POLICIES} >/tmp/{name}.out 2>/tmp/{name}.err; "
                   f"echo $? >/tmp/{name}.code) & echo $! >/tmp/{name}.pid")

    def ended(self, name="background"):
        self.within(60, lambda: self.vm.run(f"test -s /tmp/{name}.code").code == 0)
        code, err = self.vm.sh(f"cat /tmp/{name}.code"), self.vm.sh(f"cat /tmp/{name}.err; rm /tmp/{name}.*")
        return int(code), err


class Kills(Faults):

    def setUp(self):
        super().setUp()
        shutil.copy(KILL_AT_STEP, self.vm.share)
        self.vm.sh("cp /share/kill_at_step /bin")

    def kill_at(self, step):
        ran = self.vm.run(f"kill_at_step {step} railhook-vfmanager apply -v --from {POLICIES}")
        self.assertIn(ran.code, (KILLED, ENDED_BEFORE), ran.err)
        return ran.code == KILLED

    def test_killed_at_every_step_the_next_run_finishes(self):
        step, vfs = 1, 2
        self.want(self.rail(numVfs=vfs, mtu=4200))
        while self.kill_at(step):
            self.make()
            self.check_vfs(self.pf(), vfs, 4200)
            step, vfs = step + 1, 5 - vfs
            self.want(self.rail(numVfs=vfs, mtu=4200))
        self.check_vfs(self.pf(), vfs, 4200)
        self.check_at_rest()
        self.assertGreater(step, 12, "so many steps were tried")

    def test_vfs_are_remembered_as_ours_before_there_are_any(self):
        step = 0
        while self.pf()["numVfs"] == 0:
            self.setUp()
            self.want(self.rail(numVfs=2))
            step += 1
            self.assertTrue(self.kill_at(step))
        self.assertEqual(self.owned(), {f"{address_of(0)}.json"})

    def test_killed_at_every_step_of_a_removal_the_next_run_finishes(self):
        for step in range(1, 4):
            self.make(self.rail(numVfs=1, mtu=4200))
            self.want(policy("other", nicSelector={"pfNames": ["none"]}))
            self.assertTrue(self.kill_at(step))
            self.assertEqual(self.apply().code, 0)
            self.assertEqual((self.pf()["numVfs"], self.pf()["mtu"], self.owned()), (0, 1500, set()))

    def test_killed_while_the_kernel_makes_vfs(self):
        self.vm.knob("vf_delay_ms", 200)
        self.want(*self.both())
        self.vm.sh(f"(exec railhook-vfmanager apply --from {POLICIES}) >/dev/null 2>&1 & sleep 0.7; kill -9 $!")
        self.heal()
        self.vm.knob("vf_delay_ms", 0)
        self.assertEqual(set(self.probes_of(*self.all_pfs())), {1})


class Refusals(Faults):

    def test_an_errno_of_the_driver_has_a_hint(self):
        self.vm.knob("fail_numvfs", 7)
        for number, name, hint in ((5, "EIO (Input/output error)", "`dmesg` on the node says why"),
                                   (28, "ENOSPC (No space left on device)", "too few MSI-X vectors"),
                                   (12, "ENOMEM (Cannot allocate memory)", "pci=realloc")):
            self.vm.knob("fail_numvfs_errno", number)
            self.go_wrong(self.rail(), mentions=(f"writing 7 to {PF}/sriov_numvfs: {name}", hint))
        self.vm.knob("fail_numvfs", -1)
        self.want(*self.both())
        self.heal()

    def test_a_pf_that_fails_keeps_no_other_from_its_vfs(self):
        self.vm.knob("fail_numvfs", 5)
        done = self.go_wrong(*self.both(numVfs=5), mentions=("make 5 VFs: writing 5", "EIO"))
        self.assertEqual(len(done.err.splitlines()), 1, "its other steps weren't tried")
        self.check_vfs(self.pf(1), 7)
        self.vm.knob("fail_numvfs", -1)
        self.make()
        self.check_vfs(self.pf(), 5)

    def test_a_vf_whose_probe_fails_keeps_no_other_from_its_driver(self):
        self.vm.knob("fail_vf_probe", 2)
        self.go_wrong(*self.both(), mentions=("VF 2: bind to its driver: VF 2 (0000:01:", "has no driver after its probe"))
        self.assertEqual([vf["driver"] for vf in self.pf()["vfs"]], ["railsim"] * 2 + [""] + ["railsim"] * 4)
        self.vm.knob("fail_vf_probe", -1)
        self.heal()

    def test_a_mac_that_cant_be_set(self):
        self.vm.knob("fail_vf_set", 95)
        self.go_wrong(*self.both(), mentions=("VF 0: set the MAC", "EOPNOTSUPP", "the PF's driver can't do this"))
        self.vm.knob("fail_vf_set", 0)
        self.heal()

    def test_slow_vfs(self):
        for name, milliseconds in zip(SLOW, (150, 100, 1500)):
            self.vm.knob(name, milliseconds)
        self.make(*self.both())
        for name in SLOW:
            self.vm.knob(name, 0)
        self.heal()

    def test_a_pf_that_is_down(self):
        self.make(*self.both())
        self.vm.sh(f"ip link set {self.pf()['name']} down")
        self.assertEqual(self.make().steps, 1)
        self.heal()

    def test_a_pf_without_driver(self):
        self.vm.sh(f"echo {address_of(0)} >/sys/bus/pci/drivers/railsim/unbind")
        done = self.apply(*self.both())
        self.assertEqual(done.code, 1)
        self.assertIn(f"{address_of(0)} has no driver, and without one the kernel makes no VFs (ENOENT)", done.err)
        self.check_vfs(self.pf(1), 7)
        self.vm.sh(f"echo {address_of(0)} >/sys/bus/pci/drivers/railsim/bind")
        self.heal()

    def test_a_pf_that_is_pulled_out(self):
        self.make(*self.both())
        self.vm.sh(f"echo 1 >{PF}/remove")
        done = self.apply()
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(self.owned(), {f"{address_of(1)}.json"})
        self.vm.sh("echo 1 >/sys/bus/pci/rescan")
        self.heal()

    def test_a_pf_that_is_pulled_out_while_its_vfs_are_probed(self):
        self.vm.knob("probe_delay_ms", 400)
        self.want(*self.both())
        self.in_background()
        self.within(30, lambda: self.vm.run(f"test -e {PF}/virtfn2/driver").code == 0)
        self.vm.sh(f"echo 1 >{PF}/remove")
        code, err = self.ended()
        self.assertEqual(code, 1)
        self.assertIn(": VF 6", err)
        self.vm.knob("probe_delay_ms", 0)
        self.check_vfs(self.pf(1), 7)
        self.vm.sh("echo 1 >/sys/bus/pci/rescan")
        self.heal()

    def test_two_writers(self):
        self.vm.knob("vf_delay_ms", 200)
        self.want(*self.both())
        self.in_background()
        self.within(30, lambda: self.vm.run(f"test -e {STATE}/lock").code == 0)
        done = self.apply()
        self.assertEqual((done.code, done.writes), (1, None), done.out)
        self.assertIn(f"another railhook-vfmanager is changing this host (it holds {STATE}/lock)", done.err)
        self.assertEqual(self.ended(), (0, ""))
        self.vm.knob("vf_delay_ms", 0)
        self.heal()

    def test_more_vfs_than_the_nic_can_have(self):
        most = self.pf()["totalVfs"]
        self.go_wrong(*self.both(numVfs=most + 1), mentions=(
            f"numVfs {most + 1} is above the {most} that", f"({address_of(0)}) can have", f"write numVfs: {most}"))
        self.assertEqual(self.pf()["numVfs"], 0)
        self.want(*self.both())
        self.heal()

    def test_an_rdma_mode_that_a_namespace_is_in_the_way_of(self):
        self.vm.sh("ip netns add pod")
        for _ in range(2):
            done = self.apply(pool(rdmaMode="exclusive"), *self.both())
            self.assertEqual(done.code, 3, done.err)
            self.assertIn("(EBUSY)", done.err)
            self.assertIn("netns shared", self.vm.sh("rdma system"))
            self.vm.sh("grep -qx 'options ib_core netns_mode=0' /etc/modprobe.d/zz-railhook-rdma.conf")
            self.check_vfs(self.pf(), 7)
        self.vm.sh("ip netns del pod")
        self.within(10, lambda: self.apply().code == 0)
        self.assertIn("netns exclusive", self.vm.sh("rdma system"))
        self.make(pool(rdmaMode="shared"), *self.both())
        self.vm.sh("rm /etc/modprobe.d/zz-railhook-rdma.conf")

    def test_a_read_only_sysfs(self):
        self.want(*self.both())
        ran = self.vm.run("unshare -m sh -c 'mount -o remount,bind,ro /sys && "
                          f"exec railhook-vfmanager apply --from {POLICIES}'")
        self.assertEqual(ran.code, 1)
        self.assertIn(f"writing 0 to {PF}/sriov_drivers_autoprobe: EROFS (Read-only file system)", ran.err)
        self.assertIn("mount the host's writable", ran.err)
        self.assertEqual(self.pf()["numVfs"], 0)
        self.heal()

    def test_a_state_directory_that_cant_be_written_keeps_all_as_it_is(self):
        self.go_wrong(*self.both(), mentions=("/proc/nowhere/lock can't be written",), options="--state-dir /proc/nowhere")
        self.assertEqual([pf["numVfs"] for pf in self.all_pfs()], [0, 0])
        self.heal()


main()
