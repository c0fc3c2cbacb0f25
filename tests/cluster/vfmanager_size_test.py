#!/usr/bin/python3
"""How much memory railhook-vfmanager takes while nothing changes, with a device plugin of its own and without one.

Usage: vfmanager_size_test.py RAILHOOK [TEST...]   (railhook-vfmanager stands beside it)
Prints a line for each check, and last how many passed and failed; exit code 1 if any failed.
"""

import collections
import pathlib
import re
import sys
import time

sys.dont_write_bytecode = True

from harness import check, main, need, test  # noqa: E402
from vf_nodes import SOON, settled  # noqa: E402

LIMITS_MB = {"none": 12, "built-in": 30}
REST = 15  # seconds: in the first ten it gives nothing back
SHOWN = 12  # mappings


def resident_memory(pid):
    """KiB that a process has in memory of each file, and of what is its own."""
    resident, name = collections.Counter(), ""
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8").splitlines():
        if mapping := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ *(.*)", line):
            name = pathlib.Path(mapping[1]).name or "anonymous"
        elif size := re.match(r"Rss: +(\d+) kB", line):
            resident[name] += int(size[1])
    return resident


def check_size(node, plugin):
    time.sleep(REST)
    resident = resident_memory(node.process.pid)
    largest = ", ".join(f"{name} {size}" for name, size in resident.most_common(SHOWN))
    megabytes, most = resident.total() / 1024, LIMITS_MB[plugin]
    check(f"an agent with device plugin {plugin} takes {megabytes:.1f} of {most} MB", megabytes <= most, largest)
    print(f"     KiB: {largest}", flush=True)


@test
def an_idle_agent_takes_little_memory(cluster):
    with settled(cluster, "node-1") as (node,):
        for plugin in LIMITS_MB:
            node.kill()
            node.log_path.unlink()
            node.start(device_plugin=plugin)
            need("it runs", lambda: '"running"' in node.log(), SOON)
            check_size(node, plugin)


main()
