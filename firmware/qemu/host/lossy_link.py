"""A lossy link between the emulated device and this machine: loses, repeats, swaps and damages Ethernet frames.

Frames travel as UDP datagrams (QEMU's netdev `dgram`). At the far end a second QEMU without a machine passes them to
its user network, so programs use sockets of 127.0.0.1 as without the link.
"""
import random
import select
import socket
import threading

import emulator


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


IPV4 = b"\x08\x00"


class LossyLink:
    """The probabilities apply to each frame in each direction. A seed gives the same decisions in every run.

    Only IPv4 frames are damaged: QEMU passes no Ethernet checksum, so a damaged ARP answer would be accepted.
    """

    def __init__(self, seed, *, lose=0.03, repeat=0.02, swap=0.02, damage=0.02):
        self._random = random.Random(seed)
        self._chances = (lose, repeat, swap, damage)
        self._ends = []
        for _ in range(2):
            end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            end.bind(("127.0.0.1", 0))
            self._ends.append((end, free_port()))
        self.counts = {"passed": 0, "lost": 0, "repeated": 0, "swapped": 0, "damaged": 0}
        self._held = [None, None]
        self._stop_reader, self._stop_writer = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def frames(self, side):
        """(own port, peer's port) for the emulator at end 0 or 1."""
        end, port = self._ends[side]
        return port, end.getsockname()[1]

    def close(self):
        self._stop_writer.send(b".")
        self._thread.join()
        for end in (self._stop_reader, self._stop_writer, *(end for end, _ in self._ends)):
            end.close()

    def _run(self):
        sockets = [end for end, _ in self._ends]
        while True:
            ready, _, _ = select.select([*sockets, self._stop_reader], [], [], 0.05)
            if self._stop_reader in ready:
                return
            for side, end in enumerate(sockets):
                if end in ready:
                    self._frame(side, end.recv(65536))
                elif self._held[side]:
                    self._pass(side, self._held[side])
                    self._held[side] = None

    def _pass(self, side, frame):
        end, port = self._ends[1 - side]
        end.sendto(frame, ("127.0.0.1", port))
        self.counts["passed"] += 1

    def _frame(self, side, frame):
        lose, repeat, swap, damage = (self._random.random() < chance for chance in self._chances)
        if lose:
            self.counts["lost"] += 1
            return
        if damage and frame[12:14] == IPV4:
            self.counts["damaged"] += 1
            bit = self._random.randrange(14 * 8, 8 * len(frame))
            changed = bytearray(frame)
            changed[bit // 8] ^= 1 << bit % 8
            frame = bytes(changed)
        if swap and self._held[side] is None:
            self.counts["swapped"] += 1
            self._held[side] = frame
            return
        self._pass(side, frame)
        if repeat:
            self.counts["repeated"] += 1
            self._pass(side, frame)
        if self._held[side]:
            self._pass(side, self._held[side])
            self._held[side] = None


class UserNetwork(emulator.Emulator):
    """QEMU's user network at the far end of a link, without a machine."""

    def __init__(self, frames, udp_port=0):
        own, peer = frames
        self._own_options = [
            "-netdev", f"user,id=u,hostfwd=udp:127.0.0.1:{udp_port}-:8266",
            "-netdev", f"dgram,id=d,local.type=inet,local.host=127.0.0.1,local.port={own},"
            f"remote.type=inet,remote.host=127.0.0.1,remote.port={peer}",
            "-netdev", "hubport,hubid=0,id=h0,netdev=u", "-netdev", "hubport,hubid=0,id=h1,netdev=d"]
        super().__init__(None, None, udp_port=udp_port)

    def _machine(self, rom, arguments, serial, frames):
        return ["-M", "none", *self._own_options]
