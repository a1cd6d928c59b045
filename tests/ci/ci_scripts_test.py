"""Tests the scripts that CI jobs of users and of this project call: ci_scripts_test.py OTATOOL IMAGE ROOT"""
import hashlib
import json
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

    def test_install_refuses_another_system(self):
        self.release()
        tools = self.folder / "other"
        tools.mkdir()
        (tools / "uname").write_text("#!/bin/sh\necho Darwin\n")
        (tools / "uname").chmod(0o755)
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        done = self.install()
        self.assertEqual(done.returncode, 1)
        self.assertIn("otatool runs on Linux only, and this runner has Darwin", done.stderr)

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
        # The action passes the key also here.
        done = self.script("ci/publish", SIGNED="firmware.bin.signed", SITE="site", SIGNING_KEY=key,
                           OTATOOL_KEY_PASSPHRASE="words")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / "site/firmware.bin.signed").read_bytes(),
                         (self.folder / "firmware.bin.signed").read_bytes())
        subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.folder / "public.key", "-signature",
                        self.folder / "site/firmware.bin.signed.sig", self.folder / "site/firmware.bin.signed"], check=True,
                       capture_output=True)
        self.assertFalse((self.folder / "site/firmware.bin.signed.signed").exists())
        self.assertIn("site=site\n", (self.folder / "output").read_text())

    def test_publish_without_a_key(self):
        key = self.key()
        self.sign(SIGNING_KEY=key, OTATOOL_KEY_PASSPHRASE="words", PUBLIC_KEY="public.key")
        done = self.script("ci/publish", SIGNED="firmware.bin.signed", SITE="site")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.folder / "site/firmware.bin.signed.sig").exists())

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

    def notes(self, changelog):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "scripts").mkdir()
            shutil.copy(ROOT / "scripts/release", root / "scripts/release")
            (root / "CMakeLists.txt").write_text("project(otatool VERSION 1.2.0 LANGUAGES CXX)\n")
            (root / "CHANGELOG.md").write_text(changelog)
            return subprocess.run([root / "scripts/release", "--notes", "v1.2.0"], capture_output=True, text=True, check=False)

    def test_the_notes_are_the_section_of_the_version(self):
        done = self.notes("# Changelog\n\n## Unreleased\n\n- later\n\n## 1.2.0 - 2026-01-02\n\n### Added\n\n- this\n\n"
                          "## 1.2.0.1\n\n- other\n")
        self.assertEqual((done.returncode, done.stdout), (0, "\n### Added\n\n- this\n"), done.stderr)

    def test_a_version_without_notes_is_refused(self):
        for changelog in ("## Unreleased\n\n- this\n", "## 1.2.0\n\n## 1.1.0\n\n- this\n"):
            done = self.notes(changelog)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("CHANGELOG.md has no section '## 1.2.0'", done.stderr)


def bare(package):
    """The name of a Debian package without the version that is in it."""
    return re.sub(r"[\d.]+(?=-dev$)", "", package)


