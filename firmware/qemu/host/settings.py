"""The settings of an emulated device, as firmware/app/settings.hpp reads them from its flash."""
import base64
import hashlib
import os
import re
import socket
import struct
import zlib

OFFSET = 0x3FB000
MAGIC = 0x4553544F
ALLOW_DOWNGRADE = 1
SECOND = 2048  # offset of the second copy
MAX_PATH = 96


def _element(data, at, tag):
    """The content and the end of the DER element at `at`, which must have `tag`."""
    if data[at] != tag:
        raise ValueError("not an RSA public key")
    length = data[at + 1]
    at += 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + length > len(data):
        raise ValueError("a truncated public key")
    return data[at : at + length], at + length


def rsa_public_key(pem):
    """Modulus, exponent and SPKI of an RSA key in the text of a PEM file `PUBLIC KEY`."""
    lines = [line for line in pem.strip().splitlines() if line]
    if not lines or lines[0] != "-----BEGIN PUBLIC KEY-----":
        raise ValueError("not a PEM file with a public key")
    spki = base64.b64decode("".join(lines[1:-1]))
    outer, _ = _element(spki, 0, 0x30)
    _, end = _element(outer, 0, 0x30)
    bits, _ = _element(outer, end, 0x03)
    key, _ = _element(bits[1:], 0, 0x30)
    modulus, end = _element(key, 0, 0x02)
    exponent, _ = _element(key, end, 0x02)
    return modulus.lstrip(b"\0"), exponent.lstrip(b"\0"), spki


def make(password=None, public_key=None, allow_downgrade=False, sha256=False, server=None, pull_path="/update",
         pull_interval=60):
    """Both copies, for OFFSET. `password`: bytes; `public_key`: text of a PEM file; `sha256`: use the authentication of
    ESP32 cores from 3.3.1 on. `server`: (IPv4 address, port) of the update server that the device asks for `pull_path`
    after its start and `pull_interval` seconds after each answer."""
    digits = b""
    if password:
        digits = (hashlib.sha256 if sha256 else hashlib.md5)(password).hexdigest().encode()
    modulus = exponent = fingerprint = b""
    if public_key:
        modulus, exponent, spki = rsa_public_key(public_key)
        fingerprint = hashlib.sha256(spki).digest()[:8]
    host, port = server or ("0.0.0.0", 0)
    path = pull_path.encode("ascii")
    if port > 0xFFFF or len(path) > MAX_PATH or not re.fullmatch(rb"/[!-~]*", path):
        raise ValueError(f"not a port and a path: {port}{pull_path}")
    block = struct.pack("<III64sII512s8s8s32s4sIII96s", MAGIC, ALLOW_DOWNGRADE if allow_downgrade else 0, len(digits), digits,
                        len(modulus), len(exponent), modulus, exponent, fingerprint, os.urandom(32),
                        socket.inet_aton(host), port, round(1000 * pull_interval), len(path), path)
    block += struct.pack("<I", zlib.crc32(block))
    return block.ljust(SECOND, b"\xff") + block
