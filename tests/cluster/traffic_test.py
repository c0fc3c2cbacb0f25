#!/usr/bin/python3
"""What railhook promises while pods are created all the time: replicas that end, an API server that fails, certificates
that are renewed.

Usage: traffic_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import sys

sys.dont_write_bytecode = True

import restart_checks  # noqa: E402, F401
import fault_checks  # noqa: E402, F401
import rotation_checks  # noqa: E402, F401
from harness import main  # noqa: E402

if __name__ == "__main__":
    main()
