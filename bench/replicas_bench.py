#!/usr/bin/env python3
"""replicas_bench.py OTATOOL SERVE_LOAD [RUNS [MILLISECONDS]]

Measures how many polls `otatool serve` answers through rules and store: one server with SQLite, and one, two and three
servers with one PostgreSQL. Devices that are up to date ask any of the servers, which have a manifest of 20 rules. Two numbers are
measured: answers to devices that the store knows, and how fast devices that nobody knows come into the store. The stores take
turns in each run, so that other load on this computer affects all of them. Prints a table of medians, with the ratios to
one server with PostgreSQL. Load, servers and database share the processors of this computer.
"""
import contextlib
import functools
import http.client
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import programs
import sign_bench

RULES = 20
REPLICAS = (1, 2, 3)
NEW_DEVICES = 5000  # of each run
PATIENCE = 100  # seconds
VERSION = "2.0.0"
REQUEST = ("GET /update HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ESP8266-http-Update\r\nx-ESP8266-STA-MAC: {mac}\r\n"
           "x-ESP8266-free-space: 2818048\r\nx-ESP8266-sketch-size: 325232\r\n"
           f"x-ESP8266-sketch-md5: {'0' * 32}\r\nx-ESP8266-chip-size: 4194304\r\nx-ESP8266-mode: sketch\r\n"
           f"x-ESP8266-version: {VERSION}\r\n\r\n")


class Site(typing.NamedTuple):
    name: str
    ports: list[int]
    stored: typing.Callable[[], int]  # devices in the store


class Measured(typing.NamedTuple):
    polls: float  # per second, of known devices
    new_devices: float  # per second, until the store has all of them


def write_site(folder):
    folder.mkdir()
    (folder / "sketch.bin").write_bytes(sign_bench.image_of(300_000))
    # The last rule is for the devices, and is a rollout whose only stage is everybody.
    rules = [f'[[serve.rule]]\nimage = "sketch.bin"\nversion = "{VERSION}"\n' +
             (f'mac = ["AA:BB:CC:00:{number:02X}:*"]\n' if number < RULES else "stages = [100]\n")
             for number in range(1, RULES + 1)]
    (folder / "otatool.toml").write_text("".join(rules), encoding="utf-8")


class Cluster:
    """A PostgreSQL server without a network, of an unprivileged user."""

    def __init__(self, folder):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        if not found:
            sys.exit("error: no PostgreSQL server: scripts/install-deps installs it")
        self.programs = found[-1].parent
        self.folder = folder / "database"
        self.folder.mkdir()
        self.folder.chmod(0o777)

    def command(self, program, *arguments):
        # PostgreSQL refuses to run as root.
        user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        return [*user, self.programs / program, *arguments]

    def run(self, program, *arguments):
        return subprocess.run(self.command(program, *arguments), check=False, cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)

    @contextlib.contextmanager
    def running(self):
        """As by default, but for what a temporary cluster needs: writes reach the disk before a commit returns."""
        made = self.run("initdb", f"--pgdata={self.folder}/data", "--auth=trust", "--username=otatool", "--encoding=UTF8",
                        "--locale=C", "--no-sync")
        if made.returncode != 0:
            sys.exit("error: initdb failed")
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}"]
        with programs.running(self.command("postgres", "-D", self.folder / "data", *options), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder):
            wait_until("PostgreSQL runs", lambda: self.run("pg_isready", "-h", self.folder).returncode == 0)
            yield

    def query(self, database, sql):
        return self.run("psql", "-qAt", "-h", self.folder, "-U", "otatool", "-d", database, "-c", sql).stdout

    def make_database(self, name):
        self.query("postgres", f"CREATE DATABASE {name}")
        return f"postgresql:///{name}?user=otatool&host={self.folder}"

    def count(self, database):
        return int(self.query(database, "SELECT count(*) FROM otatool_devices"))


