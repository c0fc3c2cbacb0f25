#!/usr/bin/python3
"""The container images: what is in them, and that they run as a cluster would run them. Builds them with scripts/image and
runs them with runc, both as root."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

from chart import ROOT, container, pod_spec, render, render_vf_manager  # noqa: E402

EXAMPLE = ROOT / "examples/sriov-rails"
MEGABYTES = 40
BUILD_SECONDS = 1200
SECONDS = 30
AS_ROOT = [] if os.geteuid() == 0 else ["sudo"]
NEEDED = re.compile(r"\(NEEDED\).*\[(.*)\]")
LOADER = re.compile(r"program interpreter: (.*)\]")


class Image:
    """The image in an archive, unpacked below a directory as the bundle of an OCI runtime."""

    def __init__(self, archive, directory):
        self.directory, self.root = directory, directory / "rootfs"
        with tarfile.open(archive) as outer:
            manifest, = json.load(outer.extractfile("manifest.json"))
            self.tags = manifest["RepoTags"]
            self.config = json.load(outer.extractfile(manifest["Config"]))["config"]
            for layer in manifest["Layers"]:
                with tarfile.open(fileobj=outer.extractfile(layer)) as inner:
                    inner.extractall(self.root)

    def files(self):
        return {f"/{path.relative_to(self.root)}": path for path in self.root.rglob("*") if not path.is_dir()}

    def command(self, *arguments, name):
        """A command that runs the image as the chart's pods would be run, with /example and the host's network."""
        user, group = map(int, self.config.get("User", "0:0").split(":"))
        process = {"args": self.config["Entrypoint"] + list(arguments), "env": self.config["Env"], "cwd": "/",
                   "user": {"uid": user, "gid": group}, "noNewPrivileges": True, "capabilities": {}}
        mounts = [{"destination": "/proc", "type": "proc", "source": "proc"},
                  {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
                  {"destination": "/example", "type": "bind", "source": str(EXAMPLE), "options": ["bind", "ro"]}]
        spec = {"ociVersion": "1.0.2", "process": process, "root": {"path": str(self.root), "readonly": True},
                "mounts": mounts, "linux": {"namespaces": [{"type": kind} for kind in ("mount", "pid", "ipc", "uts")]}}
        bundle = self.directory / name
        bundle.mkdir()
        (bundle / "config.json").write_text(json.dumps(spec), encoding="utf-8")
        return [*AS_ROOT, "runc", "--root", str(self.directory / "runc"), "run",
                "--bundle", str(bundle), f"railhook-{os.getpid()}-{name}"]

    def run(self, *arguments):
        name = f"{arguments[0]}-{time.monotonic_ns()}"
        return subprocess.run(self.command(*arguments, name=name), capture_output=True, text=True, timeout=SECONDS, check=False)


class AnImage:
    """What both have in common."""
    program = None

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        directory = pathlib.Path(directory.name)
        archive = directory / "image.tar"
        built = subprocess.run([ROOT / "scripts/image", archive, cls.program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               timeout=BUILD_SECONDS, check=False)
        if built.returncode:
            raise AssertionError(built.stdout[-5000:])
        cls.size = archive.stat().st_size
        cls.image = Image(archive, directory)

    def test_it_is_small(self):
        self.assertLess(self.size, MEGABYTES * 1e6)

    def test_it_holds_the_program_the_libraries_it_loads_their_terms_and_nothing_else(self):
        files = self.image.files()
        terms = {path for path in files if path.startswith("/usr/share/doc/") and path.endswith("/copyright")}
        self.assertTrue(terms)
        self.assertEqual({os.path.basename(path) for path in set(files) - terms}, {self.program, *self.needed(files)})

    def needed(self, files):
        """The names of the libraries that the program needs, of those that these need and so on, and of the loader."""
        by_name = {os.path.basename(path): file for path, file in files.items()}
        loader = LOADER.search(read_elf("--program-headers", by_name[self.program]))[1]
        self.assertIn(loader, files)
        found, waiting = {os.path.basename(loader)}, [self.program]
        while waiting:
            fresh = set(NEEDED.findall(read_elf("--dynamic", by_name[waiting.pop()]))) - found
            found |= fresh
            waiting += fresh
        return found

    def test_nobody_but_root_could_change_it(self):
        for path, file in self.image.files().items():
            self.assertEqual(file.stat().st_mode & 0o7022, 0, path)

    def test_it_is_told_what_it_is(self):
        version = self.image.run("version").stdout.split()[1]
        labels = {key.removeprefix("org.opencontainers.image."): value for key, value in self.image.config["Labels"].items()}
        self.assertEqual((labels["title"], labels["licenses"], labels["version"]), (self.program, "Apache-2.0", version))
        self.assertIn(f"localhost/{self.program}:{version}", self.image.tags)

    def test_there_is_nothing_to_log_in_to(self):
        for shell in ("sh", "bash", "busybox"):
            self.assertEqual(list(self.image.root.rglob(shell)), [])


class TheVfManagers(AnImage, unittest.TestCase):
    program = "railhook-vfmanager"

    def test_it_fits_the_chart(self):
        only = container_of_vf_manager()
        self.assertEqual((self.image.config["Entrypoint"], only["args"][0]), (["/railhook-vfmanager"], "run"))
        self.assertNotIn("command", only)

    def test_it_takes_the_charts_arguments(self):
        told = self.image.run(*container_of_vf_manager()["args"]).stderr
        self.assertIn("--node NAME is needed", told)


def container_of_vf_manager():
    (only,) = pod_spec({"Deployment": render_vf_manager()["DaemonSet"]})["containers"]
    return only


class TheWebhooks(AnImage, unittest.TestCase):
    program = "railhook"

    def test_it_fits_the_chart(self):
        context = pod_spec(render())["securityContext"]
        self.assertEqual(self.image.config["User"], f"{context['runAsUser']}:{context['runAsGroup']}")
        self.assertEqual(self.image.config["Entrypoint"], ["/railhook"])
        self.assertNotIn("command", container(render()))

    def test_it_injects(self):
        ran = self.image.run("inject", "-f", "/example/pod.yaml", "--rails", "/example/rails", "-o", "patch")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("k8s.v1.cni.cncf.io~1networks", ran.stdout)

    def test_it_serves_until_it_is_stopped(self):
        command = self.image.command("serve", "--rails", "/example/rails", "--listen", "127.0.0.1:0", "--health",
                                     "127.0.0.1:0", name="serve")
        with running(command) as process:
            line = json.loads(process.stderr.readline())
            self.assertEqual((line["msg"], line["rails"]), ("serving", 8))
            self.assertEqual(get(line["health"], "/readyz"), (200, "ready\n"))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(SECONDS), 0)
            self.assertIn('"msg":"stopped"', process.stderr.read())


@contextlib.contextmanager
def running(command):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def get(address, path):
    connection = http.client.HTTPConnection(address, timeout=SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def read_elf(what, file):
    return subprocess.run(["readelf", what, file], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
