#!/usr/bin/env python3
"""Compiles sources one by one, for their errors alone: alone.py BUILD_FOLDER FILE...

A preset that compiles many files as one does not see that a file lacks an include which one before it has.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def errors_of(unit):
    words = shlex.split(unit["command"])
    del words[words.index("-o"):words.index("-o") + 2]
    words = [word for word in words if word not in ("-c", "-MD", "ccache") and not word.endswith("/ccache")]
    result = subprocess.run([*words, "-fsyntax-only"], cwd=unit["directory"],
                            capture_output=True, text=True, check=False)
    return result.stderr if result.returncode != 0 else ""


def main():
    commands = pathlib.Path(sys.argv[1]) / "compile_commands.json"
    wanted = {str(pathlib.Path(name).resolve()) for name in sys.argv[2:]}
    units = {unit["file"]: unit for unit in json.loads(commands.read_text()) if unit["file"] in wanted}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for errors in pool.map(errors_of, units.values()):
            failed += errors != ""
            print(errors, end="", flush=True)
    print(f"alone: {len(units)} files, {failed} with errors")
    return 1 if failed or not units else 0


if __name__ == "__main__":
    sys.exit(main())
