"""A PostgreSQL database with a streaming standby in a temporary folder, and a patient wait."""
import os
import pathlib
import signal
import subprocess
import time

SKIPPED = 77
PATIENCE = 100


def wait_for(what, condition, patience=PATIENCE):
    start = time.monotonic()
    while not (value := condition()):
        assert time.monotonic() - start < patience, f"{what} does not happen"
        time.sleep(0.05)
    return value


class Cluster:
    """A primary with a streaming standby, each with a socket of its own."""

    def __init__(self, folder):
        self.programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = folder / "databases"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.nodes = [self.folder / "primary", self.folder / "standby"]
        self.running = {}
        self.run("initdb", f"--pgdata={self.nodes[0]}", "--auth=trust", "--username=otatool", "--no-sync",
                 "--encoding=UTF8", "--locale=C")
        self.start(0)
        self.run("pg_basebackup", "-h", self.folder, "-p", "5001", "-U", "otatool", "-D", self.nodes[1], "-R", "-X",
                 "stream", "--no-sync")
        self.start(1)
        self.query("CREATE DATABASE fleet", 0, "postgres")
        self.current = 0
        self.uri = (f"postgresql:///fleet?user=otatool&host={self.folder},{self.folder}&port=5001,5002"
                    "&target_session_attrs=read-write")
        wait_for("replication", lambda: "1" in self.query("SELECT count(*) FROM pg_stat_replication", 0))

    def command(self, program, *arguments):
        # PostgreSQL refuses to run as root.
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        return [*user, self.programs / program, *arguments]

    def run(self, program, *arguments):
        subprocess.run(self.command(program, *arguments), check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self, node):
        log = (self.folder / f"{node}.log").open("wb")
        self.running[node] = subprocess.Popen(
            self.command("postgres", "-D", self.nodes[node], "-p", str(5001 + node), "-c", "listen_addresses=", "-c",
                         f"unix_socket_directories={self.folder}", "-c", "fsync=off", "-c", "shared_buffers=16MB",
                         "-c", "max_connections=40"), stdout=log, stderr=log, cwd=self.folder)
        wait_for("a start of PostgreSQL", lambda: subprocess.run(
            self.command("pg_isready", "-h", self.folder, "-p", str(5001 + node)), check=False,
            stdout=subprocess.DEVNULL, cwd=self.folder).returncode == 0)

    def crash(self, node):
        self.running[node].send_signal(signal.SIGQUIT)
        self.running.pop(node).wait(PATIENCE)

    def promote(self):
        self.run("pg_ctl", "promote", "-D", self.nodes[1])
        self.current = 1

    def query(self, sql, node=None, database="fleet"):
        node = self.current if node is None else node
        done = subprocess.run([self.programs / "psql", "-qAt", "-h", self.folder, "-p", str(5001 + node), "-U",
                               "otatool", "-d", database, "-c", sql], check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def rows(self, sql):
        return [line.split("|") for line in self.query(sql).splitlines()]

    def leader(self):
        rows = self.rows("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return rows[0][0] if rows else None

    def stop(self):
        for process in self.running.values():
            process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE)
        # Its files belong to another user.
        subprocess.run(self.command("pg_ctl", "--version"), check=True, stdout=subprocess.DEVNULL)
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        subprocess.run([*user, "rm", "-rf", *self.nodes], check=False)
