#!/usr/bin/python3
"""railhook in a real cluster: the API server, the controllers and the scheduler are real, railhook runs as its chart says.

Usage: cluster_test.py RAILHOOK [TEST...]
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import sys

sys.dont_write_bytecode = True

import injection_checks  # noqa: E402, F401
import outage_checks  # noqa: E402, F401
import certificate_checks  # noqa: E402, F401
import chart_checks  # noqa: E402, F401
import client_certificate_checks  # noqa: E402, F401
from harness import main  # noqa: E402

if __name__ == "__main__":
    main()
