#!/usr/bin/python3
import os
import unittest

from sandbox import SCRIPTS, Sandbox, run

SHELL = "#!/bin/sh\n"
ALL_INSTALLED = SHELL + 'shift 2\nfor name; do echo "installed $name"; done\n'
ALL_BUT_CMAKE = SHELL + 'shift 2\nfor name; do [ "$name" = cmake ] || echo "installed $name"; done\nexit 1\n'
CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "helm", "kubeconform",
                 "kwok", "kwok-stages.yaml", "swagger.json", "swagger-1.28.json", "workload-crds.yaml")
RECORD = SHELL + 'echo "$@" >>"$CALLS"\n'


class Deps(Sandbox):
    """scripts/deps with its own dpkg-query and apt-get in front of the real ones."""

    def deps(self, *arguments, dpkg_query, apt_get=RECORD):
        self.write("bin/dpkg-query", dpkg_query, 0o755)
        self.write("bin/apt-get", apt_get, 0o755)
        self.write("bin/sudo", SHELL + 'exec "$@"\n', 0o755)
        environment = os.environ | {"PATH": f"{self.dir}/bin:{os.environ['PATH']}", "CALLS": str(self.dir / "calls"),
                                    "KUBEBUILDER_ASSETS": str(self.control_plane())}
        return run(SCRIPTS / "deps", *arguments, env=environment)

    def control_plane(self):
        """A directory with programs by the names of those that the tests need."""
        for name in CONTROL_PLANE:
            self.write(f"assets/{name}", SHELL, 0o755)
        return self.dir / "assets"

    def calls(self):
        path = self.dir / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_says_and_does_nothing_where_nothing_is_missing(self):
        ran = self.deps("test", dpkg_query=ALL_INSTALLED)
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr, self.calls()), (0, "", "", []))

    def test_installs_what_is_missing_and_nothing_else(self):
        ran = self.deps(dpkg_query=ALL_BUT_CMAKE)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(ran.stdout, "Installing cmake\n")
        update, install = self.calls()
        self.assertTrue(update.endswith(" update"), update)
        self.assertTrue(install.endswith(" install --yes --no-install-recommends cmake"), install)

    def test_shows_what_apt_said_where_it_fails(self):
        ran = self.deps(dpkg_query=ALL_BUT_CMAKE, apt_get=SHELL + "echo no such mirror\nexit 100\n")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("no such mirror", ran.stderr)
        self.assertIn("Needed are, from Debian 12 (bookworm): cmake", ran.stderr)

    def test_names_the_packages_where_there_is_no_apt(self):
        ran = run("/bin/bash", SCRIPTS / "deps", env={"PATH": f"{self.dir}/bin"})
        self.assertEqual(ran.returncode, 1)
        self.assertIn("this is no Debian. Needed are g++ 12", ran.stderr)
        self.assertIn("libboost1.81-dev", ran.stderr)

    def test_lists_what_it_would_install(self):
        ran = self.deps("list", dpkg_query=ALL_BUT_CMAKE)
        self.assertEqual((ran.returncode, ran.stderr, self.calls()), (0, "", []))
        self.assertIn("libboost1.81-dev", ran.stdout.split())
        self.assertNotIn("clang-16", ran.stdout.split())

    def test_refuses_what_it_does_not_know(self):
        ran = self.deps("tset", dpkg_query=ALL_INSTALLED)
        self.assertEqual((ran.returncode, ran.stderr), (1, "scripts/deps: usage: scripts/deps [build|test|list]\n"))


if __name__ == "__main__":
    unittest.main()
