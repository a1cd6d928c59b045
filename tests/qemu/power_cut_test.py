#!/usr/bin/env python3
"""Cuts the power of the emulated device before each flash operation of an update, from the first erase of the staging area
to the confirmation of the new application. Afterwards the device must run the old or the new application, byte for byte,
and accept another update.

power_cut_test.py IMAGES [--jobs N] [--half] [raw|gzip]
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import sys
import tempfile
import time

import device
import espota_client

OPERATIONS = 0x60001300  # the counter in firmware/qemu/rom_mock/power.cpp


class Broken(Exception):
    """The device runs neither the old nor the new application."""


def send(emulated, image):
    """Uploads; the power may fail at any moment."""
    try:
        espota_client.upload(emulated.port, image, timeout=60)
    except (espota_client.Lost, RuntimeError, OSError) as lost:
        if device.emulator.wait_until(lambda: emulated.emulator.ended() is not None, 30) is None:
            raise Broken(f"aborts the update, {lost}: {emulated.log()}") from lost


class Sweep:
    def __init__(self, images, folder, sent, half):
        self.images = images
        self.folder = pathlib.Path(folder)
        self.half = half
        base = device.Device(images, folder, "base").fresh(1)
        self.base = base.flash
        self.old, self.new, self.next = (base.image(version) for version in (1, 2, 3))
        self.sent = sent(self.new)
        self.next_sent = device.pack(self.next)

    def start(self, name, **options):
        emulated = device.Device(self.images, self.folder, name)
        if not emulated.flash.exists():
            shutil.copyfile(self.base, emulated.flash)
        return emulated.start(**options)

    def operations(self):
        """The number of flash operations without a power cut."""
        with self.start("count") as emulated:
            if not emulated.wait_for(1):
                raise RuntimeError(f"the device does not start: {emulated.log()}")
            send(emulated, self.sent)
            if not emulated.wait_for(2):
                raise RuntimeError(f"the update fails: {emulated.log()}")
            count = emulated.emulator.memory(OPERATIONS, 4, self.folder / "memory")
        return int.from_bytes(count, "little")

    def cut(self, operation):
        """The version that runs after a cut before `operation`: 1 or 2."""
        name = f"cut{operation}"
        try:
            return self.cut_and_check(name, operation)
        finally:
            for file in self.folder.glob(f"{name}.*"):
                file.unlink()

    def cut_and_check(self, name, operation):
        with self.start(name, cut=operation, half=self.half) as emulated:
            if emulated.ask() is None and emulated.emulator.ended() is None:
                raise Broken(f"does not start: {emulated.log()}")
            send(emulated, self.sent)
            if emulated.emulator.wait(60) != device.emulator.POWER_CUT:
                raise Broken(f"the power was not cut: {emulated.log()}")
        with self.start(name) as emulated:
            answer = device.emulator.wait_until(
                lambda: (emulated.ask() or "").endswith("confirmed") and emulated.ask(), 60)
            if answer not in ("otatool app 1 confirmed", "otatool app 2 confirmed"):
                raise Broken(f"answers {answer}: {emulated.log()}")
            image = self.old if answer[12] == "1" else self.new
            if emulated.content(0, len(image)) != image:
                raise Broken(f"a mixture: answers {answer}")
            try:
                espota_client.upload(emulated.port, self.next_sent, timeout=60)
            except espota_client.Lost as lost:
                raise Broken(f"aborts another update, {lost}: {emulated.log()}") from lost
            if not emulated.wait_for(3) or emulated.content(0, len(self.next)) != self.next:
                raise Broken(f"accepts no other update: {emulated.log()}")
        return int(answer[12])


def sweep_all(name, sweep, jobs):
    started = time.monotonic()
    count = sweep.operations()
    found = {1: 0, 2: 0}
    failures = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(sweep.cut, operation): operation for operation in range(count)}
        for run in concurrent.futures.as_completed(runs):
            try:
                found[run.result()] += 1
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(f"operation {runs[run]}: {type(failure).__name__}: {failure}")
    print(f"power cuts, {name}{', in the middle' if sweep.half else ''}: {count} operations, old {found[1]}, new {found[2]}, "
          f"broken {len(failures)} ({time.monotonic() - started:.0f} s)", flush=True)
    for failure in failures[:5]:
        print(failure)
    return not failures and found[1] > 0 and found[2] > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("kinds", nargs="*", default=["raw", "gzip"])
    parser.add_argument("--jobs", type=int, default=min(2 * (os.cpu_count() or 1) + 1, 8))
    parser.add_argument("--half", action="store_true", help="cut in the middle of each operation instead of before it")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    good = True
    for kind in options.kinds:
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            sent = {"raw": bytes, "gzip": device.pack}[kind]
            good = sweep_all(kind, Sweep(options.images, folder, sent, options.half), options.jobs) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
