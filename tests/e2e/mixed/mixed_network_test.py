"""One upload to a network of forty devices of every kind: mixed_network_test.py OTATOOL MDNS_FARM [unittest arguments]

For each chip one image and one `upload --all`, while one device dies, one refuses and one returns with its old version.
After a repair `--retry-failed` finishes the job.
"""
import base64
import concurrent.futures
import hashlib
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

from images import VERSION, esp32_image, esp8266_image
from network import FIRST, LAST, NETWORK, FamilyDevice, VirtualDevice, enter_own_network

PASSWORD = "correct horse"
KEY = base64.b64encode(bytes(range(32))).decode()
CHIPS = ("esp8266", "esp32")
BOTH_FORMS = ("elegantota", "stock")
IMAGES = {"esp8266": esp8266_image(150_000), "esp32": esp32_image(150_000)}
OLD = "16.0.1"
# Of each chip.
KINDS = (("espota", 5), ("esphome", 3), ("encrypted", 3), ("tasmota", 3), ("wled", 2), ("elegantota", 2), ("stock", 2))
ANNOUNCED = {"wled": ("_wled._tcp", "mac=0123456789ab"), "tasmota": ("_http._tcp", "devicetype=tasmota")}
WAYS = {"espota": "espota", "esphome": "esphome", "encrypted": "esphome"}  # `form` for the others
HARDWARE = {"esp8266": "ESP8266EX", "esp32": "ESP32-D0WD-V3 v3.1"}


class Network:
    def __init__(self, folder):
        self.folder = folder
        (folder / "ota.pw").write_text(PASSWORD + "\n")
        (folder / "ota.key").write_text(KEY + "\n")
        self.devices = {}
        addresses = (f"{NETWORK}{last}" for last in range(FIRST, LAST + 1))
        for (kind, count), chip in itertools.product(KINDS, CHIPS):
            for number in range(1, count + 1):
                make = VirtualDevice if kind in ("espota", "esphome", "encrypted") else FamilyDevice
                device = make(kind, chip, next(addresses), f"{kind}-{chip}-{number}")
                self.devices[device.name] = device

    def of(self, chip):
        return [device for device in self.devices.values() if device.chip == chip]

    def options(self, device):
        """How the program of a device is started when nothing is wrong with it."""
        if isinstance(device, VirtualDevice):
            options = ["--port", "8266" if device.chip == "esp8266" else "3232"]
            if device.kind != "espota":
                options = ["--port", "0", "--esphome", options[1]]
            if device.kind == "encrypted":
                options += ["--encryption-key-file", self.folder / "ota.key"]
            return options + (["--password-file", self.folder / "ota.pw"] if device.name.endswith("1") else [])
        chip = HARDWARE[device.chip] if device.kind == "tasmota" else device.chip
        words = [f"chip={chip}", f"release={device.chip.upper()}"]
        if device.kind in ("tasmota", "wled"):
            words += [f"version={OLD}", f"becomes={VERSION}"]
            words += ["password=" + PASSWORD] if device.name.startswith("tasmota") and device.name.endswith("1") else []
        return words

    def is_announced(self, device):
        """WLED announces itself, Tasmota only if its user wants it, the sketches with a form do not."""
        return device.kind not in BOTH_FORMS and (device.kind != "tasmota" or device.name.endswith("3"))

    def start(self, faults):
        def start(device):
            device.start(*self.options(device), *faults.get(device.name, ()))
            if isinstance(device, FamilyDevice) and self.is_announced(device):
                device.announce(*ANNOUNCED[device.kind])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for _ in pool.map(start, self.devices.values()):
                pass

    def write_configuration(self):
        """Passwords, keys and what the devices run that do not announce it."""
        lines = []
        for device in self.devices.values():
            lines += [f"[device.{device.name}]"]
            if not self.is_announced(device):
                lines += [f'host = "{device.address}"', f'via = "{device.kind}"']
            else:
                lines += [f'host = "{device.name}.local"']
            if device.name.endswith("1"):
                lines += ['password-file = "ota.pw"']
            if device.kind == "encrypted":
                lines += ['encryption-key-file = "ota.key"']
        (self.folder / "otatool.toml").write_text("\n".join(lines) + "\n")
        for chip in CHIPS:
            silent = [device for device in self.of(chip) if not self.is_announced(device)]
            # otatool asks the first Tasmota of a list what it is; the others are known by the configuration.
            (self.folder / f"{chip}.txt").write_text("\n".join(device.name for device in silent) + "\n")
            (self.folder / f"{chip}.bin").write_bytes(IMAGES[chip])

    def end(self):
        for device in self.devices.values():
            device.end()


