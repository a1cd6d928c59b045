"""A TLS proxy in front of a plain server on loopback: tls_front.py CERTIFICATE KEY PORT prints `https PORT`.

Serves one connection after another and relays all bytes unchanged. It ends with its standard input.
"""
import socket
import ssl
import sys
import threading


def relay(source, sink):
    try:
        while data := source.recv(4096):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(listener, context, port):
    while True:
        plain, _ = listener.accept()
        try:
            client = context.wrap_socket(plain, server_side=True)
        except OSError:
            continue
        server = socket.create_connection(("127.0.0.1", port))
        back = threading.Thread(target=relay, args=(server, client), daemon=True)
        back.start()
        relay(client, server)
        back.join()
        client.close()
        server.close()


def main():
    certificate, key, port = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"https {listener.getsockname()[1]}", flush=True)
    threading.Thread(target=serve, args=(listener, context, int(port)), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
