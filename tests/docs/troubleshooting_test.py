#!/usr/bin/env python3
"""Compares docs/troubleshooting.md with the program: troubleshooting_test.py ROOT

Every entry that a hint names exists, and the page explains every ERROR[n] and every exit code.
"""
import pathlib
import re
import sys

NAMED = re.compile(r"'([^']+)' in otatool-troubleshooting\(7\)")


def named_entries(root):
    """(file, entry) of every reference in the texts of the command line."""
    for path in sorted((root / "src/cli").rglob("*.[ch]pp")):
        text = re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))  # adjacent literals are one text
        for entry in NAMED.findall(text):
            yield path.relative_to(root), entry


def numbers(text, pattern):
    return {int(number) for number in re.findall(pattern, text, re.M)}


def main():
    root = pathlib.Path(sys.argv[1])
    page = (root / "docs/troubleshooting.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (.+)$", page, re.M))
    named = list(named_entries(root))
    problems = [f"{path}: the hint names '{entry}', which docs/troubleshooting.md does not have"
                for path, entry in named if entry not in headings]
    if not named:
        problems.append("no hint names an entry of docs/troubleshooting.md")

    protocol = (root / "docs/spec/espota.md").read_text(encoding="utf-8")
    table = re.search(r"^## 1\.5 Errors of the ESP8266 Updater\n(.*?)^## ", protocol, re.M | re.S).group(1)
    receiver = (root / "firmware/core/update_error.cpp").read_text(encoding="utf-8")
    errors = numbers(table, r"^\| (\d+) \|") | numbers(receiver, r"return (\d+);")
    codes = numbers((root / "docs/exit-codes.md").read_text(encoding="utf-8"), r"^\| (\d+) \|")
    problems += [f"docs/troubleshooting.md does not explain ERROR[{number}]"
                 for number in sorted(errors - numbers(page, r"^\| `ERROR\[(\d+)\]`"))]
    problems += [f"docs/troubleshooting.md does not explain exit code {code}"
                 for code in sorted(codes - numbers(page, r"^\| (\d+) \|"))]
    if len(errors) < 23 or len(codes) < 12:
        problems.append("the lists of errors and exit codes were not found")
    sys.exit("\n".join(problems) or 0)


main()
