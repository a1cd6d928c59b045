"""Two network namespaces, joined by a link with delay and loss. Needs Linux and CAP_NET_ADMIN; no packet leaves them."""
import collections
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LONGEST_QUEUE = 256  # packets, like a home router; further ones are dropped


def change_namespace(function, argument):
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (argument, CLONE_NEWNET) if function == "setns" else (argument,)
    if getattr(libc, function)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")


class Namespace:
    """A namespace with loopback and a TUN interface. Programs that are started in a `with` block run in the namespace."""

    def __init__(self, address, mtu):
        self.before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        change_namespace("unshare", CLONE_NEWNET)
        self.handle = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
            for arguments in (f"addr add {address}/24 dev tun0", f"link set tun0 mtu {mtu} up", "link set lo up"):
                subprocess.run(["ip", *arguments.split()], check=True)
        finally:
            change_namespace("setns", self.before)

    def __enter__(self):
        change_namespace("setns", self.handle)

    def __exit__(self, *_):
        change_namespace("setns", self.before)

    def close(self):
        for descriptor in (self.tun, self.handle, self.before):
            os.close(descriptor)


class Direction:
    """The packets from one TUN interface to the other."""

    def __init__(self, source, target, delay, loss, seed):
        self.source, self.target, self.delay, self.loss = source, target, delay, loss
        self.random = random.Random(seed)
        self.queue = collections.deque()

    def take_in(self):
        while True:
            try:
                packet = os.read(self.source, 2048)
            except BlockingIOError:
                return
            if self.random.random() >= self.loss and len(self.queue) < LONGEST_QUEUE:
                self.queue.append((time.monotonic() + self.delay, packet))

    def deliver(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            try:
                os.write(self.target, self.queue.popleft()[1])
            except OSError:
                pass  # a full or closed interface loses packets, like a link


class Link:
    """Carries packets between two namespaces in a thread, until it is closed. `delay` is in seconds, one way."""

    def __init__(self, first, second, delay, loss, seed):
        self.directions = (Direction(first.tun, second.tun, delay, loss, seed),
                           Direction(second.tun, first.tun, delay, loss, ~seed))
        self.stop = os.eventfd(0)
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def carry(self):
        sources = [direction.source for direction in self.directions] + [self.stop]
        while True:
            due = [direction.queue[0][0] for direction in self.directions if direction.queue]
            wait = max(min(due) - time.monotonic(), 0) if due else None
            if self.stop in select.select(sources, [], [], wait)[0]:
                return
            for direction in self.directions:
                direction.take_in()
            for direction in self.directions:
                direction.deliver()

    def close(self):
        os.eventfd_write(self.stop, 1)
        self.thread.join()
        os.close(self.stop)
