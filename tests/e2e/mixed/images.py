"""Images for the devices of a mixed network: each has WLED's metadata, which field-firmwares.md 4 describes."""
import hashlib
import random
import struct

VERSION = "17.0.0"


def wled_block(release):
    """The metadata of WLED: magic bytes, structure version 1, version, release and the djb2 hash of the release."""
    hashed = 5381
    for letter in release.encode():
        hashed = (hashed * 33 + letter) & 0xFFFFFFFF
    return struct.pack("<4sI48s48sI3x", b"STSW", 1, VERSION.encode(), release.encode(), hashed)


def segments_and_sum(segments, before):
    """The segments of an image of `before` bytes so far, with padding and the XOR byte."""
    data = b"".join(struct.pack("<II", address, len(content)) + content for address, content in segments)
    checksum = 0xEF
    for _, content in segments:
        for byte in content:
            checksum ^= byte
    return data + bytes(15 - (before + len(data)) % 16) + bytes([checksum])


def esp8266_image(size):
    """Loader and sketch, as elf2bin joins them; the sketch begins at 0x1000. For a flash of 4 MB."""
    noise = random.Random(8266)
    head = struct.pack("<BBBBI", 0xE9, 2, 2, 0x40, 0x4010F4F4)
    parts = [(0x4010F000, noise.randbytes(3000)), (0x3FFE8000, noise.randbytes(152))]
    loader = head + segments_and_sum(parts, len(head))
    loader += b"\xaa" * (0x1000 - len(loader))
    code = bytes(64) + wled_block("ESP8266") + noise.randbytes(size)
    code += bytes(-len(code) % 4)
    head = struct.pack("<BBBBI", 0xE9, 2, 2, 0x40, 0x40100000)
    return loader + head + segments_and_sum([(0x40201010, code), (0x40100000, noise.randbytes(700))], len(head))


def esp32_image(size):
    """An application with a descriptor of this version and a SHA-256."""
    noise = random.Random(32)
    descriptor = struct.pack("<II8x32s32s16s16s32s32s80x", 0xABCD5432, 1, VERSION.encode(), b"mixed", b"12:34:56",
                             b"Jan  2 2025", b"v5.1.4", noise.randbytes(32))
    constants = descriptor + wled_block("ESP32") + noise.randbytes(200)
    constants += bytes(-len(constants) % 4)
    segments = [(0x3F400020, constants), (0x40080000, noise.randbytes(128)), (0x400D0020, noise.randbytes(size))]
    head = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x2F, 0x40081234)
    head += struct.pack("<BxxxHB2H4xB", 0xEE, 0, 0, 0, 0xFFFF, 1)
    image = head + segments_and_sum(segments, len(head))
    return image + hashlib.sha256(image).digest()
