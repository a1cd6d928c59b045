"""ELF files made by hand for the tests of elf2image."""
import struct
import typing

PROGBITS, STRTAB, NOBITS = 1, 3, 8
ALLOCATED, WRITABLE = 2, 1
HEADER_BYTES, TABLE_ENTRY_BYTES = 52, 40


class NewSection(typing.NamedTuple):
    name: str
    address: int
    content: bytes
    type: int = PROGBITS
    flags: int = ALLOCATED


def elf_file(entry, *sections):
    """Header, contents, names, section table: the null section first, the names last."""
    body, names, table = b"", b"\0", bytes(TABLE_ENTRY_BYTES)
    for section in sections:
        table += struct.pack("<6I16x", len(names), section.type, section.flags, section.address, HEADER_BYTES + len(body),
                             len(section.content))
        body += section.content
        names += section.name.encode() + b"\0"
    table += struct.pack("<6I16x", 0, STRTAB, 0, 0, HEADER_BYTES + len(body), len(names))
    count = len(sections) + 2
    header = b"\x7fELF\1\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIIIIIHHHHHH", 2, 94, 1, entry, 0, HEADER_BYTES + len(body) + len(names), 0, HEADER_BYTES, 0, 0, TABLE_ENTRY_BYTES,
        count, count - 1)
    return header + body + names + table


def content(size, seed):
    """Bytes that differ from each other and from those of other seeds."""
    result = bytearray()
    for _ in range(size):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        result.append(seed >> 24)
    return bytes(result)


def irom(size, address=0x40201010):
    return NewSection(".irom0.text", address, bytes(min(size, 8)) + content(size, 1)[8:])


def small_loader():
    return elf_file(0x4010F000, NewSection(".text", 0x4010F000, content(300, 2)))


def small_application():
    """Sections in another order than the segments, an odd length, and some that are not loaded."""
    return elf_file(0x40100004,
                    NewSection(".rodata", 0x3FFE8400, content(77, 3)),
                    NewSection(".text", 0x40100000, content(512, 4)),
                    NewSection(".text1", 0x40100200, content(16, 5)),
                    NewSection(".data", 0x3FFE8000, content(40, 6)),
                    irom(1001),
                    NewSection(".comment", 0, content(20, 7), flags=0),
                    NewSection(".bss", 0x3FFE9000, b"", NOBITS, ALLOCATED | WRITABLE))
