#!/usr/bin/python3
"""What railhook relies on of an API server (tests/contract), checked on a real one.

Usage: contract_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True

from harness import check, main, test  # noqa: E402

SECONDS = 300


@test
def the_contract_holds(cluster):
    cluster.ensure_installed()  # with the CRDs
    program = pathlib.Path(cluster.railhook).parent / "tests/contract_tests"
    ran = subprocess.run([program], text=True, capture_output=True, timeout=SECONDS, check=False,
                         env=os.environ | {"RAILHOOK_CONTRACT_KUBECONFIG": str(cluster.control_plane.kubeconfig)})
    passed = re.search(r"test cases: +[1-9]\d* +\| +(\d+) passed", ran.stdout)
    check(f"the contract holds on a real API server ({passed and passed[1]} tests)", passed and ran.returncode == 0,
          ran.stdout, ran.stderr)


if __name__ == "__main__":
    main()
