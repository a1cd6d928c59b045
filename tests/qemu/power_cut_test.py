#!/usr/bin/env python3
"""Cuts the power of the emulated device before each flash operation of an update, from the first erase of the staging area
to the confirmation of the new application. Afterwards the device must run the old or the new application, byte for byte,
and accept another update.

power_cut_test.py IMAGES [raw|resumed|gzip|delta|signed-delta|pulled|signed-pulled-delta] [--otatool PROGRAM] [--jobs N] [--half]

Difference updates need PROGRAM, which makes patches and signatures. A device whose update is `pulled` fetches it from a server.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import sys
import tempfile
import time

import device
import espota_client
import server

OPERATIONS = 0x60001300  # the counter in firmware/qemu/rom_mock/power.cpp
# Bytes of a whole TCP segment in QEMU's network. Longer chunks leave short segments, which use up the board's buffers for
# frames; a lost frame comes again after 1.5 s.
SEGMENT = 1440


class Broken(Exception):
    """The device runs neither the old nor the new application."""


def persist(emulated, image, **options):
    """Uploads; see espota_client.upload(). Invites again, as other hosts than the ESP8266 core's do, if there is no answer or
    no connection, because a busy emulator loses frames, and if the device still waits for its former connection.
    """
    def accepted():
        try:
            espota_client.upload(emulated.port, image, reach=10, **options)
            return True
        except espota_client.Refused as refused:
            if "Update already running" not in str(refused):
                raise
        except espota_client.Unreached:
            if emulated.emulator.ended() is not None:
                raise
        return False
    if not device.emulator.wait_until(accepted):
        raise RuntimeError("the device takes no invitation")


def break_off(emulated, image):
    """Uploads the first half of an image."""
    persist(emulated, image, stop_after=len(image) // 2, lockstep=True, chunk=SEGMENT)


def send(emulated, image, broken_off):
    """Uploads; the power may fail at any moment."""
    try:
        if broken_off:
            break_off(emulated, image)
        persist(emulated, image, resume=broken_off)
    except (espota_client.Lost, RuntimeError, OSError) as lost:
        if device.emulator.wait_until(lambda: emulated.emulator.ended() is not None) is None:
            raise Broken(f"aborts the update, {lost}: {emulated.log()}") from lost


class Sweep:
    def __init__(self, images, folder, kind, tool, half):
        self.images = images
        self.folder = pathlib.Path(folder)
        self.half = half
        self.broken_off = kind == "resumed"
        self.pulled = "pulled" in kind
        self.tool = device.Tool(tool, folder)
        signed = kind.startswith("signed-")
        self.public_key = self.tool.make_key() if signed else None
        base = device.Device(images, folder, "base").fresh(1, public_key=self.public_key)
        self.base = base.flash
        self.old, self.new, self.next = (base.image(version) for version in (1, 2, 3))
        self.sent = {
            "raw": lambda: self.new,
            "resumed": lambda: self.new,
            "gzip": lambda: device.pack(self.new),
            "delta": lambda: self.tool.delta(self.old, self.new),
            "signed-delta": lambda: self.tool.delta(self.old, self.tool.sign(self.new)),
        }[kind.replace("pulled-", "").replace("pulled", "raw")]()
        self.next_sent = self.tool.sign(device.pack(self.next)) if signed else device.pack(self.next)

    def start(self, name, **options):
        emulated = device.Device(self.images, self.folder, name)
        if not emulated.flash.exists():
            shutil.copyfile(self.base, emulated.flash)
        return emulated.start(**options)

    @contextlib.contextmanager
    def updating(self, name, **options):
        """A device that gets the update; the power may fail at any moment."""
        if not self.pulled:
            with self.start(name, **options) as emulated:
                if emulated.ask() is None and emulated.emulator.ended() is None:
                    raise Broken(f"does not start: {emulated.log()}")
                send(emulated, self.sent, self.broken_off)
                yield emulated
            return
        serving = server.Answering(self.old, self.sent)
        emulated = device.Device(self.images, self.folder, name)
        shutil.copyfile(self.base, emulated.flash)
        emulated.configure(public_key=self.public_key, server=serving.address)
        try:
            with emulated.start(**options):
                yield emulated
        finally:
            serving.stop()
            emulated.configure(public_key=self.public_key)

    def counted(self, emulated):
        """The number of flash operations so far."""
        return int.from_bytes(emulated.emulator.memory(OPERATIONS, 4, self.folder / "memory"), "little")

    def operations(self):
        """The numbers of the flash operations to cut. The sweep of a raw image cuts those before a transfer breaks off."""
        first = 0
        if self.broken_off:
            with self.start("first") as emulated:
                if not emulated.wait_for(1):
                    raise RuntimeError(f"the device does not start: {emulated.log()}")
                break_off(emulated, self.sent)
                first = self.counted(emulated)
        with self.updating("count") as emulated:
            if not emulated.wait_for(2):
                raise RuntimeError(f"the update fails: {emulated.log()}")
            return range(first, self.counted(emulated))

    def cut(self, operation):
        """The version that runs after a cut before `operation`: 1 or 2."""
        name = f"cut{operation}"
        try:
            return self.cut_and_check(name, operation)
        finally:
            for file in self.folder.glob(f"{name}.*"):
                file.unlink()

    def cut_and_check(self, name, operation):
        with self.updating(name, cut=operation, half=self.half) as emulated:
            if emulated.emulator.wait(device.emulator.LONG) != device.emulator.POWER_CUT:
                raise Broken(f"the power was not cut: {emulated.log()}")
        with self.start(name) as emulated:
            answer = device.emulator.wait_until(
                lambda: (emulated.ask() or "").endswith("confirmed") and emulated.ask())
            if answer not in ("otatool app 1 confirmed", "otatool app 2 confirmed"):
                raise Broken(f"answers {answer}: {emulated.log()}")
            image = self.old if answer[12] == "1" else self.new
            if emulated.content(0, len(image)) != image:
                raise Broken(f"a mixture: answers {answer}")
            try:
                persist(emulated, self.next_sent)
            except espota_client.Lost as lost:
                raise Broken(f"aborts another update, {lost}: {emulated.log()}") from lost
            if not emulated.wait_for(3) or emulated.content(0, len(self.next)) != self.next:
                raise Broken(f"accepts no other update: {emulated.log()}")
        return int(answer[12])


def sweep_all(name, sweep, jobs):
    started = time.monotonic()
    operations = sweep.operations()
    found = {1: 0, 2: 0}
    failures = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(sweep.cut, operation): operation for operation in operations}
        for run in concurrent.futures.as_completed(runs):
            try:
                found[run.result()] += 1
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(f"operation {runs[run]}: {type(failure).__name__}: {failure}")
    print(f"power cuts, {name}{', in the middle' if sweep.half else ''}: {len(operations)} operations, old {found[1]}, new {found[2]}, "
          f"broken {len(failures)} ({time.monotonic() - started:.0f} s)", flush=True)
    for failure in failures[:5]:
        print(failure)
    return not failures and found[1] > 0 and found[2] > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("kinds", nargs="*", default=["raw", "gzip"])
    parser.add_argument("--otatool", default="otatool")
    parser.add_argument("--jobs", type=int, default=min(2 * (os.cpu_count() or 1) + 1, 8))
    parser.add_argument("--half", action="store_true", help="cut in the middle of each operation instead of before it")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    good = True
    for kind in options.kinds:
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            sweep = Sweep(options.images, folder, kind, options.otatool, options.half)
            good = sweep_all(kind, sweep, options.jobs) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
