#!/usr/bin/python3
"""Fails when a source file includes something its folder may not, or when includes form a cycle.

Usage: layers.py ROOT.  The table below is the architecture; docs/architecture.md draws it, less strictly.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {  # folder -> folders it may include, besides itself
    "base": [],
    "tls": ["base"],
    "k8sclient": ["tls", "base"],
    "certs": ["k8sclient", "tls", "base"],
    "multus": ["k8sclient", "base"],
    "policy": ["k8sclient", "base"],
    "vfmanager": ["policy", "k8sclient", "base"],
    "vfmanager/device_plugin": ["vfmanager", "policy", "k8sclient", "base"],
    "webhook/admission": ["tls", "base"],
    "webhook/inject": ["webhook/admission", "multus", "k8sclient", "base"],
    "webhook/server": ["webhook/admission", "certs", "tls", "base"],
    "explain": ["webhook/inject", "webhook/admission", "multus", "k8sclient", "base"],
    "cli": ["explain", "webhook/inject", "webhook/server", "webhook/admission", "policy", "multus", "certs", "k8sclient",
            "base"],
    "cli/vfmanager": ["cli", "vfmanager/device_plugin", "vfmanager", "webhook/server", "policy", "k8sclient", "base"],
}
FREE = ("tests", "bench", "examples")  # may include anything
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
TYPE = re.compile(r'^(?:class|struct|enum class) (?:\[\[\w+\]\] )?(\w+)[^;\n]*\{', re.M)


def read_includes(root):
    """Each source file's path from the root -> the paths that it includes in quotes."""
    paths = [path.relative_to(root) for path in root.rglob("*") if path.suffix in (".h", ".cc")]
    return {str(path): INCLUDE.findall((root / path).read_text(encoding="utf-8")) for path in paths
            if not path.parts[0].startswith(("build", "."))}


def read_types(root):
    """Each type defined in a header -> the headers that define it. All stand in one namespace, where two of a name would
    silently become one."""
    types = {}
    for path in sorted(root.rglob("*.h")):
        where = path.relative_to(root)
        if not where.parts[0].startswith(("build", ".", *FREE)):
            for name in TYPE.findall(path.read_text(encoding="utf-8")):
                types.setdefault(name, []).append(str(where))
    return types


def twins(types):
    return [f"{name} is defined in {' and in '.join(paths)}: rename one"
            for name, paths in sorted(types.items()) if len(paths) > 1]


def layer(path):
    """The longest folder of MAY_INCLUDE that holds path, or None."""
    return max((folder for folder in MAY_INCLUDE if path.startswith(folder + "/")), key=len, default=None)


def fault(files, path, included):
    """What is wrong with an include, or None."""
    if included not in files:
        return f"{path}: includes {included}, which is no file of the tree (paths start at the root)"
    mine, other = layer(path), layer(included)
    if mine is None or mine == other or other in MAY_INCLUDE[mine]:
        return None
    return f"{path}: {mine} may not include {included}"


def cycles(files):
    """The files that stay when leaves are peeled off again and again."""
    waiting = {path: {one for one in included if one in files} for path, included in files.items()}
    while free := {path for path, included in waiting.items() if not included}:
        waiting = {path: included - free for path, included in waiting.items() if path not in free}
    return sorted(waiting)


def faults(files):
    found = [f"{path}: its folder is not in the table of scripts/layers.py" for path in sorted(files)
             if layer(path) is None and not path.startswith(FREE)]
    found += filter(None, (fault(files, path, one) for path in sorted(files) for one in files[path]))
    return found + [f"include cycle through {path}" for path in cycles(files)]


def main(root):
    files = read_includes(root)
    found = faults(files) + twins(read_types(root))
    print("\n".join(found) or f"layers ok: {len(files)} files")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
