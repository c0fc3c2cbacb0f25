#!/usr/bin/python3
"""Adds up what ctest wrote down: names what failed, ends with the line "N passed, N failed", and fails if anything did.

Usage: summary.py RESULTS.xml...  A file that is missing counts as one failure: its tests were to run and did not.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

# How the programs behind a ctest say how many tests they ran: (passed, failed).
DOCTEST = re.compile(r"^\[doctest\] test cases: +\d+ \| +(\d+) passed \| +(\d+) failed", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED)", re.M)
COUNTED = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def count(text, passed):
    """(passed, failed) of one ctest that printed `text`; a failed one has at least one failure."""
    if found := DOCTEST.search(text) or COUNTED.search(text):
        good, bad = int(found[1]), int(found[2])
    elif passed and (found := UNITTEST.search(text)):
        good, bad = int(found[1]), 0
    else:
        good, bad = int(passed), 0
    return good, bad if passed else max(1, bad)


def read(path):
    """(passed, failed, names of the ctests that failed) of a results file."""
    if not path.is_file():
        return 0, 1, ["did not build, or did not run"]
    passed, failed, names = 0, 0, []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        good, bad = count(case.findtext("system-out", ""), case.get("status") == "run")
        passed, failed = passed + good, failed + bad
        if bad:
            names.append(case.get("name"))
    if passed + failed == 0:
        return 0, 1, ["ran no tests"]
    return passed, failed, names


def main(paths):
    passed = failed = 0
    for path in paths:
        good, bad, names = read(path)
        passed, failed = passed + good, failed + bad
        for name in names:
            print(f"FAILED: {path.parent.name}: {name}")
    print(f"{passed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main([pathlib.Path(argument) for argument in sys.argv[1:]]))
