#!/usr/bin/env python3
"""esphome_bench.py OTATOOL ESPHOME_SENDER [REPEATS [IMAGE_BYTES]]

Compares ways to send an image to an ESPHome device. The receiver is a virtual device behind a link with delay. The same
uploader sends the blocks one after the other without a wait, and with a wait for the acknowledgement of each block, as
ESPHome's client does. Prints a table of medians in seconds and their ratio. Exits with 77 without the permission to make
network namespaces.
"""
import os
import pathlib
import statistics
import sys
import tempfile
import typing

import link
import programs

HOST, DEVICE = "10.77.0.1", "10.77.0.2"
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class Case(typing.NamedTuple):
    window: int  # 0: that of this computer
    delay_ms: int
    encrypted: bool


CASES = [Case(window, delay_ms, False) for window in (5840, 0) for delay_ms in (0, 5, 20)] + [Case(0, 5, True)]


def time_upload(case, device_command, sender):
    """Seconds of one upload over a new link to a new device."""
    host, device = link.Namespace(HOST, 1500), link.Namespace(DEVICE, 1500)
    carrier = link.Link(host, device, case.delay_ms / 1000, 0, 1)
    try:
        with device:
            receiver = programs.Device(*device_command)
        with receiver, host:
            port = str(receiver.listening["esphome"])
            return programs.timed([port if word == "PORT" else word for word in sender]).elapsed
    finally:
        carrier.close()
        host.close()
        device.close()


def measure(case, repeats, device_command, sender):
    return statistics.median(time_upload(case, device_command, sender) for _ in range(repeats))


def main():
    otatool, sender, *numbers = sys.argv[1:]
    repeats, size = [*map(int, numbers), *(5, 400 * 1024)[len(numbers):]]
    try:
        link.Namespace(HOST, 1500).close()
    except OSError as error:
        print(f"skipped: {error}")
        return 77
    print(f"{size} bytes, one-way delay; seconds, median of {repeats} runs\n")
    print("| window | delay | encrypted | pipelined | stop and wait | stop and wait / pipelined |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder, "image.bin")
        image.write_bytes(b"\xe9" + os.urandom(size - 1))
        key = pathlib.Path(folder, "device.key")
        key.write_text(KEY + "\n", encoding="ascii")
        for case in CASES:
            programs.progress(f"window {case.window or 'of the system'}, {case.delay_ms} ms")
            device = [otatool, "--bind", DEVICE, "--esphome", "0", "--esphome-plain", "--once"]
            device += ["--window", str(case.window)] if case.window else []
            device += ["--encryption-key-file", key] if case.encrypted else []
            command = [sender, DEVICE, "PORT", image, *(["--key", KEY] if case.encrypted else [])]
            pipelined = measure(case, repeats, device, command)
            waiting = measure(case, repeats, device, [*command, "--lockstep"])
            print(f"| {case.window or 'system'} | {case.delay_ms} ms | {'yes' if case.encrypted else 'no'} | {pipelined:.2f} "
                  f"| {waiting:.2f} | {waiting / pipelined:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
