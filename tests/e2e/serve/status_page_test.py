"""Opens the status page in headless Chromium: status_page_test.py OTATOOL IMAGE FOLDER

Devices appear while the page is open, in light and dark mode, without errors on the console and without requests to
other hosts. Screenshots stay in FOLDER. Exits with 77 when Chromium cannot run here.
"""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE = 100
HOSTILE = "<img src=x onerror=alert(1)>"


class Browser:
    """Chromium, controlled over a pair of pipes: JSON objects separated by NUL."""

    def __init__(self, program, profile):
        to_browser, self.sending = os.pipe()
        self.receiving, from_browser = os.pipe()
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--no-first-run", "--window-size=1100,600",
                   f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        # The protocol uses the descriptors 3 and 4.
        script = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self.process = subprocess.Popen(["bash", "-c", script, "bash", *command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        pass_fds=(to_browser, from_browser), env={**os.environ, "HOME": profile})
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.count = 0
        self.events = []
        self.session = None

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.receiving, 65536)
            if not part:
                raise EOFError
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sending, json.dumps(message).encode() + b"\0")
        while True:
            reply = self.receive()
            if reply.get("id") == self.count:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
            self.events.append(reply)

    def open_page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.evaluate(expression):
                return
            time.sleep(0.05)
        raise AssertionError(f"{what}; the page says:\n{self.evaluate('document.body.innerText')}")

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def console_errors(self):
        """Errors and warnings of the browser console."""
        self.evaluate("1")
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                yield parameters["exceptionDetails"]["text"]
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                yield str(parameters["args"])
            elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                yield parameters["entry"]["text"]

    def addresses(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (EOFError, OSError, RuntimeError):
            pass
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def request_update(port, mac, version, md5):
    """A request of ESP8266httpUpdate; returns the status line."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall((f"GET / HTTP/1.0\r\nHost: x\r\nUser-Agent: ESP8266-http-Update\r\n"
                            f"x-ESP8266-STA-MAC: {mac}\r\nx-ESP8266-version: {version}\r\n"
                            f"x-ESP8266-sketch-md5: {md5}\r\nx-ESP8266-mode: sketch\r\n\r\n").encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.split(b"\r\n", 1)[0].decode()


def row_says(mac, *words):
    conditions = " && ".join(f"row.innerText.includes({json.dumps(word)})" for word in words)
    return f"[...document.querySelectorAll('#devices tr')].some(row => row.innerText.includes('{mac}') && {conditions})"


def check_page(browser, base, port, image, folder):
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    browser.call("Page.navigate", url=base + "/status")
    browser.wait_for("document.body && document.body.innerText.includes('No device has asked')", "no empty table")
    light = browser.evaluate("getComputedStyle(document.body).backgroundColor")

    assert request_update(port, "5C:CF:7F:01:02:03", "1.0.0", "0" * 32) == "HTTP/1.0 200 OK"
    browser.wait_for(row_says("5C:CF:7F:01:02:03", "1.0.0", "downloaded", "esp8266"), "the device does not appear")
    md5 = hashlib.md5(image.read_bytes()).hexdigest()
    assert request_update(port, "5C:CF:7F:01:02:03", "2.0.0", md5) == "HTTP/1.0 304 Not Modified"
    browser.wait_for(row_says("5C:CF:7F:01:02:03", "2.0.0", "confirmed"), "the row does not change")
    request_update(port, "5C:CF:7F:99:99:99", HOSTILE, "0" * 32)
    browser.wait_for(row_says("5C:CF:7F:99:99:99", HOSTILE), "the version of a device is not shown as text")
    browser.wait_for("document.querySelectorAll('#devices tr').length === 2", "there is not one row for each device")
    assert browser.evaluate("document.images.length") == 0
    browser.screenshot(folder / "status-light.png")

    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    dark = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark, f"light and dark have the same background {light}"
    browser.screenshot(folder / "status-dark.png")

    errors = list(browser.console_errors())
    assert not errors, f"on the console: {errors}"
    foreign = [url for url in browser.addresses() if not url.startswith((base + "/", "data:", "about:"))]
    assert not foreign, f"requests to other hosts: {foreign}"


def main():
    otatool, image, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        sys.exit("no chromium: scripts/install-deps installs it")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            browser.open_page()
        except (EOFError, OSError) as problem:
            browser.process.kill()
            print(f"skipped: chromium does not run here: {problem}\n{browser.process.stderr.read().decode()}")
            return SKIPPED
        server = subprocess.Popen([otatool, "serve", image, "--listen", "127.0.0.1:0", "--json",
                                   "--access-log", pathlib.Path(profile, "log")], stdout=subprocess.PIPE, text=True)
        try:
            listening = json.loads(server.stdout.readline())
            check_page(browser, listening["url"], listening["port"], image, folder)
        finally:
            server.terminate()
            server.wait()
            browser.close()
    print(f"screenshots: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
