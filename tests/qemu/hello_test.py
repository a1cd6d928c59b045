#!/usr/bin/env python3
"""The sample program boots in the emulator, through mask ROM and loader, and passes its self test.

hello_test.py ROM IMAGE ELF NM
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "firmware/qemu/host"))
import emulator  # noqa: E402

CHECKS = 9
LOG_BYTES = 8192


def addresses(nm, elf):
    listing = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
    return {name: int(address, 16) for address, name in re.findall(r"^([0-9a-f]+) \w (\w+)$", listing, re.M)}


def main():
    rom, image, elf, nm = sys.argv[1:]
    symbols = addresses(nm, elf)
    with tempfile.TemporaryDirectory() as folder:
        flash = pathlib.Path(folder) / "flash.bin"
        emulator.write_flash(flash, (0, pathlib.Path(image).read_bytes()))
        with emulator.Emulator(rom, flash, network=False) as device:
            def log():
                memory = device.memory(symbols["hello_log"], LOG_BYTES, pathlib.Path(folder) / "memory")
                return memory.split(b"\0")[0].decode(errors="replace")

            finished = emulator.wait_until(lambda: "end of the self test\n" in log(), interval=0.05)
            text = log()
    print(text)
    if not finished:
        sys.exit("hello_test: error: the program does not reach the end of its self test")
    lines = text.splitlines()
    if lines[0] != "otatool hello v1":
        sys.exit("hello_test: error: the first line is not 'otatool hello v1'")
    if len(lines) != CHECKS + 2 or not all(line.endswith(": passed") for line in lines[1:-1]):
        sys.exit(f"hello_test: error: not all of the {CHECKS} checks passed")


if __name__ == "__main__":
    main()
