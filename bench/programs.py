"""Runs programs for the benchmarks and measures their time."""
import json
import os
import subprocess
import sys
import time
import typing


class Time(typing.NamedTuple):
    elapsed: float  # seconds from the start of the program to its end
    cpu: float  # processor seconds


def start(command, output=os.devnull, environment=None):
    """Starts `command`, with stdout written to the file `output` and without stderr; returns its process id."""
    streams = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    words = [str(word) for word in command]
    return os.posix_spawnp(words[0], words, os.environ | (environment or {}), file_actions=streams)


def timed(command, **options):
    """Runs `command` to its end, with the options of start(). Ends the benchmark if the command fails."""
    begin = time.perf_counter()
    _, status, usage = os.wait4(start(command, **options), 0)
    elapsed = time.perf_counter() - begin
    if status != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed: {os.waitstatus_to_exitcode(status)}")
    return Time(elapsed, usage.ru_utime + usage.ru_stime)


class Device:
    """A running `otatool device --json`."""

    def __init__(self, otatool, *options, environment=None):
        command = [otatool, "device", "--port", "0", "--no-announce", "--json", *options]
        self.process = subprocess.Popen(command, env=os.environ | (environment or {}), stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.listening = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()

    def wait_for(self, *events):
        """Waits until the device has reported these events in this order."""
        for event in events:
            while json.loads(self.process.stdout.readline() or sys.exit("error: the device has ended"))["event"] != event:
                pass