class MixedNetwork(unittest.TestCase):
    # What is wrong with a device at first: words of its program; what otatool says about it, and its exit code.
    FAULTS = {
        "tasmota-esp8266-2": (["dies"], 9, "40 s later nothing listens at its port"),
        "stock-esp8266-1": (["refuse=ERROR[4]: Not Enough Space"], 6, "Not Enough Space"),
        "wled-esp8266-2": ([f"becomes={OLD}", "down=2"], 6, "came back with"),
        "espota-esp32-3": (["--flash-speed", "slow"], 5, "closed: port 3232"),
        "encrypted-esp32-2": (["--esphome-error", "89@size"], 6, "partition"),
        "tasmota-esp32-3": ([f"becomes={OLD}", "down=2"], 6, "came back with"),
    }
    KILLED = "espota-esp32-3"

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.network = Network(pathlib.Path(cls.temporary.name))
        cls.addClassCleanup(cls.network.end)
        cls.network.write_configuration()
        cls.network.start({name: fault[0] for name, fault in cls.FAULTS.items()})

    def upload(self, *options):
        words = [OTATOOL, "upload", *options, "--yes", "--json", "--confirm=40", "--timeout", "15", "--jobs", "20"]
        done = subprocess.run(words, cwd=self.network.folder, capture_output=True, text=True)
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        self.report = done.stdout
        self.notes = done.stderr
        return done.returncode

    def results(self):
        return {event["target"]: event for event in self.events if event["event"] == "result"}

    def faulty(self, chip):
        return {name for name in self.FAULTS if self.network.devices[name].chip == chip}

    def kill_in_transfer(self):
        device = self.network.devices[self.KILLED]
        device.program.wait_for('"progress"')
        device.program.kill()

    def repair(self, chip):
        for name in self.FAULTS:
            device = self.network.devices[name]
            if device.chip == chip:
                device.program.kill()
                device.start(*self.network.options(device))

    def check_faults(self, chip):
        results = self.results()
        for name, (_, code, sentence) in self.FAULTS.items():
            if self.network.devices[name].chip == chip:
                with self.subTest(device=name):
                    self.assertEqual(results[name]["exit"], code, results[name])
                    self.assertIn(sentence, results[name]["error"]["message"])

    def check_others(self, chip):
        """Every device of the chip without a fault has the image; those of the other chip are left alone, and it is said."""
        results = self.results()
        for device in self.network.devices.values():
            with self.subTest(device=device.name):
                if device.chip == chip and device.name not in self.FAULTS:
                    self.assertTrue(results[device.name]["ok"], results[device.name])
                    self.assertEqual(results[device.name]["via"], WAYS.get(device.kind, "form"))
                elif device.chip != chip and device.name in results:
                    self.assertTrue(results[device.name]["skipped"], results[device.name])
                elif device.chip != chip and self.network.is_announced(device):
                    self.assertRegex(self.notes, f"skipped because the image is for another chip:.*{device.name}")

    def check_images(self, chip):
        for device in self.network.of(chip):
            with self.subTest(device=device.name):
                self.assertEqual(device.image(), hashlib.md5(IMAGES[chip]).hexdigest())

    def test_1_esp8266(self):
        self.assertEqual(self.upload("esp8266.bin", "--all", "--targets", "esp8266.txt"), 10, self.report + self.notes)
        self.check_faults("esp8266")
        self.check_others("esp8266")
        self.repair("esp8266")
        (self.network.folder / "report.json").write_text(self.report)
        self.assertEqual(self.upload("esp8266.bin", "--retry-failed", "report.json"), 0, self.report + self.notes)
        self.assertEqual(set(self.results()), self.faulty("esp8266"))
        self.check_images("esp8266")

    def test_2_esp32(self):
        killer = threading.Thread(target=self.kill_in_transfer)
        killer.start()
        code = self.upload("esp32.bin", "--all", "--targets", "esp32.txt")
        killer.join()
        self.assertEqual(code, 10, self.report + self.notes)
        self.check_faults("esp32")
        self.check_others("esp32")
        self.repair("esp32")
        (self.network.folder / "report.json").write_text(self.report)
        again = self.upload("esp32.bin", "--all", "--targets", "esp32.txt", "--retry-failed", "report.json")
        self.assertEqual(again, 0, self.report + self.notes)
        self.assertEqual({name for name, result in self.results().items() if not result["skipped"]},
                         self.faulty("esp32"))
        self.check_images("esp32")

    def test_3_no_look_up_changed_a_device(self):
        for device in self.network.devices.values():
            if isinstance(device, FamilyDevice):
                self.assertEqual(device.mistakes(), [])


if __name__ == "__main__":
    OTATOOL, FamilyDevice.mdns_farm = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    VirtualDevice.otatool = OTATOOL
    enter_own_network()
    del sys.argv[1:3]
    unittest.main(verbosity=2)
