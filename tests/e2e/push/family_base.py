"""A device with a web server, for the families of family_device.py: requests, forms and Basic authentication."""
import base64
import hashlib
import urllib.parse


class Hang(Exception):
    """The connection closes without an answer."""


class Request:
    def __init__(self, head, peer):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.path, _, query = self.target.partition("?")
        self.query = urllib.parse.parse_qs(query, keep_blank_values=True)
        self.fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        self.peer = peer
        self.body = b""

    def parts(self):
        """The parts of the form in their order: (name, file name or None, content)."""
        boundary = self.fields["content-type"].partition("boundary=")[2].encode()
        found = []
        for piece in self.body.split(b"--" + boundary)[1:-1]:
            head, _, content = piece[2:].partition(b"\r\n\r\n")
            names = dict(word.strip().split("=", 1) for word in head.decode().split("\r\n")[0].split(";")[1:])
            file_name = names.get("filename")
            found.append((names["name"].strip('"'), file_name and file_name.strip('"'), content[:-2]))
        return found

    def file_and_texts(self):
        """The file part, and the text parts before it: a handler looks when the first byte of the file arrives."""
        texts = {}
        for name, file_name, content in self.parts():
            if file_name:
                return name, file_name, content, texts
            texts[name] = content.decode()
        return None, None, b"", texts


class Device:
    secret_paths = ()

    def __init__(self, words):
        self.words = words
        self.open_upload = b""
        self.stored = False  # an upload, since the last restart
        self.restarted = False
        self.drops = 0  # connections that it closes without an answer

    def say(self, text):
        print(text, flush=True)

    def store(self, kind, content):
        self.stored = True
        self.say(f"image {kind} bytes={len(content)} md5={hashlib.md5(content).hexdigest()}")

    def authorized(self, request):
        password = self.words.get("password")
        expected = "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()
        return password is None or request.fields.get("authorization") == expected

    def challenge(self):
        return 401, {"WWW-Authenticate": 'Basic realm="device"'}, ""

    def answer(self, request):
        if any(request.path.startswith(path) for path in self.secret_paths) and not self.authorized(request):
            return self.challenge()
        handler = getattr(self, request.method.lower(), None)
        found = handler(request) if handler else None
        return found or (404, {}, "Not found")

    def broken(self, received):
        """An upload ended after these bytes of its body."""
