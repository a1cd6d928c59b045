#!/usr/bin/env python3
"""g++ 12 destroys lambdas and braced temporaries inside a co_await operand twice: co_await_operands.py [ROOT]."""
import re
import sys

from source_text import line_of, report, sources

OPENING, CLOSING = "([{", ")]}"


def operand_end(code, start):
    """Where the operand ends: at the first semicolon or closing bracket that it did not open."""
    depth = 0
    for position in range(start, len(code)):
        character = code[position]
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
        if depth < 0 or (depth == 0 and character == ";"):
            return position
    return len(code)


def violations(root):
    for path, code in sources(root, ("include", "src", "firmware", "tests", "bench")):
        for match in re.finditer(r"\bco_await\b", code):
            if "{" in code[match.end():operand_end(code, match.end())]:
                line = line_of(code, match.start())
                yield f"{path}:{line}: a lambda or braced temporary inside a co_await operand; name it first"


if __name__ == "__main__":
    sys.exit(report(violations, sys.argv))
