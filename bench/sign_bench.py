#!/usr/bin/env python3
"""sign_bench.py OTATOOL

Compares `otatool sign` with openssl. Signs images of 400,000 to 1,000,000 bytes with RSA-2048. otatool reads the key
once, checks every image, verifies every signature and waits until it is on the disk. openssl runs once per image and
only makes the signature. Prints the best time of several runs and the ratio.
"""
import os
import pathlib
import sys
import tempfile

import programs

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
import elf2image  # noqa: E402

MANY_IMAGES = 200
SIZES = range(400_000, 1_000_001, 100_000)


def image_of(size):
    loader = 0x4010F000, [elf2image.Section(".text", 0x4010F000, os.urandom(2000))]
    application = 0x40100000, [elf2image.Section(".irom0.text", 0x40201010, bytes(8) + os.urandom(size - 5000)),
                               elf2image.Section(".text", 0x40100000, os.urandom(500))]
    return elf2image.build_image(loader, application)


def make_images(folder):
    models = [image_of(size) for size in SIZES]
    images = [folder / f"{number}.bin" for number in range(MANY_IMAGES)]
    for number, image in enumerate(images):
        image.write_bytes(models[number % len(models)])
    return images


def best(commands, rounds):
    """Milliseconds to run all commands."""
    return min(sum(programs.timed(command).elapsed for command in commands) for _ in range(rounds)) * 1000


def main():
    otatool = sys.argv[1]
    print("| images | otatool, ms | openssl, ms | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        key = folder / "key.pem"
        programs.timed(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key])
        all_images = make_images(folder)
        for images, rounds in ((all_images[3:4], 20), (all_images, 3)):
            programs.progress(f"{len(images)} images: otatool")
            own = best([[otatool, "sign", "--key", key, *images]], rounds)
            programs.progress(f"{len(images)} images: openssl")
            openssl = best([["openssl", "dgst", "-sha256", "-sign", key, "-out", f"{image}.signature", image]
                            for image in images], rounds)
            programs.clear_progress()
            print(f"| {len(images)} | {own:.1f} | {openssl:.1f} | {own / openssl:.2f} |", flush=True)


if __name__ == "__main__":
    programs.main(main, __doc__, 1)
