"""Devices that ask a server for updates, as the libraries of both cores do."""
import hashlib
import select
import socket

PATIENCE = 100
OLD = "0" * 32


class Devices:
    """One connection for all of them; the server tells them apart by their headers."""

    def __init__(self, port, image):
        self.port = port
        self.connect()
        self.md5 = hashlib.md5(image.read_bytes()).hexdigest()

    def connect(self):
        self.connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.stream = self.connection.makefile("rb")

    def close(self):
        self.stream.close()
        self.connection.close()

    def ask(self, mac, version, md5=OLD, chip="ESP8266", address="127.0.0.1"):
        """A request of one device; returns the status. Only a trusted proxy sends another address."""
        if select.select([self.connection], [], [], 0)[0]:  # the server has closed the idle connection
            self.close()
            self.connect()
        self.connection.sendall((f"GET /update HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\nUser-Agent: {chip}-http-Update\r\n"
                                 f"x-{chip}-STA-MAC: {mac}\r\nx-{chip}-version: {version}\r\n"
                                 f"x-{chip}-sketch-md5: {md5}\r\nx-{chip}-mode: sketch\r\n\r\n").encode())
        status, length = int(self.stream.readline().split()[1]), 0
        while (line := self.stream.readline().strip()):
            name, value = line.split(b":", 1)
            length = int(value) if name.lower() == b"content-length" else length
        assert len(self.stream.read(length)) == length
        return status


def mac_of(number):
    return f"5C:CF:7F:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
