"""Headless Chromium, controlled over a pair of pipes: JSON objects separated by NUL."""
import base64
import json
import os
import shutil
import subprocess
import time

PATIENCE = 60
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27}


class NotRunnable(Exception):
    """Chromium does not run here."""


class Browser:
    def __init__(self, profile):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not program:
            raise NotRunnable("no chromium: scripts/install-deps installs it")
        to_browser, self.sending = os.pipe()
        self.receiving, from_browser = os.pipe()
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--no-first-run", "--window-size=1100,600", "--hide-scrollbars",
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
        try:
            self.open_page()
        except (EOFError, OSError) as problem:
            self.process.kill()
            raise NotRunnable(f"{problem}\n{self.process.stderr.read().decode()}") from problem

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.receiving, 65536)
            if not part:
                raise EOFError
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def tell(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sending, json.dumps(message).encode() + b"\0")
        return self.count

    def call(self, method, **parameters):
        number = self.tell(method, **parameters)
        while True:
            reply = self.receive()
            if reply.get("id") == number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
            self.answer_login(reply)
            self.events.append(reply)

    def use_login(self, user, password):
        """Answers the questions for a password from now on."""
        self.login = {"response": "ProvideCredentials", "username": user, "password": password}
        self.call("Fetch.enable", handleAuthRequests=True)

    def answer_login(self, event):
        method, request = event.get("method"), event.get("params", {}).get("requestId")
        if method == "Fetch.requestPaused":
            self.tell("Fetch.continueRequest", requestId=request)
        elif method == "Fetch.authRequired":
            self.tell("Fetch.continueWithAuth", requestId=request, authChallengeResponse=self.login)

    def open_page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:200]}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.evaluate(expression):
                    return
            except RuntimeError:
                pass  # the page is being replaced
            time.sleep(0.05)
        raise AssertionError(f"{what}; the page says:\n{self.evaluate('document.body.innerText.substring(0, 2000)')}")

    def go_to(self, url):
        """Opens an address and waits until the page is complete."""
        self.evaluate("window.wasHere = true")
        self.call("Page.navigate", url=url)
        self.wait_for_load()

    def wait_for_load(self):
        """Waits for the page after the one that `window.wasHere` marks."""
        self.wait_for("!window.wasHere && document.readyState === 'complete' && location.href !== 'about:blank'",
                      "no page was loaded")

    def mark(self):
        self.evaluate("window.wasHere = true")

    def press(self, key):
        text = {"text": "\r"} if key == "Enter" else {}
        code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        self.call("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def tab_to(self, condition, what, most=200):
        """Presses Tab until the focused element `e` satisfies a condition."""
        focused = ""
        for _ in range(most):
            self.press("Tab")
            focused = self.evaluate("document.activeElement.outerHTML.substring(0, 200)")
            if self.evaluate(f"(e => Boolean({condition}))(document.activeElement)"):
                return
        raise AssertionError(f"the Tab key does not reach {what} on {self.evaluate('location.href')}; it ends at {focused}")

    def use_colours(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def use_size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=width < 500)

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def console_errors(self):
        """Errors and warnings of the browser console."""
        self.evaluate("1")
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                yield str(parameters["exceptionDetails"])
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                yield str(parameters["args"])
            elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                yield parameters["entry"]["text"] + " " + parameters["entry"].get("url", "")

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
