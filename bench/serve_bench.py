#!/usr/bin/env python3
"""serve_bench.py OTATOOL SERVE_LOAD BARE_SENDER [TURNS [MILLISECONDS]]

Compares `otatool serve` with other servers. The peers are nginx with one worker, `python3 -m http.server` and
bare_sender, which shows the limit of the kernel. All serve the same image of 1 MiB and, except bare_sender, write an
access log. The servers take many short turns: the speed of a download changes twofold with where the kernel puts the
threads, and other load on this computer affects all servers. Prints a table of means. A second table compares `otatool serve` with and without a SQLite store; there the
requests come from thousands of devices in turn.
"""
import contextlib
import hashlib
import http.client
import os
import pathlib
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import programs
import sign_bench

NGINX = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ sendfile on; tcp_nopush on; access_log {folder}/nginx.log;
keepalive_requests 100000000; client_body_temp_path {folder}/t1;
proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl; root {folder}/site;
ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {folder}/ca.pem; ssl_certificate_key {folder}/ca.key; }} }}
"""


class Site(typing.NamedTuple):
    name: str
    plain: int  # port
    tls: int | None = None  # port, or None without TLS
    downloads_only: bool = False  # no conditional requests; keeps the connection


class Row(typing.NamedTuple):
    name: str
    tls: bool = False
    unchanged: bool = False  # measures the answer 304 instead of downloads
    reconnect: bool = False  # a new connection per request


ROWS = (Row("not modified", unchanged=True),
        Row("not modified, new connection per request", unchanged=True, reconnect=True),
        Row("not modified, TLS", tls=True, unchanged=True),
        Row("1 MiB"),
        Row("1 MiB, new connection per request", reconnect=True),
        Row("1 MiB, TLS", tls=True),
        Row("1 MiB, TLS, new connection per request", tls=True, reconnect=True))


STORE_ROWS = (Row("304", unchanged=True), Row("304, TLS", tls=True, unchanged=True), Row("1 MiB"),
              Row("1 MiB, TLS", tls=True))
DEVICES = 300_000  # of all turns: most downloads are the first of their device


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def running(*command):
    return programs.running(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def last_modified(port, tls):
    """Waits until the server answers; returns its Last-Modified."""
    for _ in range(200):
        try:
            connection = (http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context())
                          if tls else http.client.HTTPConnection("127.0.0.1", port))
            connection.request("HEAD", "/image.bin")
            return connection.getresponse().getheader("Last-Modified")
        except OSError:
            time.sleep(0.05)
    sys.exit(f"error: no answer on port {port}")


def measure(load, site, row, milliseconds):
    """Requests per second, or MiB per second; None if the server does not support the row."""
    port = site.tls if row.tls else site.plain
    if port is None or (site.downloads_only and (row.unchanged or row.reconnect)):
        return None
    request = "GET /image.bin HTTP/1.1\r\nHost: localhost\r\n"
    request += "Connection: close\r\n" if row.reconnect else ""
    request += f"If-Modified-Since: {last_modified(port, row.tls)}\r\n" if row.unchanged else ""
    return run_load([load, str(port), "tls" if row.tls else "plain", str(milliseconds), request + "\r\n"], site, row)


def measure_devices(load, site, row, milliseconds, md5, devices):
    """As measure(); the requests come from the `devices`, a range of numbers, in turn."""
    running = md5 if row.unchanged else "0" * 32
    request = ("GET /image.bin HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ESP8266-http-Update\r\n"
               "x-ESP8266-STA-MAC: {mac}\r\nx-ESP8266-free-space: 2818048\r\nx-ESP8266-sketch-size: 325232\r\n"
               f"x-ESP8266-sketch-md5: {running}\r\nx-ESP8266-chip-size: 4194304\r\nx-ESP8266-mode: sketch\r\n\r\n")
    port = site.tls if row.tls else site.plain
    return run_load([load, str(port), "tls" if row.tls else "plain", str(milliseconds), request,
                     str(devices.start), str(len(devices))], site, row)


def run_load(command, site, row):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    requests, body_bytes, status, failures = map(float, output.split())
    if status != (304 if row.unchanged else 200) or failures > 0:
        print(f"{site.name} answers {status:.0f}, {failures:.0f} failures", file=sys.stderr)
    return requests if row.unchanged else body_bytes / (1 << 20)


def repeat(row, turns, measure_all):
    """Means of what measure_all(turn) returns, and the ratios of the first mean to each."""
    rows = []
    for turn in range(turns):
        programs.progress(f"{row.name}: turn {turn + 1} of {turns}")
        rows.append(measure_all(turn))
    programs.clear_progress()
    means = [None if None in column else statistics.mean(column) for column in zip(*rows)]
    return means, [means[0] / mean if mean else None for mean in means]


def print_row(row, values, ratios):
    def shown(value, digits):
        return "-" if value is None else f"{value:.{digits}f}"

    cells = [shown(value, 0) for value in values] + [shown(value, 2) for value in ratios]
    print(f"| {row.name} | {'requests/s' if row.unchanged else 'MiB/s'} | {' | '.join(cells)} |", flush=True)


def compare(load, sites, row, turns, milliseconds):
    values, ratios = repeat(row, turns, lambda _: [measure(load, site, row, milliseconds) for site in sites])
    print_row(row, values, ratios[1:])


def compare_stores(load, sites, turns, milliseconds, md5):
    print("\n| devices ask for | unit | SQLite | no store | SQLite / no store |\n|---|---|---|---|---|")
    for number, row in enumerate(STORE_ROWS):
        def measure_all(turn):
            # Each turn is another part of the same fleet.
            count = DEVICES // (len(STORE_ROWS) * turns)
            first = (number * turns + turn) * count
            devices = range(first, first + count)
            return [measure_devices(load, site, row, milliseconds, md5, devices) for site in sites]

        values, ratios = repeat(row, turns, measure_all)
        print_row(row, values, ratios[1:])


def main():
    otatool, load, bare_sender, *numbers = sys.argv[1:]
    turns, milliseconds = [*map(int, numbers), *(40, 250)[len(numbers):]]
    own, nginx, python, bare = sites = (Site("otatool", free_port(), free_port()), Site("nginx", free_port(), free_port()),
                                        Site("python", free_port()), Site("bare sendfile", free_port(), None, True))
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as servers:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # nginx changes its user when root starts it
        image = folder / "site/image.bin"
        image.parent.mkdir()
        image.write_bytes(sign_bench.image_of(1 << 20))
        options = [otatool, "serve", image.parent, "--access-log"]
        servers.enter_context(running(*options, folder / "plain.log", "--listen", f"127.0.0.1:{own.plain}",
                                      "--store", "none"))
        servers.enter_context(running(*options, folder / "tls.log", "--listen", f"127.0.0.1:{own.tls}", "--store", "none",
                                      "--self-signed", "--host", "localhost", "--ca-out", folder / "ca.pem"))
        last_modified(own.tls, True)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, plain=nginx.plain, tls=nginx.tls))
        servers.enter_context(running("/usr/sbin/nginx", "-c", folder / "nginx.conf", "-p", folder))
        servers.enter_context(running("python3", "-m", "http.server", "-b", "127.0.0.1", "-d", image.parent, python.plain))
        servers.enter_context(running(bare_sender, bare.plain, image))
        for site in sites:
            last_modified(site.plain, False)
        print("| | unit | otatool | nginx | python | bare | otatool / nginx | otatool / python | otatool / bare |")
        print("|---|---|---|---|---|---|---|---|---|")
        for row in ROWS:
            compare(load, sites, row, turns, milliseconds)
        stored = Site("SQLite", free_port(), free_port())
        forgetful = Site("no store", free_port(), free_port())
        for site in (stored, forgetful):
            certificate = ["--self-signed", "--host", "localhost", "--ca-out", folder / f"{site.name}.pem"]
            for port, name, tls in ((site.plain, "plain", []), (site.tls, "tls", certificate)):
                store = f"sqlite:{folder}/{name}.sqlite3" if site is stored else "none"
                servers.enter_context(running(*options, folder / f"{site.name} {name}.log", "--listen",
                                              f"127.0.0.1:{port}", "--store", store, "--max-devices", str(DEVICES), *tls))
                last_modified(port, bool(tls))
        compare_stores(load, (stored, forgetful), turns, milliseconds, hashlib.md5(image.read_bytes()).hexdigest())


if __name__ == "__main__":
    programs.main(main, __doc__, 3)
