#!/usr/bin/env python3
"""Uploads over a link that loses, repeats, swaps and damages frames: they complete, or fail cleanly and can be repeated.

lossy_test.py IMAGES
"""
import sys
import tempfile
import unittest

import device
import espota_client
import lossy_link

IMAGES = ""
TRIES = 6


class LossyLink(unittest.TestCase):
    def upload_over(self, seed, lockstep, **chances):
        with tempfile.TemporaryDirectory() as folder, device.Device(IMAGES, folder) as emulated:
            emulated.fresh(1)
            link = lossy_link.LossyLink(seed, **chances)
            network = lossy_link.UserNetwork(link.frames(1))
            try:
                emulated.start(frames=link.frames(0))
                port = network.udp_port()
                self.assertIn("app 1 ", emulated.ask(60, port))
                failures = []
                for _ in range(TRIES):
                    try:
                        espota_client.upload(port, device.pack(emulated.image(2)), lockstep=lockstep, timeout=12, reach=12)
                    except (espota_client.Lost, espota_client.Refused) as failure:
                        failures.append(str(failure))
                    answer = device.emulator.wait_until(
                        lambda: (emulated.ask(5, port) or "").endswith("app 2 confirmed"), 2 if failures else 60, 0.1)
                    if answer:
                        break
                    self.assertRegex(emulated.ask(60, port) or "", "app 1 confirmed|app 2 ")
                print(f"seed {seed}: {link.counts}, failed attempts: {failures}")
                self.assertTrue(answer, failures)
                self.assertGreater(link.counts["lost"], 0)
                self.assertEqual(emulated.content(0, len(emulated.image(2))), emulated.image(2))
            finally:
                network.stop()
                link.close()

    def test_streamed(self):
        self.upload_over(1, False)

    def test_in_lock_step(self):
        self.upload_over(3, True)


if __name__ == "__main__":
    IMAGES = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
