"""After scripts/demo, `cmake --install` finds every file that it installs: demo_install_test.py SOURCE_FOLDER BUILD_FOLDER

BUILD_FOLDER is configured with the preset of the demo; nothing is built there."""
import pathlib
import re
import subprocess
import sys
import unittest

BUILD = pathlib.Path(sys.argv.pop())
SOURCE = pathlib.Path(sys.argv.pop())


def installed_files():
    """The files of the build folder that `cmake --install` copies, relative to it."""
    text = "".join(path.read_text() for path in BUILD.rglob("cmake_install.cmake"))
    return sorted({each.relative_to(BUILD) for each in map(pathlib.Path, re.findall(r'FILES "([^"]+)"', text))
                   if each.is_relative_to(BUILD)})


def built_targets():
    """What the demo builds of the preset `release`; no name stands for the default target."""
    calls = re.findall(r"^scripts/build release(.*)$", (SOURCE / "scripts/demo").read_text(), re.MULTILINE)
    return sorted({target for call in calls for target in call.split() or ["all"]})


class DemoInstall(unittest.TestCase):
    def test_the_demo_builds_what_is_installed(self):
        commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", *built_targets()], capture_output=True,
                                  text=True, check=True).stdout
        files = installed_files()
        self.assertIn(pathlib.Path("src/cli/completion/bash/otatool"), files)
        for file in files:
            self.assertIn(str(file), commands)


if __name__ == "__main__":
    unittest.main()
