"""Other families, written from docs/spec/field-firmwares.md 4 to 10."""
import gzip
import hashlib
import json
import urllib.request

from family_base import Device, Hang


class Wled(Device):
    def get(self, request):
        if request.path == "/json/info":
            info = {"ver": self.words.get("version", "16.0.1"), "vid": 2606010, "release": self.words.get("release", "ESP32"),
                    "brand": "WLED", "arch": self.words.get("chip", "esp8266")}
            return 200, {}, json.dumps(info)
        if request.path == "/update":
            return self.denial() or (200, {}, "<title>WLED Update</title><form><input type='file' name='update'></form>")
        return None

    def denial(self):
        return (200, {}, f"<h2>Access Denied</h2>{self.words['lock']}<br>") if "lock" in self.words else None

    def post(self, request):
        if request.path != "/update":
            return None
        _, _, content, texts = request.file_and_texts()
        if self.denial():
            return self.denial()
        image = gzip.decompress(content) if content[:1] == b"\x1f" else content
        error = self.words.get("refuse")
        if texts.get("skipValidation") != "1":
            at = max(image.find(b"STSW", 256, 256 + 512), image.find(b"STSW", 0x1000, 0x1000 + 512))
            release = image[at + 56:at + 104].rstrip(b"\0").decode() if at > 0 else None
            if release is None:
                error = "This firmware file is missing compatibility metadata."
            elif release.removesuffix("_V4") != self.words.get("release", "ESP32").removesuffix("_V4"):
                error = f"Firmware release name mismatch: current='{self.words.get('release', 'ESP32')}', uploaded='{release}'."
        if error:
            return 500, {}, f"<h2>Update failed!</h2>{error}<br>"
        self.store("firmware", content)
        return 200, {}, "<h2>Update successful!</h2>Rebooting..."


class Esphome(Device):
    secret_paths = ("/",)

    def get(self, request):
        return (200, {}, "<html><body><esp-app></esp-app></body>") if request.path == "/" else None

    def post(self, request):
        if request.path != "/update":
            return None
        _, file_name, content, _ = request.file_and_texts()
        if "refuse" in self.words:
            return 200, {"Content-Type": "text/plain"}, "Update Failed!"
        if file_name:
            self.store("firmware", content)
        return 200, {"Content-Type": "text/plain"}, "Update Successful!"


class ElegantOta3(Device):
    secret_paths = ("/update", "/ota")

    def __init__(self, words):
        super().__init__(words)
        self.mode = None

    def get(self, request):
        if request.path == "/update":
            page = b"<!doctype html><html><head><title>ElegantOTA Lite</title></head>"
            return 200, {"Content-Encoding": "gzip"}, gzip.compress(page)
        if request.path == "/ota/start":
            if len(request.query.get("hash", [""])[0]) != 32:
                return 400, {}, "MD5 parameter invalid"
            self.mode = {"fr": "firmware", "fs": "filesystem"}[request.query["mode"][0]]
            return 200, {}, "OK"
        return None

    def post(self, request):
        if request.path != "/ota/upload":
            return None
        if not self.mode:
            return 400, {}, "Failed to write chunked data to free space"
        if "refuse" in self.words:
            return 400, {}, self.words["refuse"]
        # A broken upload is still open: the new bytes follow the old ones.
        self.store(self.mode, self.open_upload + request.file_and_texts()[2])
        return 200, {}, "OK"

    def broken(self, received):
        self.open_upload += received


class ElegantOta2(Device):
    secret_paths = ("/update",)

    def get(self, request):
        if request.path == "/update/identity":
            return 200, {}, json.dumps({"id": "kitchen", "hardware": self.words.get("chip", "ESP8266")})
        return (200, {}, "<title>ElegantOTA</title>") if request.path == "/update" else None

    def post(self, request):
        if request.path != "/update":
            return None
        name, _, content, _ = request.file_and_texts()
        if "refuse" in self.words:
            return 200, {}, "FAIL"
        self.store("filesystem" if name == "filesystem" else "firmware", content)
        return 200, {}, "OK"


class AsyncUpload(Device):
    """The handler that AsyncElegantOTA and OpenDTU share."""

    def take(self, request, names):
        _, file_name, content, texts = request.file_and_texts()
        if "MD5" not in texts:
            return 400, {}, "MD5 parameter missing"
        if texts["MD5"] != hashlib.md5(content).hexdigest():
            return 400, {}, "MD5 parameter invalid"
        if self.open_upload:
            return 400, {}, "OTA could not begin"
        if "refuse" in self.words:
            return 400, {}, self.words["refuse"]
        self.store("filesystem" if names and file_name == "filesystem" else "firmware", content)
        return 200, {}, "OK"

    def broken(self, received):
        self.open_upload += received


class AsyncElegantOta(AsyncUpload, ElegantOta2):
    def post(self, request):
        return self.take(request, True) if request.path == "/update" else None


