#!/usr/bin/python3
"""A cluster with railhook to try things in: a shell whose kubectl and helm are the administrator's, or a command there.

Usage: shell.py RAILHOOK [COMMAND...]
"""

import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True

import isolation  # noqa: E402
from control_plane import find_programs  # noqa: E402
from harness import CLASS, Cluster  # noqa: E402

WELCOME = f"""
A Kubernetes cluster with three nodes, the eight rails of the class {CLASS}, and two replicas of railhook.
kubectl and helm are the administrator's. Nothing runs on the nodes, though pods seem to; railhook does:

  {{logs}}
  kubectl get pods --all-namespaces --output wide
  kubectl create --dry-run=server --output yaml --filename examples/sriov-rails/pod.yaml

The cluster ends with this shell.
"""


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} RAILHOOK [COMMAND...]")
    programs = find_programs()
    state = isolation.enter()
    with Cluster(state, sys.argv[1], programs) as cluster:
        cluster.ensure_installed()
        cluster.namespace("training")  # of the examples' pods
        signal.signal(signal.SIGINT, lambda *_: None)  # is for the shell and what runs there
        print(WELCOME.format(logs=f"tail -f {cluster.kubelet.directory}/*/log"))
        code = subprocess.run(sys.argv[2:] or [os.environ.get("SHELL", "/bin/sh")], check=False,
                              env=cluster.control_plane.environment()).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
