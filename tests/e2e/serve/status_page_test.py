"""Uses the status page in headless Chromium: status_page_test.py OTATOOL IMAGE AXE FOLDER

2,000 devices, most of them waiting for a rollout in stages: search, filters, order, pages, live changes, the keyboard alone,
a phone, light and dark, and axe. Screenshots stay in FOLDER. Exits with 77 when Chromium cannot run here.
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from chromium import Browser, NotRunnable
from fleet_of_devices import Devices, mac_of

SKIPPED = 77
HOSTILE = "<img src=x onerror=alert(1)>"
COUNT = 2000
RULES = """
[[serve.rule]]
chip = "esp8266"
image = "sketch.bin"
version = "2.0.0"
name = "lamps"
stages = [10, 100]

[serve.names]
"5C:CF:7F:00:00:07" = "kitchen"
"5C:CF:7F:00:01:07" = "hall"
"""
LARGEST_PAGE = 60 * 1024


class Server:
    """`otatool serve` of a folder with one rule."""

    def __init__(self, otatool, folder, image, *options):
        site = self.site = pathlib.Path(folder, "site")
        site.mkdir(exist_ok=True)
        (site / "sketch.bin").write_bytes(image.read_bytes())
        self.use(RULES)
        self.process = subprocess.Popen([otatool, "serve", site, "--listen", "127.0.0.1:0", "--json", "--no-sandbox",
                                         "--access-log", pathlib.Path(folder, "log"), *options],
                                        stdout=subprocess.PIPE, text=True)
        listening = json.loads(self.process.stdout.readline())
        threading.Thread(target=self.process.stdout.read, daemon=True).start()  # a full pipe would stop the server
        self.url = listening["url"]
        self.devices = Devices(listening["port"], image)

    def use(self, rules):
        """Replaces the manifest."""
        (self.site / "new").write_text(rules)
        (self.site / "new").rename(self.site / "otatool.toml")

    def get(self, path, login=None, form=None):
        request = urllib.request.Request(self.url + path, data=form)
        if login:
            request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
        with urllib.request.urlopen(request, timeout=100) as answer:
            return answer.read().decode()

    def status(self, path, login=None, form=None):
        try:
            self.get(path, login, form)
            return 200
        except urllib.error.HTTPError as refusal:
            return refusal.code

    def stop(self):
        self.process.terminate()
        return self.process.wait(100)


def rows(condition="true"):
    """An expression: the rows of devices that satisfy a condition about their text `t`."""
    return f"[...document.querySelectorAll('#devices tr')].filter(row => (t => {condition})(row.innerText))"


def has_row(mac, *words):
    return rows(" && ".join(f"t.includes({json.dumps(word)})" for word in (mac, *words))) + ".length === 1"


def check_live_rollouts(browser, server):
    """Rollouts come, change their version and go while the page is open."""
    plugs = RULES.split("[serve.names]")[0].replace("lamps", "plugs")
    lines = "[...document.querySelectorAll('#rollouts li[data-id]')].map(line => line.querySelector('h3').innerText).join()"
    browser.evaluate("window.first = document.querySelector('#rollouts li[data-id]')")
    server.use(RULES + plugs)
    browser.wait_for(f"{lines} === 'lamps 2.0.0,plugs 2.0.0'", "the new rollout does not appear")
    browser.wait_for("document.querySelector('#news').innerText.includes('plugs 2.0.0: a new rollout')", "it is not announced")
    server.use(plugs.replace("2.0.0", "3.0.0") + RULES)
    browser.wait_for(f"{lines} === 'lamps 2.0.0,plugs 3.0.0'", "the new version does not appear")
    assert browser.evaluate("first.isConnected"), "a line that stays is replaced"
    server.use("[serve.names]\n")
    browser.wait_for("document.querySelector('#rollouts').innerText.includes('no rule with stages')", "the rollouts do not go")
    server.use(RULES)
    browser.wait_for(f"{lines} === 'lamps 2.0.0'", "the rollout does not come back")


def check_live_changes(browser, server):
    browser.use_colours("light")
    browser.go_to(server.url + "/status")
    browser.wait_for("document.body.innerText.includes('No device has asked')", "no empty table")
    check_live_rollouts(browser, server)
    devices, mac = server.devices, "5C:CF:7F:FF:00:03"
    while devices.ask(mac, "1.0.0") == 304:  # until a device is in the first stage
        mac = mac[:-2] + f"{int(mac[-2:], 16) + 1:02X}"
    browser.wait_for(has_row(mac, "1.0.0", "downloaded", "esp8266"), "the device does not appear")
    browser.wait_for(f"document.querySelector('#rollouts').innerText.includes('1 offered')", "the rollout does not change")

    # A selection, the focus and the position of the page survive changes of other cells.
    browser.evaluate(f"window.row = {rows(f't.includes({json.dumps(mac)})')}[0]; row.querySelector('a').focus();"
                     "getSelection().selectAllChildren(row.children[2]); document.body.style.minHeight = '3000px';"
                     "scrollTo(0, 120)")
    assert devices.ask(mac, "2.0.0", devices.md5) == 304
    browser.wait_for(has_row(mac, "2.0.0", "confirmed"), "the row does not change")
    browser.wait_for("document.querySelector('#rollouts').innerText.includes('1 confirmed')", "the rollout does not change")
    kept = browser.evaluate("[row.isConnected, document.activeElement === row.querySelector('a'), getSelection().toString(),"
                            "scrollY]")
    assert kept == [True, True, "esp8266", 120], kept

    devices.ask("5C:CF:7F:FF:99:99", HOSTILE)
    browser.wait_for(has_row("5C:CF:7F:FF:99:99", HOSTILE), "the version of a device is not shown as text")
    assert browser.evaluate("document.images.length") == 0


def add_devices(devices):
    for number in range(COUNT):
        chip, version = ("ESP32", "9.0") if number % 10 == 0 else ("ESP8266", f"1.{number % 12}.0")
        devices.ask(mac_of(number), version, chip=chip)


def show(browser, server, query):
    """The cells of the shown rows, and the text about their number."""
    browser.go_to(server.url + "/status" + query)
    cells = browser.evaluate(f"{rows()}.map(row => [...row.children].map(cell => cell.innerText))")
    return cells, browser.evaluate("document.querySelector('[data-live=count]').innerText")


def check_lists(browser, server):
    cells, count = show(browser, server, "")
    assert len(cells) == 100 and count == "2,100 of 2,100 devices match".replace("2,100", f"{COUNT + known(server):,}"), count
    assert [row[1].split("\n")[-1] for row in cells] == [mac_of(number) for number in range(100)]
    cells, count = show(browser, server, "?page=20")
    assert cells[0][1] == mac_of(1900), cells[0]
    cells, _ = show(browser, server, "?q=KITCH")
    assert [row[1] for row in cells] == ["kitchen\n5C:CF:7F:00:00:07"], cells
    cells, _ = show(browser, server, "?q=7f%3A00%3A07%3Acf")
    assert [row[1] for row in cells] == ["5C:CF:7F:00:07:CF"], cells
    cells, count = show(browser, server, "?chip=esp32&state=refused")
    assert len(cells) == 100 and count.startswith("200 of"), count
    assert all("refused" in row[0] and row[2] == "esp32" for row in cells)
    cells, count = show(browser, server, "?version=1.11.0&sort=-seen")
    assert all(row[4] == "1.11.0" for row in cells) and count.startswith("166 of"), count
    versions = [row[4] for row in show(browser, server, "?sort=version&chip=esp8266&page=18")[0]]
    assert versions == sorted(versions, key=lambda text: [int(part) for part in text.split(".")]) and "1.11.0" in versions
    names = [row[1].split("\n")[0] for row in show(browser, server, "?sort=name")[0]]
    assert names[:3] == ["hall", "kitchen", mac_of(0)], names[:3]
    lines = server.get("/status.csv?version=1.11.0").splitlines()
    assert len(lines) == 167 and all(',"1.11.0",' in line for line in lines[1:]), len(lines)
    listed = json.loads(server.get("/status.json?version=1.11.0&limit=50"))["devices"]
    assert len(listed) == 50 and {device["version"] for device in listed} == {"1.11.0"}
    for query in ("?state=fine", "?chip=avr", "?sort=colour", "?page=0", "?page=x"):
        assert server.status("/status" + query) == 400, query


def check_size(server):
    """A page of 100 devices with names, and what it loads."""
    names = "".join(f'"{mac_of(number)}" = "lamp-in-room-{number}"\n' for number in range(100))
    server.use(RULES.split("[serve.names]")[0] + "[serve.names]\n" + names)
    while "lamp-in-room-99" not in server.get("/status"):
        time.sleep(0.1)
    sizes = [len(server.get(path).encode()) for path in ("/status", "/status.css", "/status.js")]
    print(f"page, style and script: {sizes} bytes")
    assert sum(sizes) < LARGEST_PAGE, f"{sum(sizes)} bytes"
    server.use(RULES)
    while "lamp-in-room-99" in server.get("/status"):
        time.sleep(0.1)


def known(server):
    """Devices besides those of add_devices()."""
    return json.loads(server.get("/status.json?limit=0"))["known"] - COUNT


def check_without_script(browser, server):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.call("Page.navigate", url=server.url + "/status?chip=esp32")
    for key in ("q", "state", "version", "chip", "sort"):
        browser.wait_for(f"document.querySelector('form [name={key}]') !== null", f"no field {key}")
    browser.evaluate("document.querySelector('[name=q]').value = '00:0A'; document.querySelector('form button').click()")
    browser.wait_for("location.search.includes('q=00%3A0A') && location.search.includes('chip=esp32')", "the form is not sent")
    browser.wait_for(rows() + ".length === 1", "the form does not filter")
    browser.evaluate("[...document.querySelectorAll('thead a')].find(a => a.innerText === 'Seen').click()")
    browser.wait_for("document.querySelector('[aria-sort=ascending]')?.innerText === 'Seen'", "the link does not sort")
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


def check_keyboard(browser, server):
    browser.go_to(server.url + "/status")
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip"
    browser.tab_to("e.name === 'q'", "the search")
    browser.type("kitchen")
    browser.mark()
    browser.press("Enter")
    browser.wait_for_load()
    browser.tab_to("e.closest('#devices') && e.innerText === 'kitchen'", "the device")
    assert browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.mark()
    browser.press("Enter")
    browser.wait_for_load()
    text = browser.evaluate("document.body.innerText")
    assert "kitchen" in text and "5C:CF:7F:00:00:07" in text and "History" in text, text
    browser.mark()
    browser.tab_to("e.innerText === 'All devices'", "the link to all devices")
    browser.press("Enter")
    browser.wait_for_load()
    browser.tab_to("e.innerText === 'Next' && e.closest('nav')", "the next page", 400)
    browser.mark()
    browser.press("Enter")
    browser.wait_for_load()
    assert browser.evaluate("location.search") == "?page=2"


def check_phone(browser, server, folder):
    browser.use_size(390, 844, 2)
    browser.go_to(server.url + "/status")
    width = browser.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, f"the page is {width} pixels wide"
    first = browser.evaluate("(row => { const cells = [...row.children]; const place = e => e.getBoundingClientRect();"
                             "return cells.every(cell => place(cell).top >= place(cells[0]).top && place(cell).right <= 390) &&"
                             "place(cells[1]).top >= place(cells[0]).bottom && cells[0].innerText })"
                             "(document.querySelector('#devices tr'))")
    assert first and "refused" in first, f"the state is not at the top of its card: {first}"
    titles, labels = browser.evaluate(
        "[[...document.querySelectorAll('thead th')].map(e => e.textContent), [...document.querySelector('#devices tr').children]"
        ".map(e => JSON.parse(getComputedStyle(e, '::before').content))]")
    assert titles == labels, f"a card has the titles {labels} for {titles}"
    browser.screenshot(folder / "status-phone.png")


PAGES = ("/status", "/status?chip=esp32&sort=-seen&page=2", "/status?q=nothing", f"/status/device?mac={mac_of(7)}")


def check_axe(browser, server, axe, pages=PAGES):
    for scheme in ("light", "dark"):
        browser.use_colours(scheme)
        for page in pages:
            browser.go_to(server.url + page)
            browser.evaluate(axe.read_text())
            found = browser.evaluate("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
            assert found == [], f"axe about {page}, {scheme}, {browser.evaluate('innerWidth')} pixels: {found}"


def check_page(browser, server, axe, folder):
    check_live_changes(browser, server)
    browser.screenshot(folder / "status-light.png")
    light = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    browser.use_colours("dark")
    dark = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark, f"light and dark have the same background {light}"
    browser.screenshot(folder / "status-dark.png")
    add_devices(server.devices)
    check_size(server)
    check_lists(browser, server)
    check_without_script(browser, server)
    check_keyboard(browser, server)
    check_axe(browser, server, axe)
    check_phone(browser, server, folder)
    check_axe(browser, server, axe)
    errors = list(browser.console_errors())
    assert not errors, f"on the console: {errors}"
    foreign = [url for url in browser.addresses() if not url.startswith((server.url + "/", "data:", "about:"))]
    assert not foreign, f"requests to other hosts: {foreign}"


def check_end(browser, server):
    """An open page does not delay the end of the server, and tells it."""
    browser.go_to(server.url + "/status?q=kitchen")
    server.devices.ask(mac_of(7), "1.99.0")
    browser.wait_for(has_row("kitchen", "1.99.0"), "the page is not live")
    server.devices.close()
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 8, "the server waits for open pages"
    browser.wait_for("document.querySelector('#news').innerText.includes('No connection')", "the page does not tell the end")


def main():
    otatool, image, axe, folder = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        try:
            browser = Browser(str(pathlib.Path(place, "profile")))
        except NotRunnable as reason:
            print(f"skipped: chromium does not run here: {reason}")
            return SKIPPED
        server = Server(otatool, place, image, "--store", "none")
        try:
            check_page(browser, server, axe, folder)
            check_end(browser, server)
        finally:
            server.process.kill()
            browser.close()
    print(f"screenshots: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
