#!/usr/bin/env python3
"""Makes one ESP8266 image of a loader and an application, both linked ELF files.

The image is what Arduino's build makes (docs/spec/signing-gzip-images.md 3.1, 3.3): the loader at 0, the application
after the loader's slot. The application's first section must be .irom0.text at 0x40201010 (slot of 4 KiB, as
Arduino) or 0x40202010 (8 KiB), and begin with two zero words, which take the image's length and CRC.
"""
import argparse
import functools
import operator
import os
import pathlib
import struct
import sys
import tempfile
import typing
import zlib

# Codes of the header's bytes 2 (mode) and 3 (size in the upper half, frequency in MHz in the lower).
MODES = {"qio": 0, "qout": 1, "dio": 2, "dout": 3}
SIZES = {"512K": 0, "1M": 2, "2M": 3, "4M": 4, "8M": 8, "16M": 9}
SIZES_KIB = {"512K": 512, "1M": 1024, "2M": 2048, "4M": 4096, "8M": 8192, "16M": 16384}
FREQUENCIES = {"20": 2, "26": 1, "40": 0, "80": 15}

LOADER_SECTIONS = (".text", ".rodata")
APPLICATION_SECTIONS = (".irom0.text", ".text", ".text1", ".data", ".rodata")

HEADERS = 0x10  # the application's own header and that of its first segment
FLASH_START = 0x40200000
SLOTS = (0x1000, 0x2000)
FLASH_WINDOW = range(FLASH_START + SLOTS[0] + HEADERS, 0x40300000)
DRAM = range(0x3FFE8000, 0x3FFFC000)
IRAM = range(0x40100000, 0x40110000)

MACHINE_XTENSA = 94
EXECUTABLE = 2
PROGBITS, NOBITS = 1, 8  # section types: with and without bytes in the file
ALLOCATED = 2  # section flag
REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class BadInput(Exception):
    """Why no image can be made."""


class Section(typing.NamedTuple):
    name: str
    address: int
    content: bytes

    def lies_in(self, memory):
        return self.address in memory and self.address + len(self.content) <= memory.stop


def cut(content, offset, size, what):
    if offset + size > len(content):
        raise BadInput(f"{what} lies beyond the end of the file")
    return content[offset : offset + size]


def name_at(names, start):
    if start >= len(names):
        raise BadInput("a section's name lies beyond the table of names")
    end = names.find(b"\0", start)
    if end < 0:
        raise BadInput("a section's name has no end")
    return names[start:end].decode(errors="replace")


def read_elf(file):
    """The entry address and the loadable sections, in the order of the file."""
    if len(file) < 52 or file[:4] != b"\x7fELF":
        raise BadInput("not an ELF file")
    if file[4:6] != b"\1\1":
        raise BadInput("not a 32-bit little-endian ELF file")
    kind, machine, _, entry, _, table_at, _, _, _, _, entry_size, count, names_index = struct.unpack_from("<HH5I6H", file, 16)
    if machine != MACHINE_XTENSA:
        raise BadInput(f"machine {machine} is not Xtensa ({MACHINE_XTENSA})")
    if kind != EXECUTABLE:
        raise BadInput(f"ELF type {kind} is not a linked program ({EXECUTABLE})")
    if entry_size != 40 or count == 0:
        raise BadInput("no section table")
    table = cut(file, table_at, 40 * count, "the section table")
    headers = [struct.unpack_from("<6I", table, 40 * index) for index in range(count)]
    if names_index >= count or headers[names_index][1] == NOBITS:
        raise BadInput("no section names")
    names = cut(file, *headers[names_index][4:], "a section")
    sections = []
    for name, section_type, flags, address, offset, size in headers:
        if section_type == PROGBITS and flags & ALLOCATED and size > 0:
            sections.append(Section(name_at(names, name), address, cut(file, offset, size, "a section")))
    return entry, sections


