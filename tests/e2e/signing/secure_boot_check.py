#!/usr/bin/env python3
"""secure_boot_check.py IMAGE SIGNED KEY...: checks that SIGNED is IMAGE with one Secure Boot v2 block for each public KEY.

Computes every field on its own (docs/spec/signing-gzip-images.md 4.2); openssl reads the keys and verifies the signatures.
"""
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import zlib

SECTOR = 4096
BLOCK = 1216


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


def rsa_fields(key):
    text = openssl("rsa", "-pubin", "-in", key, "-noout", "-text")
    exponent = int(re.search(r"Exponent: (\d+)", text)[1])
    modulus = int(openssl("rsa", "-pubin", "-in", key, "-noout", "-modulus").partition("=")[2], 16)
    square = pow(1 << 3072, 2, modulus)
    word = (1 << 32) - pow(modulus, -1, 1 << 32)
    return modulus.to_bytes(384, "little") + exponent.to_bytes(4, "little") + square.to_bytes(384, "little") + \
        word.to_bytes(4, "little")


def point_of(key):
    text = openssl("pkey", "-pubin", "-in", key, "-noout", "-text_pub").partition("pub:")[2].partition("ASN1")[0]
    point = bytes.fromhex(re.sub(r"[\s:]", "", text))
    return point[1:33], point[33:]


def der_integer(number):
    body = number.to_bytes(33, "big").lstrip(b"\0")
    body = b"\0" + body if not body or body[0] & 0x80 else body
    return bytes([2, len(body)]) + body


def verify(key, signature, digest, *options):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "signature").write_bytes(signature)
        (folder / "digest").write_bytes(digest)
        openssl("pkeyutl", "-verify", "-pubin", "-inkey", key, "-sigfile", folder / "signature", "-in", folder / "digest",
                "-pkeyopt", "digest:sha256", *options)


def check_block(block, digest, key):
    assert block[1196:1200] == zlib.crc32(block[:1196]).to_bytes(4, "little"), "CRC"
    assert block[1200:] == bytes(16), "end of the block"
    if "RSA" in openssl("pkey", "-pubin", "-in", key, "-noout", "-text").replace("Modulus", "RSA"):
        assert block[:36] == b"\xe7\x02\0\0" + digest, "head"
        assert block[36:812] == rsa_fields(key), "numbers of the key"
        verify(key, block[812:1196][::-1], digest, "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:32",
               "-pkeyopt", "rsa_mgf1_md:sha256")
    else:
        x, y = point_of(key)
        assert block[:37] == b"\xe7\x03\0\0" + digest + b"\x02", "head"
        assert block[37:101] == x[::-1] + y[::-1], "point"
        assert block[165:1196] == bytes(1196 - 165), "padding"
        numbers = b"".join(der_integer(int.from_bytes(block[at:at + 32], "little")) for at in (101, 133))
        verify(key, bytes([0x30, len(numbers)]) + numbers, digest)


def main():
    image, signed = (pathlib.Path(name).read_bytes() for name in sys.argv[1:3])
    keys = sys.argv[3:]
    padded = image + b"\xff" * (-len(image) % SECTOR)
    assert signed[:len(padded)] == padded, "image and padding"
    sector = signed[len(padded):]
    assert len(sector) == SECTOR, f"a sector of {len(sector)} bytes"
    assert sector[len(keys) * BLOCK:] == b"\xff" * (SECTOR - len(keys) * BLOCK), "end of the sector"
    for number, key in enumerate(keys):
        check_block(sector[number * BLOCK:(number + 1) * BLOCK], hashlib.sha256(padded).digest(), key)


if __name__ == "__main__":
    main()
