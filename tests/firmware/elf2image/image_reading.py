"""Reads an image as docs/spec/signing-gzip-images.md 3.1 and 3.3 describe it; shares no code with elf2image."""
import functools
import operator
import struct
import typing


class Segment(typing.NamedTuple):
    address: int
    content: bytes


class Program(typing.NamedTuple):
    entry: int
    segments: list
    checksum: int
    end: int


def read_program(image, start):
    magic, count, _, _, entry = struct.unpack_from("<BBBBI", image, start)
    assert magic == 0xE9, magic
    at = start + 8
    segments = []
    for _ in range(count):
        address, size = struct.unpack_from("<II", image, at)
        segments.append(Segment(address, image[at + 8 : at + 8 + size]))
        at += 8 + size
    padding = 15 - at % 16
    assert image[at : at + padding] == bytes(padding), at
    return Program(entry, segments, image[at + padding], at + padding + 1)


def crc(content):
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


def check_sums(image, application=0x1000):
    """Fails unless both checksums, the length and the CRC are right. `application`: the offset of its header."""
    zeroed = bytearray(image)
    zeroed[application + 0x10 : application + 0x18] = bytes(8)
    for start in (0, application):
        program = read_program(zeroed, start)
        total = functools.reduce(operator.xor, b"".join(bytes(segment.content) for segment in program.segments), 0xEF)
        assert total == program.checksum, f"checksum of the program at {start:#x}"
    assert struct.unpack_from("<II", image, application + 0x10) == (len(image), crc(zeroed)), "length and CRC"
    assert len(image) % 16 == 0
