#!/usr/bin/python3
import os
import unittest

from sandbox import SCRIPTS, Sandbox, run

SHELL = "#!/bin/sh\n"
ALL_INSTALLED = SHELL + """
case "$*" in *Version*) echo 1:10.0.2+ds-2 && exit ;; esac
shift 2
for name; do echo "installed $name"; done
"""
ALL_BUT_CMAKE = SHELL + 'shift 2\nfor name; do [ "$name" = cmake ] || echo "installed $name"; done\nexit 1\n'
OLD_QEMU = ALL_INSTALLED.replace("1:10.0.2+ds-2", "1:7.2+dfsg-7")
DEB822 = """Types: deb
# snapshots are elsewhere
URIs: mirror://here/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys.gpg

Types: deb
URIs: mirror://here/debian-security
Suites: bookworm-security
Components: main
"""
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

    def qemu(self, candidate, sources="apt/debian.sources", text=DEB822):
        """scripts/deps where QEMU is old, apt offers `candidate`, and has these sources."""
        self.write(sources, text)
        (self.dir / "apt").mkdir(exist_ok=True)
        self.write("bin/apt-config", SHELL + f"echo 'parts={self.dir}/apt/'\necho 'list={self.dir}/one.list'\n", 0o755)
        self.write("bin/apt-cache", SHELL + f"echo '  Candidate: {candidate}'\n", 0o755)
        return self.deps("test", dpkg_query=OLD_QEMU)

    def added(self, form):
        return (self.dir / f"apt/railhook-backports.{form}").read_text()

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

    def test_takes_a_new_qemu_from_the_backports_and_nothing_else(self):
        ran = self.qemu("1:7.2+dfsg-7")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.added("sources").strip(), "Types: deb\n# snapshots are elsewhere\nURIs: mirror://here/debian\n"
                         "Signed-By: /keys.gpg\nSuites: bookworm-backports\nComponents: main")
        update, install = self.calls()
        self.assertTrue(update.endswith(" update"), update)
        self.assertTrue(install.endswith(" install --yes --no-install-recommends --target-release bookworm-backports "
                                         "qemu-system-x86"), install)

    def test_finds_the_backports_by_sources_of_one_line(self):
        ran = self.qemu("1:7.2+dfsg-7", "one.list", "deb [signed-by=/k] mirror://here/debian bookworm main contrib\n"
                        "deb-src mirror://here/debian bookworm main\ndeb mirror://here/debian bookworm-updates main\n")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(self.added("list"), "deb [signed-by=/k] mirror://here/debian bookworm-backports main\n")

    def test_needs_no_backports_where_apt_has_a_new_qemu(self):
        ran = self.qemu("1:10.0.2+ds-2")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual([path.name for path in (self.dir / "apt").iterdir()], ["debian.sources"])
        (install,) = self.calls()
        self.assertTrue(install.endswith(" install --yes --no-install-recommends qemu-system-x86"), install)

    def test_says_that_it_found_no_backports(self):
        ran = self.qemu("1:7.2+dfsg-7", text="Types: deb\nURIs: mirror://here\nSuites: trixie\n")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("apt's sources don't tell where bookworm-backports are", ran.stderr)


if __name__ == "__main__":
    unittest.main()
