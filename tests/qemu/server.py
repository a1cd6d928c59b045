"""Update servers for an emulated device: the real `otatool serve`, and one whose answers a test chooses. The device reaches
them at device.emulator.GATEWAY.
"""
import hashlib
import json
import os
import socket
import subprocess
import threading

import device

GATEWAY = device.emulator.GATEWAY


class Serve:
    """`otatool serve FOLDER`; `scratch`: folder for its state."""

    def __init__(self, otatool, scratch, folder, *options):
        self._process = subprocess.Popen([otatool, "serve", folder, "--listen", "127.0.0.1:0", "--json", *options],
                                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                         env=dict(os.environ, XDG_STATE_HOME=str(scratch)))
        self.address = GATEWAY, json.loads(self._process.stdout.readline())["port"]

    def request(self):
        """The event of the next answered request."""
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("the server has ended")
            event = json.loads(line)
            if event["event"] == "request":
                return event

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


class Script:
    """A server on a socket: the test answers each request itself."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(device.emulator.LONG)
        self.address = GATEWAY, self._listener.getsockname()[1]

    def accept(self):
        """The connection of the next request, and the request."""
        connection, _ = self._listener.accept()
        connection.settimeout(device.emulator.LONG)
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            part = connection.recv(4096)
            if not part:
                connection.close()
                raise ConnectionError("the connection ended within the request")
            request += part
        return connection, request.decode()

    def stop(self):
        self._listener.close()


class Answering:
    """A server that gives `update` to each device that runs `old`, until stop()."""

    def __init__(self, old, update):
        self._script = Script()
        self._old, self._update = hashlib.md5(old).hexdigest(), head(update) + update
        self.address = self._script.address
        self._stopped = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        while not self._stopped:
            try:
                connection, request = self._script.accept()
                with connection:
                    connection.sendall(self._update if self._old in request else b"HTTP/1.0 304 Not Modified\r\n\r\n")
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1)
            except OSError:
                pass  # the device lost its power, or stop() connected

    def stop(self):
        self._stopped = True
        socket.create_connection(("127.0.0.1", self.address[1])).close()
        self._thread.join()
        self._script.stop()


def head(image):
    """The header of the response with `image`."""
    return f"HTTP/1.0 200 OK\r\nContent-Length: {len(image)}\r\nx-MD5: {hashlib.md5(image).hexdigest()}\r\n\r\n".encode()
