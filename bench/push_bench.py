#!/usr/bin/env python3
"""push_bench.py OTATOOL [RUNS]

Compares `otatool push` with `curl -F`. Both programs in turn upload a filesystem of 1 MiB through the upload form of
the same virtual device, without and with a password. Prints medians: seconds from the start of the program to its
end, and their ratio.
"""
import os
import pathlib
import statistics
import sys
import tempfile

import programs

PASSWORD = "a password"


def compare(otatool, folder, password, runs):
    image, answer = folder / "fs.bin", folder / "answer"
    image.write_bytes(os.urandom(1 << 20))
    environment = {"OTATOOL_PASSWORD": password} if password else {}
    rows = []
    with programs.Device(otatool, "--http", "0", environment=environment) as device:
        url = f"http://127.0.0.1:{device.listening['http']}/update"
        push = [otatool, "push", image, url, "--fs", "--json"]
        # Expect: curl waits for an answer to "Expect: 100-continue", which devices do not send.
        curl = ["curl", "-sS", "-H", "Expect:", "-F", f"filesystem=@{image}", url]
        curl += ["-u", f"admin:{password}"] if password else []
        for run in range(runs):
            programs.progress(f"{'with' if password else 'without'} a password: run {run + 1} of {runs}")
            times = []
            for command, success in ((push, '"ok":true'), (curl, "Update Success")):
                times.append(programs.timed(command, output=answer, environment=environment).elapsed)
                if success not in answer.read_text():
                    sys.exit(f"error: {command[0]}: {answer.read_text()}")
                device.wait_for("end", "boot")
            rows.append((*times, times[0] / times[1]))
    return map(statistics.median, zip(*rows))


def main():
    otatool, runs = sys.argv[1], int((sys.argv[2:] or [9])[0])
    print("| password | push, s | curl -F, s | push / curl |\n|---|---|---|---|")
    for password in ("", PASSWORD):
        with tempfile.TemporaryDirectory() as name:
            push, curl, ratio = compare(otatool, pathlib.Path(name), password, runs)
        programs.clear_progress()
        print(f"| {'yes' if password else 'no'} | {push:.3f} | {curl:.3f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    programs.main(main, __doc__, 1)
