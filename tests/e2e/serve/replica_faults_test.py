"""Faults of servers on one PostgreSQL, one at a time: replica_faults_test.py OTATOOL

A slow database, servers with different folders, more devices than are kept; and TLS sessions that resume at another
server. replica_clock_test.py has clocks that are wrong. Exits with 77 without PostgreSQL.
"""
import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from database_cluster import PATIENCE, SKIPPED, Cluster, wait_for
from updating_devices import image


class Server:
    def __init__(self, trial, *options, site="site", store=None, environment=None):
        trial.count += 1
        self.log = trial.folder / f"server{trial.count}.log"
        state = trial.folder / f"state{trial.count}"
        state.mkdir()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [trial.otatool, "serve", trial.folder / site, "--listen", "127.0.0.1:0", "--json", "--store",
                 store or trial.cluster.uri, "--access-log", trial.folder / "access.log", *options],
                stdout=subprocess.PIPE, stderr=log,
                env={**os.environ, "STATE_DIRECTORY": str(state), "LSAN_OPTIONS": "", **(environment or {})})
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        self.port = json.loads(line)["port"]
        self.reader = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()
        self.reader.wait(PATIENCE)

    def ask(self, number, version="1.0.0"):
        """A device asks; returns the status and the seconds that the answer takes."""
        mac = f"5C:CF:7F:{number >> 16:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/update", headers={
            "User-Agent": "ESP8266-http-Update", "x-ESP8266-STA-MAC": mac, "x-ESP8266-AP-MAC": mac,
            "x-ESP8266-free-space": "1000000", "x-ESP8266-sketch-size": "300000", "x-ESP8266-sketch-md5": "0" * 32,
            "x-ESP8266-chip-size": "4194304", "x-ESP8266-sdk-version": "3", "x-ESP8266-mode": "sketch",
            "x-ESP8266-version": version})
        start = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                reply.read()
                status = reply.status
        except urllib.error.HTTPError as error:
            status = error.code
        return status, time.monotonic() - start

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=PATIENCE) as reply:
                return reply.status == 200
        except urllib.error.HTTPError:
            return False

    def status(self, limit=1):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status.json?limit={limit}", timeout=PATIENCE) as reply:
            return json.load(reply)

    def tls(self, *options):
        """One request by openssl: whether the session was resumed."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-ign_eof", *options],
                              input=b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=PATIENCE)
        assert b"HTTP/1.1 200" in done.stdout, done.stdout
        return re.search(rb"^(New|Reused), ", done.stdout, re.M)[1] == b"Reused"


class Trial:
    def __init__(self, otatool, folder):
        self.otatool, self.folder, self.count = otatool, folder, 0
        for site, version in (("site", "2.0.0"), ("other", "2.0.1")):
            (folder / site).mkdir()
            (folder / f"{site}/new.bin").write_bytes(image(version))
            (folder / f"{site}/otatool.toml").write_text(
                f'[[serve.rule]]\nimage = "new.bin"\nversion = "{version}"\n', encoding="utf-8")
        self.cluster = Cluster(folder)

    @contextlib.contextmanager
    def servers(self, *made):
        try:
            yield made
            for server in made:
                server.stop()
        finally:
            for server in made:
                if server.process.poll() is None:
                    server.process.kill()
        self.cluster.query("DELETE FROM otatool_devices; DELETE FROM otatool_progress; DELETE FROM otatool_history")

    def events(self, kind):
        return int(self.cluster.query(f"SELECT count(*) FROM otatool_history WHERE kind = '{kind}'"))

    def slow_database(self):
        with self.servers(Server(self)) as (server,):
            self.cluster.query("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
                               "pg_sleep(1); RETURN NULL; END $$; CREATE TRIGGER slow AFTER INSERT ON otatool_history "
                               "FOR EACH STATEMENT EXECUTE FUNCTION slow()")
            answers = [server.ask(number % 4) for number in range(100)]
            self.cluster.query("DROP TRIGGER slow ON otatool_history")
            assert {status for status, _ in answers} <= {200, 304}
            slowest = max(seconds for _, seconds in answers)
            print(f"the slowest of 100 answers with a slow database takes {slowest * 1000:.0f} ms")
            assert slowest < 0.9, "an answer waits for the database"
            expected = sum(status == 200 for status, _ in answers)
            wait_for("the last event", lambda: self.events("downloaded") == expected)

    def different_folders(self):
        with self.servers(Server(self), Server(self, site="other")) as (first, second):
            for number, (server, version) in enumerate([(first, "2.0.0"), (second, "2.0.1")]):
                assert server.ask(number)[0] == 200 and server.ask(number, version)[0] == 304
            states = ("SELECT d.mac % 256, d.state, d.version, p.version, p.confirmed FROM otatool_devices d "
                      "JOIN otatool_progress p ON p.mac = d.mac ORDER BY d.mac")
            expected = [["0", "confirmed", "2.0.0", "2.0.0", "1"], ["1", "confirmed", "2.0.1", "2.0.1", "1"]]
            wait_for("both confirmations", lambda: self.cluster.rows(states) == expected)
            warning = f"other servers of the store serve other rules or images: {socket.gethostname()}\n"
            for server in (first, second):
                wait_for("a warning", lambda: warning in server.log.read_text())

    def flood(self):
        devices, limit = 400, 50
        with self.servers(*[Server(self, "--max-devices", str(limit)) for _ in range(2)]) as servers:
            for number in range(devices):
                assert servers[number % 2].ask(number)[0] == 200
            wait_for("counting", lambda: all(server.status()["not_kept"] > 0 for server in servers))
            known = [server.status()["known"] for server in servers]
            stored = int(self.cluster.query("SELECT count(*) FROM otatool_devices"))
            print(f"of {devices} devices {stored} are stored, servers know {known}")
            assert max(known) <= limit and stored <= 2 * limit

    def resumes(self, first, second, *options):
        """Whether a session of the first server resumes at the second one."""
        saved = self.folder / "session"
        saved.unlink(missing_ok=True)
        assert not first.tls(*options, "-sess_out", saved)
        return saved.exists() and second.tls(*options, "-sess_in", saved)

    def ask_through_proxy(self, server):
        """A header of the PROXY protocol before the TLS handshake."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            connection.sendall(b"PROXY TCP4 192.0.2.7 127.0.0.1 1234 443\r\n")
            with context.wrap_socket(connection, server_hostname="127.0.0.1") as stream:
                stream.sendall(b"GET /tls HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                assert b" 404 " in stream.recv(4096)
        wait_for("the address of the client", lambda: "192.0.2.7" in (self.folder / "access.log").read_text())

    def tls(self):
        made = subprocess.run([self.otatool, "serve", self.folder / "site", "--self-signed", "--host", "127.0.0.1",
                               "--ca-out", self.folder / "ca.pem", "--listen", "256.0.0.1:0"], check=False,
                              stderr=subprocess.PIPE)
        assert (self.folder / "ca.pem").exists(), made.stderr
        options = ["--cert", self.folder / "ca.pem", "--key", self.folder / "ca.key", "--trusted-proxy", "127.0.0.1"]
        with self.servers(Server(self, *options), Server(self, *options)) as (first, second):
            self.ask_through_proxy(first)
            saved = self.folder / "session"
            keys = "SELECT count(*) FROM otatool_ticket_keys"
            wait_for("a key", lambda: self.cluster.query(keys) == "1\n")
            for version in ("-tls1_2", "-tls1_3"):
                wait_for("a resumed ticket", lambda: self.resumes(first, second, version))
            print("tickets of TLS 1.2 and 1.3 resume at another server")
            assert first.tls("-tls1_2", "-no_ticket", "-sess_out", saved) is False
            wait_for("a resumed session ID", lambda: second.tls("-tls1_2", "-no_ticket", "-sess_in", saved))
            print("a session ID resumes at another server")
            first.tls("-tls1_2", "-sess_out", saved)
            age = "UPDATE otatool_ticket_keys SET made = made - 3700"
            self.cluster.query(age)
            wait_for("a second key", lambda: self.cluster.query(keys) == "2\n")
            assert second.tls("-tls1_2", "-sess_in", saved), "the last key but one opens its tickets"
            old = self.cluster.query("SELECT name FROM otatool_ticket_keys ORDER BY made LIMIT 1")
            self.cluster.query(age)
            wait_for("the end of a key", lambda: old not in self.cluster.query("SELECT name FROM otatool_ticket_keys"))
            wait_for("a refused ticket", lambda: not second.tls("-tls1_2", "-sess_in", saved))
            secrets = self.cluster.query("SELECT secret FROM otatool_ticket_keys").split()
            logs = first.log.read_text() + second.log.read_text()
            assert not any(secret[:16] in logs for secret in secrets)


def perform(trial, faults):
    """One fault after the other; the logs of the servers if one does harm."""
    try:
        for fault in faults:
            print(f"== {fault.__name__}", flush=True)
            fault()
    except BaseException:
        for log in sorted(trial.folder.glob("server*.log")):
            print(f"{log.name}:", log.read_text()[-2000:], sep="\n")
        raise
    finally:
        trial.cluster.stop()
    return 0


def main():
    if not any(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        print("no PostgreSQL server: scripts/install-deps installs it")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        trial = Trial(sys.argv[1], folder)
        return perform(trial, (trial.slow_database, trial.different_folders, trial.flood, trial.tls))


if __name__ == "__main__":
    sys.exit(main())
