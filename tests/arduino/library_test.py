#!/usr/bin/env python3
"""The Arduino library and the ESP-IDF component as scripts/make-arduino-library makes them: library_test.py COMPILER LWIP BEARSSL.

Compiles the library and its examples as the Arduino builder does, every source below src/ with src/ as the only include
path of the library: for the ESP8266 with xtensa-lx106-elf-g++ and lwIP of the folder LWIP, with and without IPv6; for the
ESP32 with COMPILER, the host's. The headers of the cores are stand-ins with declarations only.
"""
import concurrent.futures
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent.parent
STAND_IN = TESTS / "stand_in"
HOST_COMPILER, LWIP, BEARSSL = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
LX106 = shutil.which("xtensa-lx106-elf-g++")
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
COMMON = ["-Os", "-fno-exceptions", "-fno-rtti", "-DARDUINO=10819", *WARNINGS]
EXAMPLES = {"BasicOTA", "PullUpdate", "SignedOTA", "WebUpdate"}


@functools.cache
def library():
    folder = tempfile.TemporaryDirectory()
    out = pathlib.Path(folder.name) / "OtatoolOTA"
    subprocess.run([ROOT / "scripts/make-arduino-library", out], check=True, stdout=subprocess.DEVNULL)
    library.folder = folder
    return out


@functools.cache
def component():
    out = library().parent / "otatool"
    subprocess.run([ROOT / "scripts/make-arduino-library", "--esp-idf", out], check=True, stdout=subprocess.DEVNULL)
    return out


def system(*folders):
    return [word for folder in folders for word in ("-isystem", str(folder))]


def esp8266(ipv6=False):
    """The compiler and its options, as the core has them."""
    port = ROOT / "firmware/port/lwip/include"
    options = [*COMMON, "-std=gnu++17", "-ffreestanding", "-mlongcalls", "-mtext-section-literals", "-ffunction-sections",
               "-fdata-sections", "-DESP8266", "-DARDUINO_ARCH_ESP8266"]
    folders = [STAND_IN / "toolchain", STAND_IN / "common", STAND_IN / "esp8266", LWIP / "src/include", BEARSSL / "inc"]
    if ipv6:
        changed = library().parent / "lwip6"
        changed.mkdir(exist_ok=True)
        text = (port / "lwipopts.h").read_text()
        assert "#define LWIP_IPV6 0" in text
        (changed / "lwipopts.h").write_text(text.replace("#define LWIP_IPV6 0", "#define LWIP_IPV6 1"))
        folders.insert(0, changed)
    return [LX106, *options, *system(*folders, port)]


def esp32(standard="gnu++17"):
    options = [*COMMON, f"-std={standard}", "-DESP32", "-DARDUINO_ARCH_ESP32"]
    return [HOST_COMPILER, *options, *system(STAND_IN / "common", STAND_IN / "esp32")]


def compile_all(command, sources, folder=None):
    """The complaints of the compiler, by file."""
    folder = folder or library() / "src"
    def run(source):
        sketch = ["-include", "Arduino.h"] if source.suffix == ".ino" else []
        target = [f"-I{folder}", *sketch, "-x", "c++", "-c", str(source), "-o", os.devnull]
        return subprocess.run(command + target, capture_output=True, text=True, check=False)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = dict(zip(sources, pool.map(run, sources)))
    return {str(source): done.stderr for source, done in runs.items() if done.returncode != 0 or done.stderr}


def sources():
    return sorted((library() / "src").rglob("*.cpp"))


def sketches():
    return sorted((library() / "examples").rglob("*.ino"))


