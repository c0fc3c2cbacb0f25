"""Runs a program in network, mount and process namespaces of its own, where it may use any port and address.

Nothing outlives it: when the program ends, however it ends, the kernel kills what it started and drops what it mounted.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

STATE = "RAILHOOK_CLUSTER_STATE"  # set inside, to a directory in memory
UNSHARE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount-proc", "--pid", "--fork", "--kill-child"]
HELP = """can't make namespaces, which the cluster needs for addresses and mounts of its own.
Run this as root, or allow unprivileged users to make user namespaces (sysctl kernel.unprivileged_userns_clone=1, and
kernel.apparmor_restrict_unprivileged_userns=0 where there is AppArmor); in a container, start it with --privileged."""


def enter():
    """The state directory, inside. Outside it runs the program again inside, and ends as that one ends."""
    if STATE not in os.environ:
        sys.exit(_run_inside())
    state = pathlib.Path(os.environ[STATE])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", state], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return state


def _run_inside():
    unshare = _find_unshare()
    with tempfile.TemporaryDirectory(prefix="railhook-cluster-") as state:
        inside = subprocess.Popen([*unshare, sys.executable, *sys.argv], env=os.environ | {STATE: state})
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, lambda *_: inside.kill())
        return inside.wait() and max(1, inside.returncode)


def _find_unshare():
    """As root it needs nothing more; others are root in a user namespace."""
    for more in ([], ["--map-root-user"]):
        tried = subprocess.run([*UNSHARE, *more, "true"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return UNSHARE + more
    sys.exit(f"{sys.argv[0]}: {HELP}\nunshare says: {tried.stderr.strip()}")
