"""Runs programs for the benchmarks, measures their time, and ends them when the benchmark is interrupted."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing


INTERRUPTED, USAGE = 130, 2
running_ids = set()  # of the programs that were started and not yet awaited


class Interruption:
    """SIGINT and SIGTERM raise KeyboardInterrupt, but not while a program starts: its id must first be in running_ids."""
    held, arrived = False, False

    @classmethod
    def handle(cls, *_):
        cls.arrived = True
        if not cls.held:
            raise KeyboardInterrupt

    @classmethod
    @contextlib.contextmanager
    def hold(cls):
        cls.held = True
        try:
            yield
        finally:
            cls.held = False
        if cls.arrived:
            raise KeyboardInterrupt


def main(run, description, least_arguments):
    """Calls `run` and exits with its result. Prints `description` for --help. SIGINT and SIGTERM end all programs."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(description.strip())
        sys.exit(0)
    if len(sys.argv) - 1 < least_arguments:
        print(f"usage: {description.strip().splitlines()[0]}", file=sys.stderr)
        sys.exit(USAGE)
    signal.signal(signal.SIGTERM, Interruption.handle)
    signal.signal(signal.SIGINT, Interruption.handle)
    try:
        sys.exit(run())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        end_programs()


def end_programs():
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, signal.SIG_IGN)
    for process_id in list(running_ids):
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(process_id, signal.SIGKILL)
            os.waitpid(process_id, 0)


def progress(text):
    """Says on stderr what the benchmark does now: in place on a terminal, otherwise as a line."""
    name = pathlib.Path(sys.argv[0]).stem
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name}: {text}", end="", file=sys.stderr, flush=True)
    else:
        print(f"{name}: {text}", file=sys.stderr, flush=True)


def clear_progress():
    """Makes room for a line of results on the same terminal."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def running(command, **options):
    """A subprocess.Popen that ends with the block."""
    with Interruption.hold():
        process = subprocess.Popen(list(map(str, command)), **options)
        running_ids.add(process.pid)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        running_ids.discard(process.pid)


class Time(typing.NamedTuple):
    elapsed: float  # seconds from the start of the program to its end
    cpu: float  # processor seconds


def start(command, output=os.devnull, environment=None):
    """Starts `command`, with stdout written to the file `output` and without stderr; returns its process id. Without
    `output` the program shares both streams."""
    streams = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)] if output else []
    words = [str(word) for word in command]
    with Interruption.hold():
        process_id = os.posix_spawnp(words[0], words, os.environ | (environment or {}), file_actions=streams)
        running_ids.add(process_id)
    return process_id


def timed(command, **options):
    """Runs `command` to its end, with the options of start(). Ends the benchmark if the command fails."""
    begin = time.perf_counter()
    process_id = start(command, **options)
    _, status, usage = os.wait4(process_id, 0)
    elapsed = time.perf_counter() - begin
    running_ids.discard(process_id)
    if status != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed: {os.waitstatus_to_exitcode(status)}")
    return Time(elapsed, usage.ru_utime + usage.ru_stime)


class Device:
    """A running `otatool device --json`."""

    def __init__(self, otatool, *options, environment=None):
        command = [otatool, "device", "--port", "0", "--no-announce", "--json", *options]
        with Interruption.hold():
            self.process = subprocess.Popen(command, env=os.environ | (environment or {}), stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL)
            running_ids.add(self.process.pid)
        self.listening = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()
        running_ids.discard(self.process.pid)

    def wait_for(self, *events):
        """Waits until the device has reported these events in this order."""
        for event in events:
            while json.loads(self.process.stdout.readline() or sys.exit("error: the device has ended"))["event"] != event:
                pass
