#!/usr/bin/env python3
"""What scripts/install-deps says to a user who may not install: install_deps_test.py SOURCE_FOLDER."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))


def run(programs):
    """Runs the script with these programs first in PATH, as a user who is not root and lacks every package."""
    programs = {"id": "echo 1000", "dpkg-query": "true", "apt-get": "true", **programs}
    with tempfile.TemporaryDirectory() as folder:
        for name, line in programs.items():
            path = pathlib.Path(folder, name)
            path.write_text(f"#!/bin/sh\n{line}\n")
            path.chmod(0o755)
        for name in ("bash", "sh", "sort", "grep", "env", "mktemp", "rm", "tail", "tee", "chmod", "cat"):
            if name not in programs:
                os.symlink(next(pathlib.Path(place, name) for place in ("/usr/bin", "/bin")
                                if pathlib.Path(place, name).exists()), pathlib.Path(folder, name))
        return subprocess.run(["/bin/bash", SOURCE / "scripts/install-deps", "check"], env={"PATH": folder},
                              capture_output=True, text=True, check=False)


class InstallDeps(unittest.TestCase):
    def expect_line_for_root(self, result, cause):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(cause, result.stderr)
        self.assertIn("apt-get install --no-install-recommends", result.stderr)
        self.assertIn("clang-format", result.stderr)

    def test_without_sudo_the_line_for_root_is_shown(self):
        self.expect_line_for_root(run({}), "install-deps: error: packages are missing, and this user")

    def test_a_refused_sudo_is_named_once_with_the_line_for_root(self):
        result = run({"sudo": "echo 'kim is not in the sudoers file.' >&2; exit 1"})
        self.expect_line_for_root(result, "install-deps: error: packages are missing, and sudo refuses this user")
        self.assertEqual(result.stderr.count("sudoers"), 1)


if __name__ == "__main__":
    unittest.main()
