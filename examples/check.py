#!/usr/bin/python3
"""Runs what the documents show and compares it with what they say the program prints.

In blocks fenced with ```console, a line "$ railhook ..." is a command and the lines up to the next one are its output,
standard error included. The examples' commands run in their own folders, those of other documents in the root.

Usage: check.py RAILHOOK [--write]
--write puts what the program prints into the documents.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (railhook\b.*)\n", re.M)
SECONDS = 60


def documents():
    """Each document -> the folder its commands run in."""
    stories = {folder / "README.md": folder for folder in EXAMPLES.iterdir() if folder.is_dir()}
    others = [EXAMPLES / "README.md", *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    return {**stories, **{path: ROOT for path in others}}


def output_of(command, folder, environment):
    ran = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
    return ran.stdout


def commands_in(block):
    """(command, the output that the block shows) of each command; what stands before the first is none."""
    before, *parts = COMMAND.split(block)
    if before:
        raise ValueError(f'a console block begins with {before.splitlines()[0]!r} instead of "$ railhook"')
    return list(zip(parts[::2], parts[1::2]))


class Checker:
    def __init__(self, environment):
        self.environment = environment
        self.passed = self.failed = 0

    def fail(self, path, text):
        self.failed += 1
        print(f"{path.relative_to(ROOT)}: {text}")

    def check(self, path, folder):
        """The document as it should be."""
        text = path.read_text(encoding="utf-8")
        found = len(BLOCK.findall(text))
        if folder != ROOT and not found:
            self.fail(path, "shows no command")
        return BLOCK.sub(lambda block: self.check_block(path, folder, block[1]), text)

    def check_block(self, path, folder, block):
        fresh = ""
        for command, shown in commands_in(block):
            printed = output_of(command, folder, self.environment)
            fresh += f"$ {command}\n{printed}"
            if printed == shown:
                self.passed += 1
            else:
                self.fail(path, f"$ {command}\n--- prints\n{printed}--- but the document shows\n{shown}---")
        return f"```console\n{fresh}```"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "railhook").symlink_to(options.program.resolve(strict=True))
        checker = Checker({**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"})
        for path, folder in sorted(documents().items()):
            if not path.exists():
                checker.fail(path, "is missing")
                continue
            text = checker.check(path, folder)
            if options.write:
                path.write_text(text, encoding="utf-8")
    print(f"{checker.passed} passed, {checker.failed} failed")
    return checker.failed > 0 or checker.passed == 0


if __name__ == "__main__":
    sys.exit(main())
