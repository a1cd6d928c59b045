"""Several servers on one database, and haproxy in front of them."""
import os
import socket
import subprocess
import urllib.error
import urllib.request

from database_cluster import PATIENCE

HAPROXY = """global
  maxconn 2000
defaults
  mode tcp
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch
listen devices
  bind 127.0.0.1:{port}
  balance roundrobin
  option httpchk GET /healthz
  default-server check inter 300ms fall 1 rise 1
{servers}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def balance(configuration, port, ports):
    """Starts haproxy at `port`, in front of servers at `ports`."""
    lines = "\n".join(f"  server s{i} 127.0.0.1:{each} send-proxy-v2 check-send-proxy" for i, each in enumerate(ports))
    configuration.write_text(HAPROXY.format(port=port, servers=lines))
    return subprocess.Popen(["haproxy", "-f", configuration, "-db"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


class Servers:
    def __init__(self, otatool, folder, store, count):
        self.otatool, self.folder, self.store = otatool, folder, store
        self.ports = [free_port() for _ in range(count)]
        self.processes = [None] * count

    def start(self, number):
        log = (self.folder / f"server{number}.log").open("ab")
        process = subprocess.Popen(
            [self.otatool, "serve", self.folder / "site", "--listen", f"127.0.0.1:{self.ports[number]}", "--json",
             "--store", self.store, "--trusted-proxy", "127.0.0.1"], stdout=subprocess.PIPE, stderr=log,
            # In its sandbox a server cannot read a file of suppressions.
            env={**os.environ, "STATE_DIRECTORY": str(self.folder / f"state{number}"), "LSAN_OPTIONS": ""})
        (self.folder / f"state{number}").mkdir(exist_ok=True)
        line = process.stdout.readline()
        assert line, (self.folder / f"server{number}.log").read_text()
        # The log is not read: a thread empties the pipe.
        subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        process.stdout.close()
        self.processes[number] = process

    def kill(self, number):
        self.processes[number].kill()
        self.processes[number].wait(PATIENCE)

    def ask(self, number, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[number]}{path}", timeout=5) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def stop(self):
        for process in self.processes:
            process.terminate()
            assert process.wait(PATIENCE) == 0, "a server does not end well"
