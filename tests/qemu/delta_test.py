#!/usr/bin/env python3
"""Difference updates of the emulated device, by the real `otatool upload` and `otatool serve` (docs/spec/delta.md).

delta_test.py OTATOOL IMAGES
"""
import hashlib
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import device
import espota_client
import server

OTATOOL = ""
IMAGES = ""


class Deltas(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.device = device.Device(IMAGES, self.folder)
        self.addCleanup(self.device.stop)
        self.tool = device.Tool(OTATOOL, self.folder)
        self.base = self.folder / "base"
        self.base.mkdir()
        for version in (1, 2):
            shutil.copy(self.app(version), self.base / f"v{version}.bin")

    def app(self, version):
        return self.device.images / f"app-v{version}.bin"

    def upload(self, image, *options):
        """The events of an upload to the device, and its exit code."""
        outcome = subprocess.run([OTATOOL, "upload", image, f"127.0.0.1:{self.device.port}", "--json", "--retries", "0",
                                  *options], capture_output=True, text=True, timeout=device.emulator.LONG,
                                 stdin=subprocess.DEVNULL, check=False)
        return [json.loads(line) for line in outcome.stdout.splitlines()], outcome.returncode

    def runs(self, version):
        self.assertTrue(self.device.wait_for(version), f"{self.device.ask()}\n{self.device.log()}")
        image = self.device.image(version)
        self.assertEqual(self.device.content(0, len(image)), image)

    def ask_running(self):
        """The device's answer to `delta?`: window, size, SHA-256."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", self.device.port))
            udp.settimeout(1)

            def answer():
                try:
                    udp.send(b"delta?")
                    return udp.recv(128).decode()
                except OSError:
                    return None

            words = device.emulator.wait_until(answer).split()
        self.assertEqual(words[0], "delta")
        return words[1:]

    def test_the_device_says_what_it_runs(self):
        self.device.fresh(1).start()
        self.runs(1)
        image = self.device.image(1)
        self.assertEqual(self.ask_running(), ["4096", str(len(image)), hashlib.sha256(image).hexdigest()])

    def test_upload_sends_the_difference(self):
        self.device.fresh(1).start()
        self.runs(1)
        for version in (2, 3):
            events, code = self.upload(self.app(version), "--base", self.base)
            self.assertEqual(code, 0, events)
            patch = [event for event in events if event["event"] == "patch"]
            self.assertEqual(len(patch), 1, events)
            self.assertLess(patch[0]["bytes"], len(self.device.image(version)) / 10)
            self.assertEqual(events[-2]["bytes"], patch[0]["bytes"], events)
            self.runs(version)

    def test_upload_sends_the_difference_to_a_signed_image(self):
        self.device.fresh(1, public_key=self.tool.make_key()).start()
        self.runs(1)
        events, code = self.upload(self.app(2), "--base", self.base, "--delta", "always", "--sign", self.folder / "tool.key")
        self.assertEqual(code, 0, events)
        self.assertIn("patch", [event["event"] for event in events])
        self.runs(2)

    def test_an_unsigned_difference_is_refused_by_a_device_with_a_key(self):
        self.device.fresh(1, public_key=self.tool.make_key()).start()
        self.runs(1)
        patch = self.tool.delta(self.device.image(1), self.device.image(2))
        with self.assertRaisesRegex(espota_client.Refused, "no signature"):
            espota_client.upload(self.device.port, patch)
        self.runs(1)

    def test_without_the_old_image_the_new_one_is_sent(self):
        self.device.fresh(1).start()
        self.runs(1)
        (self.base / "v1.bin").unlink()
        events, code = self.upload(self.app(2), "--base", self.base, "--delta", "always")
        self.assertEqual(code, 7, events)
        self.runs(1)
        events, code = self.upload(self.app(2), "--base", self.base)
        self.assertEqual(code, 0, events)
        self.assertNotIn("patch", [event["event"] for event in events])
        self.runs(2)

    def test_patches_for_another_application_and_damaged_ones_are_refused(self):
        self.device.fresh(1).start()
        self.runs(1)
        other = self.tool.delta(self.device.image(2), self.device.image(3))
        with self.assertRaisesRegex(espota_client.Refused, r"ERROR\[38\]: Patch is for another application"):
            espota_client.upload(self.device.port, other)
        good = self.tool.delta(self.device.image(1), self.device.image(2))
        for at in (5, 60, 130, len(good) - 30, len(good) - 2):
            bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
            with self.assertRaisesRegex(espota_client.Refused, r"ERROR\[39\]: Broken patch"):
                espota_client.upload(self.device.port, bad)
        older = self.tool.delta(self.device.image(1), self.device.image(1).replace(b"\x01", b"\x02", 1))
        with self.assertRaises(espota_client.Refused):
            espota_client.upload(self.device.port, older)
        self.runs(1)
        espota_client.upload(self.device.port, good)
        self.runs(2)

    def check_serve(self, image, **settings):
        """Serve makes the patch beside its first answer, which is the whole image; a later device gets the patch."""
        served = self.folder / "served"
        served.mkdir()
        (served / "app.bin").write_bytes(image)
        serving = server.Serve(OTATOOL, self.folder, served, "--base", self.base)
        self.addCleanup(serving.stop)

        def bytes_fetched():
            self.device.fresh(1, server=serving.address, pull_path="/app.bin", **settings).start()
            self.runs(2)
            self.device.stop()
            while (request := serving.request())["status"] != 200:
                pass
            return request["bytes"]

        self.assertEqual(bytes_fetched(), len(image))
        fetched = device.emulator.wait_until(lambda: (count := bytes_fetched()) != len(image) and count)
        self.assertEqual(fetched, len(self.tool.delta(self.device.image(1), image)))

    def test_serve_gives_the_difference(self):
        self.check_serve(self.device.image(2))

    def test_serve_gives_the_difference_to_a_signed_image(self):
        key = self.tool.make_key()
        self.check_serve(self.tool.sign(self.device.image(2)), public_key=key)


if __name__ == "__main__":
    OTATOOL, IMAGES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
