"""What others can read of the secrets that otatool was given: secrets_test.py OTATOOL [unittest arguments]

Root reads /proc/PID/environ, /proc/PID/cmdline and the memory; clients of `serve` ask for the files that a manifest names.
Exits with 77 if it is not run by root.
"""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e/mixed"))
from images import esp8266_image  # noqa: E402

PASSWORDS = ("Zq7#kW9!pL", "Zq7#kW9!pL-correct-horse-battery-staple")  # std::string keeps a short one inside
IMAGE = esp8266_image(300_000)
PATIENCE = 100
BLOCK = 1 << 20
LARGEST_MAPPING = 1 << 32
SKIPPED = 77


class Otatool(subprocess.Popen):
    def __init__(self, *words, folder, variables=None):
        # Without these texts of the test itself.
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "OTATOOL_STORE": "none", **(variables or {})}
        super().__init__([OTATOOL, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)

    def __exit__(self, *error):
        self.kill()
        super().__exit__(*error)

    def fact(self, name):
        return pathlib.Path(f"/proc/{self.pid}/{name}").read_text(errors="replace")

    def wait_for(self, pattern):
        said = ""
        for line in self.stdout:
            said += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"otatool does not say '{pattern}': {said}")

    def copies(self, text):
        """How often the writable memory of the process has a text, without the copy of environment and command line that a
        sanitizer makes."""
        self.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)
        count = 0
        sanitized = 0
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            for line in self.fact("maps").splitlines():
                area, rights = line.split()[:2]
                begin, end = (int(number, 16) for number in area.split("-"))
                if end - begin > LARGEST_MAPPING:
                    sanitized = 1  # its shadow memory
                elif rights.startswith("rw"):
                    count += count_in(memory, begin, end, text.encode())
        self.send_signal(signal.SIGCONT)
        return count - sanitized


def count_in(memory, begin, end, text):
    count = 0
    for at in range(begin, end, BLOCK):
        try:
            block = os.pread(memory.fileno(), min(BLOCK + len(text) - 1, end - at), at)
        except OSError:
            continue
        count += block.count(text)
    return count


class HeldUpload:
    """An ESP8266 that asks for a password, admits everybody and takes nothing of the image."""

    def __init__(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.settimeout(PATIENCE)
        self.udp.bind(("127.0.0.1", 0))
        self.tcp = None
        self.port = self.udp.getsockname()[1]

    def take(self):
        invitation, host = self.udp.recvfrom(1000)
        self.udp.sendto(b"AUTH " + b"0123456789abcdef" * 2, host)
        while True:
            response, host = self.udp.recvfrom(1000)
            if response.startswith(b"200 "):
                break
        self.udp.sendto(b"OK", host)
        self.tcp = socket.create_connection((host[0], int(invitation.split()[1])), PATIENCE)
        self.tcp.recv(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.udp.close()
        if self.tcp:
            self.tcp.close()


class Secrets(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "firmware.bin").write_bytes(IMAGE)

    def start(self, *words, variables=None):
        return Otatool(*words, folder=self.folder, variables=variables)

    def upload(self, device, *words, variables=None):
        return self.start("upload", "firmware.bin", f"127.0.0.1:{device.port}", "--retries", "0", "--stall-timeout", "600",
                          "--via", "espota", *words, variables=variables)

    def test_an_upload_has_the_password_once(self):
        for password in PASSWORDS:
            for words, variables in ((["--password", password], {}), ([f"--password={password}"], {}),
                                     ([], {"OTATOOL_PASSWORD": password})):
                with self.subTest(words=words, variables=variables), HeldUpload() as device, \
                        self.upload(device, *words, variables=variables) as otatool:
                    device.take()
                    self.assertEqual(otatool.copies(password), 1)
                    self.assertNotIn(password, otatool.fact("environ") + otatool.fact("cmdline"))

    def test_the_environment_does_not_keep_a_password(self):
        device = ("device", "--port", "0", "--no-announce")
        with self.start(*device, variables={"OTATOOL_PASSWORD": "s3cret-text"}) as otatool:
            otatool.wait_for("listening on udp")
            self.assertIn("OTATOOL_PASSWORD=", otatool.fact("environ"))
            self.assertNotIn("s3cret-text", otatool.fact("environ"))

    def test_nor_that_of_the_drop_in(self):
        with HeldUpload() as device, self.start("espota", "-i", "127.0.0.1", "-p", str(device.port), "-f", "firmware.bin",
                                                variables={"OTATOOL_PASSWORD": "s3cret-text"}) as otatool:
            device.take()
            self.assertNotIn("s3cret-text", otatool.fact("environ"))

    def test_nor_that_of_a_stored_password(self):
        stored = "d6f5a1c2" * 4
        with HeldUpload() as device, self.upload(device, variables={"OTATOOL_PASSWORD_HASH": stored}) as otatool:
            device.take()
            self.assertNotIn(stored, otatool.fact("environ"))

    def test_serve_gives_no_file_away_that_the_manifest_names_as_secret(self):
        (self.folder / "site").mkdir()
        for name in ("kitchen.pw", "kitchen.key", "copy", "notes"):
            (self.folder / "site" / name).write_text(f"text of {name.replace('copy', 'kitchen.key')}\n")
        (self.folder / "site/otatool.toml").write_text(
            "[device.kitchen]\nhost = 'a'\npassword-file = 'kitchen.pw'\nencryption-key-file = 'kitchen.key'\n")
        with self.start("serve", "site", "--listen", "127.0.0.1:0") as otatool:
            port = int(otatool.wait_for(r"listening on http://127.0.0.1:(\d+)").group(1))
            status = {}
            for name in ("kitchen.pw", "kitchen.key", "copy", "notes"):
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", f"/{name}")
                status[name] = connection.getresponse().status
                connection.close()
            self.assertEqual(status, {"kitchen.pw": 404, "kitchen.key": 404, "copy": 404, "notes": 200})

    def test_memory_is_closed_to_the_user_once_a_secret_is_held(self):
        words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", OTATOOL]
        if subprocess.run([*words, "version"], capture_output=True, check=False).returncode != 0:
            self.skipTest("an ordinary user cannot run otatool")
        with subprocess.Popen([*words, "device", "--port", "0", "--no-announce", "--json", "--password-file", "-"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as otatool:
            self.addCleanup(otatool.kill)
            memory = pathlib.Path(f"/proc/{otatool.pid}/mem")
            otatool.stdin.write("s3cret-text\n")
            otatool.stdin.flush()
            self.assertEqual(json.loads(otatool.stdout.readline())["event"], "listening")
            self.assertEqual(memory.stat().st_uid, 0)
            otatool.kill()


class EsphomeHints(unittest.TestCase):
    def test_an_error_byte_has_its_own(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "firmware.bin").write_bytes(IMAGE)
            for fault, hint in (("85", "press the reset button"), ("89", "flash it by cable once"), ("FF", "try again")):
                with Otatool("device", "--port", "0", "--no-announce", "--json", "--esphome", "0", "--esphome-error",
                             f"{fault}@size", folder=folder) as device:
                    port = device.wait_for(r'"esphome":(\d+)').group(1)
                    with Otatool("upload", "firmware.bin", f"esphome://127.0.0.1:{port}", "--retries", "0", folder=folder) as upload:
                        upload.wait_for(f"hint: .*{hint}")
                        self.assertEqual(upload.wait(), 6)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: only root reads the memory of others")
        sys.exit(SKIPPED)
    OTATOOL = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)
