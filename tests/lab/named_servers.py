"""Servers of HTTP in one namespace, one for each port: they say who they are and what they got."""

import contextlib

from .threaded_server import ThreadedServer

_HOP = ("connection:", "accept-encoding:", "via:")


class NamedServer(ThreadedServer):
    """Answers each request with its own name, the request line and the fields that came with it."""

    def __init__(self, namespace, port, name):
        self._name = name
        super().__init__(namespace, port)

    def serve(self, connection):
        connection.settimeout(30)
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                if not (data := connection.recv(65536)):
                    return
                received += data
            head, _, received = received.partition(b"\r\n\r\n")
            line, *fields = head.decode("latin-1").split("\r\n")
            length = next((int(each.split(":")[1]) for each in fields
                           if each.lower().startswith("content-length:")), 0)
            while len(received) < length:
                received += connection.recv(65536)
            received = received[length:]
            kept = sorted(name.lower() + ":" + value.strip()
                          for name, _, value in (each.partition(":") for each in fields)
                          if not each.lower().startswith(_HOP))
            body = "\n".join([self._name, line.rpartition(" ")[0], *kept, ""]).encode("latin-1")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: named\r\n"
                               b"X-Powered-By: names\r\nX-Cache: hit\r\n"
                               + f"Content-Length: {len(body)}\r\n\r\n".encode()
                               + (b"" if line.startswith("HEAD ") else body))


class NamedServers:
    """A context manager: `names` by their ports."""

    def __init__(self, namespace, names):
        self._stack = contextlib.ExitStack()
        for port, name in names.items():
            self._stack.enter_context(NamedServer(namespace, port, name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()
