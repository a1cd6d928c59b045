"""Three servers on PostgreSQL with a standby, behind haproxy: replicas_test.py OTATOOL [DEVICES]

Simulated devices update through haproxy, a new connection for each request. Meanwhile the leader is killed, the
database is stopped, another server is killed, and the standby is promoted. Then a bad version must halt, and a good one
must reach everybody (docs/spec/fleet.md section 4, invariants). Exits with 77 without haproxy or PostgreSQL.
"""
import asyncio
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SKIPPED = 77
PATIENCE = 100
SERVERS = 3
CLIENTS = 24
RULE = "sketch"
HAPROXY = """global
  maxconn 2000
defaults
  mode tcp
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch
listen devices
  bind 127.0.0.1:{port}
  balance roundrobin
  option httpchk GET /healthz
  default-server check inter 300ms fall 1 rise 1
{servers}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(what, condition, patience=PATIENCE):
    start = time.monotonic()
    while not (value := condition()):
        assert time.monotonic() - start < patience, f"{what} does not happen"
        time.sleep(0.05)
    return value


def image(mark):
    """An ESP8266 image: a loader, and at 4096 a program with two segments."""

    def part(entry, segments):
        out, check = struct.pack("<4BI", 0xE9, len(segments), 0, 0x20, entry), 0xEF
        for address, data in segments:
            out += struct.pack("<II", address, len(data)) + data
            for byte in data:
                check ^= byte
        return out + bytes(15 - len(out) % 16) + bytes([check])

    boot = part(0x4010F000, [(0x4010F000, bytes(range(256)))])
    return boot.ljust(4096, b"\xff") + part(0x40100000, [(0x40201010, mark.encode().ljust(2048, b"\1")),
                                                         (0x40100000, b"\x11" * 64)])


def place(mac, version):
    """The place of a device in a rollout, 0 to 99: FNV-1a with the finalizer of SplitMix64."""
    mask, value = (1 << 64) - 1, 0xCBF29CE484222325
    for byte in f"{mac} {version}".encode():
        value = (value ^ byte) * 0x100000001B3 & mask
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & mask
    value = (value ^ value >> 27) * 0x94D049BB133111EB & mask
    return (value ^ value >> 31) % 100


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


class Servers:
    def __init__(self, otatool, folder, store):
        self.otatool, self.folder, self.store = otatool, folder, store
        self.ports = [free_port() for _ in range(SERVERS)]
        self.processes = [None] * SERVERS

    def start(self, number):
        log = (self.folder / f"server{number}.log").open("ab")
        process = subprocess.Popen(
            [self.otatool, "serve", self.folder / "site", "--listen", f"127.0.0.1:{self.ports[number]}", "--json",
             "--store", self.store, "--trusted-proxy", "127.0.0.1"], stdout=subprocess.PIPE, stderr=log,
            # In its sandbox a server cannot read a file of suppressions.
            env={**os.environ, "STATE_DIRECTORY": str(self.folder / f"state{number}"), "LSAN_OPTIONS": ""})
        (self.folder / f"state{number}").mkdir(exist_ok=True)
        line = process.stdout.readline()
        assert line, (self.folder / f"server{number}.log").read_text()
        # The log is not read: a thread empties the pipe.
        subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        process.stdout.close()
        self.processes[number] = process

    def kill(self, number):
        self.processes[number].kill()
        self.processes[number].wait(PATIENCE)

    def ask(self, number, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[number]}{path}", timeout=5) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def stop(self):
        for process in self.processes:
            process.terminate()
            assert process.wait(PATIENCE) == 0, "a server does not end well"


class Devices:
    """Each device asks again and again and installs what it gets, unless it is bad for that version."""

    def __init__(self, count, port):
        self.port = port
        self.macs = [f"5C:CF:7F:{i >> 16:02X}:{i >> 8 & 255:02X}:{i & 255:02X}" for i in range(count)]
        self.version = dict.fromkeys(self.macs, "1.0.0")
        self.offered = {}  # version: MACs
        self.downloads = dict.fromkeys(self.macs, 0)
        self.answers = {200: 0, 304: 0}
        self.failures = 0
        self.bad = {}  # version: MACs that do not run it
        self.failed_at = []
        self.offered_at = []
        self.pending = {}
        self.next = 0
        self.stopped = False

    async def ask(self, mac):
        head = (f"GET /update HTTP/1.1\r\nHost: ota\r\nConnection: close\r\nUser-Agent: ESP8266-http-Update\r\n"
                f"x-ESP8266-Chip-ID: 1\r\nx-ESP8266-STA-MAC: {mac}\r\nx-ESP8266-AP-MAC: {mac}\r\n"
                f"x-ESP8266-free-space: 1000000\r\nx-ESP8266-sketch-size: 300000\r\nx-ESP8266-sketch-md5: {'0' * 32}\r\n"
                f"x-ESP8266-chip-size: 4194304\r\nx-ESP8266-sdk-version: 3\r\nx-ESP8266-mode: sketch\r\n"
                f"x-ESP8266-version: {self.version[mac]}\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode())
            answer = await reader.read(-1)
        finally:
            writer.close()
        fields, _, body = answer.partition(b"\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", fields)
        status = int(fields[9:12]) if fields.startswith(b"HTTP/1.1 ") else 0
        if status == 200 and len(body) != int(length[1]):
            status = 0
        version = re.search(rb"x-version: (\S+)", fields)
        return status, version[1].decode() if version else ""

    async def poll(self, mac):
        if self.pending.pop(mac, None):
            self.failed_at.append(time.monotonic())
        try:
            status, version = await asyncio.wait_for(self.ask(mac), 20)
        except (OSError, asyncio.TimeoutError):
            status, version = 0, ""
        if status not in self.answers:
            self.failures += 1
            await asyncio.sleep(0.05)
            return
        self.answers[status] += 1
        if status == 200:
            self.offered.setdefault(version, set()).add(mac)
            self.offered_at.append(time.monotonic())
            self.downloads[mac] += 1
            if mac in self.bad.get(version, ()):
                self.pending[mac] = True
            else:
                self.version[mac] = version

    async def work(self):
        while not self.stopped:
            mac = self.macs[self.next]
            self.next = (self.next + 1) % len(self.macs)
            await self.poll(mac)

    def all_run(self, version):
        return all(each == version for each in self.version.values())


class Trial:
    def __init__(self, otatool, count, folder):
        self.folder = folder
        (folder / "site").mkdir()
        for version in ("2.0.0", "3.0.0", "3.0.1"):
            (folder / f"site/{version}.bin").write_bytes(image(version))
        self.give("2.0.0")
        self.cluster = Cluster(folder)
        self.servers = Servers(otatool, folder, self.cluster.uri)
        self.devices = Devices(count, free_port())
        self.confirmed = set()
        self.balancer = None

    def give(self, version):
        new = self.folder / "new.toml"
        new.write_text(f'[[serve.rule]]\nname = "{RULE}"\nimage = "{version}.bin"\nversion = "{version}"\n'
                       'stages = [10, 50, 100]\nstage-time = "3s"\nstage-confirmed = "80%"\nhalt-failures = "5%"\n',
                       encoding="utf-8")
        new.rename(self.folder / "site/otatool.toml")

    def start(self):
        for number in range(SERVERS):
            self.servers.start(number)
            wait_for("a leader", self.cluster.leader)
        lines = "\n".join(f"  server s{i} 127.0.0.1:{port} send-proxy-v2 check-send-proxy" for i, port in enumerate(self.servers.ports))
        (self.folder / "haproxy.cfg").write_text(HAPROXY.format(port=self.devices.port, servers=lines))
        self.balancer = subprocess.Popen(["haproxy", "-f", self.folder / "haproxy.cfg", "-db"],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def rollout(self, version):
        rows = self.cluster.rows(f"SELECT phase, percent, reason FROM otatool_rollouts WHERE version = '{version}'")
        # The first stage is in the manifest: it needs no row.
        return (rows[0][0], int(rows[0][1]), rows[0][2]) if rows else ("", 10, "")

    def check(self, version):
        """The invariants that hold at every moment while the database is there."""
        offered = list(self.devices.offered.get(version, ()))
        phase, percent, _ = self.rollout(version)
        outside = [mac for mac in offered if place(mac, version) >= percent]
        assert not outside, f"{len(outside)} devices outside {percent} % of {version} were offered it"
        confirmed = {int(row[0]) for row in self.cluster.rows(
            f"SELECT mac FROM otatool_progress WHERE version = '{version}' AND confirmed = 1")}
        lost = self.confirmed - confirmed
        assert not lost, f"{len(lost)} confirmed devices are lost"
        self.confirmed = confirmed
        return phase, percent

    async def until(self, what, condition, version, patience=PATIENCE):
        start = time.monotonic()
        while True:
            phase, percent = await asyncio.to_thread(self.check, version)
            if condition(phase, percent):
                return time.monotonic() - start
            assert time.monotonic() - start < patience, f"{what} does not happen: {phase} at {percent} %"
            await asyncio.sleep(0.1)

    async def kill_leader(self):
        old = self.cluster.leader()
        start = time.monotonic()
        self.servers.kill(0)
        await asyncio.to_thread(wait_for, "another leader", lambda: self.cluster.leader() not in (None, old))
        took = time.monotonic() - start
        assert took < 10, f"another server leads after {took:.1f} s"
        print(f"another server leads {took:.1f} s after the end of the leader")
        self.servers.start(0)

    async def lose_database(self):
        percent = self.rollout("2.0.0")[1]
        self.cluster.crash(0)
        start, answers = time.monotonic(), dict(self.devices.answers)
        await asyncio.to_thread(wait_for, "503", lambda: all(
            self.servers.ask(i, "/readyz")[0] == 503 for i in range(SERVERS)))
        print(f"/readyz is 503 everywhere {time.monotonic() - start:.1f} s after the stop of the database")
        assert all(self.servers.ask(i, "/healthz") == (200, b"ok\n") for i in range(SERVERS))
        await asyncio.sleep(4)  # longer than a stage
        self.servers.kill(1)
        outside = [mac for mac in self.devices.offered["2.0.0"] if place(mac, "2.0.0") >= percent]
        assert not outside, "a rollout widens without the database"
        served = {status: count - answers[status] for status, count in self.devices.answers.items()}
        assert served[304] > 0, "nobody is answered without the database"
        spools = [len(path.read_bytes()) for path in self.folder.glob("state*/otatool/*.spool")]
        print(f"without the database: {served[200]} images, {served[304]} times 304, spools of {spools} bytes")
        start = time.monotonic()
        self.cluster.promote()
        await asyncio.to_thread(self.servers.start, 1)
        await asyncio.to_thread(wait_for, "readiness", lambda: all(
            self.servers.ask(i, "/readyz")[0] == 200 for i in range(SERVERS)))
        print(f"/readyz is 200 everywhere {time.monotonic() - start:.1f} s after the promotion")
        await asyncio.to_thread(wait_for, "an empty spool", lambda: not any(
            path.stat().st_size for path in self.folder.glob("state*/otatool/*.spool")))

    async def halt(self):
        devices = self.devices
        devices.bad["3.0.0"] = {mac for i, mac in enumerate(devices.macs) if i % 8 == 0}
        self.confirmed = set()
        devices.failed_at.clear()
        self.give("3.0.0")
        await self.until("a halt", lambda phase, _: phase == "halted", "3.0.0")
        seen = time.monotonic()
        reason = self.rollout("3.0.0")[2]
        failed, downloaded = (int(number) for number in re.match(r"(\d+) of (\d+)", reason).groups())
        recent = sum(at > seen - 2 for at in devices.failed_at)
        threshold = max(3, -(-downloaded * 5 // 100))
        print(f"halted: {reason}; the threshold is {threshold}, {recent} failed in the 2 s before")
        assert failed <= threshold + recent, "the halt is late"
        await asyncio.sleep(3)
        # Within 1 s; another one for answers that were under way.
        late = sum(at > seen + 2 for at in devices.offered_at)
        assert late == 0, f"{late} devices were offered a halted version"

    async def perform(self):
        workers = [asyncio.create_task(self.devices.work()) for _ in range(CLIENTS)]
        await self.until("confirmations", lambda _, percent: len(self.confirmed) > 0, "2.0.0")
        await self.kill_leader()
        await self.until("the second stage", lambda _, percent: percent >= 50, "2.0.0")
        await self.lose_database()
        took = await self.until("the end", lambda phase, _: phase == "complete" and self.devices.all_run("2.0.0"),
                                "2.0.0", 3 * PATIENCE)
        print(f"all {len(self.devices.macs)} devices run 2.0.0, {took:.1f} s later")
        self.check_history("2.0.0")
        await self.halt()
        self.confirmed = set()
        self.give("3.0.1")
        await self.until("the end", lambda phase, _: phase == "complete" and self.devices.all_run("3.0.1"), "3.0.1",
                         3 * PATIENCE)
        await self.until("confirmation of all", lambda *_: len(self.confirmed) == len(self.devices.macs), "3.0.1")
        self.devices.stopped = True
        await asyncio.gather(*workers)

    def check_history(self, version):
        count = len(self.devices.macs)
        downloads = {int(mac): int(times) for mac, times in self.cluster.rows(
            f"SELECT mac, count(*) FROM otatool_history WHERE kind = 'downloaded' AND version_to = '{version}' "
            "GROUP BY mac")}
        more = [mac for mac in self.devices.macs
                if downloads.get(int(mac.replace(":", ""), 16), 0) > self.devices.downloads[mac]]
        assert not more, f"the history of {len(more)} devices has events twice"
        unknown = count - len(downloads)
        print(f"the history lacks the downloads of {unknown} devices; {len(self.confirmed)} of {count} are confirmed")
        # Two servers were killed, each with the events of its last second.
        assert unknown <= max(20, count // 10), "events are lost"


def main():
    if not shutil.which("haproxy") or not any(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        print("no haproxy or no PostgreSQL server: scripts/install-deps installs them")
        return SKIPPED
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        trial = Trial(sys.argv[1], count, folder)
        try:
            trial.start()
            asyncio.run(trial.perform())
            trial.servers.stop()
        except BaseException:
            for log in sorted(folder.glob("server*.log")):
                print(f"{log.name}:", log.read_text()[-3000:], sep="\n")
            raise
        finally:
            for process in [trial.balancer, *trial.servers.processes]:
                if process and process.poll() is None:
                    process.kill()
                    process.wait(PATIENCE)
            trial.cluster.stop()
    asked = sum(trial.devices.answers.values())
    took = time.monotonic() - start
    print(f"{count} devices: {asked} answers, {trial.devices.failures} requests failed, {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
