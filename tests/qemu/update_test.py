#!/usr/bin/env python3
"""Updates of the emulated device with the real otatool: versions, signatures, packages, rollback, refusals.

update_test.py OTATOOL IMAGES
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import device
import espota_client

OTATOOL = ""
IMAGES = ""


class Updates(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.device = device.Device(IMAGES, self.folder)
        self.addCleanup(self.device.stop)

    def run_tool(self, *arguments):
        return subprocess.run([OTATOOL, *map(str, arguments)], capture_output=True, text=True, timeout=device.emulator.LONG,
                              stdin=subprocess.DEVNULL, check=False)

    def upload(self, image, *options):
        return self.run_tool("upload", image, f"127.0.0.1:{self.device.port}", *options)

    def accepted(self, image, *options):
        outcome = self.upload(image, *options)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)

    def accepted_when_free(self, image):
        """Uploads until the device has noticed that the connection of the update before is closed."""
        limit = time.monotonic() + device.emulator.LONG
        outcome = self.upload(image)
        while "Update already running" in outcome.stderr and time.monotonic() < limit:
            outcome = self.upload(image)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return outcome

    def refused(self, text, image, *options):
        outcome = self.upload(image, "--retries", "0", *options)
        self.assertNotEqual(outcome.returncode, 0, outcome.stdout)
        self.assertIn(text, outcome.stderr)

    def app(self, version):
        return self.device.images / f"app-v{version}.bin"

    def runs(self, version, state="confirmed"):
        self.assertTrue(self.device.wait_for(version, state), f"{self.device.ask()}\n{self.device.log()}")

    def make_key(self, name):
        key = self.folder / f"{name}.key"
        public = self.folder / f"{name}.pub"
        outcome = self.run_tool("keygen", "-o", key, "--pubkey", public)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        return key, public.read_text()

    def test_signed_package_then_signed_image_then_rollback(self):
        key, public = self.make_key("own")
        self.device.fresh(1, public_key=public).start()
        self.runs(1)
        self.accepted(self.app(2), "--sign", key, "--gzip", "always", "--assume-verifier")
        self.runs(2)
        self.accepted(self.app(3), "--sign", key)
        self.runs(3)
        self.accepted(self.app(4), "--sign", key, "--gzip", "always", "--assume-verifier")
        self.runs(4, "on trial")
        outcome = self.upload(self.app(4), "--sign", key, "--retries", "0")
        self.assertIn("still on trial", outcome.stderr)
        self.runs(3)
        self.assertEqual(self.device.content(0, len(self.device.image(3))), self.device.image(3))

    def test_applications_that_crash_or_hang_are_rolled_back(self):
        self.device.fresh(3).start()
        for bad in (5, 6):
            self.runs(3)
            before = self.device.log().count("app: version 3")
            self.accepted(self.app(bad))
            self.assertTrue(device.emulator.wait_until(
                lambda: self.device.log().count("app: version 3") > before), self.device.log())
            self.assertIn(f"app: version {bad}\n", self.device.log())
        self.runs(3)
        self.assertIn("app: fault", self.device.log())

    def test_a_power_cut_during_the_trial_rolls_back(self):
        self.device.fresh(3).start()
        self.runs(3)
        self.accepted(self.app(4))
        self.runs(4, "on trial")
        self.device.stop()
        self.device.start()
        self.runs(3)

    def test_older_versions_need_permission(self):
        self.device.fresh(3).start()
        self.refused("older than allowed", self.app(2))
        self.refused("older than allowed", self.app(2), "--gzip", "always")
        self.runs(3)
        self.device.stop()
        self.device.fresh(3, allow_downgrade=True).start()
        self.accepted(self.app(2))
        self.runs(2)

    def test_passwords(self):
        right = self.folder / "right"
        right.write_text("correct horse\n")
        wrong = self.folder / "wrong"
        wrong.write_text("battery staple\n")
        for sha256 in (False, True):
            self.device.fresh(1, password=b"correct horse", sha256=sha256).start()
            self.refused("password", self.app(2), "--password-file", wrong)
            self.refused("password", self.app(2))
            self.accepted(self.app(2), "--password-file", right)
            self.runs(2)
            self.device.stop()

    def test_missing_signature_and_signature_of_another_key(self):
        _, public = self.make_key("own")
        other, _ = self.make_key("other")
        self.device.fresh(1, public_key=public).start()
        self.refused("no signature", self.app(2))
        self.refused("wrong key", self.app(2), "--sign", other)
        self.refused("wrong key", self.app(2), "--sign", other, "--gzip", "always", "--assume-verifier")
        self.runs(1)

    def test_an_unverified_filesystem_does_not_survive_a_power_cut(self):
        key, public = self.make_key("own")
        content = bytes(range(256)) * 256
        self.device.fresh(1, public_key=public).start(cut=60)
        try:
            espota_client.upload(self.device.port, content, command=100)
        except (espota_client.Lost, OSError):
            pass
        self.assertEqual(self.device.emulator.wait(device.emulator.LONG), device.emulator.POWER_CUT, self.device.log())
        self.device.stop()
        blank = b"\xff" * len(content)
        self.assertNotEqual(self.device.content(device.FILESYSTEM, len(content)), blank)
        self.device.start()
        self.runs(1)
        self.assertEqual(self.device.content(device.FILESYSTEM, len(content)), blank)
        filesystem = self.folder / "fs.bin"
        filesystem.write_bytes(content)
        self.accepted(filesystem, "--fs", "--sign", key, "--force", "filesystem-command", "--force", "not-an-image")
        self.runs(1)
        self.assertEqual(self.device.content(device.FILESYSTEM, len(content)), content)

    def test_damaged_settings(self):
        """One damaged copy changes nothing; without a valid copy the device refuses every update."""
        for copies, text in (((0,), "password"), ((0, device.settings.SECOND), "no usable key")):
            self.device.fresh(1, password=b"secret")
            with open(self.device.flash, "r+b") as flash:
                for copy in copies:
                    flash.seek(device.settings.OFFSET + copy + 8)
                    length = flash.read(1)[0]
                    flash.seek(-1, 1)
                    flash.write(bytes([length ^ 32]))
            self.device.start()
            self.refused(text, self.app(2))
            self.runs(1)
            self.device.stop()

    def test_guessing_pauses(self):
        self.device.fresh(1, password=b"secret").start()
        for _ in range(3):
            with self.assertRaisesRegex(espota_client.Refused, "Authentication Failed"):
                espota_client.upload(self.device.port, self.device.image(2), password=b"guess")
        with self.assertRaisesRegex(espota_client.Refused, r"ERROR\[36\]: Too many wrong passwords"):
            espota_client.upload(self.device.port, self.device.image(2), password=b"secret")
        self.runs(1)

    def test_too_large_image_then_filesystem_then_interrupted_upload(self):
        self.device.fresh(1).start()
        self.runs(1)
        with self.assertRaisesRegex(espota_client.Refused, "Not Enough Space"):
            espota_client.upload(self.device.port, b"\xe9" * (2 << 20))
        filesystem = self.folder / "fs.bin"
        content = bytes(range(256)) * 64
        filesystem.write_bytes(content)
        self.accepted(filesystem, "--fs", "--force", "filesystem-command", "--force", "not-an-image")
        self.runs(1)
        self.assertEqual(self.device.content(device.FILESYSTEM, len(content)), content)
        espota_client.upload(self.device.port, self.device.image(2), stop_after=30000)
        self.runs(1)
        result = self.accepted_when_free(self.app(2))
        self.assertRegex(result.stderr, r"has \d+ of \d+ bytes from an earlier transfer")
        self.runs(2)

    def test_lock_step_like_espota_py(self):
        for password in (None, b"secret"):
            self.device.fresh(1, password=password).start()
            self.runs(1)
            espota_client.upload(self.device.port, self.device.image(2), password=password, lockstep=True)
            self.runs(2)
            self.device.stop()

    def test_the_commands_of_the_readme(self):
        """scripts/qemu-device, otatool upload, Ctrl-C."""
        script = pathlib.Path(__file__).resolve().parents[2] / "scripts/qemu-device"
        build = next(folder for folder in self.device.images.parents if (folder / "firmware/qemu").is_dir())
        process = subprocess.Popen([script, "--build", build, "--flash", self.folder / "kept.bin", "--serial",
                                    self.folder / "log"], stdout=subprocess.PIPE, text=True)
        try:
            ready = process.stdout.readline()
            self.assertRegex(ready, r"^ready udp 127\.0\.0\.1:\d+\n$")
            outcome = self.run_tool("--json", "upload", build / "firmware/qemu/app-v2.bin", ready.split()[2])
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.assertTrue(all(json.loads(line) for line in outcome.stdout.splitlines()))
        finally:
            process.send_signal(2)
            self.assertEqual(process.wait(device.emulator.LONG), 0)
            process.stdout.close()


if __name__ == "__main__":
    OTATOOL, IMAGES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