class Library(unittest.TestCase):
    def test_has_the_files_that_arduino_and_platformio_expect(self):
        properties = dict(line.split("=", 1) for line in (library() / "library.properties").read_text().splitlines())
        version = re.search(r"^project\(otatool VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
        self.assertEqual(properties["name"], "OtatoolOTA")
        self.assertEqual(properties["version"], version)
        self.assertEqual(properties["architectures"], "esp8266,esp32")
        for field in ("author", "maintainer", "sentence", "paragraph", "category"):
            self.assertTrue(properties[field], field)
        self.assertTrue((library() / "src" / properties["includes"]).is_file())
        manifest = json.loads((library() / "library.json").read_text())
        self.assertEqual((manifest["name"], manifest["version"]), ("OtatoolOTA", version))
        self.assertEqual({sketch.stem for sketch in sketches()}, EXAMPLES)
        for sketch in sketches():
            self.assertEqual(sketch.stem, sketch.parent.name)

    def test_has_every_header_that_it_includes(self):
        for file in (library() / "src").rglob("*.[ch]*"):
            for name in re.findall(r'^#include "((?:firmware|otatool)/[^"]+)"', file.read_text(), re.M):
                self.assertTrue((library() / "src" / name).is_file(), f"{file}: {name}")

    def test_keywords_are_the_public_calls(self):
        words = dict(line.split("\t") for line in (library() / "keywords.txt").read_text().splitlines())
        calls = {word for word, kind in words.items() if kind == "KEYWORD2"}
        public = set()
        for name in ("OtatoolOTA.h", "OtatoolWebUpdate.h"):
            header = (library() / "src" / name).read_text()
            part = header[header.index(" public:"):header.index(" private:")]
            public |= set(re.findall(r"^  [\w &]+ (\w+)\(", part, re.M)) - {"OtatoolWebUpdate"}
        self.assertEqual(calls, public)

    def test_is_made_in_a_new_folder_only(self):
        again = subprocess.run([ROOT / "scripts/make-arduino-library", library()], capture_output=True, text=True, check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("exists", again.stderr)


@unittest.skipUnless(LX106 and (LWIP / "src/include").is_dir(), "no lx106 compiler or no lwIP")
class OnEsp8266(unittest.TestCase):
    def test_compiles(self):
        self.assertEqual(compile_all(esp8266(), sources() + sketches()), {})

    def test_compiles_with_ipv6(self):
        self.assertEqual(compile_all(esp8266(ipv6=True), sources()), {})

    def test_says_that_there_is_no_trial(self):
        sketch = library().parent / "trial.ino"
        sketch.write_text("#include <OtatoolOTA.h>\nOTATOOL_TRIAL();\n")
        complaints = compile_all(esp8266(), [sketch])
        self.assertIn("the stock loader of the ESP8266 keeps no backup", complaints[str(sketch)])

    def test_an_image_keeps_the_version_that_its_sketch_states(self):
        """Also if the sketch does not ask for it; the linker of the core removes what nothing refers to."""
        out = library().parent / "linked"
        out.mkdir()
        sketch = out / "sketch.cpp"
        sketch.write_text("#include <OtatoolOTA.h>\nOTATOOL_VERSION(7);\n"
                          "void setup() { OtatoolOTA.begin(); }\nvoid loop() { OtatoolOTA.handle(); }\n")
        source = library() / "src/OtatoolOTA.cpp"
        for file in (sketch, source):
            subprocess.run([*esp8266(), f"-I{library() / 'src'}", "-c", file, "-o", out / f"{file.stem}.o"], check=True)
        subprocess.run([LX106, "-nostdlib", "-Wl,--gc-sections,-e,_Z5setupv,-u,_Z4loopv,--unresolved-symbols=ignore-all",
                        out / "sketch.o", out / "OtatoolOTA.o", "-o", out / "sketch.elf"], check=True)
        mark = re.search(r"kVersionMarkMagic\[2\] = \{(0x[0-9A-F]+), (0x[0-9A-F]+)\}",
                         (ROOT / "include/otatool/wire/application_description.hpp").read_text())
        words = (int(mark[1], 16), int(mark[2], 16), 7, 0xFFFFFFFF - 7)
        stated = b"".join(word.to_bytes(4, "little") for word in words)
        self.assertTrue(stated in (out / "sketch.elf").read_bytes(), "no version in the image")

    def test_keeps_tables_and_texts_in_flash(self):
        command = esp8266()
        for name, expected in (("digest/md5", 256), ("digest/software_sha256", 256), ("update_error", 800)):
            found = library().parent / "sections.o"
            source = library() / f"src/firmware/core/{name}.cpp"
            subprocess.run([*command, f"-I{library() / 'src'}", "-c", source, "-o", found], check=True)
            listing = subprocess.run([LX106.replace("g++", "size"), "-A", found], check=True, capture_output=True, text=True).stdout
            in_flash = sum(int(size) for size in re.findall(r"^\.irom\.text\.otatool\S* +(\d+)", listing, re.M))
            self.assertGreaterEqual(in_flash, expected, name)


# The sketch BasicOTA of the ESP32 core, with another include and another name.
CHAINED = """#include <OtatoolOTA.h>
void setup() {
  OtatoolOTA.setPort(3232).setHostname("my-device").setPassword("admin").setMdnsEnabled(true);
  OtatoolOTA
    .onStart([]() { Serial.println(OtatoolOTA.getCommand() == U_FLASH ? "sketch" : "filesystem"); })
    .onEnd([]() { Serial.println("End"); })
    .onProgress([](unsigned int progress, unsigned int total) { Serial.printf("%u%%", progress / (total / 100)); })
    .onError([](ota_error_t error) { Serial.println(error == OTA_AUTH_ERROR ? "Auth Failed" : "Failed"); });
  OtatoolOTA.begin();
}
"""


class OnEsp32(unittest.TestCase):
    def test_compiles_a_sketch_with_chained_calls(self):
        sketch = library().parent / "chained.ino"
        sketch.write_text(CHAINED)
        self.assertEqual(compile_all(esp32(), [sketch]), {})

    def test_compiles(self):
        self.assertEqual(compile_all(esp32(), sources() + sketches()), {})

    def test_compiles_as_the_newest_core_does(self):
        self.assertEqual(compile_all(esp32("gnu++20"), sources() + sketches()), {})


# What the page's example uses of ESP-IDF.
PRELUDE = """#include <stdio.h>
#define pdMS_TO_TICKS(milliseconds) (milliseconds)
extern "C" void esp_restart(void);
extern "C" void vTaskDelay(unsigned ticks);
extern "C" void vTaskDelete(void* task);
"""


class EspIdfComponent(unittest.TestCase):
    def command(self):
        return [HOST_COMPILER, "-Os", "-fno-exceptions", "-fno-rtti", "-std=gnu++20", *WARNINGS, *system(STAND_IN / "esp32")]

    def test_lists_its_sources(self):
        listed = set(re.findall(r"^    (src/\S+\.cpp)$", (component() / "CMakeLists.txt").read_text(), re.M))
        self.assertEqual(listed, {file.relative_to(component()).as_posix() for file in component().rglob("*.cpp")})
        self.assertRegex((component() / "idf_component.yml").read_text(), r'^version: "[0-9.]+"\n')

    def test_compiles_with_the_example_of_its_page(self):
        example = library().parent / "example.cpp"
        page = (component() / "README.md").read_text()
        program, lines = re.findall(r"```cpp\n(.*?)```", page, re.S)
        example.write_text(f"{PRELUDE}{program}void start() {{ updates(nullptr); }}\n"
                           f"void set(otatool::OtaSettings& settings) {{\n{lines}}}\n")
        files = sorted(component().rglob("*.cpp")) + [example]
        self.assertEqual(compile_all(self.command(), files, component() / "src"), {})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
