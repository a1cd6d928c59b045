"""Servers on one PostgreSQL that see different things, one fault at a time: replica_outages_test.py OTATOOL

A server without the database halts a rollout; servers have different folders; the leader hangs; a notification is lost;
the database is slow, or read-only. Exits with 77 without PostgreSQL.
"""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from database_cluster import SKIPPED, wait_for
from database_proxy import DatabaseProxy
from replica_faults_test import Server, Trial, perform

RULE = ('[[serve.rule]]\nname = "lamps"\nimage = "new.bin"\nversion = "2.0.0"\nstages = [100]\nstage-time = "1h"\n'
        'halt-failures = "5%"\n')
RUNNING, PAUSED, HALTED = "012"


class Outages(Trial):
    def __init__(self, otatool, folder):
        super().__init__(otatool, folder)
        (folder / "site/otatool.toml").write_text(RULE, encoding="utf-8")

    def proxy(self):
        return DatabaseProxy(self.cluster.folder / ".s.PGSQL.5001")

    def row(self):
        rows = self.cluster.rows("SELECT phase, active, revision, elapsed FROM otatool_rollouts")
        return rows[0] if rows else ["", "", "0", "0"]

    def rollout(self, *arguments):
        done = subprocess.run([self.otatool, "rollout", *arguments, "--store", self.cluster.uri, "--json"], check=True,
                              stdout=subprocess.PIPE)
        return json.loads(done.stdout)["rollouts"]

    def forget(self):
        self.cluster.query("DELETE FROM otatool_rollouts")

    def halt_without_database(self):
        leader = Server(self)
        wait_for("a leader", self.cluster.leader)
        proxy = self.proxy()
        with self.servers(leader, Server(self, store=proxy.uri)) as (_, alone):
            wait_for("readiness", alone.is_ready)
            proxy.cut()
            wait_for("the loss of the database", lambda: not alone.is_ready())
            fail(alone, range(1000, 1003))
            assert phase(alone) == HALTED, "the server does not halt by what it sees"
            # All together are not enough for a halt, and the leader writes the rollout.
            for number in range(80):
                assert leader.ask(number)[0] == 200 and leader.ask(number, "2.0.0")[0] == 304
            wait_for("a change of the leader", lambda: self.row()[3] != "0")
            assert phase(leader) == RUNNING
            proxy.open = True
            while not alone.is_ready() or self.row()[0] != "halted":
                assert phase(alone) == HALTED, "the rollout continues automatically"
            wait_for("the halt everywhere", lambda: phase(leader) == HALTED and phase(alone) == HALTED)
            events = [event["kind"] for event in self.rollout("show")[0]["events"]]
            assert events == ["halted"], events
            self.rollout("resume")
            wait_for("the end of the halt", lambda: phase(leader) == RUNNING and phase(alone) == RUNNING)
        self.forget()

    def halt_beside_another_folder(self):
        leader = Server(self, site="other")
        wait_for("a leader", self.cluster.leader)
        with self.servers(leader, Server(self)) as (_, server):
            fail(server, range(8))
            assert phase(server) == HALTED and server.ask(100)[0] == 304, "a rollout of which the leader knows nothing goes on"
            wait_for("the halt in the database", lambda: self.row()[:2] == ["halted", "1"])
            revision = int(self.row()[2])
            with self.servers(Server(self, site="other")) as (again,):
                # It clears the flag of the rollout, and the server that has the rule sets it.
                wait_for("both changes", lambda: int(self.row()[2]) >= revision + 2, 20)
                assert [each["phase"] for each in self.rollout("list")] == ["halted"]
                warning = rf"serve other rules or images: {re.escape(socket.gethostname())}\n"
                for each in (leader, server, again):
                    wait_for("a warning", lambda each=each: re.search(warning, each.log.read_text()))
        self.forget()

    def hanging_leader(self):
        first = Server(self)
        old = wait_for("a leader", self.cluster.leader)
        with self.servers(first, Server(self)) as (_, second):
            wait_for("readiness", second.is_ready)
            start = time.monotonic()
            first.process.send_signal(signal.SIGSTOP)
            wait_for("another leader", lambda: self.cluster.leader() not in (None, old))
            took = time.monotonic() - start
            print(f"another server leads {took:.1f} s after the leader hangs")
            first.process.send_signal(signal.SIGCONT)
            assert took < 10
            new = self.cluster.leader()
            wait_for("the end of the trouble", first.is_ready)
            assert self.cluster.leader() == new
        self.forget()

    def lost_notification(self):
        proxy = self.proxy()
        with self.servers(Server(self, store=proxy.uri)) as (server,):
            wait_for("the rollout", self.rollout_is_written)
            proxy.loses_notifications = True
            took = self.time_of_pause(server)
            print(f"a pause reaches a server that gets no notification after {took:.1f} s")
            assert proxy.lost > 0 and took < 10
        self.forget()

    def slow_database(self):
        proxy = self.proxy()
        with self.servers(Server(self, store=proxy.uri)) as (server,):
            wait_for("the rollout", self.rollout_is_written)
            proxy.delay = 1
            slowest = max(server.ask(number)[1] for number in range(40))
            took = self.time_of_pause(server)
            status, seconds = server.ask(100)
            print(f"each message takes 1 s: the slowest answer takes {max(slowest, seconds) * 1000:.0f} ms, a pause reaches "
                  f"the server after {took:.1f} s")
            assert status == 304 and max(slowest, seconds) < 0.9, "an answer waits for the database"
            wait_for("the last event", lambda: self.events("downloaded") == 40)
            proxy.delay = 0
        self.forget()

    def read_only_database(self):
        # Another URI would have the server wait for a database that can be written.
        uri = f"postgresql:///fleet?user=otatool&host={self.cluster.folder}&port=5001"
        with self.servers(Server(self, store=uri)) as (server,):
            wait_for("the rollout", self.rollout_is_written)
            self.make_read_only("on")
            wait_for("the trouble", lambda: not server.is_ready())
            assert server.ask(1)[0] == 200
            self.make_read_only("off")
            wait_for("readiness", server.is_ready)
            wait_for("the event", lambda: self.events("downloaded") == 1)
        self.forget()

    def make_read_only(self, value):
        self.cluster.query(f"ALTER DATABASE fleet SET default_transaction_read_only = {value}", database="postgres")
        self.cluster.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'otatool'")

    def rollout_is_written(self):
        return self.cluster.query("SELECT count(*) FROM otatool_rollouts") == "1\n"

    def time_of_pause(self, server):
        self.rollout("pause")
        start = time.monotonic()
        wait_for("the pause", lambda: phase(server) == PAUSED)
        return time.monotonic() - start


def phase(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=100) as answer:
        return re.search(r'^otatool_rollout_phase{rule="lamps"} (\d)', answer.read().decode(), re.M)[1]


def fail(server, numbers):
    """Devices download the version, and ask again with the old one."""
    for _ in range(2):
        for number in numbers:
            server.ask(number)


def main():
    if not any(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        print("no PostgreSQL server: scripts/install-deps installs it")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)
        trial = Outages(sys.argv[1], folder)
        return perform(trial, (trial.halt_without_database, trial.halt_beside_another_folder, trial.hanging_leader,
                               trial.lost_notification, trial.slow_database, trial.read_only_database))


if __name__ == "__main__":
    sys.exit(main())
