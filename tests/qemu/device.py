"""An emulated device for tests: a flash with an application and settings, run in QEMU."""
import gzip
import itertools
import pathlib
import socket
import subprocess
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "firmware/qemu/host"))
import emulator  # noqa: E402
import settings  # noqa: E402

APPLICATION_END = 0x200000
FILESYSTEM = 0x200000
COMMAND = 0x3FA000
SECTOR = 4096


def sectors(size):
    return (size + SECTOR - 1) // SECTOR * SECTOR


def pack(image):
    """A gzip package of one member without name and time."""
    return gzip.compress(image, 9, mtime=0)


def boot_command(image, *, action, backup=0xFFFFFFFF, backup_size=0):
    """The offset of a staged image, and the boot command for it (wire/boot_command.hpp)."""
    source = APPLICATION_END - sectors(len(image))
    words = (0x32544F42, action, source, 0, len(image), zlib.crc32(image), backup, backup_size, 0xFFFFFFFF)
    record = b"".join(word.to_bytes(4, "little") for word in words)
    return source, record + zlib.crc32(record).to_bytes(4, "little")


class Tool:
    """The real otatool, for files that a device takes. `folder` holds a key and scratch files."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(folder)

    def run(self, *arguments):
        subprocess.run([self.program, *map(str, arguments)], check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def make_key(self):
        """The public key as PEM."""
        self.run("keygen", "-o", self.folder / "tool.key", "--pubkey", self.folder / "tool.pub")
        return (self.folder / "tool.pub").read_text()

    def sign(self, image):
        (self.folder / "unsigned").write_bytes(image)
        self.run("sign", self.folder / "unsigned", "--key", self.folder / "tool.key", "-o", self.folder / "signed")
        return (self.folder / "signed").read_bytes()

    def delta(self, old, new):
        (self.folder / "old").write_bytes(old)
        (self.folder / "new").write_bytes(new)
        self.run("delta", self.folder / "old", self.folder / "new", "-o", self.folder / "patch")
        return (self.folder / "patch").read_bytes()


class Device:
    """`images`: the folder firmware/qemu of a build."""

    def __init__(self, images, folder, name="flash"):
        self.images = pathlib.Path(images)
        self.flash = pathlib.Path(folder) / f"{name}.bin"
        self.serial = pathlib.Path(folder) / f"{name}.log"
        self.emulator = None

    def image(self, version):
        return (self.images / f"app-v{version}.bin").read_bytes()

    def fresh(self, version=1, parts=(), **options):
        """Writes a flash with an application, settings and `parts`; `options`: see settings.make()."""
        emulator.write_flash(self.flash, (0, self.image(version)), (settings.OFFSET, settings.make(**options)), *parts)
        return self

    def configure(self, **options):
        """Writes settings into the flash of a device that is off; see settings.make()."""
        with open(self.flash, "r+b") as file:
            file.seek(settings.OFFSET)
            file.write(settings.make(**options))

    def content(self, offset, size):
        with open(self.flash, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def start(self, **options):
        self.emulator = emulator.Emulator(self.images / "rom.elf", self.flash, serial=self.serial, **options)
        return self

    def stop(self):
        if self.emulator:
            self.emulator.stop()
            self.emulator = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def log(self):
        return self.serial.read_text(errors="replace") if self.serial.exists() else ""

    @property
    def port(self):
        return self.emulator.udp_port()

    def ask(self, timeout=60.0, port=None):
        """The device's answer to `version`; None without an answer. Asks less and less often,
        at last once a second: an emulator that is too busy to read the questions has no buffer left for other frames."""
        pauses = itertools.chain((0.1, 0.2, 0.4), itertools.repeat(1.0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", port or self.port))

            def answer():
                if self.emulator.ended() is not None:
                    raise RuntimeError(f"the emulator ended: {self.emulator.output()}")
                udp.settimeout(next(pauses))
                try:
                    udp.send(b"version")
                    return udp.recv(64).decode().strip()
                except OSError:
                    return None

            return emulator.wait_until(answer, timeout)

    def wait_for(self, version, state="confirmed", timeout=emulator.LONG):
        """True once the device reports that it runs `version` in `state`."""
        wanted = f"otatool app {version} {state}"
        return emulator.wait_until(lambda: self.ask(2.0) == wanted, timeout, 0.02)
