"""A virtual machine with SR-IOV NICs, and what its tests share. README.md tells more."""

import collections
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GUEST = ROOT / "scripts/vm/guest"
RUN = ROOT / "scripts/vm/run"
BOOT_SECONDS = 300  # of a machine that is emulated on a busy one
WAKING_SECONDS = 0.1
SECONDS = 120  # what takes longer hangs
NICS = {"ethernet": "railsim ib=0", "infiniband": "railsim ib=1", "igb": "igb"}  # modules
KERNEL_FAULTS = re.compile(r"BUG:|WARNING:|Oops|Call Trace|general protection|Kernel panic")

Ran = collections.namedtuple("Ran", "code out err")


def libraries_of(program):
    """The paths of the libraries that a program loads."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for word in listed.split() if word.startswith("/")]


def lay_out(program, files):
    """Copies a program into /bin of a tree, and its libraries where it finds them."""
    (files / "bin").mkdir(parents=True)
    shutil.copy(program, files / "bin")
    for library in libraries_of(program):
        place = files / library.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)


class Machine:
    """Boots, and ends with its `with` block. Commands run in it one after the other, as root, by its /bin/sh, in /root.

    nics: who drives its PFs: "ethernet" and "infiniband" are railsim, then there is "igb"; None: nobody. options: further
    ones of scripts/vm/run. qemu: further arguments of QEMU.
    """

    def __init__(self, program, nics="ethernet", pfs=2, options=(), qemu=()):
        self.program, self.nics, self.pfs, self.options, self.qemu = program, nics, pfs, options, qemu
        self.directory = self.share = self.process = None
        self.number = 0

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="railhook-vm-")
        self.share = pathlib.Path(self.directory.name) / "share"
        self.share.mkdir()
        lay_out(self.program, self.files())
        subprocess.run([GUEST], stdout=subprocess.DEVNULL, check=True)  # the first time it takes as long as it takes
        try:
            self._boot()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, *_):
        console = self.console()
        self._stop()
        self.directory.cleanup()
        if kind is None and KERNEL_FAULTS.search(console):
            raise AssertionError("the machine's kernel complained:\n" + console[-3000:])

    def files(self):
        """What lies over the machine's root from the next boot on."""
        return pathlib.Path(self.directory.name) / "files"

    def console(self):
        path = self.share / "console"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def run(self, command, seconds=SECONDS):
        """What came of a command, which may have failed."""
        self.number += 1
        name = str(self.number)
        (self.share / f"{name}.sh").write_text(command + "\n", encoding="utf-8")
        self.process.stdin.write(f"{name}\n".encode())
        answer = self._answer(time.monotonic() + seconds, command)
        number, code = answer.split()
        assert number == name, f"the machine answered {answer!r} to command {name}"
        return Ran(int(code), *((self.share / f"{name}.{end}").read_text(encoding="utf-8", errors="replace")
                                for end in ("out", "err")))

    def sh(self, command, seconds=SECONDS):
        """What a command that must not fail printed, without the last line end."""
        ran = self.run(command, seconds)
        assert ran.code == 0, f"{command}: exit code {ran.code}: {ran.err or ran.out}"
        return ran.out.rstrip("\n")

    def json(self, command, seconds=SECONDS):
        return json.loads(self.sh(command, seconds) or "null")

    def write(self, path, text):
        """A file of the machine."""
        (self.share / "written").write_text(text, encoding="utf-8")
        self.sh(f"mkdir -p $(dirname {path}) && cp /share/written {path}")

    def knob(self, name, value):
        """Sets a parameter of railsim."""
        self.sh(f"echo {value} >/sys/module/railsim/parameters/{name}")

    def reboot(self, keep=()):
        """Boots anew, with the files and directories of `keep` as they were."""
        kept = " ".join(path.lstrip("/") for path in keep)
        self.sh(f"cd / && rm -f /share/kept.tar && tar -c -f /share/kept.tar {kept or 'etc/modprobe.d'}")
        self._stop()
        self._boot()

    def _boot(self):
        self.process = subprocess.Popen(
            [RUN, "--serve", "--pfs", str(self.pfs), "--files", self.files(), *self.options, self.share, "--", *self.qemu],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._await_up(time.monotonic() + BOOT_SECONDS)
        if self.nics:
            self.sh(f"modprobe -a ib_uverbs ib_umad && modprobe {NICS[self.nics]}")

    def _await_up(self, deadline):
        """Wakes it until it answers, as it hears nothing before it is there."""
        while not select.select([self.process.stdout], [], [], WAKING_SECONDS)[0] and time.monotonic() < deadline:
            self.process.stdin.write(b"\n")
        while not (answer := self._answer(deadline, "booting")):
            pass  # its line gave back what was to wake it
        assert answer.startswith("up "), f"the machine began with {answer!r}"

    def _stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    def _answer(self, deadline, command):
        """The next line from the machine."""
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not piece:
                raise AssertionError(f"{command}: the machine {'ended' if ready else 'gave no answer in time'}: "
                                     f"{self.console()[-2000:]}")
            line += piece
        return line.decode().strip()


class MachineTest(unittest.TestCase):
    """Tests that share one machine, `self.vm`, which the class describes."""

    nics = "ethernet"
    pfs = 2
    options = ()
    qemu = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.vm = cls.enterClassContext(Machine(PROGRAM, cls.nics, cls.pfs, cls.options, cls.qemu))

    def within(self, seconds, condition):
        """What the condition gives as soon as that isn't false; fails where it stays so."""
        deadline = time.monotonic() + seconds
        while not (held := condition()):
            self.assertLess(time.monotonic(), deadline, f"not so within {seconds} s")
            time.sleep(0.1)
        return held


def main():
    """Runs the tests of the calling program: PROGRAM [TEST...]."""
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)


PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(f"usage: {sys.argv[0]} RAILHOOK-VFMANAGER [TEST...]")
