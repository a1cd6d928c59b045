#!/usr/bin/env python3
"""Hosts that stop answering, refuse the connection or send garbage. The device gives up and accepts the next update.

patience_test.py IMAGES
"""
import hashlib
import socket
import sys
import tempfile
import unittest

import device
import espota_client

IMAGES = ""


class Patience(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.device = device.Device(IMAGES, folder.name)
        self.addCleanup(self.device.stop)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.udp.close)
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.addCleanup(self.listener.close)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(2)
        self.listener.settimeout(60)

    def begin(self, **options):
        self.device.fresh(1, **options).start()
        self.assertTrue(self.device.wait_for(1))
        self.udp.connect(("127.0.0.1", self.device.port))
        self.udp.settimeout(60)

    def invitation(self, image, port=None, command=0):
        port = port or self.listener.getsockname()[1]
        return f"{command} {port} {len(image)} {hashlib.md5(image).hexdigest()}\n".encode()

    def request(self, text):
        self.udp.send(text)
        return self.udp.recv(128).decode()

    def test_stalled_host_garbage_and_wrong_digests(self):
        self.begin()
        image = self.device.image(2)
        for garbage in (b"", b"0", b"\xff" * 200, b"0 70000 1 " + b"a" * 32, b"7 1 1 " + b"a" * 32, b"200 a b\n", b"x" * 600):
            self.udp.send(garbage)
        # The network interface may lose some of a burst, so wait until it is idle.
        self.assertTrue(self.device.wait_for(1))
        self.assertEqual(self.request(self.invitation(image)), "OK")
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(30)
            connection.sendall(image[:5000])
            self.assertEqual(self.request(self.invitation(image)), "OK")
            self.assertIn("already running", self.request(self.invitation(b"\xe9" * 5000)))
            text = b""
            while not text.endswith(b"\n"):
                text += connection.recv(128)
            self.assertIn(b"Stream Read Timeout", text)
        for wrong, text in ((b"\0" * 8192, "Magic byte"), (b"", "Bad Size")):
            with self.assertRaisesRegex(espota_client.Refused, text):
                espota_client.upload(self.device.port, wrong)
        self.assertEqual(self.request(self.invitation(image).replace(hashlib.md5(image).hexdigest().encode(), b"0" * 32)), "OK")
        connection, _ = self.listener.accept()
        with connection:
            connection.sendall(image)
            text = b""
            while b"\n" not in text:
                text += connection.recv(128)
            self.assertIn(b"MD5 verification failed", text)
        self.assertEqual(self.request(self.invitation(image[:6000])), "OK")
        connection, _ = self.listener.accept()
        with connection:
            connection.sendall(image[:6100])
            text = b""
            while b"\n" not in text:
                text += connection.recv(128)
            self.assertIn(b"Bad Size", text)
        espota_client.upload(self.device.port, image)
        self.assertTrue(self.device.wait_for(2), self.device.log())

    def test_closed_port(self):
        self.begin()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as closed:
            closed.bind(("127.0.0.1", 0))
            self.assertEqual(self.request(self.invitation(self.device.image(2), closed.getsockname()[1])), "OK")
            self.assertTrue(device.emulator.wait_until(lambda: "failed in stage 2" in self.device.log()), self.device.log())
        espota_client.upload(self.device.port, self.device.image(2))
        self.assertTrue(self.device.wait_for(2))

    def test_unanswered_challenge_and_a_second_one(self):
        for sha256 in (False, True):
            self.begin(password=b"secret", sha256=sha256)
            image = self.device.image(2)
            first = self.request(self.invitation(image))
            second = self.request(self.invitation(image))
            self.assertTrue(first.startswith("AUTH "))
            self.assertEqual(second, first, "the same host keeps its nonce until it is used")
            length = len(second) - 5
            self.udp.send(b"200 " + b"0" * 8 + b" " + b"0" * 8 + b"\n")
            self.assertEqual(self.request(b"200 " + b"0" * length + b" " + b"0" * length + b"\n"), "Authentication Failed")
            self.request(self.invitation(image))
            self.assertIsNone(device.emulator.wait_until(lambda: self.device.emulator.ended(), 11))
            espota_client.upload(self.device.port, image, password=b"secret")
            self.assertTrue(self.device.wait_for(2))
            self.device.stop()

    def test_host_that_disconnects(self):
        self.begin()
        image = self.device.image(2)
        espota_client.upload(self.device.port, image, stop_after=len(image) // 2)
        self.assertTrue(device.emulator.wait_until(lambda: "failed in stage 3" in self.device.log()), self.device.log())
        self.assertTrue(self.device.wait_for(1))
        espota_client.upload(self.device.port, image)
        self.assertTrue(self.device.wait_for(2), self.device.log())


if __name__ == "__main__":
    IMAGES = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
