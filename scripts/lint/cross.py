#!/usr/bin/env python3
"""Compiles sources for the other architectures that run otatool, for errors alone: cross.py BUILD_FOLDER FILE...

`char` is unsigned on arm64 and armhf, so a comparison that is always true is an error; other warnings are left to the
build for this computer. Nothing is linked, so system headers of this computer serve where the cross compiler has none.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import tidy

COMPILERS = ("aarch64-linux-gnu-g++", "arm-linux-gnueabihf-g++")


def errors_of(compiler, unit):
    words = [word for word in shlex.split(unit["command"])
             if word not in ("-c", "-MD") and not re.search(r"(^|/)(ccache|clang\+\+|g\+\+)$", word)]
    native = subprocess.run(["g++", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip()
    result = subprocess.run([compiler, *words, "-fsyntax-only", "-Wno-psabi", "-Wno-error", "-Werror=type-limits",
                             "-idirafter", "/usr/include", "-idirafter", f"/usr/include/{native}"],
                            cwd=unit["directory"], capture_output=True, text=True, check=False)
    return tidy.by_member(f"{compiler}:\n{result.stderr}", unit) if result.returncode != 0 else ""


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    wanted = {str(pathlib.Path(name).resolve()) for name in sys.argv[2:]}
    units = {unit["file"]: unit for unit in json.loads((build / "compile_commands.json").read_text())
             if unit["file"] in wanted}
    folder = build / "cross"
    folder.mkdir(exist_ok=True)
    jobs = [(compiler, unit) for unit in tidy.joined(list(units.values()), folder) for compiler in COMPILERS]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for errors in pool.map(lambda job: errors_of(*job), jobs):
            failed += errors != ""
            print(errors, end="", flush=True)
    print(f"cross: {len(units)} files in {len(jobs)} runs, {failed} with errors")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
