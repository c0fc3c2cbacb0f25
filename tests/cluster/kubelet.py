"""Runs pods as processes of this machine, as a kubelet would: each with an address of its own, its arguments,
environment and volumes, probes, restarts and an orderly end. One program stands for every image.

What it leaves out: init containers and further containers, images, cgroups, exec and TCP probes, hooks.
"""

import datetime
import http.client
import pathlib
import re
import signal
import subprocess
import threading
import time
import traceback

from api import ApiError, pick
from volumes import Volumes, field

POD_RANGE = "10.244.0.0/16"
POD_ADDRESS = "10.244.{}.{}"
CONTAINER = pathlib.Path(__file__).resolve().parent / "container"
TICK = 0.1  # seconds between looks
RESTART_PAUSE = 1.0  # seconds until a container that ended is started again; kubelet begins at ten
DEFAULT_USER = 65532  # of the image


class Replica:
    """A pod that runs here."""

    def __init__(self, api, pod, address, directory, program, api_address):
        self.api, self.pod, self.address, self.program = api, pod, address, program
        self.api_address = api_address
        self.name, self.uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        self.pod["status"] |= {"podIP": address, "hostIP": address}
        self.directory = directory
        self.log_path = directory / "log"
        self.container = pod["spec"]["containers"][0]
        self.volumes = Volumes(api, pod, directory / "volumes")
        self.process = None
        self.restarts = -1
        self.started = self.ended = 0.0
        self.signalled = None  # when SIGTERM was sent
        self.restarting = True
        self.told = None  # the status that the API server knows

    # ---- The process ----

    def start(self):
        root = self.directory / "root"
        root.mkdir(parents=True, exist_ok=True)
        self.volumes.sync()
        mounts = [(self.program, "/railhook"), *self.volumes.mounts(self.container)]
        environment = self._environment()
        command = ["unshare", "--mount", CONTAINER, root, *(f"{source}={target}" for source, target in mounts), "--",
                   *self._privileges(), *self._command(environment)]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self.started = time.monotonic()
        self.restarts += 1

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self, restart=True):
        """As a crash would. Without restart it stays away, as with its node."""
        self.restarting = restart
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def _command(self, environment):
        words = self.container.get("command", ["/railhook"]) + self.container.get("args", [])
        return [re.sub(r"\$\((\w+)\)", lambda match: environment.get(match[1], match[0]), word) for word in words]

    def _environment(self):
        found = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": self.name,
                 "KUBERNETES_SERVICE_HOST": self.api_address[0], "KUBERNETES_SERVICE_PORT": str(self.api_address[1])}
        for variable in self.container.get("env", []):
            source = variable.get("valueFrom", {}).get("fieldRef")
            found[variable["name"]] = field(self.pod, source["fieldPath"]) if source else variable.get("value", "")
        return found

    def _privileges(self):
        """In a user namespace with one user there is nobody else to become."""
        context = self.pod["spec"].get("securityContext", {}) | self.container.get("securityContext", {})
        command = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        if int(pathlib.Path("/proc/self/uid_map").read_text().split()[2]) > DEFAULT_USER:
            user, group = (context.get(key, DEFAULT_USER) for key in ("runAsUser", "runAsGroup"))
            command += ["--reuid", str(user), "--regid", str(group), "--clear-groups"]
        return command

    # ---- What kubelet does about it ----

    def sync(self):
        if "deletionTimestamp" in self.pod["metadata"]:
            self._end()
            return
        if self.is_running():
            self.volumes.sync()
        elif self.restarting:
            self._start_again()
        self._tell()

    def _start_again(self):
        if self.process is not None and not self.ended:
            self.ended = time.monotonic()
        if not self.ended or time.monotonic() - self.ended > RESTART_PAUSE:
            self.ended = 0.0
            self.start()

    def _end(self):
        """SIGTERM, after the grace period SIGKILL; then the pod may go."""
        if self.signalled is None:
            self.signalled = time.monotonic()
            if self.is_running():
                self.process.send_signal(signal.SIGTERM)
        if time.monotonic() - self.signalled > self.pod["metadata"].get("deletionGracePeriodSeconds", 30):
            self.kill()
        if not self.is_running():
            self.api.delete("Pod", self.name, self.pod["metadata"]["namespace"], gracePeriodSeconds=0,
                            preconditions={"uid": self.uid})

    def _tell(self):
        ready = self.is_running() and self._probe("readinessProbe")
        status = {"phase": "Running", "podIP": self.address, "podIPs": [{"ip": self.address}], "hostIP": self.address,
                  "containerStatuses": [self._container_status(ready)]}
        if status == self.told:
            return
        conditions = [condition for condition in self.pod["status"].get("conditions", [])
                      if condition["type"] == "PodScheduled"]
        conditions += [{"type": type_, "status": str(ready), "lastTransitionTime": now()}
                       for type_ in ("Ready", "ContainersReady")]
        conditions += [{"type": "Initialized", "status": "True", "lastTransitionTime": now()}]
        self.api.patch("Pod", self.name, {"status": status | {"conditions": conditions}},
                       self.pod["metadata"]["namespace"], "/status")
        self.told = status

    def _container_status(self, ready):
        running = {"running": {"startedAt": self.pod["metadata"]["creationTimestamp"]}}
        return pick(self.container, "name", "image") | {
            "imageID": "", "ready": ready, "started": self.is_running(), "restartCount": self.restarts,
            "state": running if self.is_running() else {"waiting": {"reason": "CrashLoopBackOff"}}}

    def _probe(self, name):
        if name not in self.container:
            return True
        wanted = self.container[name]["httpGet"]
        try:
            return self.get(wanted["path"], wanted["port"])[0] < 400
        except (OSError, http.client.HTTPException):
            return False

    # ---- For tests ----

    def get(self, path, port="health"):
        """(status, text) of its answer to a GET; OSError where it does not answer."""
        numbers = {port["name"]: port["containerPort"] for port in self.container.get("ports", [])}
        connection = http.client.HTTPConnection(self.address, numbers.get(port, port), timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self):
        return self.told is not None and self.told["containerStatuses"][0]["ready"]

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""


