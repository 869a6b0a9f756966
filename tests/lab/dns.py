"""Nameservers: dnsmasq with records that a test changes, and one whose answers a test makes."""

import contextlib
import signal
import socket
import struct
import threading

from . import netns
from .services import Service

PORT = 53


class Dnsmasq(Service):
    """Answers for what ends in .internal; every record has the same TTL, of a second."""

    def __init__(self, lab, machine, address):
        super().__init__(lab, "dnsmasq", PORT, None, machine)
        self.services = []
        self._address = address
        self._hosts = lab.directory / "dnsmasq-hosts"
        self._hosts.write_text("")
        self._hosts.chmod(0o644)

    def start(self):
        services = [f"--srv-host={name},{host},{port},{priority},{weight}"
                    for name, host, port, priority, weight in self.services]
        self._command = [
            "dnsmasq", "--keep-in-foreground", "--no-resolv", "--conf-file=/dev/null", "--no-hosts",
            "--bind-interfaces", f"--listen-address={self._address}", f"--port={self.port}",
            f"--addn-hosts={self._hosts}", "--local-ttl=1", "--neg-ttl=1", "--local=/internal/",
            "--user=root", "--log-queries", "--log-facility=-", "--pid-file=", *services]
        return super().start()

    def set(self, **records):
        """name=[addresses] below .internal; all other records go. Names end at once."""
        lines = [f"{address} {name}.internal\n"
                 for name, addresses in records.items() for address in addresses]
        self._hosts.write_text("".join(lines))
        if self._process:
            self._process.send_signal(signal.SIGHUP)
        return self

    def restart(self):
        self.stop()
        return self.start()


class OddNameserver:
    """Gives `behave(query)` each datagram; sends back every message of the list it returns."""

    def __init__(self, namespace, address, behave):
        self.behave = behave
        self.queries = 0
        self._socket = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, PORT))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                query, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            self.queries += 1
            for answer in self.behave(query):
                self._socket.sendto(answer, sender)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):  # it wakes the thread, connected or not
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def question_of(query):
    """(name, type, the question's bytes) of a query."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    return ".".join(labels), kind, query[12:at + 5]


def answer_to(query, addresses=(), ttl=1, identity=None, question=None, flags=0x8180):
    """A response with A records; `identity` and `question` make it a lie."""
    asked = question if question is not None else question_of(query)[2]
    number = struct.unpack("!H", query[:2])[0] if identity is None else identity
    records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, ttl, 4) + socket.inet_aton(each)
                       for each in addresses)
    return struct.pack("!HHHHHH", number, flags, 1, len(addresses), 0, 0) + asked + records
