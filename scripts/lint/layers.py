#!/usr/bin/env python3
"""Holds the include rules of docs/architecture.md: layers.py [ROOT] prints each violation with its rule."""
import pathlib
import re
import sys

from source_text import line_of, report

ROOMS = ("espota", "esphome", "image", "signing", "gzip", "delta", "mdns", "http", "doctor", "delivery", "files", "announce", "fleet", "store", "publish")
SHARED = "delivery"  # the adapters of every room may use the sockets of this one
PICTURE = "docs/architecture.md"  # its table of arrows is the rule and the picture at once
ARROW_ROW = re.compile(r"^\| `([a-z/]+)` \| ((?:`[a-z/]+`(?:, )?)+|none) \|$", re.M)
SOURCES = (".cpp", ".hpp", ".c", ".h", ".S")
FOLDERS = ("include", "src", "firmware", "tests", "bench")
SKIPPED = re.compile(r"^firmware/[^ ]*/golden/|^tests/golden/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
FREESTANDING = {"stddef.h", "stdint.h", "string.h"}

STANDARD = re.compile(r"^[a-z_]+$|^(string|stdint|stddef)\.h$")
OPENSSL = re.compile(r"^openssl/")
DEFLATE = re.compile(r"^(zlib|libdeflate|zopfli/.*|zopfli)(\.h)?$")
SUFFIXES = re.compile(r"^divsufsort(64)?\.h$")
PKCS11 = re.compile(r"^p11-kit/")
AVAHI = re.compile(r"^(avahi-|dbus/)")
DATABASES = re.compile(r"^(sqlite3|libpq-fe)\.h$")
ASIO = re.compile(r"^boost/(asio|beast)")
SOCKETS = re.compile(r"^(sys/(socket|epoll|un|ioctl)|netinet/.*|arpa/inet|netdb|poll|net/if|ifaddrs|linux/.*)\.h$")
INPUT_OUTPUT = re.compile(r"^(iostream|fstream|cstdio|stdio\.h|filesystem|thread|mutex|future|random|syncstream|unistd\.h|fcntl\.h)$")

PUBLIC = re.compile(r"^include/otatool/")
WIRE = re.compile(r"^include/otatool/wire/")
ADAPTER = re.compile(r"^src/(\w+)/(\w+/)?(asio|beast|avahi)_\w+\.[ch]pp$|^src/(device|announce|files|store|signing/token)/")
CRYPTOGRAPHY = re.compile(r"^src/signing/|^src/espota/digest\.cpp$|^src/esphome/noise\.cpp$|^src/http/\w+/(openssl|beast)_|^src/device/\w+/asio_")
ROOM = re.compile(r"^src/(%s)/" % "|".join(ROOMS))
CHIP = re.compile(r"^firmware/(?!tools/)")


def resolve(root, including, kind, target):
    """The path in the tree that an include means, or None when it lies outside."""
    folders = [] if kind == "<" else [pathlib.PurePosixPath(including).parent]
    for folder in folders + [pathlib.PurePosixPath(name) for name in ("include", "src", ".", "firmware")]:
        parts = []
        for part in (folder / target).parts:
            if part == ".." and parts:
                parts.pop()
            else:
                parts.append(part)
        path = "/".join(parts)
        if (root / path).is_file():
            return path
    return None


def check_public(path, target, inside):
    if WIRE.match(path):
        if not (target in FREESTANDING or (inside and WIRE.match(inside))):
            return "rule 1: wire headers include <stddef.h>, <stdint.h>, <string.h> and each other"
    elif PUBLIC.match(path):
        own = (inside and PUBLIC.match(inside)) or target == "otatool/version.hpp"
        expected = target == "tl/expected.hpp" and path == "include/otatool/result.hpp"
        if not (own or expected or (not inside and STANDARD.match(target))):
            return "rule 2: public headers include the standard library and public headers"
    return None


def check_rooms(path, target, inside):
    room = ROOM.match(path)
    allowed = [room[1], SHARED] if room and ADAPTER.match(path) else [room[1]] if room else []
    if room and inside and inside.startswith("src/") and inside.split("/")[1] not in allowed:
        return "rule 3: rooms under src do not include each other; they share types under include/otatool, adapters also src/delivery"
    return None


def check_libraries(path, target, inside):
    if inside or not path.startswith(("src/", "firmware/")):
        return None
    if OPENSSL.match(target) and not CRYPTOGRAPHY.match(path):
        return "rule 4: OpenSSL belongs to src/signing, src/espota/digest.cpp, src/esphome/noise.cpp and the TLS files of src/http and src/device"
    if DEFLATE.match(target) and not path.startswith(("src/gzip/", "src/delta/")):
        return "rule 4: zlib, libdeflate and zopfli belong to src/gzip and src/delta"
    if SUFFIXES.match(target) and not path.startswith("src/delta/"):
        return "rule 4: libdivsufsort belongs to src/delta"
    if AVAHI.match(target) and not path.startswith("src/mdns/avahi/"):
        return "rule 4: Avahi belongs to src/mdns/avahi"
    if DATABASES.match(target) and not path.startswith("src/store/"):
        return "rule 4: SQLite and libpq belong to src/store"
    if PKCS11.match(target) and not path.startswith("src/signing/token/"):
        return "rule 4: PKCS#11 belongs to src/signing/token"
    if ASIO.match(target) and not ADAPTER.match(path):
        return "rule 4: Asio and Beast belong to adapters: asio_*, beast_*, src/device, src/announce"
    if ROOM.match(path) and not ADAPTER.match(path):
        if SOCKETS.match(target) or INPUT_OUTPUT.match(target):
            return "rule 4: cores have no sockets, files, clock, threads or random source; adapters and src/cli do"
    return None


def check_cli(path, target, inside):
    if not inside or path.startswith("tests/"):
        return None
    if inside.startswith("src/cli/") and not path.startswith("src/cli/"):
        return "rule 5: nothing includes src/cli"
    if inside.startswith("src/app/") and not path.startswith(("src/app/", "src/cli/")):
        return "rule 5: only src/cli includes src/app"
    return None


def check_firmware(path, target, inside):
    if CHIP.match(path):
        if inside and not (inside.startswith("firmware/") or WIRE.match(inside)):
            return "rule 6: firmware includes include/otatool/wire and itself"
        if path.startswith("firmware/core/") and not inside and target not in FREESTANDING:
            return "rule 6: firmware/core is freestanding: <stddef.h>, <stdint.h>, <string.h>"
    elif path.startswith(("src/", "include/")) and inside and inside.startswith("firmware/"):
        if not path.startswith(("src/device/", "src/announce/")):
            return "rule 6: on the host only src/device and src/announce include firmware"
    return None


def room_of(path):
    """The room that a file belongs to, as the table of arrows names it, or None."""
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return "/".join(parts[1:3]) if parts[1] == "cli" and len(parts) > 3 else parts[1]
    if parts[:2] == ["include", "otatool"] and len(parts) > 3:
        return parts[2]
    return "firmware/core" if parts[:2] == ["firmware", "core"] else None


def check_picture(root, arrows):
    """Complaints about arrows that are drawn and not there, or there and not drawn."""
    if not (root / PICTURE).is_file():
        return
    table = (root / PICTURE).read_text(encoding="utf-8").partition("## Arrows")[2].partition("\n## ")[0]
    drawn = {(room, target) for room, targets in ARROW_ROW.findall(table) for target in re.findall(r"`([a-z/]+)`", targets)}
    for room, target in sorted(set(arrows) - drawn):
        yield f"{arrows[room, target]}: rule 7: {PICTURE} draws no arrow from {room} to {target}"
    for room, target in sorted(drawn - set(arrows)):
        yield f"{PICTURE}: rule 7: nothing in {room} includes {target}"


RULES = (check_public, check_rooms, check_libraries, check_cli, check_firmware)


def violations(root):
    arrows = {}
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix not in SOURCES or not file.is_file() or SKIPPED.match(path):
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
            for match in INCLUDE.finditer(text):
                kind, target = match.groups()
                inside = resolve(root, path, kind, target)
                room, other = room_of(path), inside and room_of(inside)
                if room and other and room != other:
                    arrows.setdefault((room, other), f"{path}:{line_of(text, match.start(1))}")
                for rule in RULES:
                    complaint = rule(path, target, inside)
                    if complaint:
                        yield f"{path}:{line_of(text, match.start(1))}: includes {target}: {complaint}"
    yield from check_picture(root, arrows)


if __name__ == "__main__":
    sys.exit(report(violations, sys.argv))
