#!/usr/bin/env python3
"""transfer_bench.py OTATOOL STREAMING_PEER [REPEATS [IMAGE_BYTES]]

Measures uploads over a link with delay and loss. The receiver is a virtual device with the small TCP window of an
ESP. The uploaders are `otatool upload`, the same in lock-step (like espota.py), and streaming_peer, which streams
without a limit. Prints a table of medians in seconds and their ratios. Exits with 77 without the permission to make
network namespaces.
"""
import hashlib
import os
import pathlib
import statistics
import sys
import tempfile
import typing

import link
import programs

HOST, DEVICE = "10.77.0.1", "10.77.0.2"
# A shorter time depends on the start of the processes; with loss, the time depends on which packets are lost. Both cases
# need more runs.
SHORT_SECONDS, UNSTEADY_FACTOR = 0.5, 5


class Case(typing.NamedTuple):
    window: int
    mtu: int
    delay_ms: int
    loss: float


CASES = [*(Case(window, mtu, delay_ms, 0) for window, mtu in ((5840, 1500), (2144, 576)) for delay_ms in (0, 2, 5, 20)),
         Case(5840, 1500, 2, 0.01), Case(5840, 1500, 2, 0.03)]


def time_upload(otatool, case, seed, uploader):
    """Seconds of one upload over a new link to a new device."""
    host, device = link.Namespace(HOST, case.mtu), link.Namespace(DEVICE, case.mtu)
    carrier = link.Link(host, device, case.delay_ms / 1000, case.loss, seed)
    try:
        with device:
            receiver = programs.Device(otatool, "--bind", DEVICE, "--window", str(case.window), "--once")
        with receiver, host:
            return programs.timed([str(receiver.listening["udp"]) if word == "PORT" else word for word in uploader]).elapsed
    finally:
        carrier.close()
        host.close()
        device.close()


def measure(otatool, case, repeats, uploader):
    """The median of the times."""
    times = [time_upload(otatool, case, 1, uploader)]
    if times[0] < SHORT_SECONDS or case.loss > 0:
        repeats *= UNSTEADY_FACTOR
    times += [time_upload(otatool, case, seed, uploader) for seed in range(2, repeats + 1)]
    return statistics.median(times)


def main():
    otatool, streaming_peer, *numbers = sys.argv[1:]
    repeats, size = [*map(int, numbers), *(3, 400 * 1024)[len(numbers):]]
    try:
        link.Namespace(HOST, 1500).close()
    except OSError as error:
        print(f"skipped: {error}")
        return 77
    print(f"{size} bytes, one-way delay, loss in each direction; seconds, median of {repeats} runs or more\n")
    print("| window | delay | loss | upload | streaming | lock-step | upload / streaming | lock-step / upload |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder, "image.bin")
        image.write_bytes(b"\xe9" + os.urandom(size - 1))
        md5 = hashlib.md5(image.read_bytes()).hexdigest()
        uploader = [otatool, "upload", image, DEVICE, "--port", "PORT", "-q", "--force", "not-an-image"]
        for case in CASES:
            programs.progress(f"window {case.window}, delay {case.delay_ms} ms, loss {case.loss * 100:.0f} %")
            upload = measure(otatool, case, repeats, uploader)
            streaming = measure(otatool, case, repeats, [streaming_peer, DEVICE, "PORT", image, md5])
            lockstep = measure(otatool, case, repeats, [*uploader, "--lockstep"])
            programs.clear_progress()
            print(f"| {case.window} | {case.delay_ms} ms | {case.loss * 100:.0f} % | {upload:.2f} | {streaming:.2f} "
                  f"| {lockstep:.2f} | {upload / streaming:.2f} | {lockstep / upload:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
