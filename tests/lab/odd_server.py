"""A server whose every move a test scripts: it may be as odd, slow or rude as the test likes."""

import socket
import struct

from .threaded_server import ThreadedServer

_RESET = struct.pack("ii", 1, 0)


class OddServer(ThreadedServer):
    """Runs `behave(connection, head)` in a thread for each request that arrives.

    `head` is the request's head with its blank line; what came behind it is in `connection.rest`.
    A true return value keeps the connection for the next request, else it is closed. What a
    behaviour raises is kept in `faults`, but for broken connections.
    """

    def __init__(self, namespace, port, behave=None):
        self.behave = behave
        self.heads = []
        self.faults = []
        super().__init__(namespace, port)

    def serve(self, accepted):
        connection = Connection(accepted)
        try:
            while head := connection.read_head():
                self.heads.append(head)
                if not self.behave(connection, head):
                    break
        except OSError:
            pass
        except Exception as fault:
            self.faults.append(fault)


class Connection:
    """A socket and what was read of it too early."""

    def __init__(self, accepted):
        accepted.settimeout(20)
        self.socket = accepted
        self.rest = b""

    def read_head(self):
        while b"\r\n\r\n" not in self.rest:
            data = self.socket.recv(65536)
            if not data:
                return None
            self.rest += data
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def read(self, count):
        while len(self.rest) < count:
            data = self.socket.recv(65536)
            if not data:
                break
            self.rest += data
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def read_until(self, end):
        while end not in self.rest:
            data = self.socket.recv(65536)
            if not data:
                break
            self.rest += data
        data, mark, self.rest = self.rest.partition(end)
        return data + mark

    def send(self, data):
        self.socket.sendall(data)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.socket.close()
