#!/usr/bin/env python3
"""discover_bench.py OTATOOL MDNS_FARM [COUNT...]

Compares discovery with other programs. Measures the time from the start of a program until it reports the first and
the last of COUNT simulated devices. The programs are otatool, avahi-browse -rpt with a freshly started daemon, and
python3-zeroconf. They run one after the other on the loopback interface of a separate network namespace. Exits with
77 if root, namespaces or a program are missing.
"""
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

import programs

TYPE = "_arduino._tcp"
TIMEOUT_SECONDS = 12
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={0}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/></policy></busconfig>
"""
DAEMON = """[server]
host-name=ci
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
ratelimit-interval-usec=0
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""
ZEROCONF = """
import sys, time
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf, IPVersion
class Listener(ServiceListener):
    def add_service(self, zc, kind, name):
        if zc.get_service_info(kind, name, 3000):
            print(name, flush=True)
    def update_service(self, zc, kind, name): pass
    def remove_service(self, zc, kind, name): pass
zc = Zeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
ServiceBrowser(zc, "_arduino._tcp.local.", Listener())
time.sleep(60)
"""


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def measure(command, count, device_of, environment=None):
    """Milliseconds until the first and the last device is reported, and the number of devices."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    seen, times, pending = set(), [], ""
    while len(seen) < count and time.monotonic() - begin < TIMEOUT_SECONDS:
        if not select.select([process.stdout], [], [], 0.1)[0]:
            continue
        piece = os.read(process.stdout.fileno(), 65536).decode(errors="replace")
        if not piece:
            break
        *lines, pending = (pending + piece).split("\n")
        for line in lines:
            name = device_of(line)
            if name and name not in seen:
                seen.add(name)
                times.append((time.monotonic() - begin) * 1000)
    process.kill()
    process.wait()
    return (times[0], times[-1], len(seen)) if times else (float("nan"), float("nan"), 0)


def device_of_otatool(line):
    return line.split('"name":"')[1].split('"')[0] if '"event":"found"' in line else None


def device_of_avahi(line):
    return line.split(";")[3] if line.startswith("=;") else None


def start_daemon(folder):
    (folder / "system.conf").write_text(BUS.format(folder))
    (folder / "avahi.conf").write_text(DAEMON)
    subprocess.Popen(["dbus-daemon", f"--config-file={folder}/system.conf", "--nofork", "--nopidfile", "--nosyslog"],
                     stderr=subprocess.DEVNULL)
    while not (folder / "bus").exists():
        time.sleep(0.01)
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={folder}/bus")
    daemon = subprocess.Popen(["avahi-daemon", "-f", str(folder / "avahi.conf"), "--no-drop-root", "--no-chroot",
                               "--no-rlimits", "--no-proc-title"],
                              env=environment, stderr=subprocess.PIPE, text=True)
    for line in daemon.stderr:
        if "startup complete" in line:
            break
    return environment, daemon


def compare(otatool, farm, count):
    """Starts new devices for each program, so that earlier responses do not affect the next program."""
    results = {}

    def run(name, command, device_of, environment=None):
        programs.progress(f"{count} devices: {name}")
        with subprocess.Popen([farm, f"count={count}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as devices:
            devices.stdout.readline()
            results[name] = measure(command, count, device_of, environment)
            devices.stdin.close()

    run("otatool", [otatool, "discover", "--watch", "--json", "--backend", "native"], device_of_otatool)
    run("zeroconf", ["/usr/bin/python3", "-c", ZEROCONF], lambda line: line or None)
    with tempfile.TemporaryDirectory() as name:
        environment, daemon = start_daemon(pathlib.Path(name))
        run("avahi-browse", ["stdbuf", "-oL", "avahi-browse", "-rpt", TYPE], device_of_avahi, environment)
        daemon.kill()
        daemon.wait()
    programs.clear_progress()
    own = results["otatool"]
    for name, (first, last, found) in results.items():
        print(f"{count:4} devices  {name:13} found {found:4}  first {first:7.1f} ms  last {last:7.1f} ms"
              f"  ratio {first / own[0]:5.2f} {last / own[1]:5.2f}")
    return own[2] == count


def main():
    otatool, farm = sys.argv[1:3]
    if os.environ.get("DISCOVER_BENCH") != "inside":
        for program in ("unshare", "ip", "dbus-daemon", "avahi-daemon", "avahi-browse", "stdbuf"):
            if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
                skip(f"{program} is not installed")
        if subprocess.run(["/usr/bin/python3", "-c", "import zeroconf"], stderr=subprocess.DEVNULL).returncode:
            skip("python3-zeroconf is not installed")
        if os.geteuid() != 0 or subprocess.run(["unshare", "-nm", "true"], stderr=subprocess.DEVNULL).returncode:
            skip("avahi-daemon needs root and a separate namespace")
        script = ("mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/avahi-daemon && ip link set lo up"
                  " && exec \"$@\"")
        environment = dict(os.environ, DISCOVER_BENCH="inside", PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        # All programs of the namespace end with its first process, which ends with unshare.
        command = ["unshare", "-nm", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script, "sh",
                   sys.executable, *sys.argv]
        process_id = programs.start(command, output=None, environment=environment)
        return os.waitstatus_to_exitcode(os.waitpid(process_id, 0)[1])
    counts = [int(word) for word in sys.argv[3:]] or [50, 500]
    return 0 if all([compare(otatool, farm, count) for count in counts]) else 1


if __name__ == "__main__":
    programs.main(main, __doc__, 2)
