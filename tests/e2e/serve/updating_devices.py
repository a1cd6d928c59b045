"""Simulated devices that update through one port, a new connection for each request, and the images that they install."""
import asyncio
import re
import struct
import time


def image(mark):
    """An ESP8266 image: a loader, and at 4096 a program with two segments."""

    def part(entry, segments):
        out, check = struct.pack("<4BI", 0xE9, len(segments), 0, 0x20, entry), 0xEF
        for address, data in segments:
            out += struct.pack("<II", address, len(data)) + data
            for byte in data:
                check ^= byte
        return out + bytes(15 - len(out) % 16) + bytes([check])

    boot = part(0x4010F000, [(0x4010F000, bytes(range(256)))])
    return boot.ljust(4096, b"\xff") + part(0x40100000, [(0x40201010, mark.encode().ljust(2048, b"\1")),
                                                         (0x40100000, b"\x11" * 64)])


def place(mac, version):
    """The place of a device in a rollout, 0 to 99: FNV-1a with the finalizer of SplitMix64."""
    mask, value = (1 << 64) - 1, 0xCBF29CE484222325
    for byte in f"{mac} {version}".encode():
        value = (value ^ byte) * 0x100000001B3 & mask
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & mask
    value = (value ^ value >> 27) * 0x94D049BB133111EB & mask
    return (value ^ value >> 31) % 100


class Devices:
    """Each device asks again and again and installs what it gets. If it is bad for a version, it asks again at once."""

    def __init__(self, count, port):
        self.port = port
        self.macs = [f"5C:CF:7F:{i >> 16:02X}:{i >> 8 & 255:02X}:{i & 255:02X}" for i in range(count)]
        self.version = dict.fromkeys(self.macs, "1.0.0")
        self.offered = {}  # version: MACs
        self.downloads = dict.fromkeys(self.macs, 0)
        # When a device was first answered: (version, MAC): time.
        self.downloaded_at = {}
        self.confirmed_at = {}
        self.answers = {200: 0, 304: 0}
        self.failures = 0
        self.bad = {}  # version: MACs that do not run it
        self.failed_at = []
        self.asked_at = []  # when devices asked that got an image
        self.pending = {}
        self.next = 0
        self.stopped = False

    async def ask(self, mac):
        head = (f"GET /update HTTP/1.1\r\nHost: ota\r\nConnection: close\r\nUser-Agent: ESP8266-http-Update\r\n"
                f"x-ESP8266-Chip-ID: 1\r\nx-ESP8266-STA-MAC: {mac}\r\nx-ESP8266-AP-MAC: {mac}\r\n"
                f"x-ESP8266-free-space: 1000000\r\nx-ESP8266-sketch-size: 300000\r\nx-ESP8266-sketch-md5: {'0' * 32}\r\n"
                f"x-ESP8266-chip-size: 4194304\r\nx-ESP8266-sdk-version: 3\r\nx-ESP8266-mode: sketch\r\n"
                f"x-ESP8266-version: {self.version[mac]}\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode())
            answer = await reader.read(-1)
        finally:
            writer.close()
        fields, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", fields)
        status = int(fields[9:12]) if fields.startswith(b"HTTP/1.1 ") else 0
        if status == 200 and len(body) != int(length[1]):
            status = 0
        version = re.search(rb"x-version: (\S+)", fields)
        return status, version[1].decode() if version else ""

    async def poll(self, mac):
        start = time.monotonic()
        if self.pending.pop(mac, None):
            self.failed_at.append(start)
        try:
            status, version = await asyncio.wait_for(self.ask(mac), 20)
        except (OSError, asyncio.TimeoutError):
            status, version = 0, ""
        if status not in self.answers:
            self.failures += 1
            await asyncio.sleep(0.05)
            return
        self.answers[status] += 1
        if status == 304 and (self.version[mac], mac) in self.downloaded_at:
            self.confirmed_at.setdefault((self.version[mac], mac), time.monotonic())
        if status == 200:
            self.downloaded_at.setdefault((version, mac), time.monotonic())
            self.offered.setdefault(version, set()).add(mac)
            self.asked_at.append(start)
            self.downloads[mac] += 1
            if mac in self.bad.get(version, ()):
                self.pending[mac] = True
            else:
                self.version[mac] = version

    async def work(self):
        while not self.stopped:
            mac = self.macs[self.next]
            self.next = (self.next + 1) % len(self.macs)
            await self.poll(mac)
            if mac in self.pending:
                await self.poll(mac)

    def all_run(self, version):
        return all(each == version for each in self.version.values())
