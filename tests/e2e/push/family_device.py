"""A device of one family: family_device.py FAMILY [WORD...] prints `http PORT`, then one line for each event.

Written from docs/spec/field-firmwares.md, with the quirks that it names. Lines: `image KIND bytes=N md5=HEX` (stored and
activated), `forbidden PATH` (a look-up that changes a device), `restart`, `refused REASON`. Words: password=P (user admin),
refuse=TEXT (reports this error after the upload), drop=PATH (closes the connection when this path is requested), cut=N
(resets the connection after N bytes of an upload), stuck (begins to fetch and never ends), lock=TEXT, release=NAME, version=V, chip=NAME, language=de, referer,
needs-safeboot, flash=KIB. After a stored upload: becomes=V (its version), down=N (drops so many connections), reboot (its port is closed
for a second), dies, forgets (tells its version no more). bind=ADDRESS, port=N (TCP), logins (says `login PATH` for each
password). It ends with its standard input.
"""
import os
import socket
import struct
import sys
import threading
import time

from family_base import Hang, Request
from family_others import (AsyncElegantOta, Bitaxe, ElegantOta2, ElegantOta3, EspEasy, Esp3d, Esphome, Espurna, OpenBeken,
                           OpenDtu, OtaWebUpdater, Shelly, Stock, Wled)
from family_tasmota import Tasmota

FAMILIES = {"tasmota": Tasmota, "wled": Wled, "esphome-web": Esphome, "elegantota": ElegantOta3, "elegantota2": ElegantOta2,
            "async-elegantota": AsyncElegantOta, "opendtu": OpenDtu, "stock": Stock, "espeasy": EspEasy, "espurna": Espurna,
            "esp3d": Esp3d, "otawebupdater": OtaWebUpdater, "openbeken": OpenBeken, "bitaxe": Bitaxe, "shelly": Shelly}

# A GET of these addresses changes some device: it belongs to an upload or is a mistake.
FORBIDDEN = {"/u1": (), "/ota": ("shelly",), "/reset": (), "/ota_exec": (), "/u4": ("tasmota",), "/ota/start": ("elegantota",),
             "/index": ("openbeken",)}


def read_head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(4096)
        if not received:
            return None, b""
        data += received
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def serve(connection, device, family, words):
    head, body = read_head(connection)
    if head is None:
        return
    if device.drops > 0:
        device.drops -= 1
        return
    request = Request(head, connection)
    if "logins" in words and "authorization" in request.fields:
        device.say(f"login {request.path}")
    if request.method == "GET" and family not in FORBIDDEN.get(request.path, (family,)):
        device.say(f"forbidden {request.target}")
    if words.get("drop") == request.path:
        return
    if device.restarted and "forgets" in words:
        return connection.sendall(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    size = int(request.fields.get("content-length", 0))
    limit = int(words["cut"]) if request.method == "POST" and "cut" in words else None
    while len(body) < size and (limit is None or len(body) < limit):
        received = connection.recv(65536)
        if not received:
            return device.broken(body)
        body += received
    if limit is not None and size > limit:
        del words["cut"]
        device.broken(body)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return
    request.body = body
    try:
        status, fields, text = device.answer(request)
    except Hang:
        return
    content = text if isinstance(text, bytes) else text.encode()
    lines = [f"HTTP/1.1 {status} X"] + [f"{name}: {value}" for name, value in fields.items()]
    lines += [f"Content-Length: {len(content)}", "Connection: close", "", ""]
    connection.sendall("\r\n".join(lines).encode() + content)


def listen(address, port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A chip takes few bytes before its program reads them.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind((address, port))
    listener.listen()
    return listener


def restart(device, words, listener):
    """What follows a stored upload; the new listener."""
    device.stored, device.restarted = False, True
    if "dies" in words:
        os._exit(0)
    words["version"] = words.get("becomes", words.get("version"))
    if words["version"] is None:
        del words["version"]
    device.drops = int(words.get("down", 0))
    if "reboot" not in words:
        return listener
    address, port = listener.getsockname()
    listener.close()
    time.sleep(1.2)
    return listen(address, port)


def main():
    family, *texts = sys.argv[1:]
    words = dict(text.partition("=")[::2] for text in texts)
    device = FAMILIES[family](words)
    listener = listen(words.get("bind", "127.0.0.1"), int(words.get("port", 0)))
    print(f"http {listener.getsockname()[1]}", flush=True)

    def run(listener):
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve(connection, device, family, words)
                except OSError:
                    pass
            if device.stored:
                listener = restart(device, words, listener)

    threading.Thread(target=run, args=(listener,), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
