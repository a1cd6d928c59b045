#!/usr/bin/env python3
"""Makes the files of this folder with Python's cryptography: app.bin, a small ESP32 image, and one signature block for each kind of
key (docs/spec/signing-gzip-images.md 4.2). Not run by the tests; the keys are new in each run and are not kept."""
import hashlib
import pathlib
import struct
import zlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

FOLDER = pathlib.Path(__file__).parent
SECTOR = 4096
BLOCK = 1216


def app():
    data = bytes(i * 7 % 251 for i in range(64))
    image = struct.pack("<4BI", 0xE9, 1, 2, 0x20, 0x40081234) + struct.pack("<4BHBHH4xB", 0xEE, 0, 0, 0, 0, 0, 0, 399, 1)
    image += struct.pack("<II", 0x3F400020, len(data)) + data
    checksum = 0xEF
    for byte in data:
        checksum ^= byte
    image += bytes(15 - len(image) % 16) + bytes([checksum])
    return image + hashlib.sha256(image).digest()


def finished(head):
    body = head + bytes(BLOCK - 20 - len(head))
    return body + struct.pack("<I", zlib.crc32(body)) + bytes(16)


def rsa_block(payload):
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    digest = hashlib.sha256(payload).digest()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    signature = key.sign(digest, pss, utils.Prehashed(hashes.SHA256()))
    numbers = key.public_key().public_numbers()
    rinv = pow(2, 2 * 3072, numbers.n)
    inverse = -pow(numbers.n, -1, 2**32) % 2**32
    return finished(struct.pack("<BBxx32s384sI384sI384s", 0xE7, 2, digest, numbers.n.to_bytes(384, "little"), numbers.e,
                                rinv.to_bytes(384, "little"), inverse, signature[::-1]))


def ecdsa_block(payload, curve, curve_id):
    size = curve.key_size // 8
    key = ec.generate_private_key(curve)
    sha384 = curve_id == 3
    digest = hashlib.new("sha384" if sha384 else "sha256", payload).digest()
    hash_type = hashes.SHA384() if sha384 else hashes.SHA256()
    r, s = utils.decode_dss_signature(key.sign(digest, ec.ECDSA(utils.Prehashed(hash_type))))
    point = key.public_key().public_numbers()
    pair = lambda one, other: one.to_bytes(size, "little") + other.to_bytes(size, "little")
    layout = "<BBBx48sB96s96s" if sha384 else "<BBBx32sB64s64s"
    return finished(struct.pack(layout, 0xE7, 3, 1 if sha384 else 0, digest, curve_id, pair(point.x, point.y), pair(r, s)))


image = app()
padded = image + b"\xff" * (-len(image) % SECTOR)
(FOLDER / "app.bin").write_bytes(image)
(FOLDER / "rsa.block").write_bytes(rsa_block(padded))
(FOLDER / "p192.block").write_bytes(ecdsa_block(padded, ec.SECP192R1(), 1))
(FOLDER / "p256.block").write_bytes(ecdsa_block(padded, ec.SECP256R1(), 2))
(FOLDER / "p384.block").write_bytes(ecdsa_block(padded, ec.SECP384R1(), 3))
