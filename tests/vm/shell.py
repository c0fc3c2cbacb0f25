#!/usr/bin/python3
"""A shell in the virtual machine of the tests, which has railhook-vfmanager.

Usage: shell.py RAILHOOK-VFMANAGER [OPTION OF scripts/vm/run...]
"""

import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from machine import PROGRAM, RUN, lay_out  # noqa: E402

WELCOME = """
A machine with NICs that have virtual functions. `modprobe railsim` makes RDMA devices of them (ib=1: InfiniBand),
`modprobe igb` is Linux' own driver. railhook-vfmanager, ip, rdma and busybox are there. Ctrl-D ends it.

"""


def main():
    with tempfile.TemporaryDirectory(prefix="railhook-vm-") as directory:
        share, files = pathlib.Path(directory) / "share", pathlib.Path(directory) / "files"
        share.mkdir()
        lay_out(PROGRAM, files)
        print(WELCOME, end="", flush=True)
        return subprocess.run([RUN, "--files", files, *sys.argv[2:], share], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
