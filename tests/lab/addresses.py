"""When addresses come to and go from a node's interfaces, told by the kernel (rtnetlink)."""

import dataclasses
import select
import socket
import struct
import time

from . import netns
from .background import SocketThread

NETLINK_ROUTE = 0
RTMGRP_IPV4_IFADDR = 0x10
RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_LOCAL = 2
SO_RCVBUFFORCE = 33


@dataclasses.dataclass(frozen=True)
class Change:
    at: float  # wall-clock seconds
    added: bool
    address: str
    interface: str


class AddressWatch(SocketThread):
    """Collects every change while the block lasts. A renewed lease counts as added again."""

    def __init__(self, namespace):
        super().__init__(netns.open_socket(namespace, socket.AF_NETLINK, socket.SOCK_RAW,
                                           NETLINK_ROUTE))
        # Hundreds of addresses at once are more than the usual buffer holds.
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.socket.bind((0, RTMGRP_IPV4_IFADDR))
        with netns.inside(namespace):
            self._names = dict(socket.if_nameindex())
        self._changes = []
        self.begin()

    def run(self):
        while not self.stopping.is_set():
            if select.select([self.socket], [], [], 0.05)[0]:
                data = self.socket.recv(65536)
                self._changes += self._decode(time.time(), data)

    def _decode(self, at, data):
        while len(data) >= 16:
            length, kind = struct.unpack_from("IH", data)
            if kind in (RTM_NEWADDR, RTM_DELADDR):
                index = struct.unpack_from("I", data, 20)[0]
                attributes = data[24:length]
                while len(attributes) >= 4:
                    size, name = struct.unpack_from("HH", attributes)
                    if name == IFA_LOCAL:
                        yield Change(at, kind == RTM_NEWADDR,
                                     socket.inet_ntoa(attributes[4:8]), self._names.get(index, "?"))
                    attributes = attributes[(size + 3) & ~3:]
            data = data[(length + 3) & ~3:]

    def changes(self, address):
        """Every coming and going of an address so far, in order."""
        return [change for change in list(self._changes) if change.address == address]

    def last_removal(self, address, since, until):
        """When the address last went from any interface in a span of time; None if it did not."""
        return max((change.at for change in list(self._changes) if not change.added
                    and change.address == address and since <= change.at <= until), default=None)