def count_sqlite(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM otatool_devices").fetchone()[0]


def wait_until(what, condition):
    limit = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > limit:
            sys.exit(f"error: {what}: not within {PATIENCE} s")
        time.sleep(0.02)


def known(port):
    """The devices that a server knows."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/status.json?limit=1")
    return json.load(connection.getresponse())["known"]


def start_server(servers, otatool, folder, store, number):
    """Returns the port of a new server."""
    state = folder / f"state{number}"
    state.mkdir()
    command = [otatool, "serve", folder / "site", "--listen", "127.0.0.1:0", "--json", "--access-log", folder / f"{number}.log",
               "--store", store]
    server = servers.enter_context(programs.running(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                    stderr=subprocess.DEVNULL, env=os.environ | {"STATE_DIRECTORY": str(state)}))
    port = json.loads(server.stdout.readline() or sys.exit("error: a server does not start"))["port"]
    # It writes a line for each request.
    servers.enter_context(programs.running(["cat"], stdin=server.stdout, stdout=subprocess.DEVNULL))
    server.stdout.close()
    return port


def start_sites(servers, otatool, folder, cluster):
    sqlite = folder / "fleet.sqlite3"
    numbers = iter(range(100))
    sites = [Site("SQLite", [start_server(servers, otatool, folder, f"sqlite:{sqlite}", next(numbers))],
                  functools.partial(count_sqlite, sqlite))]
    for count in REPLICAS:
        database = f"fleet{count}"
        uri = cluster.make_database(database)
        sites.append(Site("PostgreSQL", [start_server(servers, otatool, folder, uri, next(numbers)) for _ in range(count)],
                          functools.partial(cluster.count, database)))
    return sites


def run_load(load, site, milliseconds, first):
    """Polls of the devices from `first` on, in turn; returns their number per second."""
    command = [load, ",".join(map(str, site.ports)), "plain", str(milliseconds), REQUEST, str(first), str(NEW_DEVICES)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    polls, _, status, failures = map(float, output.split())
    if status != 304 or failures > 0:
        sys.exit(f"error: {site.name} answers {status:.0f}, {failures:.0f} failures")
    if polls * milliseconds / 1000 < NEW_DEVICES:
        sys.exit(f"error: not every one of {NEW_DEVICES} devices had a turn: measure for longer")
    return polls


def measure(load, site, milliseconds, run):
    first = run * NEW_DEVICES
    start = time.monotonic()
    run_load(load, site, milliseconds, first)
    wait_until("the store has all devices", lambda: site.stored() == first + NEW_DEVICES)
    took = time.monotonic() - start
    wait_until("every server knows all devices", lambda: all(known(port) == first + NEW_DEVICES for port in site.ports))
    return Measured(run_load(load, site, milliseconds, first), NEW_DEVICES / took)


def print_table(sites, turns):
    """`turns`: of each run, what was measured of each site. The ratios are to the second site."""
    print("| store | servers | polls/s | ratio | new devices/s | ratio |\n|---|---|---|---|---|---|")
    for number, site in enumerate(sites):
        cells = []
        for value in Measured._fields:
            cells.append(f"{statistics.median(getattr(turn[number], value) for turn in turns):.0f}")
            ratio = statistics.median(getattr(turn[number], value) / getattr(turn[1], value) for turn in turns)
            cells.append(f"{ratio:.2f}")
        print(f"| {site.name} | {len(site.ports)} | {' | '.join(cells)} |", flush=True)


def main():
    otatool, load, *numbers = sys.argv[1:]
    runs, milliseconds = [*map(int, numbers), *(5, 3000)[len(numbers):]]
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as servers:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        write_site(folder / "site")
        cluster = Cluster(folder)
        programs.progress("starting PostgreSQL")
        servers.enter_context(cluster.running())
        sites = start_sites(servers, otatool, folder, cluster)
        turns = []
        for run in range(runs):
            turn = []
            for site in sites:
                programs.progress(f"{site.name} with {len(site.ports)}: run {run + 1} of {runs}")
                turn.append(measure(load, site, milliseconds, run))
            turns.append(turn)
        programs.clear_progress()
        print_table(sites, turns)


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
