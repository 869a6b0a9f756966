"""Clients that cost a server much and themselves little, each kind as fast as one process can.

Run as a program it floods; imported, flood() runs one in a namespace while a block lasts.
Handshakes that mean it are those of the openssl command.
"""

import contextlib
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time

if __package__:
    from . import h2, netns, processes
else:
    # In place of this folder, whose h2 and http would hide others of these names.
    sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])
    from lab import h2, netns, processes

AT_ONCE = 50
HEAD = bytes([0x82, 0x86, 0x84, 0x41, 1]) + b"a"  # GET http / with the authority "a", in HPACK


def garbage_hello():
    """A record that begins as a ClientHello does, and is none."""
    return b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(506)


def rapid_resets():
    return h2.PREFACE + b"".join(
        h2.raw_frame(1, 0x5, number, HEAD) + h2.raw_frame(3, 0, number, bytes([0, 0, 0, 8]))
        for number in range(1, 1001, 2))


def endless_head():
    piece = bytes([0x40, 1]) + b"x" + bytes([1]) + b"y"
    return (h2.PREFACE + h2.raw_frame(1, 0x1, 1, HEAD) +
            h2.raw_frame(9, 0, 1, piece) * 4000)


def settings():
    return h2.PREFACE + h2.raw_frame(4, 0, 0, b"\0\4\0\1\0\0") * 4000


def pings():
    return h2.PREFACE + h2.raw_frame(6, 0, 0, b"12345678") * 8000


KINDS = {"garbage": garbage_hello, "silent": lambda: b"", "resets": rapid_resets,
         "head": endless_head, "settings": settings, "pings": pings}


class Flood:
    """Connections on one epoll: each sends what its kind sends and is closed when the server does,
    or (silent) never; another one takes its place."""

    def __init__(self, kind, target):
        self._kind, self._target = kind, target
        self._poll = select.epoll()
        self._open = {}  # fd -> [socket, what is left to send]
        self.begun = 0

    def run(self, until):
        limit = 20 * AT_ONCE if self._kind == "silent" else AT_ONCE
        while time.monotonic() < until:
            for _ in range(max(0, min(AT_ONCE, limit - len(self._open)))):
                self._begin()
            for descriptor, _ in self._poll.poll(0.01):
                self._go_on(descriptor)

    def _begin(self):
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.connect_ex(self._target)
        self._open[connection.fileno()] = [connection, KINDS[self._kind]()]
        self._poll.register(connection, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        self.begun += 1

    def _go_on(self, descriptor):
        entry = self._open[descriptor]
        connection, left = entry
        try:
            while left:
                left = left[connection.send(left):]
        except BlockingIOError:
            pass
        except OSError:
            self._end(descriptor)
            return
        entry[1] = left
        try:
            while connection.recv(65536):
                pass
            self._end(descriptor)
        except BlockingIOError:
            pass
        except OSError:
            self._end(descriptor)

    def _end(self, descriptor):
        connection, _ = self._open.pop(descriptor)
        connection.close()


def words(kind, address, port, seconds):
    """The command that floods: one of KINDS, or "handshakes" with `cipher` for TLS 1.2's."""
    if kind.startswith("handshakes"):
        _, _, cipher = kind.partition(":")
        of_kind = ["-tls1_2", "-cipher", cipher] if cipher else []
        return ["openssl", "s_time", "-connect", f"{address}:{port}", "-new", "-time", seconds,
                *of_kind]
    return [sys.executable, pathlib.Path(__file__).resolve(), kind, address, port, seconds]


@contextlib.contextmanager
def flood(namespace, kind, address, port, times=1, seconds=60):
    """Floods while the block lasts, `times` processes of it."""
    running = [subprocess.Popen(netns.command(namespace, *words(kind, address, port, seconds)),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for _ in range(times)]
    try:
        yield
    finally:
        for process in running:
            processes.kill(processes.tree(process.pid))
            process.wait()


def main():
    kind, address, port, seconds = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    one = Flood(kind, (address, int(port)))
    one.run(time.monotonic() + float(seconds))
    print(f"{one.begun} connections begun")


if __name__ == "__main__":
    main()
