"""Servers on one PostgreSQL whose computers have clocks that are an hour off: replica_clock_test.py OTATOOL

One clock is an hour ahead, one an hour behind, one right; then somebody sets the clock of a running server. Events,
decisions and stages must follow the clock of the database (docs/spec/fleet.md section 4). Exits with 77 without
PostgreSQL.
"""
import contextlib
import mmap
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

import replica_faults_test
from database_cluster import SKIPPED, wait_for
from replica_faults_test import Server
from updating_devices import image, place

HOUR = 3600
# Times may differ by this many seconds: what a busy computer takes between an answer and a look.
TOLERANCE = 60

# Adds the seconds in the file $CLOCK_SHIFT to the clock of the computer, also while the program runs.
SHIM = """#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static const volatile long* shift;
__attribute__((constructor)) static void map_shift(void) {
  const int file = open(getenv("CLOCK_SHIFT"), O_RDONLY | O_CLOEXEC);
  shift = mmap(0, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
  close(file);
}
int clock_gettime(clockid_t id, struct timespec* t) {
  const long failed = syscall(SYS_clock_gettime, id, t);
  if (!failed && id == CLOCK_REALTIME && shift) t->tv_sec += *shift;
  return (int)failed;
}
"""

STAGES = """[[serve.rule]]
name = "{name}"
image = "new.bin"
version = "2.0.0"
stages = [50, 100]
stage-time = "{stage_time}"
stage-confirmed = "50%"
attempts = 1
retry-after = "30m"
"""


class Clock:
    """The clock of a computer, as the programs that get `environment` see it."""

    def __init__(self, folder, name, shift):
        path = folder / f"{name}.clock"
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(folder / "clock.so"), "CLOCK_SHIFT": str(path)}
        self.set(shift)

    def set(self, shift):
        self.memory[:] = struct.pack("<q", shift)


