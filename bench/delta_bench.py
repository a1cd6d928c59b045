#!/usr/bin/env python3
"""delta_bench.py OTATOOL OLD NEW [REPEATS [DELAY_MS]]

Measures updates of a device that runs the image OLD to the image NEW: as a difference update, as a gzip package, as the
image itself, and as the image in lock-step (like espota.py). The receiver is a virtual device with the TCP window and the
flash of an ESP8266, behind a link with delay (20 ms one way). Prints a table with the bytes sent, the medians of the
seconds until the device runs NEW, and their ratio to the difference update. Exits with 77 without the permission to make network namespaces.
"""
import json
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

import link
import programs

HOST, DEVICE, MTU, WINDOW = "10.77.0.1", "10.77.0.2", 1500, 5840


def prepare(otatool, old, folder):
    """A flash file of a device that runs the old image."""
    flash = folder / "old.flash"
    with programs.Device(otatool, "--flash", flash) as device:
        programs.timed([otatool, "upload", old, "127.0.0.1", "--port", str(device.listening["udp"]), "-q"])
        device.wait_for("end", "boot")
    return flash


def update(otatool, flash, folder, delay, arguments):
    """Seconds and bytes of one update over a new link to a new device. The seconds end when the loader has installed the image."""
    copy = folder / "copy.flash"
    shutil.copyfile(flash, copy)
    host, device = link.Namespace(HOST, MTU), link.Namespace(DEVICE, MTU)
    carrier = link.Link(host, device, delay, 0, 1)
    try:
        with device:
            receiver = programs.Device(otatool, "--bind", DEVICE, "--window", str(WINDOW), "--flash", str(copy),
                                       "--flash-speed", "typical")
        with receiver, host:
            receiver.wait_for("boot")
            output = folder / "events"
            begin = time.perf_counter()
            programs.timed([otatool, "upload", *arguments, DEVICE, "--port", str(receiver.listening["udp"]), "--json",
                            "--retries", "0"], output=output)
            receiver.wait_for("end", "boot")
            elapsed = time.perf_counter() - begin
        results = [event for line in output.read_text().splitlines() if (event := json.loads(line))["event"] == "result"]
        return elapsed, results[0]["bytes"]
    finally:
        carrier.close()
        host.close()
        device.close()


def main():
    otatool, old, new, *numbers = sys.argv[1:]
    repeats, delay_ms = [*map(int, numbers), *(3, 20)[len(numbers):]]
    try:
        link.Namespace(HOST, MTU).close()
    except OSError as error:
        print(f"skipped: {error}")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        base = folder / "base"
        base.mkdir()
        shutil.copy(old, base)
        flash = prepare(otatool, old, folder)
        ways = {"difference": [new, "--base", base, "--delta", "always"], "gzip": [new, "--gzip", "always"],
                "image": [new, "--gzip", "never"], "image, lock-step": [new, "--gzip", "never", "--lockstep"]}
        times, sizes = {way: [] for way in ways}, {}
        for _ in range(repeats):
            for way, arguments in ways.items():
                programs.progress(way)
                elapsed, sizes[way] = update(otatool, flash, folder, delay_ms / 1000, arguments)
                times[way].append(elapsed)
    programs.clear_progress()
    whole = pathlib.Path(new).stat().st_size
    least = statistics.median(times["difference"])
    print(f"one-way delay {delay_ms} ms; seconds, median of {repeats} runs\n")
    print("| sent | bytes | of the image | seconds | seconds / difference |")
    print("|---|---|---|---|---|")
    for way in ways:
        seconds = statistics.median(times[way])
        print(f"| {way} | {sizes[way]} | {100 * sizes[way] / whole:.1f} % | {seconds:.2f} | {seconds / least:.1f} |")
    return 0


if __name__ == "__main__":
    programs.main(main, __doc__, 3)
