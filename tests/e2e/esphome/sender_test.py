"""The uploader of ESPHome devices against independent devices: sender_test.py SENDER [unittest arguments]"""
import base64
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from device import Device, Failure

SENDER = sys.argv.pop(1)
KEY = bytes(range(32))
IMAGE = b"\xe9" + random.Random(1).randbytes(40_000)
SHORT = ("--handshake", "0.3", "--data", "0.3")  # seconds: for devices that hang


class Outcome:
    def __init__(self, text):
        self.code, _, self.message = text.strip().partition(" ")


class SenderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.image = pathlib.Path(cls.folder.name, "image.bin")
        cls.image.write_bytes(IMAGE)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def send(self, device, *options, password=None, key=None):
        words = [SENDER, "127.0.0.1", str(device.port), self.image, *options]
        if password:
            words += ["--password", password]
        if key:
            words += ["--key", base64.b64encode(key).decode()]
        run = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(run.stderr, "")
        return Outcome(run.stdout)

    def accepts(self, *options, **rules):
        """A device with these rules accepts the image of a host that knows its password and key."""
        with Device(**rules) as device:
            outcome = self.send(device, *options, password=rules.get("password", b"").decode(), key=rules.get("key"))
        self.assertEqual((outcome.code, outcome.message), ("ok", ""))
        self.assertEqual(device.complaints, [])
        self.assertEqual(device.images, [IMAGE])

    def test_every_kind_of_device(self):
        for version in (1, 2):
            for extended in (False, True):
                for wants_gzip in (False, True):
                    for options in ((), ("--lockstep",)):
                        with self.subTest(version=version, extended=extended, wants_gzip=wants_gzip, options=options):
                            self.accepts(*options, version=version, extended=extended, wants_gzip=wants_gzip)

    def test_acknowledgements_may_come_late(self):
        self.accepts(late_acks=True)

    def test_passwords(self):
        for md5 in (False, True):
            for extended in (False, True):
                with self.subTest(md5=md5, extended=extended):
                    self.accepts(md5=md5, extended=extended, password="sécret".encode())

    def test_wrong_and_missing_passwords(self):
        for rules in ({"md5": True}, {"md5": False}):
            with Device(**rules, password=b"secret") as device:
                self.assertEqual(self.send(device, password="wrong").code, "password-refused")
                self.assertEqual(self.send(device).code, "password-needed")
            self.assertEqual((device.images, device.complaints), ([], []))

    def test_md5_can_be_refused(self):
        with Device(md5=True, password=b"secret") as device:
            self.assertEqual(self.send(device, "--require-sha256", password="secret").code, "weak-challenge")
        self.assertEqual(device.complaints, [])

    def test_encryption(self):
        for rules in ({}, {"wants_gzip": True}, {"password": b"secret"}, {"version": 1}):
            with self.subTest(**rules):
                self.accepts(key=KEY, **rules)

    def test_encryption_fails_closed(self):
        with Device(key=KEY) as device:
            self.assertEqual(self.send(device, key=bytes(32)).code, "encryption-refused")
            self.assertEqual(self.send(device).code, "encryption-needed")
        self.assertEqual(device.images, [])
        with Device() as device:
            self.assertEqual(self.send(device, key=KEY).code, "encryption-missing")
        self.assertEqual(device.images, [])

    def test_error_bytes_at_each_step(self):
        for key in (None, KEY):
            for step in ("greeting", "features", "challenge", "verdict on the password", "readiness", "MD5", "block",
                         "whole image", "verdict"):
                with self.subTest(step=step, key=key):
                    with Device(key=key, password=b"secret", failure=Failure(step, 0x89)) as device:
                        outcome = self.send(device, password="secret", key=key)
                    self.assertEqual(outcome.code, "device-reported", outcome.message)
                    self.assertIn("89", outcome.message)
                    self.assertEqual((device.images, device.connections), ([], 1), "an error of the device is final")

    def test_lost_connections_at_each_step(self):
        for key in (None, KEY):
            for how, code in (("close", "connection-closed"), ("reset", "connection-reset"), ("hang", "stalled")):
                for step in ("features", "challenge", "verdict on the password", "readiness", "MD5"):
                    with self.subTest(step=step, how=how, key=key):
                        with Device(key=key, password=b"secret", failure=Failure(step, how)) as device:
                            outcome = self.send(device, *SHORT, password="secret", key=key)
                        self.assertEqual(outcome.code, code, outcome.message)

    def test_a_silent_greeting(self):
        with Device(failure=Failure("greeting", "hang")) as device:
            self.assertEqual(self.send(device, *SHORT).code, "no-answer")

    def test_nothing_is_repeated_after_the_last_block(self):
        for key in (None, KEY):
            for how in ("close", "reset", "hang"):
                for step in ("whole image", "verdict"):
                    with self.subTest(step=step, how=how, key=key):
                        with Device(key=key, failure=Failure(step, how)) as device:
                            outcome = self.send(device, *SHORT, "--retries", "2", key=key)
                        self.assertEqual(outcome.code, "verdict-lost", outcome.message)
                        self.assertEqual(device.connections, 1)

    def test_garbage(self):
        for step in ("features", "readiness", "block"):
            with Device(failure=Failure(step, "garbage")) as device:
                self.assertEqual(self.send(device).code, "device-refused")
        with Device(key=KEY, failure=Failure("readiness", "garbage")) as device:
            self.assertEqual(self.send(device, key=KEY).code, "network-failed")

    def test_errors_of_the_network_are_repeated(self):
        with Device(failure=Failure("readiness", "reset", 1)) as device:
            outcome = self.send(device, "--retries", "1")
        self.assertEqual(outcome.code, "ok", outcome.message)
        self.assertEqual((device.images, device.connections), ([IMAGE], 2))


if __name__ == "__main__":
    unittest.main()
