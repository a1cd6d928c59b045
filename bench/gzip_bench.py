#!/usr/bin/env python3
"""gzip_bench.py OTATOOL FILE...

Compares packages of `otatool gzip` with those of gzip and zopfli. Prints sizes and the best processor time of several
runs. Exits with 1 unless each package is at least 1 % smaller than that of `gzip -9` and at most 0.5 % larger than
that of zopfli.
"""
import pathlib
import sys
import tempfile

import programs

LARGEST_RATIO_TO_GZIP, LARGEST_RATIO_TO_ZOPFLI = 0.99, 1.005


def measure(command, package, rounds):
    """Size of the package, processor seconds."""
    seconds = min(programs.timed(command, output=package).cpu for _ in range(rounds))
    return package.stat().st_size, seconds


def compare(otatool, file, package):
    # --fs: the input need not be an image.
    own = [otatool, "gzip", "--fs", file, "-o", "-", "-q"]
    results = {}
    for name, command, rounds in (("gzip -9", ["gzip", "-9nc", file], 7), ("zopfli", ["zopfli", "-c", file], 1),
                                  ("otatool", own, 7), ("otatool zopfli", [*own, "--level", "zopfli"], 1)):
        programs.progress(f"{file.name}: {name}")
        results[name] = measure(command, package, rounds)
    programs.clear_progress()
    size = file.stat().st_size
    gzip_bytes, gzip_seconds = results["gzip -9"]
    print(f"{file.name}: {size} bytes\n| | bytes | packed | / gzip -9 | time / gzip |\n|---|---|---|---|---|")
    for name, (package_bytes, seconds) in results.items():
        print(f"| {name} | {package_bytes} | {package_bytes / size:.2%} | {package_bytes / gzip_bytes:.2%} "
              f"| {seconds / max(gzip_seconds, 1e-4):.2f} |")
    own_bytes = results["otatool"][0]
    return (own_bytes <= LARGEST_RATIO_TO_GZIP * gzip_bytes and
            own_bytes <= LARGEST_RATIO_TO_ZOPFLI * results["zopfli"][0])


def main():
    otatool, *files = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        reached = [compare(otatool, pathlib.Path(file), pathlib.Path(folder, "package")) for file in files]
    return 0 if reached and all(reached) else 1


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
