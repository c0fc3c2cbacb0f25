"""railhook-vfmanager on a node, as the chart has it run: a DaemonSet's pod of the image that scripts/image makes."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "manifests"))

import isolation  # noqa: E402
from chart import NAMESPACE, ROOT, render_vf_manager  # noqa: E402
from control_plane import wait_for  # noqa: E402

PROGRAM = "railhook-vfmanager"
ARCHIVE = ROOT / f"build/{PROGRAM}.tar"
LOGS = f"/var/log/pods/{NAMESPACE}_*/vfmanager/*.log"
SECONDS = 120  # what takes longer hangs
VALUES = {"vfManager": {"policyNamespace": "default", "image": {"repository": f"localhost/{PROGRAM}", "pullPolicy": "Never"}}}


def find_image():
    """Its archive. Makes it, which may need the network, before isolation.enter() has taken that away."""
    if isolation.STATE not in os.environ:
        made = subprocess.run([ROOT / "scripts/image", ARCHIVE, PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if made.returncode:
            sys.exit(made.stdout[-5000:])
    return ARCHIVE


class Agent:
    """The DaemonSet on a `Node`, whose only pod it has."""

    def __init__(self, node, image):
        self.node, self.image = node, image

    def install(self, *options):
        """As the chart renders it, but for further `options` of the program."""
        shutil.copy(self.image, self.node.machine.share / "image.tar")
        self.node.machine.sh("ctr --namespace k8s.io images import /share/image.tar && rm /share/image.tar", SECONDS)
        objects = render_vf_manager(VALUES)
        container, = objects["DaemonSet"]["spec"]["template"]["spec"]["containers"]
        container["args"] += options
        labels = {"pod-security.kubernetes.io/enforce": "privileged"}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
        self.node.apply(namespace, *objects.values())

    def pod(self):
        """Its pod, where there is one and it is ready; else None."""
        pods = self.node.api.list("Pod", NAMESPACE)
        ready = [one for pod in pods for one in pod["status"].get("conditions", [])
                 if (one["type"], one["status"]) == ("Ready", "True")]
        return pods[0] if len(pods) == len(ready) == 1 else None

    def replace(self):
        """Deletes its pod, and waits for the next one."""
        old = self.pod()["metadata"]
        self.node.kubectl("delete", "pod", old["name"], "--namespace", NAMESPACE, "--wait=false")
        return wait_for(lambda: (new := self.pod()) and new["metadata"]["uid"] != old["uid"], SECONDS)

    def log(self):
        return self.node.machine.sh(f"cat {LOGS}")
