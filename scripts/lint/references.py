#!/usr/bin/env python3
"""Every `NAME.md N.M` names a section of docs/spec/NAME.md; every page that is named exists; every #anchor of a link
exists; `section N.M` in a page of docs/spec is a section of that page; no `issue N` without its project.

references.py [ROOT]; ROOT must be a git checkout.
"""
import functools
import re
import sys

from source_text import line_of, report
from tree import tracked

# Between the words of a reference: blanks, or a line break and the marker of the next comment line.
GAP = r"(?:[ \t]*\n[ \t]*(?://[/!]?<?|\*|#+|\.\\\")?[ \t]*|[ \t]+)"
NUMBER = r"\d{1,2}(?:\.\d{1,2})?(?![\w.]*\w)"
NUMBERS = rf"{NUMBER}(?:(?:{GAP}?-{GAP}?|,{GAP}(?:and{GAP}|or{GAP})?|{GAP}(?:and|or|to){GAP}){NUMBER})*"
REFERENCE = re.compile(rf"(?<![\w./-])(?P<path>[\w./-]*/)?(?P<page>[a-z0-9]+(?:-[a-z0-9]+)*\.md)\b\)?"
                       rf"(?:,?{GAP}(?:sections?{GAP})?(?P<numbers>{NUMBERS}))?")
OWN_SECTION = re.compile(rf"(?<!\.md )\b[Ss]ections?{GAP}(?P<numbers>{NUMBERS})")
STANDARD = re.compile(rf"(?:RFC{GAP}\d+|FIPS{GAP}[\d-]+),?{GAP}\Z")
ISSUE = re.compile(rf"\bissues?{GAP}\d+\b")
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$", re.M)
SECTION = re.compile(r"(\d+(?:\.\d+)*)\.?(?= |$)")
SPECIFICATION = "docs/spec"
ANCHORED_LINK = re.compile(r"\[[^\]\n]*\]\(([^)#\s]*)#([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


@functools.cache
def headings(path):
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return tuple(match.group(1) for match in HEADING.finditer(text))


@functools.cache
def section_numbers(path):
    return {match.group(1) for heading in headings(path) if (match := SECTION.match(heading))}


@functools.cache
def anchors(path):
    """The identifiers that GitHub gives to the headings of a page."""
    found = set()
    for heading in headings(path):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        count = 0
        while (unique := f"{name}-{count}" if count else name) in found:
            count += 1
        found.add(unique)
    return found


def missing_sections(numbers, page):
    for number in re.findall(r"\d+(?:\.\d+)?", numbers):
        if number not in section_numbers(page):
            yield number


def dead_references(root, name, text):
    """References of the form `NAME.md` and `NAME.md N.M`; tests may name pages that they make."""
    for match in REFERENCE.finditer(text):
        path, page_name, numbers = match.group("path", "page", "numbers")
        page = root / SPECIFICATION / page_name
        line = line_of(text, match.start())
        if path and not path.endswith("spec/"):
            continue
        if numbers and not page.is_file():
            yield line, f"refers to {page_name}, which is not in {SPECIFICATION}"
        elif numbers:
            for number in missing_sections(numbers, page):
                yield line, f"{page_name} has no section {number}"
        elif not name.startswith("tests/") and not any(
                (folder / page_name).is_file() for folder in (page.parent, (root / name).parent, root, root / "docs")):
            yield line, f"refers to {page_name}, which does not exist"


def dead_sections(root, name, text):
    """`section N.M` within a page of the specification, unless it belongs to a standard or another page."""
    for match in OWN_SECTION.finditer(text):
        before = text[:match.start()]
        if STANDARD.search(before) or re.search(rf"\.md{GAP}?\Z", before):
            continue
        for number in missing_sections(match.group("numbers"), root / name):
            yield line_of(text, match.start()), f"has no section {number}"


def nameless_issues(_root, _name, text):
    for match in ISSUE.finditer(text):
        yield line_of(text, match.start()), f"'{match.group()}' does not say of which project"


def dead_anchors(root, name, text):
    for match in ANCHORED_LINK.finditer(text):
        target, anchor = match.groups()
        if "://" in target:
            continue
        page = (root / name).parent / target if target else root / name
        if page.suffix == ".md" and page.is_file() and anchor not in anchors(page):
            yield line_of(text, match.start()), f"links to #{anchor}, which {target or 'the page'} does not have"


def violations(root):
    for name in tracked(root):
        content = (root / name).read_bytes()
        if b"\0" in content:
            continue
        text = content.decode("utf-8", errors="replace")
        checks = [dead_references, nameless_issues]
        if name.endswith(".md"):
            checks.append(dead_anchors)
        if name.startswith(f"{SPECIFICATION}/"):
            checks.append(dead_sections)
        for check in checks:
            for line, complaint in check(root, name, text):
                yield f"{name}:{line}: {complaint}"


if __name__ == "__main__":
    sys.exit(report(violations, sys.argv))
