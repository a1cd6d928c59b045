"""A way to a PostgreSQL socket that can be cut, be slow and lose notifications."""
import contextlib
import socket
import threading
import time


class DatabaseProxy:
    def __init__(self, path):
        self.path = str(path)
        self.open = True
        self.delay = 0  # seconds for each message of the client
        self.loses_notifications = False
        self.lost = 0
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        # Encryption would begin with messages of another form.
        self.uri = (f"postgresql://otatool@127.0.0.1:{self.listener.getsockname()[1]}/fleet"
                    "?sslmode=disable&gssencmode=disable")
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if not self.open:
                client.close()
                continue
            database = socket.socket(socket.AF_UNIX)
            database.connect(self.path)
            self.sockets += [client, database]
            threading.Thread(target=self.forward, args=(client, database, self.delayed), daemon=True).start()
            threading.Thread(target=self.forward, args=(database, client, self.filtered), daemon=True).start()

    def forward(self, source, sink, change):
        rest = b""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                data, rest = change(rest + data)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def delayed(self, data):
        time.sleep(self.delay)
        return data, b""

    def filtered(self, data):
        """Whole messages (a letter, and a length that counts itself), and the rest."""
        passed = b""
        while len(data) >= 5 and len(data) > (length := int.from_bytes(data[1:5], "big")):
            if self.loses_notifications and data[:1] == b"A":
                self.lost += 1
            else:
                passed += data[:length + 1]
            data = data[length + 1:]
        return passed, data

    def cut(self):
        self.open = False
        for each in self.sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
