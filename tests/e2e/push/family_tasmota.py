"""Tasmota, written from docs/spec/field-firmwares.md 3."""
import json
import threading
import urllib.request

from family_base import Device, Hang

TASMOTA_FORM = "<form method='post' action='u2' enctype='multipart/form-data'><input type='file' name='u2'></form>"
WORDS_OF_TASMOTA = {"en": ("Upload", "Successful", "Failed"), "de": ("Hochladen", "erfolgreich", "fehlgeschlagen")}


class Tasmota(Device):
    secret_paths = ("/up", "/u4", "/cm")

    def __init__(self, words):
        super().__init__(words)
        self.upload_type = None
        self.chip = words.get("chip", "ESP8266EX")
        self.needs_safeboot = "needs-safeboot" in words
        self.ota_url = "http://ota.lan/tasmota.bin.gz"

    def fetch(self):
        if "stuck" in self.words:
            return
        with urllib.request.urlopen(self.ota_url) as answer:
            self.store("firmware", answer.read())
        self.words["version"] = "15.3.0"

    def server(self):
        return {"Server": f"Tasmota/{self.words.get('version', '15.2.0')} ({self.chip})"}

    def challenge(self):
        return 401, {"WWW-Authenticate": 'Basic realm="device"', **self.server()}, '{"WARNING":"Need user and password"}'

    def get(self, request):
        command = request.query.get("cmnd", [""])[0] if request.path == "/cm" else ""
        if command.startswith("OtaUrl"):
            if command != "OtaUrl":
                self.ota_url = command.removeprefix("OtaUrl ")
                self.say(f"otaurl {self.ota_url}")
            return 200, self.server(), json.dumps({"OtaUrl": self.ota_url})
        if command == "Upgrade 1":
            if "refuse" in self.words:
                return 200, self.server(), json.dumps({"Upgrade": "1 or >15.2.0 to upgrade"})
            threading.Thread(target=self.fetch, daemon=True).start()
            return 200, self.server(), json.dumps({"Upgrade": f"Version 15.2.0 from {self.ota_url}"})
        if command == "Status 4" and "flash" in self.words:
            memory = {"ProgramSize": 616, "Free": 384, "ProgramFlashSize": 1024, "FlashSize": int(self.words["flash"])}
            return 200, self.server(), json.dumps({"StatusMEM": memory})
        if command == "Status 2":
            version = self.words.get("version", "15.2.0") + "(tasmota)"
            told = {"Version": version, "BuildDateTime": "2025-12-24T10:11:12", "Hardware": self.chip}
            return 200, self.server(), json.dumps({"StatusFWR": told})
        if request.path == "/up":
            if "lock" in self.words:
                return 200, self.server(), "<h1>Main menu</h1>"
            self.upload_type = "firmware"
            return 200, self.server(), TASMOTA_FORM + ("<form onsubmit='return upl(this);'>" if self.needs_safeboot else "")
        if request.target == "/u4?u4=fct&api=":
            self.needs_safeboot = False
            self.upload_type = "firmware"
            self.say("safeboot")
            return 200, self.server(), "true"
        if request.target == "/u4?u4=ota":
            self.say("way-back")
            return 200, self.server(), ""
        return 404, self.server(), "File Not Found"

    def page(self, error):
        upload, success, failure = WORDS_OF_TASMOTA[self.words.get("language", "en")]
        script = "" if error else "<script>setTimeout(function(){location.href='.';},24000);</script>"
        result = f"<font color='#008000'>{success}" if not error else f"<font color='#D43535'>{failure}"
        return 200, self.server(), f"{script}<div><b>{upload} {result}</font></b><br><br>{error or ''}</div>"

    def post(self, request):
        if request.path != "/u2":
            return None
        if "referer" in self.words and not request.fields.get("referer", "").startswith("http://127.0.0.1"):
            raise Hang
        _, file_name, content, _ = request.file_and_texts()
        if self.upload_type != "firmware" or self.needs_safeboot:
            return self.page("Not enough space")
        self.upload_type = None
        if not file_name or content[:1] not in (b"\xe9", b"\x1f"):
            return self.page("Invalid file signature")
        if "refuse" in self.words:
            return self.page(self.words["refuse"])
        if content[0] == 0xE9 and "flash" in self.words and (512, 256, 1024, 2048, 4096, 0, 0, 0, 8192, 16384)[content[3] >> 4] > \
                int(self.words["flash"]):
            return self.page("Program flash size is larger than real flash size")
        self.store("firmware", content)
        if not self.authorized(request):
            return self.challenge()
        return self.page(None)
