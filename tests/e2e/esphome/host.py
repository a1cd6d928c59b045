"""A host that uploads as esphome-ota.md describes ESPHome's own client: it waits for each acknowledgement."""
import gzip
import hashlib
import secrets
import socket
import struct

from frames import MAGIC, Connection
from noise import Handshake


class Refused(Exception):
    """The device answered with an error byte."""

    def __init__(self, fault, step):
        super().__init__(f"{fault:02X} instead of {step}")
        self.fault, self.step = fault, step


class KeyRefused(Exception):
    """The device has another key; the message is its reason."""


def _answer(connection, step, *expected):
    byte = connection.receive(1)[0]
    if byte >= 0x80:
        raise Refused(byte, step)
    if expected and byte not in expected:
        raise ValueError(f"{byte:02X} instead of {step}")
    return byte


def _encrypt(connection, key):
    handshake = Handshake(True, key, b"NoiseOTAInit" + connection.seen)
    connection.send_frame(b"\0" + handshake.write())
    payload = connection.frame()
    if payload[0] != 0:
        raise KeyRefused(payload[1:].decode())
    handshake.read(payload[1:])
    connection.ciphers = handshake.ciphers()


def _authenticate(connection, password):
    kind = _answer(connection, "authentication", 0x41, 0x02, 0x01)
    if kind == 0x41:
        return
    hashed, digits = (hashlib.sha256, 64) if kind == 2 else (hashlib.md5, 32)
    nonce = connection.receive(digits)
    cnonce = secrets.token_hex(digits // 2).encode()
    connection.send(cnonce)
    connection.send(hashed(password + nonce + cnonce).hexdigest().encode())
    _answer(connection, "verdict on the password", 0x41)


def upload(port, image, *, password=b"", key=None, features=0x07, md5=None, stop_after=None, timeout=60.0):
    """Returns what the device negotiated, after its success. `stop_after`: close after this number of bytes of the image."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as tcp:
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(tcp)
        connection.send(MAGIC)
        _answer(connection, "greeting", 0x00)
        version = connection.receive(1)[0]
        if key:
            features |= 0x08
        connection.send(bytes([features]))
        kind = _answer(connection, "features", 0x40, 0x46, 0x48)
        extended, flags = kind == 0x48, 0x01 if kind == 0x46 else 0
        if extended:
            flags = connection.receive(1)[0]
        if key:
            if not flags & 0x04:
                raise ValueError("the device offers no encryption")
            _encrypt(connection, key)
        _authenticate(connection, password)
        if flags & 0x01:
            image = gzip.compress(image, 9, mtime=0)
        if extended:
            connection.send(b"\0")
        connection.send(struct.pack(">I", len(image)))
        _answer(connection, "readiness", 0x42)
        connection.send((md5 or hashlib.md5(image).hexdigest()).encode())
        _answer(connection, "MD5", 0x43)
        for at in range(0, len(image), 8192):
            if stop_after is not None and at >= stop_after:
                return None
            connection.send(image[at : at + 8192])
            if version >= 2:
                _answer(connection, "block", 0x47)
        _answer(connection, "whole image", 0x44)
        _answer(connection, "verdict", 0x45)
        connection.send(b"\0")
        return {"version": version, "extended": extended, "flags": flags, "sent": len(image)}


