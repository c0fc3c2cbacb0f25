#!/usr/bin/python3
import os
import unittest

from sandbox import SCRIPTS, Sandbox, run

KERNEL = SCRIPTS / "vm/kernel"
SHELL = "#!/bin/sh\n"
VERSION = "6.1.0-9-amd64"
PACKAGES = f"linux-image-{VERSION} linux-headers-{VERSION} linux-headers-6.1.0-9-common linux-kbuild-6.1"
# What depends on what, once the lists are there.
APT_CACHE = SHELL + f"""
[ -e "$LISTS" ] || exit 0
case $2 in
  linux-image-amd64) echo "  Depends: linux-image-{VERSION}" ;;
  linux-headers-{VERSION})
    echo "  Depends: linux-headers-6.1.0-9-common"
    echo "  Depends: linux-kbuild-6.1" ;;
esac
"""
APT_GET = SHELL + """
echo "$@" >>"$CALLS"
case "$*" in
  *" update") [ -z "$OFFLINE" ] && touch "$LISTS" "$FRESH" ;;
  *) [ -e "$FRESH" ] && touch one.deb two.deb ;;
esac
"""
DPKG_DEB = SHELL + f"""
mkdir -p "$3/lib/modules/{VERSION}" "$3/usr/src/linux-headers-{VERSION}"
touch "$3/lib/modules/{VERSION}/modules.order" "$3/lib/modules/{VERSION}/modules.builtin"
echo include /usr/src/linux-headers-6.1.0-9-common/Makefile >"$3/usr/src/linux-headers-{VERSION}/Makefile"
"""


class Kernel(Sandbox):
    """scripts/vm/kernel with an apt of its own and an empty cache."""

    def setUp(self):
        super().setUp()
        for name, text in (("apt-cache", APT_CACHE), ("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB),
                           ("sudo", SHELL + 'exec "$@"\n'), ("dpkg", SHELL + "echo ${ARCHITECTURE-amd64}\n")):
            self.write(f"bin/{name}", text, 0o755)
        self.place = self.dir / f"cache/railhook/vm/kernel-{VERSION}"

    def kernel(self, **environment):
        return run(KERNEL, env=os.environ | {
            "PATH": f"{self.dir}/bin:{os.environ['PATH']}", "XDG_CACHE_HOME": str(self.dir / "cache"), "OFFLINE": "",
            "CALLS": str(self.dir / "calls"), "LISTS": str(self.dir / "lists"), "FRESH": str(self.dir / "fresh")} | environment)

    def calls(self):
        path = self.dir / "calls"
        return [line.split(" download ")[-1] for line in path.read_text().splitlines()] if path.exists() else []

    def test_fetches_kernel_and_headers_once(self):
        self.write("lists", "")
        self.write("fresh", "")
        first = self.kernel()
        self.assertEqual((first.returncode, first.stdout), (0, f"{self.place}\n"), first.stderr)
        self.assertEqual(self.calls(), [PACKAGES])
        second = self.kernel()
        self.assertEqual((second.returncode, second.stdout, second.stderr), (0, first.stdout, ""))
        self.assertEqual(self.calls(), [PACKAGES])

    def test_headers_find_each_other_where_they_are(self):
        self.write("lists", "")
        self.write("fresh", "")
        self.kernel()
        makefile = self.place / f"usr/src/linux-headers-{VERSION}/Makefile"
        self.assertEqual(makefile.read_text(), f"include {self.place}/usr/src/linux-headers-6.1.0-9-common/Makefile\n")

    def test_reads_lists_that_are_missing_or_too_old(self):
        for lists in (), ("lists",):
            with self.subTest(lists=lists):
                for name in lists:
                    self.write(name, "")
                ran = self.kernel(XDG_CACHE_HOME=str(self.dir / f"cache-{len(lists)}"))
                self.assertEqual(ran.returncode, 0, ran.stderr)
                self.assertTrue(self.calls()[-2].endswith(" update"), self.calls())
                self.assertEqual(self.calls()[-1], PACKAGES)
                (self.dir / "fresh").unlink()

    def test_names_what_apt_said_where_it_fails(self):
        ran = self.kernel(OFFLINE="yes")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("apt-get update failed; its words are in ", ran.stderr)
        self.assertFalse(self.place.exists())
        self.write("lists", "")
        ran = self.kernel(OFFLINE="yes")
        self.assertIn("apt-get update failed", ran.stderr)

    def test_refuses_another_architecture(self):
        ran = self.kernel(ARCHITECTURE="arm64")
        self.assertEqual((ran.returncode, self.calls()), (1, []))
        self.assertIn("the virtual machine is an amd64 one", ran.stderr)


if __name__ == "__main__":
    unittest.main()
