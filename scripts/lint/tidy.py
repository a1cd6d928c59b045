#!/usr/bin/env python3
"""Runs clang-tidy over our translation units in parallel: tidy.py BUILD_FOLDER [FILE...].

A unit that was clean stays so until its command, .clang-tidy or one of its own headers changes; what is known to be
clean is kept in BUILD_FOLDER/tidy/.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def settings_of(source):
    """The .clang-tidy files that apply to a source, nearest first."""
    folders = [folder for folder in source.parents if folder == ROOT or ROOT in folder.parents]
    return [str(folder / ".clang-tidy") for folder in folders if (folder / ".clang-tidy").is_file()]


def own_headers(unit):
    """What the unit includes besides system headers, or None when clang cannot say."""
    arguments = shlex.split(unit["command"])
    if "-o" in arguments:
        position = arguments.index("-o")
        del arguments[position:position + 2]
    compiler = "clang++" if unit["file"].endswith(("pp", "cc")) else "clang"
    words = [word for word in arguments if word not in ("-c", "-MD", "-MMD")]
    start = next(i for i, word in enumerate(words) if os.path.basename(word).startswith(("g++", "gcc", "c++", "cc", "clang")))
    result = subprocess.run([compiler, "-w", "-MM", "-MT", "x", *words[start + 1:]],
                            cwd=unit["directory"], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return None
    names = shlex.split(result.stdout.replace("\\\n", " ").partition(":")[2])
    return [os.path.join(unit["directory"], name) for name in names]


def still_clean(record, command):
    try:
        known = json.loads(record.read_text())
        return known["command"] == command and all(digest(path) == sha for path, sha in known["files"].items())
    except (OSError, ValueError, KeyError):
        return False


def check(unit, build, version):
    """Returns what clang-tidy has to say about one unit; nothing when it is clean."""
    source = pathlib.Path(unit["file"])
    command = f"{version} {unit['command']}"
    record = build / "tidy" / (hashlib.sha256(unit["file"].encode()).hexdigest()[:24] + ".json")
    if still_clean(record, command):
        return ""
    result = subprocess.run(["clang-tidy", "-p", str(build), "--quiet", str(source)],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return result.stdout or result.stderr
    headers = own_headers(unit)
    if headers is not None:
        files = {path: digest(path) for path in [*headers, *settings_of(source)]}
        record.write_text(json.dumps({"command": command, "files": files}))
    return ""


def findings(output):
    """The findings of one run, each with its notes: several units report the same line of a header."""
    return [part for part in re.split(r"^(?=\S+:\d+:\d+: (?:error|warning): )", output, flags=re.M) if part.strip()]


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    wanted = {str(pathlib.Path(name).resolve()) for name in sys.argv[2:]}
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    units = {}
    for unit in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(unit["file"])
        if ROOT in path.parents and build not in path.parents and (not wanted or unit["file"] in wanted):
            units.setdefault(unit["file"], unit)
    (build / "tidy").mkdir(exist_ok=True)
    failed = 0
    shown = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for complaints in pool.map(lambda unit: check(unit, build, version), units.values()):
            if complaints:
                failed += 1
                fresh = [part for part in findings(complaints.replace(f"{ROOT}/", "")) if part not in shown]
                shown.update(fresh)
                print("".join(fresh), end="", flush=True)
    print(f"clang-tidy: {len(units)} files, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
