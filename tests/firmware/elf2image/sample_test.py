#!/usr/bin/env python3
"""The sample images as the build made them: sample_test.py FOLDER."""
import pathlib
import sys
import unittest

import image_reading

FOLDER = pathlib.Path(sys.argv.pop())


class Samples(unittest.TestCase):
    def sample(self, version):
        return (FOLDER / f"hello-{version}.bin").read_bytes()

    def test_are_sound_and_of_a_plausible_size(self):
        for version in ("v1", "v2"):
            image = self.sample(version)
            self.assertGreater(len(image), 40 * 1024)
            self.assertLess(len(image), 200 * 1024)
            image_reading.check_sums(image, 0x2000)
            self.assertIn(f"otatool hello {version}".encode(), image)

    def test_have_loader_and_application_at_their_places(self):
        image = self.sample("v1")
        loader = image_reading.read_program(image, 0)
        self.assertEqual(len(loader.segments), 2)
        self.assertEqual(loader.segments[0].address, 0x4010E000)
        addresses = [segment.address for segment in image_reading.read_program(image, 0x2000).segments]
        self.assertEqual(addresses[:3], [0x40202010, 0x40100000, 0x3FFE8000])
        self.assertEqual(len(addresses), 4)
        self.assertGreater(addresses[3], 0x3FFE8000)

    def test_differ_in_little_more_than_the_version(self):
        first, second = self.sample("v1"), self.sample("v2")
        self.assertEqual(len(first), len(second))
        differing = sum(left != right for left, right in zip(first, second))
        # The digit, the checksum and four bytes of the CRC.
        self.assertTrue(0 < differing <= 6, differing)


if __name__ == "__main__":
    unittest.main()
