#!/usr/bin/env python3
"""Facts about the tracked files: small, without paths of one machine, loose ends or private keys, with links that lead somewhere.

tree.py [ROOT]; ROOT must be a git checkout.
"""
import pathlib
import re
import subprocess
import sys

from source_text import line_of, report

LARGEST_BYTES = 1 << 20
MACHINE_PATH = re.compile(r"(?<![\w.~$}*/-])/(?:home|root|Users|work)/(?!me\b)[\w.]")
LOOSE_END = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
CODE = (".cpp", ".hpp", ".c", ".h", ".S", ".ld", ".cmake", ".py", ".sh", ".scd", ".txt")
PRIVATE_KEY = re.compile(r"^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----$", re.MULTILINE)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)#\s]+)[^)]*\)")
MAN_REFERENCE = re.compile(r"\*?(otatool(?:-[a-z-]+)?(?:\.toml)?)\*?\(([0-9])\)")


def tracked(root):
    names = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True).stdout
    return [name for name in names.decode().split("\0") if name and (root / name).is_file()]


def dead_links(root, name, text):
    if name.endswith(".md"):
        for match in LINK.finditer(text):
            target = match.group(1)
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (root / name).parent.joinpath(target).exists():
                yield line_of(text, match.start()), f"links to {target}, which does not exist"
    elif name.endswith(".scd"):
        for match in MAN_REFERENCE.finditer(text):
            page = f"{match.group(1)}.{match.group(2)}.scd"
            source = root / "man" / page
            if match.group(2) == "7":  # man/CMakeLists.txt makes it from a page in docs
                source = root / "docs" / f"{match.group(1).removeprefix('otatool-')}.md"
            if not source.is_file():
                yield line_of(text, match.start()), f"refers to {match.group()}, but there is no man/{page}"


def violations(root):
    checkout = re.compile(re.escape(f"{root}/"))
    for name in tracked(root):
        path = root / name
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            yield f"{name}: {size} bytes; nothing tracked is larger than {LARGEST_BYTES}"
        content = path.read_bytes()
        if b"\0" in content:
            continue
        text = content.decode("utf-8", errors="replace")
        for pattern in (MACHINE_PATH, checkout):
            for match in pattern.finditer(text):
                yield f"{name}:{line_of(text, match.start())}: a path of one machine"
        if not name.startswith("tests/"):
            for match in PRIVATE_KEY.finditer(text):
                yield f"{name}:{line_of(text, match.start())}: a private key"
        if name.endswith(CODE) or text.startswith("#!"):
            for match in LOOSE_END.finditer(text):
                yield f"{name}:{line_of(text, match.start())}: a loose end: {match.group()}"
        for line, complaint in dead_links(root, name, text):
            yield f"{name}:{line}: {complaint}"


if __name__ == "__main__":
    sys.exit(report(violations, sys.argv))