class Trial(replica_faults_test.Trial):
    def __init__(self, otatool, folder):
        super().__init__(otatool, folder)
        (folder / "clock.c").write_text(SHIM, encoding="utf-8")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "clock.so", folder / "clock.c"], check=True)
        for site, stage_time in (("quick", "4s"), ("slow", "1h")):
            (folder / site).mkdir()
            (folder / site / "new.bin").write_bytes(image("2.0.0"))
            (folder / site / "otatool.toml").write_text(STAGES.format(name=site, stage_time=stage_time), encoding="utf-8")

    def number(self, sql):
        return int(self.cluster.query(sql).split(".")[0] or 0)

    def check_times(self):
        """No event and no change of a rollout is off."""
        for table, column in (("otatool_history", "time"), ("otatool_rollouts", "changed"), ("otatool_devices", "seen"),
                              ("otatool_sources", "time")):
            worst = self.number(f"SELECT coalesce(max(abs({column} - extract(epoch FROM now()))), 0) FROM {table}")
            assert worst < TOLERANCE, f"{table}.{column} is {worst} s away from the time of the database"

    def states(self, server):
        """By the last byte of the address."""
        return {int(device["mac"][-2:], 16): device["state"] for device in server.status(100)["devices"]}

    @contextlib.contextmanager
    def clocks(self, site):
        """The server whose clock is ahead is the first, and leads."""
        clocks = [Clock(self.folder, f"{site}{shift}", shift) for shift in (HOUR, -HOUR, 0)]
        with contextlib.ExitStack() as stack:
            servers = []
            for clock in clocks:
                servers += stack.enter_context(
                    self.servers(Server(self, site=site, environment=clock.environment)))
                wait_for("a leader", self.cluster.leader)
            yield clocks, servers
        self.cluster.query("DELETE FROM otatool_rollouts")

    def confirmations(self):
        """A device downloads from one server, and asks each of the others later."""
        with self.clocks("site") as (_, servers):
            for number, first in enumerate(servers):
                assert first.ask(number)[0] == 200
            wait_for("the downloads", lambda: self.events("downloaded") == len(servers))
            for number in range(len(servers)):
                assert servers[number - 1].ask(number, "2.0.0")[0] == 304
            wait_for("the confirmations", lambda: self.events("confirmed") == len(servers))
            self.check_times()

    def inside(self):
        """A device of the first stage."""
        return next(number for number in range(256)
                    if place(f"5C:CF:7F:00:00:{number:02X}", "2.0.0") < 50)

    def retries(self):
        """A device that could try again after half an hour waits at every server."""
        with self.clocks("slow") as (_, servers):
            device = self.inside()
            assert servers[2].ask(device)[0] == 200
            for asked in (servers[2], *servers):
                assert asked.ask(device)[0] == 304, "the device gets the image again"
                wait_for("the state", lambda: all(
                    self.states(server).get(device) == "not-applied" for server in servers))
            assert self.events("downloaded") == 1
            self.check_times()

    def stages(self):
        """A stage takes its time, whoever leads."""
        start = time.monotonic()
        with self.clocks("quick") as (_, servers):
            percent = "SELECT coalesce(max(percent), 0) FROM otatool_rollouts"
            phase = "SELECT count(*) FROM otatool_rollouts WHERE phase = 'complete'"
            device = self.inside()
            assert servers[1].ask(device)[0] == 200
            wait_for("the download", lambda: self.events("downloaded") == 1)
            assert servers[2].ask(device, "2.0.0")[0] == 304
            wait_for("the second stage", lambda: self.number(percent) == 100)
            # The store counts whole seconds.
            assert time.monotonic() - start > 3, "the leader whose clock is ahead shortens a stage"
            self.check_times()
            # The next leader has one of the other clocks.
            old, start = self.cluster.leader(), time.monotonic()
            servers[0].process.kill()
            servers[0].process.wait()
            wait_for("another leader", lambda: self.cluster.leader() not in (None, old))
            wait_for("the end of the rollout", lambda: self.number(phase) == 1)
            assert time.monotonic() - start < 10 + TOLERANCE, "a stage does not end"
            self.check_times()
            servers[0].stop = lambda: None

    def pause(self):
        """`rollout` on a computer whose clock is wrong writes the right time."""
        with self.clocks("slow") as (clocks, _):
            wait_for("the rollout", lambda: self.number("SELECT count(*) FROM otatool_rollouts") == 1)
            for clock, action in zip(clocks, ("pause", "resume")):
                subprocess.run([self.otatool, "rollout", action, "--store", self.cluster.uri], check=True,
                               stdout=subprocess.DEVNULL, env={**os.environ, **clock.environment})
                assert self.events(action) == 1
                self.check_times()

    def set_clock(self):
        """The clock of the leader is set while it runs, by an hour each time."""
        start, number, offered = time.monotonic(), 0, []
        with self.clocks("slow") as (clocks, servers):
            for shift in (2 * HOUR, HOUR, 0, -HOUR):
                clocks[0].set(shift)
                # The server compares its clock with that of the database once a second.
                moment = time.monotonic()
                while time.monotonic() - moment < 0.7:
                    number += 1
                    if servers[0].ask(number)[0] == 200:
                        offered.append(number)
            wait_for("the downloads", lambda: self.events("downloaded") == len(offered))
            for device in offered:
                assert servers[2].ask(device, "2.0.0")[0] == 304
            wait_for("the confirmations", lambda: self.events("confirmed") == len(offered))
            self.check_times()
            # The leader writes the age of a stage every ten seconds.
            age = "SELECT coalesce(max(elapsed), 0) FROM otatool_rollouts"
            wait_for("ten seconds of the stage", lambda: self.number(age) >= 10)
            took = self.number(age)
            assert took <= time.monotonic() - start + 1, f"a clock that is set makes the stage {took} s old"


def main():
    if not any(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        print("no PostgreSQL server: scripts/install-deps installs it")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        trial = Trial(sys.argv[1], folder)
        faults = (trial.confirmations, trial.retries, trial.stages, trial.pause, trial.set_clock)
        return replica_faults_test.perform(trial, faults)


if __name__ == "__main__":
    sys.exit(main())