class OpenDtu(AsyncUpload):
    secret_paths = ("/api/firmware", "/api/system/status")

    def get(self, request):
        if request.path != "/api/system/status":
            return None
        return 200, {}, json.dumps({"git_hash": "v26.3.30", "git_branch": "master", "pioenv": self.words.get("release", "generic"),
                                    "chipmodel": "ESP32-S3", "sketch_total": 1, "flashsize": 1})

    def post(self, request):
        return self.take(request, False) if request.path == "/api/firmware/update" else None


class Stock(Device):
    secret_paths = ("/update",)
    page = "<form><input type='file' name='firmware'></form><form><input type='file' name='filesystem'></form>"

    def get(self, request):
        return (200, {}, self.page) if request.path == "/update" else None

    def post(self, request):
        if request.path != "/update":
            return None
        name, _, content, _ = request.file_and_texts()
        error = self.words.get("refuse")
        if request.fields.get("origin") != "http://" + request.fields.get("host", ""):
            error = "Wrong origin received!"
        if error:
            return 200, {}, f"Update error: {error}\n"
        self.store("filesystem" if name == "filesystem" else "firmware", content)
        return 200, {}, '<META http-equiv="refresh" content="15;URL=/">Update Success! Rebooting...'


class EspEasy(Stock):
    secret_paths = ()
    page = "<form><input type='file' name='firmware'></form>"

    def get(self, request):
        if request.path == "/json":
            return 200, {}, json.dumps({"System": {"Build": 20241, "Git Build": "mega-20241019", "Binary Filename": "ESP_Easy.bin"}})
        return super().get(request)


class Espurna(Device):
    secret_paths = ("/upgrade",)

    def get(self, request):
        if request.path != "/discover":
            return None
        return 200, {}, json.dumps({"app": "ESPURNA", "version": "1.18.0", "device": "SONOFF", "hostname": "lamp"})

    def post(self, request):
        if request.path != "/upgrade":
            return None
        if "refuse" in self.words:
            return 200, {}, self.words["refuse"]
        self.store("firmware", request.file_and_texts()[2])
        return 200, {}, "OK"


class Esp3d(Device):
    def post(self, request):
        if request.path != "/updatefw":
            return None
        if not self.authorized(request):
            return 401, {}, "Wrong authentication!"
        _, file_name, content, texts = request.file_and_texts()
        if "refuse" in self.words or texts.get(f"{file_name}S") != str(len(content)):
            return 200, {}, '{"status":"error"}'
        self.store("firmware", content)
        return 200, {}, '{"status":"ok"}'


class OtaWebUpdater(Device):
    def get(self, request):
        return (200, {}, "<form name='loginForm'>") if request.path == "/" else None

    def post(self, request):
        if request.path != "/update":
            return None
        if "refuse" in self.words:
            return 200, {}, "FAIL"
        self.store("firmware", request.file_and_texts()[2])
        return 200, {}, "OK"


class OpenBeken(Device):
    secret_paths = ("/api", "/index")

    def __init__(self, words):
        super().__init__(words)
        self.uploaded = False

    def get(self, request):
        if request.path == "/cm":
            return 200, {}, '{"StatusFWR":{"Version":"OpenBK","Hardware":"BK7231T"}}'
        if request.path == "/api/info":
            return 200, {}, json.dumps({"chipset": self.words.get("chip", "BK7231T"), "build": "1.18", "shortName": "plug"})
        if request.target == "/index?restart=1":
            self.say("restart" if self.uploaded else "forbidden /index?restart=1")
            raise Hang
        return None

    def post(self, request):
        if request.path != "/api/ota":
            return None
        if "refuse" in self.words:
            raise Hang
        self.uploaded = True
        self.store("firmware", request.body)
        return 200, {}, json.dumps({"size": len(request.body)})


class Bitaxe(Device):
    def get(self, request):
        if request.path != "/api/system/info":
            return None
        return 200, {}, json.dumps({"version": "v2.9.0", "axeOSVersion": "v2.9.0", "boardVersion": "601", "ASICModel": "BM1370",
                                    "idfVersion": "v5.5"})

    def post(self, request):
        kinds = {"/api/system/OTA": ("firmware", "Firmware"), "/api/system/OTAWWW": ("filesystem", "WWW")}
        if request.path not in kinds:
            return None
        # An address with a port fails both tests of Origin.
        if "origin" in request.fields or "lock" in self.words:
            return 401, {}, "Unauthorized"
        if "refuse" in self.words:
            return 500, {}, self.words["refuse"]
        kind, word = kinds[request.path]
        self.store(kind, request.body)
        return 200, {}, f"{word} update complete, rebooting now!\n"


class Shelly(Device):
    def get(self, request):
        if request.path == "/shelly":
            version = self.words.get("version", "20230913-112003/v1.14.0-gcb84623")
            return 200, {}, json.dumps({"type": "SHSW-1", "auth": "password" in self.words, "fw": version})
        if request.path == "/ota" and "url" in request.query:
            with urllib.request.urlopen(request.query["url"][0]) as answer:
                self.store("firmware", answer.read())
            self.words["version"] = "20261101-000000/v1.15.0-g0000000"
            return 200, {}, json.dumps({"status": "updating", "has_update": False, "new_version": "", "old_version": "x"})
        return None
