#!/usr/bin/env python3
"""The emulated device fetches updates from `otatool serve` and from servers that fail (docs/spec/espota.md 5.5).

pull_test.py OTATOOL IMAGES
"""
import hashlib
import pathlib
import shutil
import socket
import sys
import tempfile
import unittest

import device
import espota_client
import server

OTATOOL = ""
IMAGES = ""


class Pulls(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.device = device.Device(IMAGES, self.folder)
        self.addCleanup(self.device.stop)
        self.served = self.folder / "served"
        self.served.mkdir()

    def serve(self, *options):
        started = server.Serve(OTATOOL, self.folder, self.served, *options)
        self.addCleanup(started.stop)
        return started

    def script(self):
        started = server.Script()
        self.addCleanup(started.stop)
        return started

    def runs(self, version):
        self.assertTrue(self.device.wait_for(version), f"{self.device.ask()}\n{self.device.log()}")
        image = self.device.image(version)
        self.assertEqual(self.device.content(0, len(image)), image)

    def logs(self, text):
        self.assertTrue(device.emulator.wait_until(lambda: text in self.device.log()), self.device.log())

    def test_serve_gives_an_image_once(self):
        shutil.copy(self.device.images / "app-v2.bin", self.served / "app.bin")
        serving = self.serve("--delta", "never")
        self.device.fresh(1, server=serving.address, pull_path="/app.bin", pull_interval=0.01).start()
        self.runs(2)
        self.logs("pull: no update, status 304\n")
        first = serving.request()
        self.assertEqual((first["status"], first["bytes"], first["complete"]), (200, len(self.device.image(2)), True))
        self.assertEqual((first["device"], first["had"]), ("5E:CF:7F:00:82:66", "1"))
        second = serving.request()
        self.assertEqual((second["status"], second["had"]), (304, "2"))

    def test_without_an_update_the_device_still_takes_uploads(self):
        self.device.fresh(1, server=self.serve().address, pull_path="/other.bin").start()
        self.runs(1)
        self.logs("pull: no update, status 404\n")
        espota_client.upload(self.device.port, self.device.image(2))
        self.runs(2)

    def test_a_device_with_a_key_refuses_an_unsigned_image(self):
        shutil.copy(self.device.images / "app-v2.bin", self.served / "app.bin")
        key = device.Tool(OTATOOL, self.folder).make_key()
        self.device.fresh(1, public_key=key, server=self.serve().address, pull_path="/app.bin").start()
        self.runs(1)
        self.logs("pull: the update was refused, status 200\n")
        self.assertIn("Signature verification failed: no signature", self.device.log())
        self.runs(1)

    def test_a_transfer_that_breaks_off_begins_again(self):
        script, image = self.script(), self.device.image(2)
        self.device.fresh(1, server=script.address, pull_interval=0.01).start()
        self.runs(1)
        connection, request = script.accept()
        self.assertTrue(request.startswith(f"GET /update HTTP/1.0\r\nHost: {server.GATEWAY}:{script.address[1]}\r\n"), request)
        self.assertIn(f"x-ESP8266-sketch-md5: {hashlib.md5(self.device.image(1)).hexdigest()}\r\n", request)
        connection.sendall(server.head(image) + image[:20000])
        connection.close()
        self.logs("pull: the connection was lost, status 200\n")
        self.runs(1)
        connection, _ = script.accept()
        connection.sendall(server.head(image) + image)
        self.assertEqual(connection.recv(1), b"", "the device closes when everything has arrived")
        connection.close()
        self.runs(2)

    def test_invitations_wait_while_the_device_fetches(self):
        script, image = self.script(), self.device.image(2)
        self.device.fresh(1, server=script.address).start()
        self.runs(1)
        connection, _ = script.accept()
        connection.sendall(server.head(image) + image[:20000])
        self.logs("update: application\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", self.device.port))
            udp.settimeout(device.emulator.LONG)
            udp.send(f"0 4000 {len(image)} {hashlib.md5(image).hexdigest()}\n".encode())
            udp.send(b"version")
            self.assertEqual(udp.recv(64), b"otatool app 1 confirmed\n", "no answer to the invitation")
        connection.sendall(image[20000:])
        self.assertEqual(connection.recv(1), b"")
        connection.close()
        self.runs(2)


if __name__ == "__main__":
    OTATOOL, IMAGES = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
