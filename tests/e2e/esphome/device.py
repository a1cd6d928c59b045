"""ESPHome devices as esphome-ota.md describes them, with their quirks and with a failure at any step; for tests only."""
import gzip
import hashlib
import secrets
import socket
import struct
import threading
import typing

from frames import MAGIC, Connection, Ended
from noise import Broken, Handshake

STEPS = ("greeting", "features", "encryption", "challenge", "verdict on the password", "readiness", "MD5", "block",
         "whole image", "verdict")


class Failure(typing.NamedTuple):
    """Instead of the answer of `step`: `how` is close, reset, hang, garbage or an error byte."""
    step: str
    how: object
    times: int = 1000  # connections that fail so


class Stop(Exception):
    """The connection is over, as the failure demands."""


class Device:
    """A listening device in a thread. `images` are what it accepted, `complaints` what a host did wrong."""

    def __init__(self, *, version=2, extended=True, wants_gzip=False, password=b"", md5=False, key=None, failure=None,
                 late_acks=False):
        self.version, self.extended, self.wants_gzip = version, extended, wants_gzip
        self.password, self.md5, self.key, self.failure = password, md5, key, failure
        self.late_acks = late_acks
        self.images, self.complaints, self.connections = [], [], 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join()
        self.listener.close()

    def _serve(self):
        while True:
            tcp, _ = self.listener.accept()
            with tcp:
                if self.closing.is_set():
                    return
                self.connections += 1
                tcp.settimeout(60)
                tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self._update(Connection(tcp))
                except Stop:
                    pass
                except (Ended, OSError):
                    pass  # a host may leave at any time
                except (Broken, ValueError) as error:
                    self.complaints.append(str(error))

    def _answer(self, connection, step, unit):
        failure = self.failure
        if failure is None or failure.step != step or self.connections > failure.times:
            connection.send(unit)
            return
        if failure.how == "hang":
            # Until the host gives up.
            while connection.socket.recv(65536):
                pass
        elif failure.how == "garbage":
            connection.socket.sendall(b"\x13garbage")
        elif failure.how == "reset":
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif failure.how != "close":
            self._refuse(connection, failure.how)
        raise Stop

    def _refuse(self, connection, fault):
        connection.send(bytes([fault]))
        connection.socket.shutdown(socket.SHUT_WR)
        while connection.socket.recv(65536):
            pass
        raise Stop

    def _update(self, connection):
        if connection.receive(5) != MAGIC:
            self._refuse(connection, 0x80)
        self._answer(connection, "greeting", bytes([0, self.version]))
        features = connection.receive(1)[0]
        extended = self.extended and features & 4
        if self.key and not (extended and features & 8):
            self._refuse(connection, 0x94)
        packed = self.wants_gzip and features & 1
        if extended:
            flags = (1 if packed else 0) | (4 if self.key else 0)
            self._answer(connection, "features", bytes([0x48, flags]))
        else:
            self._answer(connection, "features", b"\x46" if packed else b"\x40")
        if self.key:
            self._encrypt(connection)
        self._authenticate(connection, features)
        self._receive_image(connection, extended, packed)

    def _encrypt(self, connection):
        handshake = Handshake(False, self.key, b"NoiseOTAInit" + connection.seen)
        payload = connection.frame()
        try:
            handshake.read(payload[1:])
        except Broken:
            connection.send_frame(b"\1Handshake MAC failure")
            connection.socket.shutdown(socket.SHUT_WR)
            raise
        if self.failure and self.failure.step == "encryption":
            self._answer(connection, "encryption", b"")
        connection.send_frame(b"\0" + handshake.write())
        connection.ciphers = handshake.ciphers()

    def _authenticate(self, connection, features):
        if not self.password:
            self._answer(connection, "verdict on the password", b"\x41")
            return
        if not self.md5 and not features & 2:
            self._refuse(connection, 0x82)
        hashed, digits = (hashlib.md5, 32) if self.md5 else (hashlib.sha256, 64)
        nonce = hashed(secrets.token_bytes(8)).hexdigest().encode()
        self._answer(connection, "challenge", b"\x01" if self.md5 else b"\x02")
        connection.send(nonce)
        cnonce = connection.unit(digits)
        response = connection.unit(digits)
        if response != hashed(self.password + nonce + cnonce).hexdigest().encode():
            self._refuse(connection, 0x82)
        self._answer(connection, "verdict on the password", b"\x41")

    def _receive_image(self, connection, extended, packed):
        if extended and connection.unit(1) != b"\0":
            self._refuse(connection, 0x8E)
        size, = struct.unpack(">I", connection.unit(4))
        self._answer(connection, "readiness", b"\x42")
        md5 = connection.unit(32).decode()
        self._answer(connection, "MD5", b"\x43")
        image, acknowledged = b"", 0
        while len(image) < size:
            image += connection.data(size - len(image))
            if self.version == 1:
                continue
            due = len(image) // 8192 if len(image) < size else -(-size // 8192)
            if self.late_acks and len(image) < size:
                continue
            for _ in range(due - acknowledged):
                self._answer(connection, "block", b"\x47")
            acknowledged = due
        self._answer(connection, "whole image", b"\x44")
        if hashlib.md5(image).hexdigest() != md5:
            self._refuse(connection, 0x8B)
        self._answer(connection, "verdict", b"\x45")
        self.images.append(gzip.decompress(image) if packed else image)
        if connection.unit(1) != b"\0":
            raise ValueError("the end was not acknowledged by 00")
