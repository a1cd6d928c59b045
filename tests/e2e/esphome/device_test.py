"""`otatool device --esphome` against an independent host: device_test.py OTATOOL [unittest arguments]"""
import base64
import gzip
import hashlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import unittest

from frames import MAGIC
from host import KeyRefused, Refused, upload

OTATOOL = sys.argv.pop(1)
KEY = bytes(range(32))
IMAGE = b"\xe9" + random.Random(2).randbytes(60_000)


class VirtualDevice:
    def __init__(self, *options, password=None, key=None):
        words = [OTATOOL, "device", "--port", "0", "--no-announce", "--json", "--esphome", "0", *options]
        environment = dict(os.environ)
        if password:
            environment["OTATOOL_PASSWORD"] = password
        self.key_file = None
        if key:
            self.key_file = tempfile.NamedTemporaryFile(suffix=".key")
            self.key_file.write(base64.b64encode(key) + b"\n")
            self.key_file.flush()
            words += ["--encryption-key-file", self.key_file.name]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.port = self.next("listening")["esphome"]
        self.next("boot")

    def next(self, event):
        """The next event of this name; skips others."""
        for line in self.process.stdout:
            report = json.loads(line)
            if report["event"] == event:
                return report
        raise AssertionError(f"the device ended before '{event}': {self.process.stderr.read()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()
        if self.key_file:
            self.key_file.close()


class EsphomeDevice(unittest.TestCase):
    def boots(self, device, image=IMAGE):
        boot = device.next("boot")
        self.assertEqual((boot["applied"], boot["md5"]), (True, hashlib.md5(image).hexdigest()))

    def refuses(self, fault, device, image=IMAGE, **how):
        with self.assertRaises(Refused) as caught:
            upload(device.port, image, **how)
        self.assertEqual(f"{caught.exception.fault:02X}", fault)
        return caught.exception

    def test_every_protocol_of_both_chips(self):
        for chip, wants_gzip in (("esp8266", 1), ("esp32", 0)):
            for protocol, version, extended in (("1", 1, False), ("2", 2, False), ("extended", 2, True)):
                with self.subTest(chip=chip, protocol=protocol), \
                        VirtualDevice("--chip", chip, "--esphome-protocol", protocol) as device:
                    done = upload(device.port, IMAGE)
                    self.assertEqual((done["version"], done["extended"], done["flags"] & 1), (version, extended, wants_gzip))
                    self.boots(device)

    def test_a_device_that_never_asks_for_gzip(self):
        with VirtualDevice("--esphome-plain") as device:
            self.assertEqual(upload(device.port, IMAGE)["sent"], len(IMAGE))
            self.boots(device)

    def test_hosts_of_every_age(self):
        with VirtualDevice() as device:
            for features in (0x00, 0x01, 0x03, 0x07):
                with self.subTest(features=features):
                    done = upload(device.port, IMAGE, features=features)
                    self.assertEqual((done["extended"], done["flags"] & 1), (features == 7, features & 1))
                    self.boots(device)

    def test_passwords(self):
        for auth in ("md5", "sha256"):
            with self.subTest(auth=auth), VirtualDevice("--auth", auth, password="sécret") as device:
                self.refuses("82", device, password=b"wrong")
                self.assertEqual(device.next("error")["stage"], "auth")
                upload(device.port, IMAGE, password="sécret".encode())
                self.boots(device)
        with VirtualDevice(password="secret") as device:
            self.refuses("82", device, password=b"secret", features=0x01)

    def test_encryption(self):
        for options in ((), ("--chip", "esp32")):
            with self.subTest(options=options), VirtualDevice(*options, password="secret", key=KEY) as device:
                upload(device.port, IMAGE, password=b"secret", key=KEY)
                self.boots(device)

    def test_encryption_is_not_optional(self):
        with VirtualDevice(key=KEY) as device:
            self.refuses("94", device)
            self.assertEqual(device.next("error")["error"]["code"], "encryption-needed")
            with self.assertRaises(KeyRefused) as caught:
                upload(device.port, IMAGE, key=bytes(32))
            self.assertEqual(str(caught.exception), "Handshake MAC failure")
            self.assertEqual(device.next("error")["error"]["code"], "encryption-refused")
            upload(device.port, IMAGE, key=KEY)
            self.boots(device)

    def test_errors_on_demand(self):
        for step in ("magic", "features", "auth", "size", "md5", "data", "end"):
            for key in (None, KEY):
                with self.subTest(step=step, key=key), \
                        VirtualDevice("--esphome-error", f"8A@{step}", password="secret", key=key) as device:
                    self.refuses("8A", device, password=b"secret", key=key)
                    self.refuses("8A", device, password=b"secret", key=key)

    def test_images_that_the_device_refuses(self):
        big = b"\xe9" + bytes(5_000_000)
        for chip, fault in (("esp8266", "88"), ("esp32", "89")):
            with self.subTest(chip=chip), VirtualDevice("--chip", chip, "--esphome-plain") as device:
                self.refuses(fault, device, big)
                self.assertEqual(device.next("error")["stage"], "begin")
                self.refuses("8B", device, md5="0" * 32)
                self.assertEqual(device.next("error")["stage"], "receive")
                self.refuses("84", device, b"no application" * 100)
                upload(device.port, IMAGE)
                self.boots(device)
        with VirtualDevice() as device:
            damaged = bytearray(gzip.compress(IMAGE, mtime=0))
            damaged[-6] ^= 1
            self.refuses("84", device, bytes(damaged), features=0x06)

    def test_a_host_that_leaves(self):
        with VirtualDevice("--esphome-plain") as device:
            upload(device.port, IMAGE, stop_after=30_000)
            self.assertEqual(device.next("error")["stage"], "receive")
            upload(device.port, IMAGE)
            self.boots(device)

    def test_a_host_that_only_looks(self):
        with VirtualDevice("--once") as device:
            with socket.create_connection(("127.0.0.1", device.port)) as host:
                host.sendall(MAGIC)
                self.assertEqual(host.recv(2, socket.MSG_WAITALL), b"\0\2")
            upload(device.port, IMAGE)
            self.boots(device)
            self.assertEqual(device.process.wait(60), 0)

    def test_another_protocol(self):
        with VirtualDevice() as device, socket.create_connection(("127.0.0.1", device.port)) as host:
            host.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertEqual(host.recv(1), b"\x80")

    def test_the_other_transports_still_work(self):
        with VirtualDevice("--esphome-plain", "--http", "0") as device:
            upload(device.port, IMAGE)
            self.boots(device)

    def test_usage(self):
        for words, code in ((("--esphome-plain",), 2), (("--esphome", "0", "--esphome-error", "7F@size"), 2),
                            (("--esphome", "0", "--esphome-error", "89@lunch"), 2), (("--esphome", "0", "--esphome-error", "89"), 2),
                            (("--esphome", "0", "--encryption-key-file", "/dev/null"), 7)):
            with self.subTest(words=words):
                run = subprocess.run([OTATOOL, "device", "--port", "0", *words], capture_output=True, text=True, check=False)
                self.assertEqual(run.returncode, code, run.stderr)
        with tempfile.TemporaryDirectory() as folder:
            key = pathlib.Path(folder, "short.key")
            key.write_text("c2VjcmV0\n", encoding="utf-8")
            run = subprocess.run([OTATOOL, "device", "--port", "0", "--esphome", "0", "--encryption-key-file", key],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 8, run.stderr)
            self.assertNotIn("c2VjcmV0", run.stderr)


if __name__ == "__main__":
    unittest.main()