class Kubelet:
    """Runs every pod with the label, whatever its node."""

    def __init__(self, api, label, program, directory):
        self.api, self.label, self.program, self.directory = api, label, pathlib.Path(program), pathlib.Path(directory)
        self.api_address = api.address  # where pods that come find the API server
        self.known = {}  # replicas by the pods' uids
        self.logs = {}  # by pod name: the log of every pod that ever ran
        self.addresses = (POD_ADDRESS.format(number // 250, number % 250 + 2) for number in range(250 * 250))
        self.lock = threading.Lock()  # held by whoever touches replicas
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, name="kubelet", daemon=True)

    def start(self):
        subprocess.run(["ip", "route", "add", "local", POD_RANGE, "dev", "lo"], check=True)
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join()
        for replica in self.known.values():
            replica.kill(restart=False)

    def held(self):
        """A context in which nothing is started, stopped or told."""
        return self.lock

    def replicas(self):
        """Those that run and are not on their way out, by name."""
        with self.lock:
            return sorted((replica for replica in self.known.values()
                           if replica.is_running() and replica.signalled is None), key=lambda replica: replica.name)

    def _run(self):
        while not self.stopping.wait(TICK):
            try:
                with self.lock:
                    self._sync()
            except (OSError, ApiError, http.client.HTTPException):
                pass  # the API server is away, or somebody else was faster
            except Exception:
                traceback.print_exc()

    def _sync(self):
        pods = {pod["metadata"]["uid"]: pod for pod in self.api.list("Pod", labels=self.label)}
        for uid in set(self.known) - set(pods):
            self.known.pop(uid).kill(restart=False)
        for uid, pod in pods.items():
            if uid not in self.known and "nodeName" in pod["spec"]:
                self.known[uid] = self._admit(pod)
            if uid in self.known:
                self.known[uid].pod["metadata"] = pod["metadata"]
                self.known[uid].sync()

    def _admit(self, pod):
        directory = self.directory / pod["metadata"]["name"]
        directory.mkdir(parents=True)
        self.logs[pod["metadata"]["name"]] = directory / "log"
        return Replica(self.api, pod, next(self.addresses), directory, self.program, self.api_address)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