class Libraries(unittest.TestCase):
    """packaging/libraries is what the SBOM and packaging/copyright say, and has every library of the build."""

    def setUp(self):
        lines = (ROOT / "packaging/libraries").read_text().splitlines()
        rows = [line.split(maxsplit=2) for line in lines if not line.startswith("#")]
        self.how = {row[0]: row[1] for row in rows}
        self.licenses = {row[0]: row[2] for row in rows if len(row) > 2}

    def sbom(self):
        done = subprocess.run([ROOT / "scripts/make-sbom", "1.2.3"], capture_output=True, text=True, check=True,
                              env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"})
        return json.loads(done.stdout)

    def test_the_sbom_has_each_library_with_its_version(self):
        document = self.sbom()
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        self.assertEqual(document["creationInfo"]["created"], "2023-11-14T22:13:20Z")
        packages = {package["name"]: package for package in document["packages"]}
        self.assertEqual(packages.pop("otatool")["versionInfo"], "1.2.3")
        self.assertEqual(packages.keys(), self.how.keys())
        for name, package in packages.items():
            self.assertRegex(package["versionInfo"], r"^[\d:]+\.", name)
            self.assertEqual(package["licenseDeclared"], self.licenses.get(name, "NOASSERTION"))
            self.assertRegex(package["externalRefs"][0]["referenceLocator"], r"^pkg:deb/debian/[\w.%-]+@[\w.%~-]+\?", name)

    def test_the_sbom_tells_linked_libraries_from_loaded_ones(self):
        document = self.sbom()
        ids = {package["SPDXID"]: package["name"] for package in document["packages"]}
        self.assertEqual(len(ids), len(document["packages"]))
        kinds = {}
        for row in document["relationships"][1:]:
            ends = {ids[row["spdxElementId"]], ids[row["relatedSpdxElement"]]}
            kinds.setdefault(row["relationshipType"], set()).update(ends - {"otatool"})
        wanted = {"STATIC_LINK": {"static", "archive"}, "DYNAMIC_LINK": {"shared"}, "BUILD_DEPENDENCY_OF": {"loaded"}}
        self.assertEqual(kinds, {kind: {name for name, how in self.how.items() if how in hows} for kind, hows in wanted.items()})
        self.assertLessEqual({"libcrypt-dev", "libstdc++-12-dev", "libboost1.74-dev", "libssl-dev"}, kinds["STATIC_LINK"])

    def test_no_library_of_the_build_is_missing(self):
        names = subprocess.run([ROOT / "scripts/install-deps", "--libraries"], capture_output=True, text=True, check=True).stdout
        self.assertLessEqual(set(map(bare, names.split())), set(map(bare, self.how)))

    def test_the_copyright_has_each_license_that_is_in_the_program(self):
        page = (ROOT / "packaging/copyright").read_text()
        names = {"LGPL-2.1-or-later": "LGPL-2.1+", "GPL-3.0-or-later WITH GCC-exception-3.1": "GPL-3+ with GCC exception"}
        self.assertGreaterEqual(len(self.licenses), 14)
        for license_ in self.licenses.values():
            self.assertIn(f"\nLicense: {names.get(license_, license_)}\n ", page)


class Steps(unittest.TestCase):
    def test_the_example_of_the_action_uses_its_inputs(self):
        page = (ROOT / "docs/signing.md").read_text()
        example = re.search(r"uses: OWNER/otatool@.*?\n  with:\n(.*?)\n- ", page, re.S).group(1)
        inputs = re.search(r"^inputs:\n(.*?)^outputs:", (ROOT / "action.yml").read_text(), re.M | re.S).group(1)
        used = set(re.findall(r"^    ([\w-]+):", example, re.M))
        self.assertLessEqual({"version", "image", "key", "site"}, used)
        self.assertLessEqual(used, set(re.findall(r"^  ([\w-]+):", inputs, re.M)))

    def test_patterns_of_packages_match_no_folder(self):
        """scripts/package leaves folders such as ARCH.deb beside the packages."""
        for page in (ROOT / "packaging/Dockerfile", *(ROOT / ".github/workflows").glob("*.yml")):
            self.assertNotIn("build/package/*", page.read_text(), page)

    def test_actions_of_others_are_named_by_commit(self):
        """The owner of an action can move its tag to other code. A comment after the commit names the tag."""
        pages = [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml")]
        used = [line for page in pages for line in re.findall(r"^ +(?:- )?uses: (?!\./)(.+)$", page.read_text(), re.MULTILINE)]
        self.assertGreaterEqual(len(used), 5)
        for line in used:
            self.assertRegex(line, r"^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")

    def test_every_script_that_a_step_names_exists(self):
        pages = [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml")]
        named = {name for page in pages for name in re.findall(r"(?:scripts/[\w/-]+|\.ci/run)", page.read_text())}
        self.assertGreaterEqual(len(named), 5)
        for name in named:
            self.assertTrue(os.access(ROOT / name, os.X_OK), name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
