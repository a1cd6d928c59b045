#!/usr/bin/env python3
"""flash_bench.py OTATOOL OLDER [REPEATS [IMAGE_BYTES]]

Measures uploads to a device with the flash and the TCP window of an ESP8266, by OTATOOL and by OLDER, in turn; each is
uploader and virtual device. OLDER is another otatool, for example of the release before. The link has a delay. Prints a
table of medians in seconds and their ratio. Exits with 77 without the permission to make network namespaces.
"""
import os
import pathlib
import statistics
import sys
import tempfile

import link
import programs

HOST, DEVICE, MTU, WINDOW = "10.77.0.1", "10.77.0.2", 1500, 5840
DELAYS_MS = (0, 2, 5, 20)


def time_upload(otatool, image, delay_ms):
    """Seconds of one upload over a new link to a new device."""
    host, device = link.Namespace(HOST, MTU), link.Namespace(DEVICE, MTU)
    carrier = link.Link(host, device, delay_ms / 1000, 0, 1)
    try:
        with device:
            receiver = programs.Device(otatool, "--bind", DEVICE, "--window", str(WINDOW), "--flash-speed", "typical", "--once")
        with receiver, host:
            return programs.timed([otatool, "upload", image, DEVICE, "--port", str(receiver.listening["udp"]), "-q",
                                   "--force", "not-an-image"]).elapsed
    finally:
        carrier.close()
        host.close()
        device.close()


def main():
    otatool, older, *numbers = sys.argv[1:]
    repeats, size = [*map(int, numbers), *(3, 400 * 1024)[len(numbers):]]
    try:
        link.Namespace(HOST, MTU).close()
    except OSError as error:
        print(f"skipped: {error}")
        return 77
    print(f"{size} bytes, one-way delay; seconds, median of {repeats} runs\n")
    print("| delay | older | otatool | otatool / older |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder, "image.bin")
        image.write_bytes(b"\xe9" + os.urandom(size - 1))
        for delay_ms in DELAYS_MS:
            programs.progress(f"delay {delay_ms} ms")
            times = [(time_upload(older, image, delay_ms), time_upload(otatool, image, delay_ms)) for _ in range(repeats)]
            before, now = (statistics.median(column) for column in zip(*times))
            programs.clear_progress()
            print(f"| {delay_ms} ms | {before:.2f} | {now:.2f} | {now / before:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
