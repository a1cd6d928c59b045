"""A TCP connection that can continue inside Noise frames, as esphome-ota.md 5 describes them."""
import struct

MAGIC = bytes.fromhex("6C26F75C45")
LARGEST_UNIT = 1024


class Ended(Exception):
    """The peer closed the connection."""


class Connection:
    def __init__(self, socket):
        self.socket = socket
        self.ciphers = None
        self.plain = b""  # of a frame that is not used up
        self.seen = b""  # all plain bytes in the order of the protocol: the end of the prologue

    def raw(self, count):
        """Exactly `count` bytes."""
        parts = b""
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise Ended(f"after {len(parts)} of {count} bytes")
            parts += part
        return parts

    def frame(self):
        mark, size = struct.unpack(">BH", self.raw(3))
        if mark != 1 or size == 0:
            raise ValueError(f"not a frame: mark {mark}, {size} bytes")
        return self.raw(size)

    def send_frame(self, payload):
        self.socket.sendall(struct.pack(">BH", 1, len(payload)) + payload)

    def send(self, unit):
        if self.ciphers is None:
            self.seen += unit
            self.socket.sendall(unit)
            return
        frames = b""
        for at in range(0, len(unit), LARGEST_UNIT):
            sealed = self.ciphers[0].seal(unit[at : at + LARGEST_UNIT])
            frames += struct.pack(">BH", 1, len(sealed)) + sealed
        self.socket.sendall(frames)

    def receive(self, count):
        """Exactly `count` bytes of content, over any number of frames."""
        if self.ciphers is None:
            bytes_ = self.raw(count)
            self.seen += bytes_
            return bytes_
        while len(self.plain) < count:
            self.plain += self.ciphers[1].open(self.frame())
        taken, self.plain = self.plain[:count], self.plain[count:]
        return taken

    def unit(self, count):
        """A control unit of exactly `count` bytes: with encryption in a frame of its own, as devices demand."""
        if self.ciphers is None:
            return self.receive(count)
        text = self.ciphers[1].open(self.frame())
        if len(text) != count:
            raise ValueError(f"a frame of {len(text)} bytes instead of {count}")
        return text

    def data(self, most):
        """Some bytes of the image, at most `most`."""
        if self.ciphers is None:
            part = self.socket.recv(min(most, 1024))
            if not part:
                raise Ended("in the image")
            return part
        frame = self.frame()
        if len(frame) > LARGEST_UNIT + 16:
            raise ValueError(f"a frame of {len(frame)} bytes is larger than the buffer of a device")
        text = self.ciphers[1].open(frame)
        if not 0 < len(text) <= most:
            raise ValueError(f"a frame with {len(text)} bytes of the image")
        return text
