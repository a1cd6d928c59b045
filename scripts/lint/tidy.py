#!/usr/bin/env python3
"""Runs clang-tidy over our translation units in parallel: tidy.py [--together] BUILD_FOLDER [FILE...].

A unit that was clean stays so until its command, .clang-tidy or one of its own headers changes; what is known to be
clean is kept in BUILD_FOLDER/tidy/. With --together, files with the same compiler flags are checked as one file, which
reads the headers that they share once. Their text is joined, because the analyzer skips included files. The analyzer then
stops earlier in a large function (at 75,000 steps instead of 225,000), which takes a third of the time; a run without
--together has no such limit.
"""
import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOGETHER = 64
ANALYZER_LIMIT = [f"--extra-arg={word}" for word in ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=75000")]
MEMBERS = {}  # by the name of a joined unit: the files whose text it is


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


def check(unit, commands, records, version):
    """Returns what clang-tidy has to say about one unit; nothing when it is clean."""
    source = pathlib.Path(unit["file"])
    command = f"{version} {unit['command']}"
    record = records / (hashlib.sha256(unit["file"].encode()).hexdigest()[:24] + ".json")
    if still_clean(record, command):
        return ""
    limit = ANALYZER_LIMIT if unit["file"] in MEMBERS else []
    result = subprocess.run(["clang-tidy", "-p", str(commands), "--quiet", *limit, str(source)],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return by_member(result.stdout or result.stderr, unit)
    headers = own_headers(unit)
    if headers is not None:
        files = {path: digest(path) for path in [*headers, *settings_of(source)]}
        record.write_text(json.dumps({"command": command, "files": files}))
    return ""


def join(members, flags, directory, folder):
    """A unit with the text of the files `members`; two units or more if the text does not compile, as when two files
    define the same name."""
    text = "".join(pathlib.Path(file).read_text() for file in members)
    name = folder / (hashlib.sha256(" ".join(members).encode()).hexdigest()[:24] + ".cpp")
    if not name.exists() or name.read_text() != text:
        name.write_text(text)
    beside = " ".join(f"-I{path}" for path in sorted({os.path.dirname(file) for file in members}))
    command = f"{flags} {beside} -c {name}"
    if len(members) > 1 and subprocess.run([*shlex.split(command), "-fsyntax-only", "-w"], cwd=directory,
                                           capture_output=True, check=False).returncode != 0:
        half = len(members) // 2
        return [*join(members[:half], flags, directory, folder), *join(members[half:], flags, directory, folder)]
    MEMBERS[str(name)] = members
    return [{"directory": directory, "file": str(name), "command": command}]


def joined(units, folder):
    """Fewer units, each of which is the text of several files with the same flags. Files of a folder stay together."""
    alike = {}
    for unit in units:
        flags = unit["command"].partition(" -o ")[0]
        alike.setdefault((unit["directory"], flags), []).append(unit["file"])
    jobs = []
    for (directory, flags), files in alike.items():
        files.sort()
        size = math.ceil(len(files) / math.ceil(len(files) / TOGETHER))
        jobs += [(files[first:first + size], flags, directory, folder) for first in range(0, len(files), size)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        together = [unit for units in pool.map(lambda job: join(*job), jobs) for unit in units]
    # The longest first, so that no processor waits for another at the end.
    together.sort(key=lambda unit: len(MEMBERS[unit["file"]]), reverse=True)
    (folder / "compile_commands.json").write_text(json.dumps(together))
    return together


def by_member(output, unit):
    """The output for a joined unit, with the places in the files that it was made of."""
    places = [(file, line) for file in MEMBERS.get(unit["file"], [])
              for line in range(1, pathlib.Path(file).read_text().count("\n") + 1)]

    def place(match):
        file, line = places[int(match[1]) - 1]
        return f"{file}:{line}:"
    return re.sub(rf"{re.escape(unit['file'])}:(\d+):", place, output) if places else output


def findings(output):
    """The findings of one run, each with its notes: several units report the same line of a header."""
    return [part for part in re.split(r"^(?=\S+:\d+:\d+: (?:error|warning): )", output, flags=re.M) if part.strip()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--together", action="store_true")
    parser.add_argument("build", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("files", nargs="*", type=lambda path: str(pathlib.Path(path).resolve()))
    wanted = parser.parse_args()
    commands = wanted.build
    records = commands / "tidy"
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    units = {}
    for unit in json.loads((commands / "compile_commands.json").read_text()):
        path = pathlib.Path(unit["file"])
        if ROOT in path.parents and commands not in path.parents and (not wanted.files or unit["file"] in wanted.files):
            units.setdefault(unit["file"], unit)
    count = len(units)
    units = list(units.values())
    records.mkdir(exist_ok=True)
    if wanted.together:
        commands = records
        units = joined(units, records)
    failed = 0
    shown = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for complaints in pool.map(lambda unit: check(unit, commands, records, version), units):
            if complaints:
                failed += 1
                fresh = [part for part in findings(complaints.replace(f"{ROOT}/", "")) if part not in shown]
                shown.update(fresh)
                print("".join(fresh), end="", flush=True)
    print(f"clang-tidy: {count} files in {len(units)} runs, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
