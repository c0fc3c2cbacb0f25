#!/usr/bin/python3
"""Writes a container image that has busybox and nothing else, as `docker save` would: pod_image.py FILE NAME BUSYBOX

It stands for a pod's sandbox and for its containers: it sleeps until it is told to end.
"""

import hashlib
import io
import json
import pathlib
import sys
import tarfile

COMMAND = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"]
APPLETS = ["sh", "sleep", "cat", "ls", "env", "ip", "echo", "test"]


def add(archive, name, content=b"", **more):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o755
    for key, value in more.items():
        setattr(entry, key, value)
    archive.addfile(entry, io.BytesIO(content))


def layer(busybox):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        add(archive, "bin", type=tarfile.DIRTYPE)
        add(archive, "bin/busybox", pathlib.Path(busybox).read_bytes())
        for applet in APPLETS:
            add(archive, f"bin/{applet}", type=tarfile.SYMTYPE, linkname="busybox")
    return made.getvalue()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def main(path, name, busybox):
    files = layer(busybox)
    config = json.dumps({"architecture": "amd64", "os": "linux",
                         "config": {"Entrypoint": COMMAND, "Env": ["PATH=/bin"]},
                         "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(files)}"]}}).encode()
    names = f"{digest(config)}.json", f"{digest(files)}/layer.tar"
    manifest = json.dumps([{"Config": names[0], "RepoTags": [name], "Layers": [names[1]]}]).encode()
    with tarfile.open(path, "w") as archive:
        for file_name, content in ((names[0], config), (names[1], files), ("manifest.json", manifest)):
            add(archive, file_name, content)


if __name__ == "__main__":
    main(*sys.argv[1:])
