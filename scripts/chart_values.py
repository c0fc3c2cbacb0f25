#!/usr/bin/python3
"""Prints a chart's README with the table of its values as values.yaml has them.

In values.yaml a comment that begins with "# --" describes the key below it.

Usage: chart_values.py CHART
"""
import json
import pathlib
import re
import sys

import yaml

KEY = re.compile(r"^( *)([A-Za-z]\w*):")
TABLE = re.compile(r"^\| Value \|.*?(?=^[^|]|\Z)", re.M | re.S)


def described(text):
    """(path, description) of each key with a description; the path as a tuple of keys."""
    path, comment = [], []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip().lstrip("#").strip())
        elif found := KEY.match(line):
            path[len(found[1]) // 2:] = [found[2]]
            if comment and comment[0].startswith("--"):
                yield tuple(path), " ".join(comment).removeprefix("--").strip()
            comment = []
        else:
            comment = []


def default(values, path):
    for key in path:
        values = values[key]
    return json.dumps(values)


def table(text):
    values = yaml.safe_load(text)
    lines = ["| Value | Default | Meaning |", "|---|---|---|"]
    for path, description in described(text):
        lines.append(f"| `{'.'.join(path)}` | `{default(values, path)}` | {description} |")
    return "\n".join(lines) + "\n"


def main(chart):
    readme = (chart / "README.md").read_text(encoding="utf-8")
    fresh = table((chart / "values.yaml").read_text(encoding="utf-8"))
    print(TABLE.sub(lambda _: fresh, readme, count=1), end="")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
