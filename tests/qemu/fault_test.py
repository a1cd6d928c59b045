#!/usr/bin/env python3
"""Damaged packages (signing-gzip-images.md 2.3) on the emulated device: the receiver refuses them before it restarts, the
loader before its first write.

fault_test.py IMAGES
"""
import gzip
import struct
import sys
import tempfile
import unittest
import zlib

import device
import espota_client

IMAGES = ""
UNPACK = 2


def damaged(package):
    """(name, package, part of the receiver's error text)"""
    flipped = bytearray(package)
    flipped[len(package) // 2] ^= 0x10
    crc = bytearray(package)
    crc[-5] ^= 1
    size = bytearray(package)
    size[-1] ^= 1
    reserved = bytearray(package)
    reserved[3] |= 0x80
    return (
        ("one byte after the trailer", package + b"\0", "bytes after"),
        ("four bytes after the trailer", package + b"\0\0\0\0", "bytes after"),
        ("two members", package + gzip.compress(b"\xe9 more", mtime=0), "bytes after"),
        ("a flipped bit", bytes(flipped), "Broken gzip package"),
        ("truncated", package[:-1000], "ends before"),
        ("without the trailer", package[:-8], "ends before"),
        ("wrong CRC", bytes(crc), "CRC or size"),
        ("wrong ISIZE", bytes(size), "CRC or size"),
        ("a reserved flag", bytes(reserved), "cannot be unpacked"),
        ("no application inside", gzip.compress(b"hello" * 3000, mtime=0), "Magic byte"),
        ("nothing inside", gzip.compress(b"", mtime=0), "Magic byte"),
    )


def member(content, *, flags=0, optional=b"", level=9, window=15, strategy=zlib.Z_DEFAULT_STRATEGY, flush_every=None):
    """One gzip member with the variations of 2.3."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -window, 9, strategy)
    step = flush_every or len(content)
    deflated = b""
    for at in range(0, len(content), step):
        deflated += packer.compress(content[at : at + step])
        if flush_every:
            deflated += packer.flush(zlib.Z_SYNC_FLUSH)
    deflated += packer.flush()
    header = bytes((0x1F, 0x8B, 8, flags)) + bytes(6) + optional
    return header + deflated + struct.pack("<II", zlib.crc32(content), len(content))


def valid(content):
    """(name, package) that must be accepted"""
    extra = struct.pack("<H", 5000) + bytes(5000)
    return (
        ("with a name", member(content, flags=8, optional=b"firmware.bin\0")),
        ("with an empty name", member(content, flags=8, optional=b"\0")),
        ("with every optional field",
         member(content, flags=0x1F, optional=extra + b"n" * 300 + b"\0" + b"c" * 300 + b"\0" + b"\0\0")),
        ("stored", member(content, level=0)),
        ("fixed codes", member(content, strategy=zlib.Z_FIXED)),
        ("Huffman codes only", member(content, strategy=zlib.Z_HUFFMAN_ONLY)),
        ("a window of 512 bytes", member(content, window=9)),
        ("flushed every 5000 bytes", member(content, flush_every=5000)),
    )


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.device = device.Device(IMAGES, folder.name)
        self.addCleanup(self.device.stop)
        self.old = self.device.image(1)
        self.package = device.pack(self.device.image(2))

    def test_the_receiver_refuses_before_it_restarts(self):
        self.device.fresh(1).start()
        self.assertTrue(self.device.wait_for(1))
        for name, package, text in damaged(self.package):
            with self.subTest(name):
                with self.assertRaisesRegex(espota_client.Refused, text):
                    espota_client.upload(self.device.port, package)
                self.assertTrue(self.device.wait_for(1))
        self.assertEqual(self.device.log().count("app: version"), 1, "the device restarted")
        espota_client.upload(self.device.port, self.package)
        self.assertTrue(self.device.wait_for(2), self.device.log())

    def loader_refuses(self, name, staged, action):
        source, record = device.boot_command(staged, action=action)
        self.device.fresh(1, parts=((source, staged), (device.COMMAND, record))).start()
        self.assertTrue(self.device.wait_for(1), f"{name}: {self.device.log()}")
        self.device.stop()
        self.assertEqual(self.device.content(0, source), self.old + b"\xff" * (source - len(self.old)), name)
        self.assertEqual(self.device.content(device.COMMAND, 40), bytes(40), f"{name}: the command is still there")

    def test_the_loader_refuses_before_its_first_write(self):
        for name, package, _ in damaged(self.package):
            with self.subTest(name):
                self.loader_refuses(name, package, UNPACK)

    def test_the_loader_refuses_other_loaders_and_damaged_images(self):
        other = bytearray(self.device.image(2))
        other[100] ^= 1
        self.loader_refuses("another loader", bytes(other), 1)
        self.loader_refuses("another loader, packed", device.pack(bytes(other)), UNPACK)
        self.loader_refuses("a loader without an application", self.device.image(2)[:8192], 1)
        image = self.device.image(2)
        source, record = device.boot_command(image, action=1)
        changed = bytearray(image)
        changed[-20] ^= 1
        self.device.fresh(1, parts=((source, bytes(changed)), (device.COMMAND, record))).start()
        self.assertTrue(self.device.wait_for(1))
        self.assertEqual(self.device.content(0, len(self.old)), self.old)

    def test_the_receiver_refuses_another_loader(self):
        other = bytearray(self.device.image(2))
        other[100] ^= 1
        self.device.fresh(1).start()
        for image in (bytes(other), device.pack(bytes(other))):
            with self.assertRaisesRegex(espota_client.Refused, r"ERROR\[33\]: Image has another loader"):
                espota_client.upload(self.device.port, image)
        self.assertTrue(self.device.wait_for(1))

    def test_the_loader_accepts_valid_images(self):
        """Proves that the images above were refused for their fault only."""
        good = [("raw", self.device.image(2), 1), ("packed", self.package, UNPACK)]
        good += [(name, package, UNPACK) for name, package in valid(self.device.image(2))]
        for name, staged, action in good:
            source, record = device.boot_command(staged, action=action)
            self.device.fresh(1, parts=((source, staged), (device.COMMAND, record))).start()
            self.assertTrue(self.device.wait_for(2), f"{name}: {self.device.log()}")
            self.device.stop()
            self.assertEqual(self.device.content(0, len(self.device.image(2))), self.device.image(2), name)


if __name__ == "__main__":
    IMAGES = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