def pick_segments(entry, sections, names):
    """The sections in the order of `names`. Each must have a place in the image and in the chip's memory."""
    for section in sections:
        label = f"section '{section.name}' ({len(section.content)} bytes)"
        if section.name not in names:
            raise BadInput(f"{label} has no segment")
        memories = (FLASH_WINDOW,) if section.name == ".irom0.text" else (DRAM, IRAM)
        if not any(map(section.lies_in, memories)):
            raise BadInput(f"{label} cannot be loaded at {section.address:#010x}")
    segments = sorted(sections, key=lambda section: names.index(section.name))
    for first, second in zip(segments, segments[1:]):
        if first.name == second.name:
            raise BadInput(f"section '{first.name}' appears twice")
    if not segments:
        raise BadInput("nothing to load")
    holds_entry = any(segment.address <= entry < segment.address + len(segment.content) for segment in segments)
    if not holds_entry or entry not in IRAM:
        raise BadInput(f"entry {entry:#010x} is not in a segment in instruction memory")
    return segments


def slot_size(first):
    """The size of the loader's slot, from the application's first segment."""
    slot = first.address - FLASH_START - HEADERS
    if first.name != ".irom0.text" or slot not in SLOTS:
        raise BadInput(f"the first segment is '{first.name}' at {first.address:#010x}, "
                       "not '.irom0.text' at 0x40201010 or 0x40202010")
    if first.content[:8] != bytes(8):
        raise BadInput("section '.irom0.text' does not begin with two zero words for length and crc")
    return slot


def pack(entry, segments, flash):
    """Header, segments and checksum: a multiple of 16 bytes."""
    mode, size, frequency = flash
    image = struct.pack("<BBBBI", 0xE9, len(segments), MODES[mode], SIZES[size] << 4 | FREQUENCIES[frequency], entry)
    checksum = 0xEF
    for segment in segments:
        image += struct.pack("<II", segment.address, len(segment.content)) + segment.content
        checksum = functools.reduce(operator.xor, segment.content, checksum)
    return image + bytes(15 - len(image) % 16) + bytes([checksum])


def flash_crc(content):
    """CRC-32 with polynomial 04C11DB7, most significant bit first, starting with ones, not inverted at the end."""
    reflected = zlib.crc32(content.translate(REVERSED_BITS)) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2)


def named(what, function, *arguments):
    try:
        return function(*arguments)
    except BadInput as error:
        raise BadInput(f"{what}: {error}") from None


def build_image(loader, application, flash=("dio", "4M", "40")):
    """The image of two (entry, sections) for a flash of (mode, size, frequency)."""
    loader_segments = named("loader", pick_segments, *loader, LOADER_SECTIONS)
    segments = named("application", pick_segments, *application, APPLICATION_SECTIONS)
    slot = named("application", slot_size, segments[0])
    image = pack(loader[0], loader_segments, flash)
    if len(image) > slot:
        raise BadInput(f"the loader needs {len(image)} bytes and has {slot}")
    image = bytearray(image.ljust(slot, b"\xaa") + pack(application[0], segments, flash))
    flash_bytes = SIZES_KIB[flash[1]] * 1024
    if len(image) > flash_bytes:
        raise BadInput(f"the image has {len(image)} bytes, the flash {flash_bytes}")
    # Both words count as zero in the checksum and in the CRC.
    struct.pack_into("<II", image, slot + HEADERS, len(image), flash_crc(image))
    return bytes(image)


def write_file(path, content):
    """Writes beside `path` and renames, so that no reader sees a part; leaves nothing behind on failure."""
    number, beside = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    try:
        with open(number, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(beside, 0o666 & ~mask)
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--loader", metavar="ELF", type=pathlib.Path, required=True)
    parser.add_argument("--app", metavar="ELF", type=pathlib.Path, required=True)
    parser.add_argument("-o", dest="output", metavar="IMAGE", type=pathlib.Path, required=True)
    parser.add_argument("--flash-mode", choices=MODES, default="dio")
    parser.add_argument("--flash-size", choices=SIZES, default="4M")
    parser.add_argument("--flash-freq", choices=FREQUENCIES, default="40", help="in MHz")
    options = parser.parse_args()
    try:
        loader, application = (named(path, read_elf, path.read_bytes()) for path in (options.loader, options.app))
        write_file(options.output, build_image(loader, application, (options.flash_mode, options.flash_size, options.flash_freq)))
    except (BadInput, OSError) as error:
        sys.exit(f"elf2image: error: {error}")


if __name__ == "__main__":
    main()
