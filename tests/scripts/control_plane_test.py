#!/usr/bin/python3
import os
import subprocess
import unittest

from sandbox import SCRIPTS, Sandbox, run

BUILD = SCRIPTS / "control_plane/build"
PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "helm", "kubeconform", "kwok",
            "apiserver-client", "prometheus-judge", "cni-judge", "macvlan", "ipvlan", "vlan", "bridge", "host-local", "static",
            "tuning"]
NODE_PROGRAMS = ["kubelet", "multus", "rdma", "host-device", "loopback"]
FILES = ["kwok-stages.yaml", "swagger.json", "swagger-1.28.json", "workload-crds.yaml"]
OLD_GO = "#!/bin/sh\necho go1.19.8\n"
# Builds what it is told to by writing down how; slow enough for two to meet; fails at $BROKEN.
GO = """#!/bin/bash
case "$*" in
  "env GOVERSION") echo go1.26.8 ;;
  *"list -m"*) echo "$MODULE" ;;
  *" build "*)
    echo "$*" >>"$CALLS"
    echo some/package
    sleep 0.1
    out=$(sed 's/.* -o \\([^ ]*\\) .*/\\1/' <<<"$*")
    echo half >"$out"
    [[ $out != *"/$BROKEN" ]] || { echo "undefined: x" >&2 && exit 1; }
    echo whole >"$out" ;;
esac
"""


class ControlPlane(Sandbox):
    """scripts/control_plane/build with a Go of its own and an empty cache."""

    def setUp(self):
        super().setUp()
        self.write("bin/go", GO, 0o755)
        for stage in ("node/fast/node-initialize", "node/heartbeat-with-lease/node-heartbeat-with-lease",
                      "pod/fast/pod-ready", "pod/fast/pod-delete"):
            self.write(f"module/kustomize/stage/{stage}.yaml", f"name: {stage}\n")
        self.write("module/api/openapi-spec/swagger.json", "{}")
        self.write("module/config/crd/bases/example.com_trains.yaml", "kind: CustomResourceDefinition\n")
        self.write("module/config/crd/patches/in_trains.yaml", "a patch\n")
        self.environment = os.environ | {
            "PATH": f"{self.dir}/bin:{os.environ['PATH']}", "XDG_CACHE_HOME": str(self.dir / "cache"),
            "CALLS": str(self.dir / "calls"), "MODULE": str(self.dir / "module"), "KUBEBUILDER_ASSETS": "", "BROKEN": "-"}

    def build(self, **environment):
        return run(BUILD, env=self.environment | environment)

    def built(self):
        path = self.dir / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def made(self):
        """The names of the whole programs that the cache holds."""
        return sorted(path.name for path in self.dir.glob("cache/railhook/control-plane/*-v*/*"))

    def test_builds_each_program_once(self):
        first = self.build()
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(self.made(), sorted(PROGRAMS + FILES))
        self.assertEqual(len(self.built()), len(PROGRAMS))
        places = first.stdout.strip().split(":")
        self.assertEqual(sorted(name for place in places for name in os.listdir(place)), self.made())
        second = self.build()
        self.assertEqual((second.returncode, second.stdout, second.stderr), (0, first.stdout, ""))
        self.assertEqual(len(self.built()), len(PROGRAMS))

    def test_builds_a_nodes_programs_where_they_are_asked_for(self):
        made = run(BUILD, "node", env=self.environment)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(self.made(), sorted(PROGRAMS + NODE_PROGRAMS + FILES))

    def test_says_what_it_does(self):
        told = self.build().stderr
        for words in (f"Building a Kubernetes control plane ({len(PROGRAMS + FILES)} programs", "    kube-apiserver v1.",
                      "of modules and objects are removed"):
            self.assertIn(words, told)

    def test_tells_programs_their_version(self):
        self.build()
        for name, flag in (("kube-apiserver", r"-X k8s.io/component-base/version.gitVersion=v1\.\d+\.\d+ "),
                           ("kube-apiserver", r"version.gitMinor=\d+ "), ("helm", r"version.version=v3\.\d+\.\d+ "),
                           ("kwok", r"consts.Version=v0\.\d+\.\d+ ")):
            (call,) = [call for call in self.built() if f"/{name} " in call]
            self.assertRegex(call, flag)

    def test_removes_the_caches_of_go(self):
        self.build()
        self.assertFalse((self.dir / "cache/railhook/control-plane/scratch").exists())

    def test_joins_the_stages_of_kwok(self):
        self.build()
        (path,) = self.dir.glob("cache/railhook/control-plane/kwok-*/kwok-stages.yaml")
        self.assertEqual(path.read_text().count("---\n"), 4)

    def test_joins_the_custom_resources_of_each_module(self):
        self.build()
        (path,) = self.dir.glob("cache/railhook/control-plane/workloads-*/workload-crds.yaml")
        self.assertEqual(path.read_text(), "---\nkind: CustomResourceDefinition\n" * 4)

    def test_takes_what_kubebuilder_has(self):
        self.write("assets/etcd", "", 0o755)
        ran = self.build(KUBEBUILDER_ASSETS=str(self.dir / "assets"))
        self.assertEqual(ran.stdout.split(":")[0], str(self.dir / "assets"))
        self.assertNotIn("etcd", self.made())

    def test_leaves_nothing_half_behind(self):
        ran = self.build(BROKEN="kubectl")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertIn("undefined: x", ran.stderr)
        self.assertIn("kubectl could not be built", ran.stderr)
        self.assertEqual(self.made(), ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"])
        self.assertEqual(self.build().returncode, 0)
        self.assertEqual(len(self.built()), len(PROGRAMS) + 1)  # what was whole was not built again

    def test_two_at_once_build_once(self):
        two = [subprocess.Popen([BUILD], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(2)]
        told = [process.communicate(timeout=60) for process in two]
        self.assertEqual([process.returncode for process in two], [0, 0], told)
        self.assertEqual(len(self.built()), len(PROGRAMS))
        self.assertEqual(told[0][0], told[1][0])
        self.assertIn("Waiting for another build", told[0][1] + told[1][1])

    def test_fetches_go_where_it_is_too_old_and_refuses_another_file(self):
        self.write("bin/go", OLD_GO, 0o755)
        self.write("bin/curl", '#!/bin/sh\necho "$@" >"$CALLS"\nwhile [ "$1" != --output ]; do shift; done\necho x >"$2"\n', 0o755)
        ran = self.build(GOPROXY="off,https://proxy.example/go/,direct")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("Fetching Go 1.26", ran.stderr)
        self.assertIn("is not what was pinned", ran.stderr)
        self.assertIn("install Go 1.26 or later", ran.stderr)
        self.assertIn(" https://proxy.example/go/golang.org/toolchain/@v/v0.0.1-go1.26.", self.built()[0])
        self.assertEqual(self.made(), [])

    def test_says_what_to_install_where_there_is_no_proxy(self):
        self.write("bin/go", OLD_GO, 0o755)
        ran = self.build(GOPROXY="direct")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("there is no Go 1.26 or later: install one, or name an https proxy in GOPROXY", ran.stderr)


if __name__ == "__main__":
    unittest.main()
