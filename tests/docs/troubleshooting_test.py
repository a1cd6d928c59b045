#!/usr/bin/env python3
"""Compares docs/troubleshooting.md with the program: troubleshooting_test.py ROOT

Every entry that a hint names exists, also if it is a text of espota.py: then it is that of the same failure. The page explains
every ERROR[n] and every exit code.
"""
import pathlib
import re
import sys

NAMED = re.compile(r"'([^']+)' in otatool-troubleshooting\(7\)")


def joined(path):
    """The text of a source; adjacent literals are one literal."""
    return re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))


def named_entries(root):
    """(file, entry) of every reference in the texts of the command line."""
    for path in sorted((root / "src/cli").rglob("*.[ch]pp")):
        for entry in NAMED.findall(joined(path)):
            yield path.relative_to(root), entry


def texts_of_espota(root):
    """What `otatool espota` prints for each code, as espota.py does."""
    source = joined(root / "src/cli/compat/cmd_espota.cpp")
    return {code: text for cases, text in re.findall(r'((?:case Errc::\w+:\s*)+)return "([^"]+)";', source)
            for code in re.findall(r"Errc::(\w+)", cases)}


def wrong_entries(root, headings):
    """Hints that name the text of another failure."""
    texts = texts_of_espota(root)
    if texts.get("NoConnectionBack") not in headings:
        yield "the texts of espota.py were not found"
    for path in ("src/cli/io/hints.cpp", "src/cli/upload/device_hints.cpp"):
        for code, hint in re.findall(r'Hint\{\s*Errc::(\w+),\s*"([^"]*)"', joined(root / path)):
            for entry in NAMED.findall(hint):
                if any(entry in text for text in texts.values()) and entry not in texts.get(code, ""):
                    yield f"{path}: the hint of {code} names '{entry}', the text of another failure"


def numbers(text, pattern):
    return {int(number) for number in re.findall(pattern, text, re.M)}


def main():
    root = pathlib.Path(sys.argv[1])
    page = (root / "docs/troubleshooting.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^## (.+)$", page, re.M))
    named = list(named_entries(root))
    problems = [f"{path}: the hint names '{entry}', which docs/troubleshooting.md does not have"
                for path, entry in named if entry not in headings]
    problems += wrong_entries(root, headings)
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
