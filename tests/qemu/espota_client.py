"""Uploads an image like the ESP8266 core's espota.py: one invitation, lock-step with chunks of 1460 bytes, replies
searched for letters (espota.md 1.1, 1.4). Can also stream, for tests of other things than the protocol.
"""
import hashlib
import secrets
import select
import socket

CHUNK = 1460


class Refused(Exception):
    """The device refused the update; the message is its text."""


class Lost(Exception):
    """The connection ended without a verdict."""


class Unreached(Lost):
    """No answer, or no connection from the device: another invitation may reach it."""


def _answer(udp, timeout):
    """The next datagram. Skips late answers to Device.ask(), whose socket may have had the same port."""
    udp.settimeout(timeout)
    try:
        while (text := udp.recv(128).decode(errors="replace")).startswith("otatool app "):
            pass
        return text
    except OSError as error:
        raise Unreached(f"no answer: {error}") from error


def _respond(udp, nonce, password, timeout):
    digest = hashlib.md5 if len(nonce) == 32 else hashlib.sha256
    stored = digest(password or b"").hexdigest()
    cnonce = secrets.token_hex(len(nonce) // 2)
    if len(nonce) == 32:
        response = hashlib.md5(f"{stored}:{nonce}:{cnonce}".encode()).hexdigest()
    else:
        key = hashlib.pbkdf2_hmac("sha256", stored.encode(), f"{nonce}:{cnonce}".encode(), 10000)
        response = hashlib.sha256(f"{key.hex()}:{nonce}:{cnonce}".encode()).hexdigest()
    udp.send(f"200 {cnonce} {response}\n".encode())
    return _answer(udp, timeout)


def _lockstep(connection, image, stop_after, chunk):
    sent = 0
    for at in range(0, len(image), chunk):
        connection.sendall(image[at : at + chunk])
        sent = min(at + chunk, len(image))
        if stop_after is not None and sent >= stop_after:
            return ""
        reply = connection.recv(32).decode(errors="replace")
        if not reply:
            raise Lost(f"the connection ends after {sent} bytes")
        if "E" in reply:
            return reply
    return ""


def _stream(connection, image, stop_after):
    replies = ""
    end = len(image) if stop_after is None else stop_after
    at = 0
    while at < end:
        readable, writable, _ = select.select([connection], [connection], [], 60)
        if not readable and not writable:
            raise Lost(f"the device stops reading after {at} bytes")
        if readable:
            part = connection.recv(4096).decode(errors="replace")
            if not part:
                raise Lost(f"the connection ends after {at} bytes")
            replies += part
            if "E" in replies:
                return replies
        elif writable:
            at += connection.send(image[at : min(at + 4096, end)])
    return replies


def _verdict(connection, text):
    while "OK" not in text and not ("E" in text and text.endswith("\n")):
        part = connection.recv(32).decode(errors="replace")
        if not part:
            raise Lost(f"no verdict, only '{text[-40:]}'")
        text += part
    if "OK" not in text:
        raise Refused(text[text.index("E") :].strip())


def _offered(udp, image):
    """The number of first bytes that the device offers not to receive again; 0 without an offer."""
    try:
        name, kept, digest = _answer(udp, 2.0).split()
    except Unreached:
        return 0
    if name != "KEPT" or hashlib.md5(image[: int(kept)]).hexdigest() != digest:
        raise Refused(f"a wrong offer: {name} {kept} {digest}")
    return int(kept)


def upload(port, image, *, command=0, password=None, lockstep=False, chunk=CHUNK, stop_after=None, resume=False,
           timeout=60.0, reach=60.0):
    """Returns after the device's OK. `chunk`: bytes, only for lock-step. `stop_after`: drop the connection after this number
    of bytes. `resume`: send only what the device has not kept. `reach`: seconds for an answer, and for the connection to come.
    `timeout`: seconds for each reply on the connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        udp.connect(("127.0.0.1", port))
        invitation = f"{command} {listener.getsockname()[1]} {len(image)} {hashlib.md5(image).hexdigest()}\n"
        udp.send(invitation.encode())
        answer = _answer(udp, reach)
        if answer.startswith("AUTH "):
            answer = _respond(udp, answer[5:], password, reach)
        if answer != "OK":
            raise Refused(answer.strip())
        kept = _offered(udp, image) if resume else 0
        listener.settimeout(reach)
        try:
            connection, _ = listener.accept()
        except OSError as error:
            raise Unreached(f"no connection: {error}") from error
        try:
            with connection:
                connection.settimeout(timeout)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if kept:
                    connection.sendall(f"RESUME {kept}\n".encode())
                rest = image[kept:]
                text = _lockstep(connection, rest, stop_after, chunk) if lockstep else _stream(connection, rest, stop_after)
                if stop_after is None:
                    _verdict(connection, text)
        except OSError as error:
            raise Lost(str(error)) from error
