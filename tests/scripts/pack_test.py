#!/usr/bin/python3
import subprocess
import unittest

from sandbox import SCRIPTS, Sandbox, run


class Pack(Sandbox):
    """scripts/pack with a program of Debian's; what it does with railhook is a test of the image."""

    def pack(self, program):
        return run(SCRIPTS / "pack", program, self.dir / "image")

    def packed(self):
        return {f"/{path.relative_to(self.dir / 'image')}" for path in self.dir.glob("image/**/*") if path.is_file()}

    def test_copies_the_program_and_what_the_loader_would_load(self):
        ran = self.pack("/usr/bin/openssl")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        loaded = subprocess.run(["ldd", "/usr/bin/openssl"], capture_output=True, text=True, check=True).stdout
        wanted = {word for word in loaded.split() if word.startswith("/")}
        terms = {path for path in self.packed() if path.endswith("/copyright")}
        self.assertEqual(self.packed() - terms, {"/openssl"} | wanted)
        self.assertLessEqual({f"/usr/share/doc/{package}/copyright" for package in ("libc6", "libssl3")}, terms)

    def test_refuses_what_is_no_program(self):
        ran = self.pack(self.write("script", "#!/bin/sh\n", 0o755))
        self.assertEqual((ran.returncode, self.packed()), (1, set()))
        self.assertIn("script is no program that loads libraries", ran.stderr)

    def test_refuses_a_program_whose_libraries_are_missing(self):
        library, program = self.dir / "libgone.so", self.dir / "program"
        self.write("gone.c", "int gone(void) { return 0; }\n")
        self.write("program.c", "int gone(void); int main(void) { return gone(); }\n")
        for command in (["gcc", "-shared", "-o", library, self.dir / "gone.c"],
                        ["gcc", "-o", program, self.dir / "program.c", library]):
            self.assertEqual(run(*command).returncode, 0)
        library.unlink()
        ran = self.pack(program)
        self.assertEqual((ran.returncode, self.packed()), (1, set()))
        self.assertIn("needs libraries that aren't here", ran.stderr)


if __name__ == "__main__":
    unittest.main()
