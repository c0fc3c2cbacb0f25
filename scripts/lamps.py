#!/usr/bin/python3
"""Prints figures of the sources beside what docs/architecture.md would like them to be. They light up, they never fail.

Usage: lamps.py ROOT.  Needs universal-ctags.
"""
import json
import pathlib
import statistics
import subprocess
import sys

import layers

LONGEST_FUNCTION = 60
LONGEST_FILE = 500
DIM = "ok"
LIT = "<-- look"


def functions(root, paths):
    """(lines, "file:line name") of every function, the longest first."""
    tags = subprocess.run(["ctags", "--languages=C++", "--kinds-C++=f", "--fields=+ne", "--output-format=json", "-f", "-",
                           *paths], cwd=root, check=True, capture_output=True, text=True).stdout
    found = [json.loads(line) for line in tags.splitlines()]
    return sorted(((tag["end"] - tag["line"] + 1, f'{tag["path"]}:{tag["line"]} {tag["name"]}') for tag in found
                   if "end" in tag), reverse=True)


def count(text):
    """(comment-only lines, lines of code) of a source text."""
    lines = [line.strip() for line in text.splitlines()]
    comments = sum(line.startswith("//") for line in lines)
    return comments, sum(bool(line) for line in lines) - comments


def percentile(values, share):
    """The smallest value that `share` of the sorted values don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


class Table:
    def __init__(self):
        self.rows = [("what", "is", "wanted", "")]

    def add(self, what, value, wanted, good):
        self.rows.append((what, value if isinstance(value, str) else f"{value:g}", wanted, DIM if good else LIT))

    def print(self):
        widths = [max(map(len, column)) for column in zip(*self.rows)]
        for row in self.rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def add_lengths(table, what, lengths, wanted):
    """`wanted` holds the limits of median, 95th percentile (or None) and longest."""
    figures = (("median", statistics.median(lengths)), ("95 %", percentile(lengths, 95)), ("longest", max(lengths)))
    for (name, value), limit in zip(figures, wanted):
        if limit is not None:
            table.add(f"{what}, {name}", value, f"<= {limit}", value <= limit)


def add_comments(table, what, texts, low, high):
    counted = [count(text) for text in texts]
    share = sum(comments for comments, _ in counted) / max(1, sum(code for _, code in counted))
    table.add(f"comments per line of code, {what}", f"{share:.2f}", f"{low}-{high}", low <= share <= high)


def code_lines(texts):
    return sum(count(text)[1] for text in texts)


def main(root):
    includes = layers.read_includes(root)
    texts = {path: (root / path).read_text(encoding="utf-8") for path in includes}
    ours = {path: text for path, text in texts.items() if layers.layer(path)}
    tests = [text for path, text in texts.items() if path.startswith("tests/")]
    lengths = functions(root, ours)
    files = {path: len(text.splitlines()) for path, text in ours.items()}

    table = Table()
    add_lengths(table, "lines of a function", [lines for lines, _ in lengths], (8, 40, LONGEST_FUNCTION))
    add_lengths(table, "lines of a file", files.values(), (150, None, LONGEST_FILE))
    add_comments(table, ".h", [text for path, text in ours.items() if path.endswith(".h")], 0.4, 0.7)
    add_comments(table, ".cc", [text for path, text in ours.items() if path.endswith(".cc")], 0.05, 0.2)
    ratio = code_lines(tests) / code_lines(ours.values())
    table.add("lines of test code per line of code", f"{ratio:.2f}", ">= 1", ratio >= 1)
    cyclic = len(layers.cycles(includes))
    table.add("files in include cycles", cyclic, "0", cyclic == 0)
    table.print()
    for lines, name in lengths:
        if lines > LONGEST_FUNCTION:
            print(f"function of {lines} lines: {name}")
    for path, lines in sorted(files.items()):
        if lines > LONGEST_FILE:
            print(f"file of {lines} lines: {path}")
    cases = len(list((root / "tests/cases").glob("*.yaml")))
    print(f"{code_lines(ours.values())} lines of code in {len(ours)} files, {len(lengths)} functions, {cases} golden cases")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: lamps.py ROOT")
    main(pathlib.Path(sys.argv[1]))
