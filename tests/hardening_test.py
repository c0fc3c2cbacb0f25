#!/usr/bin/python3
"""What the compiler and the linker do against exploits, read off the program: hardening_test.py RAILHOOK
COMPILE_COMMANDS. What leaves no trace in the program is looked for among the options it was compiled with."""

import json
import pathlib
import platform
import re
import subprocess
import sys
import unittest

PROGRAM = COMMANDS = None
SHIPPED = re.compile(r"/(base|tls|k8sclient|certs|multus|webhook|explain|cli)/[^ ]*\.cc$")
ENDBR64 = bytes.fromhex("f30f1efa")


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, PROGRAM], capture_output=True, text=True, check=True).stdout


def imported():
    """Names of functions that libraries must have."""
    return {line.split()[7].split("@")[0] for line in readelf("--dyn-syms").splitlines() if " UND " in line
            and len(line.split()) > 7}


def first_bytes(function, size):
    """What the code of a function begins with. Addresses are offsets in the segment that holds them."""
    symbol = next(line.split() for line in readelf("--syms").splitlines() if line.split()[-1:] == [function])
    address = int(symbol[1], 16)
    for line in readelf("--program-headers").splitlines():
        fields = line.split()
        if fields[:1] == ["LOAD"]:
            offset, start, length = (int(fields[at], 16) for at in (1, 2, 4))
            if start <= address < start + length:
                return PROGRAM.read_bytes()[offset + address - start:][:size]
    raise LookupError(function)


def flags_of(segment):
    return next(line.split()[6:-1] for line in readelf("--program-headers").splitlines() if line.split()[:1] == [segment])


class Hardening(unittest.TestCase):
    def test_is_loaded_at_a_random_address(self):
        self.assertIn("DYN (Position-Independent Executable file)", readelf("--file-header"))

    def test_resolves_all_symbols_at_its_start_and_makes_their_table_read_only(self):
        dynamic = readelf("--dynamic")
        self.assertRegex(dynamic, r"\(FLAGS\).*BIND_NOW")
        self.assertRegex(dynamic, r"\(FLAGS_1\).*NOW")
        self.assertEqual(flags_of("GNU_RELRO"), ["R"])

    def test_has_a_stack_that_is_not_executable(self):
        self.assertEqual(flags_of("GNU_STACK"), ["RW"])

    def test_has_no_code_that_can_be_written_to(self):
        self.assertNotRegex(readelf("--program-headers"), r"LOAD .* RWE ")

    def test_guards_return_addresses(self):
        self.assertIn("__stack_chk_fail", imported())

    def test_checks_the_sizes_of_buffers(self):
        self.assertTrue([name for name in imported() if re.fullmatch(r"__\w+_chk", name)])

    @unittest.skipUnless(platform.machine() == "x86_64", "an instruction of x86")
    def test_marks_where_indirect_jumps_may_land(self):
        self.assertEqual(first_bytes("main", len(ENDBR64)), ENDBR64)

    def test_is_compiled_with_all_options(self):
        wanted = ["-fPIE", "-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3",
                  "-D_GLIBCXX_ASSERTIONS"] + ["-fcf-protection"] * (platform.machine() == "x86_64")
        shipped = [entry for entry in json.loads(COMMANDS.read_text()) if SHIPPED.search(entry["file"])
                   and "/tests/" not in entry["file"]]
        self.assertGreater(len(shipped), 50)
        for entry in shipped:
            for option in wanted:
                self.assertIn(option, entry["command"].split(), entry["file"])


if __name__ == "__main__":
    PROGRAM, COMMANDS = (pathlib.Path(argument) for argument in sys.argv[1:])
    unittest.main(argv=sys.argv[:1])
