"""Three servers on PostgreSQL with a standby, behind haproxy: replicas_test.py OTATOOL [DEVICES]

Simulated devices update through haproxy, a new connection for each request. Meanwhile the leader is killed, the
database is stopped, another server is killed, and the standby is promoted. Then a bad version must halt, and a good one
must reach everybody (docs/spec/fleet.md section 4, invariants). Exits with 77 without haproxy or PostgreSQL.
"""
import asyncio
import pathlib
import re
import shutil
import sys
import tempfile
import time

from database_cluster import PATIENCE, SKIPPED, Cluster, wait_for
from replica_servers import Servers, balance, free_port
from updating_devices import Devices, image, place

SERVERS = 3
CLIENTS = 24
RULE = "sketch"


class Trial:
    def __init__(self, otatool, count, folder):
        self.folder = folder
        (folder / "site").mkdir()
        for version in ("2.0.0", "3.0.0", "3.0.1"):
            (folder / f"site/{version}.bin").write_bytes(image(version))
        self.give("2.0.0")
        self.cluster = Cluster(folder)
        self.servers = Servers(otatool, folder, self.cluster.uri, SERVERS)
        self.devices = Devices(count, free_port())
        self.confirmed = set()
        self.balancer = None
        self.losses = []  # intervals: what was answered within one may be lost

    def give(self, version, stages=(10, 50, 100)):
        self.first_stage = stages[0]
        new = self.folder / "new.toml"
        new.write_text(f'[[serve.rule]]\nname = "{RULE}"\nimage = "{version}.bin"\nversion = "{version}"\n'
                       f'stages = {list(stages)}\nstage-time = "3s"\nstage-confirmed = "80%"\nhalt-failures = "5%"\n',
                       encoding="utf-8")
        new.rename(self.folder / "site/otatool.toml")

    def start(self):
        for number in range(SERVERS):
            self.servers.start(number)
            wait_for("a leader", self.cluster.leader)
        self.balancer = balance(self.folder / "haproxy.cfg", self.devices.port, self.servers.ports)

    def rollout(self, version):
        rows = self.cluster.rows(f"SELECT phase, percent, reason FROM otatool_rollouts WHERE version = '{version}'")
        # The first stage is in the manifest: it needs no row.
        return (rows[0][0], int(rows[0][1]), rows[0][2]) if rows else ("", self.first_stage, "")

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

    def kill(self, server):
        self.servers.kill(server)
        end = time.monotonic()
        self.losses.append((end - 1, end))
        return end

    async def kill_leader(self):
        old = self.cluster.leader()
        start = self.kill(0)
        await asyncio.to_thread(wait_for, "another leader", lambda: self.cluster.leader() not in (None, old))
        took = time.monotonic() - start
        assert took < 10, f"another server leads after {took:.1f} s"
        print(f"another server leads {took:.1f} s after the end of the leader")
        self.servers.start(0)

    async def lose_database(self):
        percent = self.rollout("2.0.0")[1]
        self.cluster.crash(0)
        start, answers = time.monotonic(), dict(self.devices.answers)
        # The standby may lack it, and the server that is killed below does not send it again.
        self.losses.append((start - 1, start))
        await asyncio.to_thread(wait_for, "503", lambda: all(
            self.servers.ask(i, "/readyz")[0] == 503 for i in range(SERVERS)))
        print(f"/readyz is 503 everywhere {time.monotonic() - start:.1f} s after the stop of the database")
        assert all(self.servers.ask(i, "/healthz") == (200, b"ok\n") for i in range(SERVERS))
        await asyncio.sleep(4)  # longer than a stage
        self.kill(1)
        outside = [mac for mac in self.devices.offered["2.0.0"] if place(mac, "2.0.0") >= percent]
        assert not outside, "a rollout widens without the database"
        served = {status: count - answers[status] for status, count in self.devices.answers.items()}
        assert served[304] > 0, "nobody is answered without the database"
        spools = [len(path.read_bytes()) for path in self.folder.glob("state*/otatool/*.spool")]
        print(f"without the database: {served[200]} images, {served[304]} times 304, spools of {spools} bytes")
        start = time.monotonic()
        self.cluster.promote()
        # The clock of the standby is an hour behind. The first lock is that of a merge.
        self.cluster.query("UPDATE otatool_revision SET revision = revision; UPDATE otatool_devices SET seen = seen + 3600")
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
        # One stage for all: so devices are offered the version until the halt reaches the last server.
        self.give("3.0.0", (100,))
        await self.until("a halt", lambda phase, _: phase == "halted", "3.0.0")
        seen = time.monotonic()
        reason = self.rollout("3.0.0")[2]
        failed, downloaded = (int(number) for number in re.match(r"(\d+) of (\d+)", reason).groups())
        recent = sum(at > seen - 2 for at in devices.failed_at)
        threshold = max(3, -(-downloaded * 5 // 100))
        print(f"halted: {reason}; the threshold is {threshold}, {recent} failed in the 2 s before")
        assert failed <= threshold + recent, "the halt is late"
        await asyncio.sleep(3)
        late = [at - seen for at in devices.asked_at if at > seen]
        print(f"{len(late)} devices that asked later got it, the last one {max(late, default=0):.2f} s later")
        assert max(late, default=0) < 1, "devices are offered a halted version"

    async def perform(self):
        workers = [asyncio.create_task(self.devices.work()) for _ in range(CLIENTS)]
        await self.until("confirmations", lambda _, percent: len(self.confirmed) > 0, "2.0.0")
        await self.kill_leader()
        await self.until("the second stage", lambda _, percent: percent >= 50, "2.0.0")
        await self.lose_database()
        took = await self.until("the end", lambda phase, _: phase == "complete" and self.devices.all_run("2.0.0"),
                                "2.0.0", 3 * PATIENCE)
        print(f"all {len(self.devices.macs)} devices run 2.0.0, {took:.1f} s later")
        await asyncio.to_thread(self.check_history, "2.0.0")
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
        print(f"the history lacks the downloads of {count - len(downloads)} devices")
        downloaded = self.answered(self.devices.downloaded_at, version)
        # A download that is lost is never confirmed.
        confirmed = downloaded & self.answered(self.devices.confirmed_at, version)
        print(f"{len(downloaded)} downloads and {len(confirmed)} confirmations must not be lost")
        wait_for("the last download", lambda: not downloaded - self.macs("otatool_history WHERE kind = 'downloaded'"))
        # Of a download that is merged after the next request the history tells no confirmation.
        wait_for("the last confirmation", lambda: not confirmed - self.macs(
            f"otatool_progress WHERE version = '{version}' AND confirmed = 1"))

    def answered(self, times, version):
        """The devices whose answers must not be lost."""
        return {int(mac.replace(":", ""), 16) for (each, mac), at in list(times.items())
                if each == version and not any(begin <= at <= end for begin, end in self.losses)}

    def macs(self, rows):
        return {int(row[0]) for row in self.cluster.rows(f"SELECT DISTINCT mac FROM {rows}")}


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
