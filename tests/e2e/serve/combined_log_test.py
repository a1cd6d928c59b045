"""`serve --log-format combined` writes the lines of nginx: combined_log_test.py OTATOOL

Both servers get the same requests for the same file. Their lines are equal but for the date, whose form is checked.
Exits with 77 if there is no nginx.
"""
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

NGINX = "/usr/sbin/nginx"
SKIPPED = 77
PATIENCE = 100
CONFIGURATION = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{ access_log {folder}/nginx.log combined; keepalive_timeout 0; if_modified_since before;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {folder}/site; }} }}
"""
DATE = re.compile(rb"\[\d\d/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d\d:\d\d:\d\d ([+-]\d{4})\]")


def basic(user):
    return b"Authorization: Basic " + base64.b64encode(user + b":secret") + b"\r\n"


REQUESTS = [
    (b"GET /a.bin HTTP/1.1", b"User-Agent: ESP8266-http-Update\r\nReferer: http://ota.lan/?a=b\r\n"),
    (b"GET /a.bin HTTP/1.0", b""),
    (b"GET /a.bin?token=%22%00x HTTP/1.1", b"Referer:\r\nUser-Agent: \r\n"),
    (b"HEAD /a.bin HTTP/1.1", basic(b"alice") + b"User-Agent: quotes \" and \\ backslash\r\n"),
    (b"HEAD /missing HTTP/1.1", basic(b"al\"i\\ce \xc3\xa9") + b"User-Agent: caf\xc3\xa9 \x80\xff ~\t!\r\n"),
    (b"GET /a.bin HTTP/1.1", b"Range: bytes=3-12\r\nUser-Agent: \xe2\x80\xae evil\r\n"),
    (b"GET /a.bin HTTP/1.1", b"If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\nUser-Agent: -\r\n"),
    (b"GET /a.bin HTTP/1.1", basic(b"") + b"User-Agent: " + b"x" * 2000 + b"\r\n"),
]


def send(port, line, fields):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(line + b"\r\nHost: ota.lan\r\nConnection: close\r\n" + fields + b"\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.split(b"\r\n", 1)[0]


def wait_until_open(port, server):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            assert server.poll() is None and time.monotonic() < end, "nginx does not start"
            time.sleep(0.02)


def lines_of_nginx(folder):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port), encoding="utf-8")
    with subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL) as nginx:
        wait_until_open(port, nginx)
        for request in REQUESTS:
            send(port, *request)
        nginx.terminate()
        nginx.wait(PATIENCE)
    return (folder / "nginx.log").read_bytes().splitlines()


def lines_of_otatool(otatool, folder):
    log = folder / "otatool.log"
    with subprocess.Popen([otatool, "serve", folder / "site", "--listen", "127.0.0.1:0", "--json", "--access-log", log,
                           "--log-format", "combined"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        port = json.loads(server.stdout.readline())["port"]
        for request in REQUESTS:
            send(port, *request)
            while json.loads(server.stdout.readline()).get("event") != "request":
                pass
        server.terminate()
        server.wait(PATIENCE)
    return log.read_bytes().splitlines()


def main():
    if not os.access(NGINX, os.X_OK):
        print(f"no {NGINX}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "site").mkdir()
        (folder / "site/a.bin").write_bytes(b"0123456789" * 10)
        expected, got = lines_of_nginx(folder), lines_of_otatool(sys.argv[1], folder)
    print(*expected, "", *got, sep="\n")
    assert len(expected) == len(REQUESTS), "nginx did not answer every request"
    zones = {DATE.search(line)[1] for line in expected + got}
    assert len(zones) == 1, f"both use the same time zone: {zones}"
    assert [DATE.sub(b"[]", line) for line in got] == [DATE.sub(b"[]", line) for line in expected]
    return 0


if __name__ == "__main__":
    sys.exit(main())
