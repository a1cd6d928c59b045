#!/usr/bin/env python3
"""The sample program boots in the emulator, through mask ROM and loader, and checks itself.

hello_test.py ROM IMAGE ELF NM
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "firmware/qemu/host"))
import emulator  # noqa: E402


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
                scratch = pathlib.Path(folder) / "memory"
                text = device.memory(symbols["hello_log"], 8192, scratch).split(b"\0")[0].decode(errors="replace")
                return text if "> help" in text and text.count("\n") > 20 else None

            text = emulator.wait_until(log, 20, 0.05)
            if text is None:
                sys.exit("hello_test: error: the program says nothing; it left "
                         f"{device.memory(symbols['hello_log'], 256, pathlib.Path(folder) / 'memory')!r}")
    print(text)
    for expected in ("otatool hello v1", "> selftest\n"):
        if expected not in text:
            sys.exit(f"hello_test: error: no '{expected}'")
    if re.search(r"fail|wrong", text.split("> selftest\n")[1].split("\n")[0]):
        sys.exit("hello_test: error: the self test fails")


if __name__ == "__main__":
    main()
