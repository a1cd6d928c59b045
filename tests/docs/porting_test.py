#!/usr/bin/env python3
"""Compares docs/porting.md with the sources: porting_test.py ROOT

Every source that includes a header of POSIX or Linux must be in the table, and every entry must match such a source.
"""
import fnmatch
import pathlib
import re
import sys

SYSTEM_HEADER = re.compile(
    r"^#include <(sys/|linux/|net/|netinet/|arpa/|(unistd|termios|ifaddrs|dlfcn|fcntl|poll|crypt|netdb|spawn)\.h>)", re.M)


def main():
    root = pathlib.Path(sys.argv[1])
    page = (root / "docs/porting.md").read_text(encoding="utf-8")
    entries = [entry for row in re.findall(r"^\| (`src/.*?) \|", page, re.M) for entry in re.findall(r"`(.*?)`", row)]
    sources = [str(path.relative_to(root)) for path in (root / "src").rglob("*.[ch]pp")
               if SYSTEM_HEADER.search(path.read_text(encoding="utf-8"))]
    problems = [f"not in docs/porting.md: {source}" for source in sorted(sources)
                if not any(fnmatch.fnmatch(source, entry) for entry in entries)]
    problems += [f"docs/porting.md: `{entry}` includes no header of the system" for entry in entries
                 if not fnmatch.filter(sources, entry)]
    sys.exit("\n".join(problems) or 0)


main()
