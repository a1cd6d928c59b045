"""Tests the scripts that CI jobs of users and of this project call: ci_scripts_test.py OTATOOL IMAGE ROOT"""
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

OTATOOL, IMAGE, ROOT = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf"}


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {
            "PATH": os.environ["PATH"], "RUNNER_TEMP": str(self.folder), "GITHUB_PATH": str(self.folder / "path"),
            "GITHUB_OUTPUT": str(self.folder / "output")}

    def script(self, name, **environment):
        return subprocess.run([ROOT / "scripts" / name], env=self.environment | environment, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def release(self):
        """A folder like that of a release, with a program that says its version."""
        name = f"otatool-1.2.3-linux-{ARCHITECTURES[platform.machine()]}"
        program = self.folder / "program"
        program.write_text("#!/bin/sh\necho otatool 1.2.3\n")
        program.chmod(0o755)
        release = self.folder / "releases/v1.2.3"
        release.mkdir(parents=True)
        archive = release / f"{name}.tar.xz"
        with tarfile.open(archive, "w:xz") as file:
            file.add(program, f"{name}/bin/otatool")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        (release / "SHA256SUMS").write_text(f"{digest}  {archive.name}\n")
        return archive

    def install(self):
        return self.script("ci/install", OTATOOL_VERSION="1.2.3", OTATOOL_RELEASES=f"file://{self.folder}/releases")

    def test_install_adds_the_program_to_the_path(self):
        self.release()
        done = self.install()
        self.assertEqual((done.returncode, done.stdout), (0, "otatool 1.2.3\n"), done.stderr)
        folder = (self.folder / "path").read_text().strip()
        self.assertTrue(os.access(f"{folder}/otatool", os.X_OK))

    def test_install_refuses_a_changed_archive(self):
        archive = self.release()
        archive.write_bytes(archive.read_bytes() + b"x")
        done = self.install()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("checksum", done.stderr)
        self.assertFalse((self.folder / "path").exists())

    def test_install_refuses_an_archive_without_a_checksum(self):
        self.release().with_name("SHA256SUMS").write_text("")
        self.assertNotEqual(self.install().returncode, 0)
        self.assertFalse((self.folder / "path").exists())

    def test_install_without_a_release(self):
        done = self.install()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cannot download", done.stderr)

    def key(self):
        tools = self.folder / "tools"
        tools.mkdir()
        (tools / "otatool").symlink_to(OTATOOL)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        subprocess.run([OTATOOL, "-q", "keygen", "-o", self.folder / "key", "--pubkey", self.folder / "public.key", "--encrypt"],
                       env=os.environ | {"OTATOOL_KEY_PASSPHRASE": "words"}, stdin=subprocess.DEVNULL, check=True)
        shutil.copy(IMAGE, self.folder / "firmware.bin")
        return (self.folder / "key").read_text()

    def sign(self, **environment):
        return self.script("ci/sign", IMAGE="firmware.bin", **environment)

    def test_sign_and_verify(self):
        done = self.sign(SIGNING_KEY=self.key(), OTATOOL_KEY_PASSPHRASE="words", PUBLIC_KEY="public.key")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "output").read_text(), "signed=firmware.bin.signed\n")
        subprocess.run([OTATOOL, "-q", "verify", self.folder / "firmware.bin.signed", "--pubkey", self.folder / "public.key"],
                       check=True)
        self.assertNotIn("words", done.stdout + done.stderr)

    def test_sign_with_a_wrong_passphrase(self):
        done = self.sign(SIGNING_KEY=self.key(), OTATOOL_KEY_PASSPHRASE="other", PUBLIC_KEY="public.key")
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.folder / "firmware.bin.signed").exists())
        self.assertFalse((self.folder / "output").exists())

    def test_sign_without_a_key(self):
        self.key()
        done = self.sign(PUBLIC_KEY="public.key")
        self.assertEqual(done.returncode, 8)
        self.assertIn("fork", done.stderr)

    def test_publish_the_signed_image(self):
        key = self.key()
        self.sign(SIGNING_KEY=key, OTATOOL_KEY_PASSPHRASE="words", PUBLIC_KEY="public.key")
        done = self.script("ci/publish", SIGNED="firmware.bin.signed", SITE="site")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "site/firmware.bin.signed").read_bytes(),
                         (self.folder / "firmware.bin.signed").read_bytes())
        self.assertIn("site=site\n", (self.folder / "output").read_text())

    def test_publish_a_folder_with_signatures(self):
        key = self.key()
        (self.folder / "releases").mkdir()
        shutil.copy(IMAGE, self.folder / "releases/firmware.bin")
        done = self.script("ci/publish", RELEASES="releases", SIGNED="firmware.bin.signed", SITE="site", SIGNING_KEY=key,
                           OTATOOL_KEY_PASSPHRASE="words")
        self.assertEqual(done.returncode, 0, done.stderr)
        subprocess.run([OTATOOL, "-q", "verify", self.folder / "site/firmware.bin.signed", "--pubkey",
                        self.folder / "public.key"], check=True)
        self.assertFalse((self.folder / "site/firmware.bin.signed.signed").exists())
        self.assertNotIn("words", done.stdout + done.stderr)

    def test_publish_nothing(self):
        self.key()
        done = self.script("ci/publish", SITE="site")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing to publish", done.stderr)
        self.assertFalse((self.folder / "output").exists())

    def test_publish_a_damaged_image(self):
        self.key()
        (self.folder / "damaged.bin").write_bytes(IMAGE.read_bytes()[:5000])
        done = self.script("ci/publish", RELEASES="damaged.bin", SITE="site")
        self.assertEqual(done.returncode, 7)
        self.assertFalse((self.folder / "output").exists())


class Release(unittest.TestCase):
    def test_the_tag_must_be_the_version(self):
        done = subprocess.run([ROOT / "scripts/release", "v99.0.0"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("CMakeLists.txt has version", done.stderr)


class Steps(unittest.TestCase):
    def test_the_example_of_the_action_uses_its_inputs(self):
        page = (ROOT / "docs/signing.md").read_text()
        example = re.search(r"uses: OWNER/otatool@.*?\n  with:\n(.*?)\n- ", page, re.S).group(1)
        inputs = re.search(r"^inputs:\n(.*?)^outputs:", (ROOT / "action.yml").read_text(), re.M | re.S).group(1)
        used = set(re.findall(r"^    ([\w-]+):", example, re.M))
        self.assertLessEqual({"version", "image", "key", "site"}, used)
        self.assertLessEqual(used, set(re.findall(r"^  ([\w-]+):", inputs, re.M)))

    def test_every_script_that_a_step_names_exists(self):
        pages = [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml")]
        named = {name for page in pages for name in re.findall(r"(?:scripts/[\w/-]+|\.ci/run)", page.read_text())}
        self.assertGreaterEqual(len(named), 5)
        for name in named:
            self.assertTrue(os.access(ROOT / name, os.X_OK), name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
