"""Runs the emulated ESP8266-like board: QEMU with a flash file, the mask ROM mock, and a network.

The network is one of: QEMU's user network (guest 10.0.2.15, UDP port 8266 forwarded from a loopback port); a peer on
this machine that gets one Ethernet frame per datagram; none.
"""
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import time

FLASH_BYTES = 4 << 20
POWER_CUT = 77
QEMU = "qemu-system-xtensa"
GATEWAY = "10.0.2.2"  # this computer, as the device sees it
_numbers = itertools.count()


def missing():
    """The reason why QEMU cannot run here, or None."""
    return None if shutil.which(QEMU) else f"{QEMU} is not installed (package qemu-system-misc)"


def write_flash(path, *parts):
    """Writes a flash file: (offset, bytes) parts, all other bits ones."""
    content = bytearray(b"\xff" * FLASH_BYTES)
    for offset, data in parts:
        if offset + len(data) > FLASH_BYTES:
            raise ValueError(f"{len(data)} bytes at {offset:#x} leave the flash")
        content[offset : offset + len(data)] = data
    with open(path, "wb") as file:
        file.write(content)


class Emulator:
    def __init__(self, rom, flash, *, udp_port=0, frames=None, network=True, cut=None, half=False, serial=None,
                 options=()):
        """`cut`: number of the flash operation before which the power fails; with `half`, in its middle. `frames`:
        (emulator's, peer's) UDP ports of this machine that Ethernet frames pass between. `serial`: file for the UART's
        output."""
        self.flash = flash
        self._network = network and frames is None
        self._udp_port = udp_port
        self._control, other = socket.socketpair()
        arguments = ["arg=rom"]
        if cut is not None:
            arguments += [f"arg=cut={cut}", f"arg=half={int(half)}"]
        command = [QEMU, "-display", "none", "-monitor", "none",
                   "-chardev", f"socket,id=control,fd={other.fileno()}", "-mon", "chardev=control,mode=control",
                   *self._machine(rom, arguments, serial, frames), *options, *self._plugin_options()]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, pass_fds=[other.fileno()])
        other.close()
        self._replies = self._control.makefile("rb")
        self._negotiated = False

    def _plugin_options(self):
        """Options for the plugin, if the environment names it and a folder for its records."""
        plugin, folder = os.environ.get("OTATOOL_QEMU_PLUGIN"), os.environ.get("OTATOOL_QEMU_RECORDS")
        self._quit_cleanly = bool(plugin and folder and self.flash)
        if not self._quit_cleanly:
            return []
        return ["-plugin", f"{plugin},out={folder}/{os.getpid()}-{next(_numbers)}"]

    def _machine(self, rom, arguments, serial, frames):
        return ["-M", "lx60", "-cpu", "lx106", "-m", "4M", "-semihosting",
                "-semihosting-config", ",".join(["enable=on", *arguments]),
                "-serial", f"file:{serial}" if serial else "null", "-kernel", str(rom),
                "-drive", f"if=pflash,format=raw,file={self.flash}", *self._network_options(frames)]

    def _network_options(self, frames):
        if frames:
            own, peer = frames
            return ["-netdev", f"dgram,id=n0,local.type=inet,local.host=127.0.0.1,local.port={own},"
                    f"remote.type=inet,remote.host=127.0.0.1,remote.port={peer}", "-net", "nic,model=open_eth,netdev=n0"]
        if self._network:
            return ["-nic", f"user,model=open_eth,hostfwd=udp:127.0.0.1:{self._udp_port}-:8266"]
        return ["-nic", "none"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _command(self, name, **arguments):
        if not self._negotiated:
            self._replies.readline()
            self._negotiated = True
            self._command("qmp_capabilities")
        self._control.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while True:
            line = self._replies.readline()
            if not line:
                raise RuntimeError(f"the emulator has ended: {self.output()}")
            reply = json.loads(line)
            if "error" in reply:
                raise RuntimeError(reply["error"]["desc"])
            if "return" in reply:
                return reply["return"]

    def udp_port(self):
        """The port of 127.0.0.1 that is forwarded to the device."""
        if self._udp_port == 0:
            text = self._command("human-monitor-command", **{"command-line": "info usernet"})
            found = re.search(r"UDP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)", text)
            if not found:
                raise RuntimeError(f"no forwarded port in: {text}")
            self._udp_port = int(found.group(1))
        return self._udp_port

    def memory(self, address, size, scratch):
        """`size` bytes of the device's memory. `scratch`: path of a temporary file, removed afterwards."""
        self._command("pmemsave", val=address, size=size, filename=str(scratch))
        with open(scratch, "rb") as file:
            content = file.read()
        os.unlink(scratch)
        return content

    def reset(self):
        self._command("system_reset")

    def ended(self):
        return self._process.poll()

    def wait(self, timeout):
        """The exit code, or None after the timeout in seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def output(self):
        """The output of the emulator and its program. Call after the end."""
        return self._process.stdout.read().decode(errors="replace") if self._process.stdout else ""

    def stop(self):
        """Switches the power off."""
        if self._quit_cleanly and self._process.poll() is None:
            self._command("quit")
            self.wait(10)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._replies.close()
        self._control.close()
        self._process.stdout.close()


# Seconds that no wait for an event needs, even if many emulators share the processor.
LONG = 300


def wait_until(condition, timeout=LONG, interval=0.005):
    """The first true value of `condition`, or None after `timeout` seconds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(interval)
    return None
