#!/usr/bin/env python3
"""replicas_bench.py OTATOOL SERVE_LOAD [RUNS [MILLISECONDS]]

Measures how many polls `otatool serve` answers through rules and store: one server with SQLite, and one, two and three
servers with one PostgreSQL. 5,000 devices that the store knows and that are up to date ask the servers in turn, which have a
manifest of 20 rules. The stores take turns in each run, so that other load on this computer affects all of them. Prints a
table of medians, with the ratios to one server with PostgreSQL. Load, servers and database share the processors of this
computer.
"""
import contextlib
import http.client
import json
import os
import pathlib
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
DEVICES = 5000
PATIENCE = 100  # seconds
VERSION = "2.0.0"
REQUEST = ("GET /update HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ESP8266-http-Update\r\nx-ESP8266-STA-MAC: {mac}\r\n"
           "x-ESP8266-free-space: 2818048\r\nx-ESP8266-sketch-size: 325232\r\n"
           f"x-ESP8266-sketch-md5: {'0' * 32}\r\nx-ESP8266-chip-size: 4194304\r\nx-ESP8266-mode: sketch\r\n"
           f"x-ESP8266-version: {VERSION}\r\n\r\n")


class Site(typing.NamedTuple):
    name: str
    ports: list[int]


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
    sites = [Site("SQLite", [start_server(servers, otatool, folder, f"sqlite:{sqlite}", next(numbers))])]
    for count in REPLICAS:
        uri = cluster.make_database(f"fleet{count}")
        sites.append(Site("PostgreSQL", [start_server(servers, otatool, folder, uri, next(numbers)) for _ in range(count)]))
    return sites


def polls_per_second(load, site, milliseconds):
    command = [load, ",".join(map(str, site.ports)), "plain", str(milliseconds), REQUEST, "0", str(DEVICES)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    polls, _, status, failures = map(float, output.split())
    if status != 304 or failures > 0:
        sys.exit(f"error: {site.name} answers {status:.0f}, {failures:.0f} failures")
    if polls * milliseconds / 1000 < DEVICES:
        sys.exit(f"error: not every one of {DEVICES} devices had a turn: measure for longer")
    return polls


def introduce(load, site, milliseconds):
    """Makes the devices known to each server."""
    polls_per_second(load, site, milliseconds)
    wait_until("every server knows all devices", lambda: all(known(port) == DEVICES for port in site.ports))


def print_table(sites, turns):
    """`turns`: of each run, the polls per second of each site. The ratios are to the second site."""
    print("| store | servers | polls/s | ratio |\n|---|---|---|---|")
    for number, site in enumerate(sites):
        polls = statistics.median(turn[number] for turn in turns)
        ratio = statistics.median(turn[number] / turn[1] for turn in turns)
        print(f"| {site.name} | {len(site.ports)} | {polls:.0f} | {ratio:.2f} |", flush=True)


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
                if run == 0:
                    introduce(load, site, milliseconds)
                turn.append(polls_per_second(load, site, milliseconds))
            turns.append(turn)
        programs.clear_progress()
        print_table(sites, turns)


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
