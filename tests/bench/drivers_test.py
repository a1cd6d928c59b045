"""Tests the drivers of the benchmarks: drivers_test.py OTATOOL BENCH_FOLDER

Each driver explains itself with --help. A driver that is interrupted exits with 130 and leaves no program running.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

OTATOOL, BENCH = sys.argv[1], pathlib.Path(sys.argv[2])
DRIVERS = sorted(BENCH.glob("*_bench.py"))

# Stand-ins for serve_load, which never ends here, and for bare_sender.
ENDLESS_LOAD = "#!/bin/sh\nexec tail -f /dev/null\n"
BARE_SENDER = '#!/bin/sh\nexec python3 -m http.server -b 127.0.0.1 -d "$(dirname "$2")" "$1"\n'


def session_members(session):
    """The processes of a session, without those that have ended."""
    members = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            members.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return members


def remaining_members(session):
    """The processes of a session that do not end by themselves within a minute."""
    limit = time.monotonic() + 60
    while (members := session_members(session)) and time.monotonic() < limit:
        time.sleep(0.01)
    return members


class Help(unittest.TestCase):
    def test_every_driver_explains_itself(self):
        self.assertGreaterEqual(len(DRIVERS), 6)
        for driver in DRIVERS:
            with self.subTest(driver.name):
                shown = subprocess.run([sys.executable, "-B", driver, "--help"], capture_output=True, text=True)
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                self.assertTrue(shown.stdout.startswith(f"{driver.name} OTATOOL"), shown.stdout)

    def test_missing_arguments_show_the_usage(self):
        for driver in DRIVERS:
            with self.subTest(driver.name):
                shown = subprocess.run([sys.executable, "-B", driver], capture_output=True, text=True)
                self.assertEqual(shown.returncode, 2)
                self.assertTrue(shown.stderr.startswith(f"usage: {driver.name} OTATOOL"), shown.stderr)


class Interruption(unittest.TestCase):
    def interrupt(self, signal_number, driver, *arguments, after):
        """Interrupts the driver once it has reported `after`; no process of its session may remain."""
        process = subprocess.Popen([sys.executable, "-B", BENCH / driver, *arguments], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if after in line:
                break
        else:
            self.fail(f"{driver} ended: {''.join(lines)}")
        self.assertGreater(len(session_members(process.pid)), 1)
        process.send_signal(signal_number)
        rest = process.stderr.read()
        self.assertEqual(process.wait(), 130, rest)
        self.assertEqual(remaining_members(process.pid), [])
        self.assertNotIn("Traceback", rest)

    def test_a_signal_during_the_start_of_a_program_ends_it(self):
        script = """
import os, signal, sys
sys.path.insert(0, sys.argv.pop(1))
import programs
spawn = os.posix_spawnp
def spawn_and_signal(*arguments, **options):
    process_id = spawn(*arguments, **options)
    os.kill(os.getpid(), signal.SIGINT)
    return process_id
os.posix_spawnp = spawn_and_signal
programs.main(lambda: programs.timed(["tail", "-f", "/dev/null"]), "", 0)
"""
        process = subprocess.Popen([sys.executable, "-B", "-c", script, BENCH], start_new_session=True)
        self.assertEqual(process.wait(), 130)
        self.assertEqual(remaining_members(process.pid), [])

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_push_ends_its_device(self):
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal_number):
                self.interrupt(signal_number, "push_bench.py", OTATOOL, "1000", after="run 2 of 1000")

    @unittest.skipUnless(os.path.exists("/usr/sbin/nginx"), "nginx is not installed")
    def test_serve_ends_all_servers(self):
        with tempfile.TemporaryDirectory() as name:
            stand_ins = []
            for program, text in (("load", ENDLESS_LOAD), ("bare_sender", BARE_SENDER)):
                path = pathlib.Path(name, program)
                path.write_text(text)
                path.chmod(0o700)
                stand_ins.append(path)
            for signal_number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(signal_number):
                    self.interrupt(signal_number, "serve_bench.py", OTATOOL, *stand_ins, after="turn 1 of 40")

    @unittest.skipUnless(list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")), "PostgreSQL is not installed")
    def test_replicas_ends_servers_and_database(self):
        with tempfile.TemporaryDirectory() as name:
            load = pathlib.Path(name, "load")
            load.write_text(ENDLESS_LOAD)
            load.chmod(0o700)
            for signal_number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(signal_number):
                    self.interrupt(signal_number, "replicas_bench.py", OTATOOL, load, after="run 1 of 5")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
