"""An administrator changes a rollout in headless Chromium: admin_page_test.py OTATOOL IMAGE AXE

Pause and resume with the keyboard, live changes of others, forged forms, passwords, events in the store, the history of a
device. Exits with 77 when Chromium cannot run here.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

from chromium import Browser, NotRunnable
from fleet_of_devices import mac_of
from status_page_test import RULES, SKIPPED, Server, check_axe, has_row

ADMIN, VIEWER = "ann:secret", "eve:other"


def phase_on_page(browser, phase):
    browser.wait_for(f"document.querySelector('#rollouts .state')?.innerText === '{phase}'", f"the rollout is not {phase}")


def press_button(browser, text):
    """Reaches a button with the Tab key and presses it; the browser then shows the page again."""
    browser.go_to(browser.evaluate("location.href"))
    browser.tab_to(f"e.innerText === {json.dumps(text)}", f"the button {text}")
    browser.mark()
    browser.press("Enter")
    browser.wait_for_load()
    assert browser.evaluate("location.pathname") == "/admin"


def rollout(otatool, store, *command):
    run = subprocess.run([otatool, "rollout", *command, "--store", store, "--json"], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["rollouts"][0]


def check_changes(browser, server, otatool, store):
    browser.use_login(*ADMIN.split(":"))
    browser.go_to(server.url + "/status")
    browser.tab_to("e.innerText === 'Change rollouts'", "the page of administrators")
    browser.mark()
    browser.press("Enter")
    browser.wait_for_load()
    phase_on_page(browser, "running")
    press_button(browser, "Pause")
    phase_on_page(browser, "paused")
    assert "by ann" in browser.evaluate("document.querySelector('#rollouts').innerText")
    statuses = {server.devices.ask(mac_of(number), "1.0.0") for number in range(1000, 1100)}
    assert statuses == {304}, "a paused rollout gives its image to devices"
    press_button(browser, "Resume")
    phase_on_page(browser, "running")
    press_button(browser, "Next stage")
    browser.wait_for("document.querySelector('#rollouts').innerText.includes('stage 100 %')", "the rollout does not widen")

    # What others do appears while the page is open, and the buttons follow.
    enabled = "[...document.querySelectorAll('#rollouts button')].filter(b => !b.disabled).map(b => b.innerText).join()"
    assert browser.evaluate(enabled) == "Pause,Next stage,Retry failed devices"
    rollout(otatool, store, "pause", "lamps")
    phase_on_page(browser, "paused")
    browser.wait_for(f"{enabled} === 'Resume,Retry failed devices'", "the buttons do not follow the phase")
    browser.wait_for("document.querySelector('#news').innerText.includes('paused')", "the change is not announced")

    events = [(event["kind"], event["user"]) for event in rollout(otatool, store, "show", "lamps")["events"]]
    assert [event for event in events if event[1] == "ann"] == [("advance", "ann"), ("resume", "ann"), ("pause", "ann")], events


def check_new_rollout(browser, server):
    """The rollout of a new version appears while the page is open, and its form works."""
    browser.go_to(server.url + "/admin")
    server.use(RULES.replace("2.0.0", "3.0.0"))
    browser.wait_for("document.querySelector('#rollouts h3').innerText === 'lamps 3.0.0'", "the new rollout does not appear")
    browser.tab_to("e.innerText === 'Pause'", "the button Pause")
    browser.mark()
    browser.press("Enter")
    browser.wait_for_load()
    phase_on_page(browser, "paused")
    assert "3.0.0" in browser.evaluate("document.querySelector('#rollouts').innerText")
    server.use(RULES)
    browser.wait_for("document.querySelector('#rollouts h3').innerText === 'lamps 2.0.0'", "the rollout does not come back")


def check_refusals(server, otatool, store):
    page = server.get("/admin", ADMIN)
    token = re.search('name="token" value="([0-9a-f]{64})"', page)[1]
    fields = {"rule": "lamps", "version": "2.0.0", "action": "resume", "token": token}

    def send(login=ADMIN, **changed):
        return server.status("/admin/rollout", login, urllib.parse.urlencode({**fields, **changed}).encode())

    assert send(token="") == 403
    assert send(token=token[::-1]) == 403
    assert send(rule="others") == 403
    assert send(version="1.0.0") == 403
    assert send(login="bob:third") == 403, "the token of another administrator is valid"
    assert send(login=None) == 401
    assert send(token="x" * 10000) == 413
    assert server.status("/admin/rollout", ADMIN) == 405
    assert server.status("/status", form=b"x") in (401, 405, 413)
    for path in ("/status", "/status.json", "/status.csv", "/status/events", "/status/device?mac=" + mac_of(1000), "/metrics",
                 "/status.js"):
        assert server.status(path) == 401, path
        assert path == "/status/events" or server.status(path, VIEWER) == 200, path
        assert path == "/status/events" or server.status(path, ADMIN) == 200, path
    assert server.status("/admin/events") == 401
    assert rollout(otatool, store, "list")["phase"] == "paused", "a refused form changed the rollout"
    assert send(action="advance") == 409
    assert send() == 200
    assert rollout_becomes(otatool, store, "running")
    # Wrong passwords come last: after some the address has to wait.
    assert send(login="ann:wrong", action="pause") == 401
    assert send(login=VIEWER, action="pause") in (401, 429)
    assert rollout(otatool, store, "list")["phase"] == "running"


def rollout_becomes(otatool, store, phase):
    """The store has a change within a second; each look takes a while."""
    return any(rollout(otatool, store, "list")["phase"] == phase for _ in range(200))


def check_history(browser, server, otatool, store):
    rollout(otatool, store, "resume", "lamps")
    browser.go_to(server.url + "/status")
    phase_on_page(browser, "running")
    mac = mac_of(1)
    assert server.devices.ask(mac, "1.0.0") == 200
    server.devices.ask(mac, "2.0.0", server.devices.md5)
    browser.go_to(server.url + "/status?q=" + mac)
    browser.wait_for(has_row(mac, "confirmed"), "the device is not confirmed")
    words = ["confirmed", "downloaded", "offered"]
    for _ in range(100):
        browser.go_to(f"{server.url}/status/device?mac={mac}")
        shown = browser.evaluate("[...document.querySelectorAll('tbody tr')].map(row => row.children[1].innerText)")
        if shown == words:
            rollout(otatool, store, "pause", "lamps")
            browser.go_to(server.url + "/status")
            phase_on_page(browser, "paused")
            return
    raise AssertionError(f"the history is {shown}, not {words}")


def check_without_administrators(otatool, image, place):
    server = Server(otatool, place, image, "--store", "none")
    try:
        assert server.status("/admin") == 404
        assert server.status("/admin/rollout") == 404
        assert server.status("/admin/rollout", form=b"rule=lamps&action=pause") == 405
    finally:
        server.devices.close()
        server.stop()


def main():
    otatool, image, axe = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        check_without_administrators(otatool, image, place)
        try:
            browser = Browser(str(pathlib.Path(place, "profile")))
        except NotRunnable as reason:
            print(f"skipped: chromium does not run here: {reason}")
            return SKIPPED
        admins, viewers = pathlib.Path(place, "admins"), pathlib.Path(place, "viewers")
        admins.write_text(f"{ADMIN}\nbob:third\n")
        viewers.write_text(f"{VIEWER}\n")
        store = f"sqlite:{place}/fleet.sqlite3"
        server = Server(otatool, place, image, "--store", store, "--admin-file", admins, "--status-auth", viewers)
        try:
            check_changes(browser, server, otatool, store)
            check_history(browser, server, otatool, store)
            check_new_rollout(browser, server)
            check_axe(browser, server, axe, ["/admin", "/status", f"/status/device?mac={mac_of(1)}"])
            check_refusals(server, otatool, store)
            errors = list(browser.console_errors())
            assert not errors, f"on the console: {errors}"
        finally:
            server.process.kill()
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
