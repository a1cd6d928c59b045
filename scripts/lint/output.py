#!/usr/bin/env python3
"""Only src/cli, firmware/tools, bench and tests print or end the process: output.py [ROOT]."""
import re
import sys

from source_text import line_of, report, sources

ALLOWED = ("src/cli/", "firmware/tools/")
FORBIDDEN = re.compile(
    r"\bstd::(cout|cerr|clog)\b"
    r"|\b(fmt|std)::print(ln)?\s*\("
    r"|(?<![\w.>:])(std::|::)?(v?f?printf|f?puts|f?putc|putchar|perror|_?exit|_Exit|quick_exit|abort)\s*\("
)


def violations(root):
    for path, code in sources(root, ("include", "src", "firmware")):
        if path.startswith(ALLOWED):
            continue
        for match in FORBIDDEN.finditer(code):
            what = match.group().rstrip("( \t\n")
            yield f"{path}:{line_of(code, match.start())}: {what}: only src/cli prints or ends the process"


if __name__ == "__main__":
    sys.exit(report(violations, sys.argv))
