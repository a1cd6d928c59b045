#!/usr/bin/env python3
"""The emulated device announces itself by mDNS and answers queries. The test makes Ethernet frames itself, because no network
of QEMU carries multicast.

mdns_test.py IMAGES
"""
import select
import socket
import struct
import sys
import tempfile
import time
import unittest

import device
import lossy_link

IMAGES = ""
OWN_MAC = bytes.fromhex("020000000001")
OWN_ADDRESS = socket.inet_aton("10.0.2.2")
GROUP_MAC = bytes.fromhex("01005e0000fb")
GROUP = socket.inet_aton("224.0.0.251")
SERVICE = b"\x08_arduino\x04_tcp\x05local\x00"


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def datagram(source_port, payload):
    """A frame to the mDNS group, port 5353."""
    udp = struct.pack(">HHHH", source_port, 5353, 8 + len(payload), 0) + payload
    pseudo = OWN_ADDRESS + GROUP + struct.pack(">BBH", 0, 17, len(udp))
    udp = udp[:6] + struct.pack(">H", checksum(pseudo + udp) or 0xFFFF) + udp[8:]
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 255, 17, 0, OWN_ADDRESS, GROUP)
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return GROUP_MAC + OWN_MAC + b"\x08\x00" + header + udp


def question(name, kind, unicast=False):
    return struct.pack(">6H", 0, 0, 1, 0, 0, 0) + name + struct.pack(">HH", kind, 0x8001 if unicast else 1)


class Link:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.device_port = lossy_link.free_port()

    def frames(self):
        return self.device_port, self.socket.getsockname()[1]

    def send(self, frame):
        self.socket.sendto(frame, ("127.0.0.1", self.device_port))

    def answers(self, seconds):
        """Yields the mDNS messages of the next `seconds`. Answers ARP requests for our address."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.socket], [], [], 0.05)[0]:
                continue
            frame = self.socket.recv(2048)
            if frame[12:14] == b"\x08\x06" and frame[38:42] == OWN_ADDRESS:
                self.send(frame[6:12] + OWN_MAC + frame[12:20] + b"\0\2" + OWN_MAC + OWN_ADDRESS + frame[22:32])
            elif frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[34:36] == struct.pack(">H", 5353):
                self.last_ttl = frame[22]
                yield frame[42:]


class Mdns(unittest.TestCase):
    def test_announces_itself_and_answers(self):
        link = Link()
        with tempfile.TemporaryDirectory() as folder, link.socket, device.Device(IMAGES, folder) as emulated:
            emulated.fresh(1, password=b"x").start(frames=link.frames())
            self.assertTrue(device.emulator.wait_until(lambda: "app: ready" in emulated.log()))
            announced = self.first(link, lambda message: message[2] & 0x80 and SERVICE in message)
            self.assertIn(b"auth_upload=yes", announced)
            self.assertIn(b"gz=1", announced)
            self.assertIn(b"layout=4m2m", announced)
            self.assertIn(socket.inet_aton("10.0.2.15"), announced)
            self.assertEqual(link.last_ttl, 255)
            for frame in (datagram(5353, question(SERVICE, 12)), datagram(5353, question(SERVICE, 12, unicast=True)),
                          datagram(40000, question(SERVICE, 12)),
                          datagram(5353, question(b"\x0cotatool-qemu\x05local\x00", 1))):
                list(link.answers(1.2))
                link.send(frame)
                answer = self.first(link, lambda message: message[2] & 0x80)
                self.assertIn(b"otatool-qemu", answer)
            link.send(datagram(5353, b"\xff" * 40))
            link.send(datagram(5353, question(b"\x05other\x05local\x00", 1)))
            self.assertEqual([m for m in link.answers(1) if b"other" in m], [])

    def first(self, link, wanted):
        for message in link.answers(5):
            if wanted(message):
                return message
        self.fail("no answer")


if __name__ == "__main__":
    IMAGES = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
