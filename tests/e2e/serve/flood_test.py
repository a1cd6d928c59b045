#!/usr/bin/env python3
"""flood_test.py OTATOOL

A million MAC addresses from one client: `otatool serve` stays within its memory and its store, keeps --max-devices devices,
answers everybody, and says that there is no more room.
"""
import collections
import contextlib
import json
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from updating_devices import image

OTATOOL = None
ADDRESSES, KEPT = 1_000_000, 10_000
AT_ONCE = 50  # requests sent before their answers are read; the server ends a connection with more than 64
MOST_KIB = 64 * 1024
HEAD = ("GET /update HTTP/1.1\r\nHost: a\r\nUser-Agent: ESP8266-http-Update\r\nx-ESP8266-STA-MAC: %s\r\n"
        "x-ESP8266-free-space: 2818048\r\nx-ESP8266-sketch-size: 325232\r\n"
        "x-ESP8266-sketch-md5: 00000000000000000000000000000000\r\n"
        "x-ESP8266-chip-size: 4194304\r\nx-ESP8266-mode: sketch\r\nx-ESP8266-version: %s\r\n\r\n")


def memory_kib(process_id):
    status = pathlib.Path(f"/proc/{process_id}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1])


class Flood(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        site = self.folder / "site"
        site.mkdir()
        (site / "sketch.bin").write_bytes(image("2.0.0"))
        (site / "otatool.toml").write_text('[[serve.rule]]\nimage = "sketch.bin"\nversion = "2.0.0"\n')
        self.store = self.folder / "fleet.sqlite3"
        self.server = subprocess.Popen(
            [OTATOOL, "serve", site, "--listen", "127.0.0.1:0", "--access-log", self.folder / "access.log", "--store",
             f"sqlite:{self.store}", "--max-devices", str(KEPT)], stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.messages = []
        while not (found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", "".join(self.messages))):
            line = self.server.stderr.readline()
            self.assertTrue(line, "".join(self.messages))
            self.messages.append(line)
        self.port = int(found[1])

    def end(self):
        self.server.kill()
        self.server.wait()
        self.server.stderr.close()

    def ask(self, connection, numbers):
        """A device of each number asks; each tenth one runs an old version. Returns the statuses of the answers."""
        requests = []
        for number in numbers:
            mac = f"5C:CF:{number >> 24:02X}:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
            requests.append(HEAD % (mac, "2.0.0" if number % 10 else "1.0.0"))
        connection.sendall("".join(requests).encode())
        received = b""
        while received.count(b"\r\n\r\n") < len(numbers):
            piece = connection.recv(1 << 20)
            self.assertTrue(piece, "the server closed the connection")
            received += piece
        return re.findall(rb"HTTP/1\.1 (\d+)", received)

    def test_a_million_addresses_of_one_client(self):
        statuses = collections.Counter()
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            for first in range(0, ADDRESSES, AT_ONCE):
                statuses.update(self.ask(connection, range(first, first + AT_ONCE)))
        self.assertEqual(statuses, {b"200": ADDRESSES // 10, b"304": ADDRESSES * 9 // 10})
        self.assertLess(memory_kib(self.server.pid), MOST_KIB)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status.json?limit=1") as answer:
            status = json.load(answer)
        self.assertGreaterEqual(status["not_kept"], ADDRESSES - KEPT)
        self.server.terminate()
        messages = "".join(self.messages) + self.server.stderr.read()
        self.assertEqual(self.server.wait(), 0, messages)
        self.assertRegex(messages, "warning: .*--max-devices")
        with contextlib.closing(sqlite3.connect(self.store)) as store:
            counts = [store.execute(f"SELECT count(*) FROM otatool_{table}").fetchone()[0]
                      for table in ("devices", "history")]
        self.assertEqual(counts[0], KEPT)
        # A device has a few events, and one that is not kept has none.
        self.assertLessEqual(counts[1], 4 * KEPT)


if __name__ == "__main__":
    OTATOOL = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
