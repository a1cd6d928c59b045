"""A network of its own with many devices, each at its own address: the network of mixed_network_test.py."""
import json
import os
import pathlib
import subprocess
import sys
import threading

FAMILY_DEVICE = pathlib.Path(__file__).resolve().parent.parent / "push" / "family_device.py"
INTERFACE = "lan"
SKIPPED = 77  # the exit code of a test that cannot run here
PATIENCE = 120  # seconds; a test that needs them has failed
# Address space for documentation, RFC 5737.
NETWORK = "192.0.2."
FIRST, LAST = 11, 50


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def enter_own_network():
    """Starts the program again in a network namespace; there it makes the addresses of host and devices."""
    if "IN_OWN_NETWORK" not in os.environ:
        for namespace in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
            if subprocess.run([*namespace, "true"], stderr=subprocess.DEVNULL).returncode == 0:
                words = [*namespace, sys.executable, "-B", *sys.argv]
                os.execvpe("unshare", words, os.environ | {"IN_OWN_NETWORK": "yes"})
        skip("no network namespace is permitted here")
    commands = [f"link add {INTERFACE} type veth peer name cable", "link set lo up", f"link set {INTERFACE} up",
                "link set cable up", *(f"address add {NETWORK}{last}/24 dev {INTERFACE}" for last in (1, *range(FIRST, LAST + 1)))]
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, stderr=subprocess.PIPE)
    if done.returncode != 0:
        skip(f"no network can be made here: {done.stderr.strip()}")


class Program:
    """A program whose lines of output are kept."""

    def __init__(self, words, **environment):
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=os.environ | environment)
        self.lines = []
        self.errors = []
        self.ended = False
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        threading.Thread(target=lambda: self.errors.extend(self.process.stderr), daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, text):
        """The first line with this text."""
        def found():
            return next((line for line in self.lines if text in line), None)
        with self.changed:
            self.changed.wait_for(lambda: found() or self.ended, PATIENCE)
            line = found()
        if line is None:
            raise AssertionError(f"{self.process.args} did not print '{text}': {self.lines} {self.errors}")
        return line

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.terminate()
        self.process.communicate()


class Device:
    """A device of the network; `name` is also the target of an upload."""

    def __init__(self, kind, chip, address, name):
        self.kind, self.chip, self.address, self.name = kind, chip, address, name
        self.programs = []  # those that ran earlier come first
        self.responder = None

    def run(self, program):
        self.programs.append(program)

    @property
    def program(self):
        return self.programs[-1]

    def end(self):
        for program in (*self.programs, *([self.responder] if self.responder else [])):
            program.end()


class VirtualDevice(Device):
    """`otatool device`, by default for espota."""

    otatool = None

    def start(self, *options, **environment):
        where = ["--bind", self.address, "--name", self.name]
        self.run(Program([self.otatool, "device", "--json", "--chip", self.chip, *where, *options], **environment))
        self.program.wait_for('"announced"')

    def image(self):
        """The MD5 of the application that it runs."""
        boots = [event for event in map(json.loads, self.program.lines) if event["event"] == "boot"]
        return boots[-1]["md5"]


class FamilyDevice(Device):
    """A peer of family_device.py at port 80."""

    mdns_farm = None

    def start(self, *words):
        self.run(Program([sys.executable, "-B", FAMILY_DEVICE, self.kind, f"bind={self.address}", "port=80", *words]))
        self.program.wait_for("http ")

    def announce(self, service, txt):
        """An announcement as by the firmware, which ends with the device."""
        offset = int(self.address.removeprefix(NETWORK)) - 2
        where = [f"interface={INTERFACE}", f"subnet={NETWORK}0", f"offset={offset}", "service-port=80"]
        names = [f"name={self.name}", f"host={self.name}.local", f"type={service}", f"txt={txt}"]
        self.responder = Program([self.mdns_farm, "kind=esp8266", *where, *names])
        self.responder.wait_for("ready")

    def image(self):
        """The MD5 of the last image that it stored."""
        stored = [line for line in self.program.lines if line.startswith("image firmware ")]
        return stored[-1].rpartition("md5=")[2] if stored else None

    def mistakes(self):
        return [line for program in self.programs for line in program.lines if line.startswith("forbidden")]
