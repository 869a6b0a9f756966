"""What passes the bridge: VRRP adverts, ARP, neighbour advertisements; with the kernel's times."""

import ctypes
import dataclasses
import select
import socket
import struct
import threading
import time

from . import netns
from .background import SocketThread

ETH_P_ALL = 0x0003
ETH_P_ARP = 0x0806
ETH_P_IPV6 = 0x86DD
PACKET_OUTGOING = 4
SO_TIMESTAMPNS = 35
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
VRRP_PROTOCOL = 112
GROUP6 = "ff02::12"

ICMPV6 = 58
NEIGHBOUR_SOLICITATION = 135
NEIGHBOUR_ADVERTISEMENT = 136

# Classic BPF: ARP, IPv4 with protocol 112, IPv6 with 112 or a neighbour advertisement; nothing else
# costs us anything.
_FILTER = [
    (0x28, 0, 0, 12),                      # ldh [12]: the ethertype
    (0x15, 8, 0, ETH_P_ARP),               # ARP: take it
    (0x15, 0, 2, 0x0800),                  # not IPv4: on to IPv6
    (0x30, 0, 0, 23),                      # ldb [23]: the IP protocol
    (0x15, 5, 6, VRRP_PROTOCOL),           # VRRP: take it, else leave it
    (0x15, 0, 5, ETH_P_IPV6),              # not IPv6: leave it
    (0x30, 0, 0, 20),                      # ldb [20]: the next header
    (0x15, 2, 0, VRRP_PROTOCOL),           # VRRP: take it
    (0x30, 0, 0, 54),                      # ldb [54]: the ICMPv6 type, if it is that
    (0x15, 0, 1, NEIGHBOUR_ADVERTISEMENT),
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
]


@dataclasses.dataclass(frozen=True)
class Advert:
    """One VRRP packet. `port` is the machine it came from, `at` the kernel's time in seconds."""
    at: float
    port: str
    source: str
    destination: str
    ttl: int
    tos: int
    version: int
    router_id: int
    priority: int
    interval: int  # as on the wire: seconds for version 2, hundredths of one for version 3
    addresses: tuple
    raw: bytes     # the VRRP part
    ip_header: bytes
    ethernet_destination: str
    ethernet_source: str


@dataclasses.dataclass(frozen=True)
class NeighbourAdvert:
    """An IPv6 host tells where an address is; `override`: forget what you know."""
    at: float
    port: str
    source: str
    destination: str
    hop_limit: int
    address: str
    router: bool
    solicited: bool
    override: bool
    mac: str  # of the target link-layer option; empty without one
    frame: bytes

    @property
    def ethernet_source(self):
        return mac_text(self.frame[6:12])


@dataclasses.dataclass(frozen=True)
class Arp:
    at: float
    port: str
    operation: int  # 1 request, 2 reply
    sender_mac: str
    sender: str
    target_mac: str
    target: str
    frame: bytes

    @property
    def gratuitous(self):
        return self.sender == self.target


def mac_text(raw):
    return ":".join(f"{byte:02x}" for byte in raw)


def decode(at, port, frame):
    """The Advert or Arp in an Ethernet frame; None for anything else."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == ETH_P_ARP and len(frame) >= 42:
        operation, sha, spa, tha, tpa = struct.unpack_from("!H6s4s6s4s", frame, 20)
        return Arp(at, port, operation, mac_text(sha), socket.inet_ntoa(spa), mac_text(tha),
                   socket.inet_ntoa(tpa), frame[:42])
    if kind == ETH_P_IPV6 and len(frame) >= 54:
        return _decode6(at, port, frame)
    if kind != 0x0800 or len(frame) < 34 or frame[23] != VRRP_PROTOCOL:
        return None
    header = (frame[14] & 0x0F) * 4
    total = int.from_bytes(frame[16:18], "big")
    return _advert(at, port, frame, frame[14:14 + header], frame[14 + header:14 + total],
                   (frame[26:30], frame[30:34]), frame[22], frame[15])


def _decode6(at, port, frame):
    body = frame[54:54 + int.from_bytes(frame[18:20], "big")]
    ends = frame[22:38], frame[38:54]
    if frame[20] == VRRP_PROTOCOL:
        traffic_class = (int.from_bytes(frame[14:16], "big") >> 4) & 0xFF
        return _advert(at, port, frame, frame[14:54], body, ends, frame[21], traffic_class)
    if frame[20] != ICMPV6 or len(body) < 24 or body[0] != NEIGHBOUR_ADVERTISEMENT:
        return None
    mac = mac_text(body[26:32]) if body[24:26] == b"\x02\x01" else ""
    source, destination, target = (socket.inet_ntop(socket.AF_INET6, raw)
                                   for raw in (*ends, body[8:24]))
    return NeighbourAdvert(at, port, source, destination, frame[21], target, bool(body[4] & 0x80),
                           bool(body[4] & 0x40), bool(body[4] & 0x20), mac, frame)


def _advert(at, port, frame, header, body, ends, ttl, tos):
    if len(body) < 8:
        return None
    family, size = (socket.AF_INET, 4) if len(ends[0]) == 4 else (socket.AF_INET6, 16)
    version = body[0] >> 4
    interval = body[5] if version == 2 else int.from_bytes(body[4:6], "big") & 0x0FFF
    addresses = tuple(socket.inet_ntop(family, body[8 + size * i:8 + size * (i + 1)])
                      for i in range(body[3]) if len(body) >= 8 + size * (i + 1))
    source, destination = (socket.inet_ntop(family, raw) for raw in ends)
    return Advert(at, port, source, destination, ttl, tos, version, body[1], body[2], interval,
                  addresses, body, header, mac_text(frame[:6]), mac_text(frame[6:12]))


class Sniffer(SocketThread):
    """Listens on every port of the bridge; each frame counts once, where it came in."""

    def __init__(self, switch, port_prefix="p-"):
        super().__init__(netns.open_socket(switch, socket.AF_PACKET, socket.SOCK_RAW,
                                           socket.htons(ETH_P_ALL)))
        self._port_prefix = port_prefix
        program = b"".join(struct.pack("HBBI", *step) for step in _FILTER)
        buffer = ctypes.create_string_buffer(program)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                               struct.pack("HL", len(_FILTER), ctypes.addressof(buffer)))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self._frames = []
        self._lock = threading.Lock()
        self.begin()

    def run(self):
        while not self.stopping.is_set():
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            frame, ancillary, _, sender = self.socket.recvmsg(8192, 128)
            if sender[2] == PACKET_OUTGOING or not sender[0].startswith(self._port_prefix):
                continue
            at = time.time()
            for level, kind, data in ancillary:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("qq", data[:16])
                    at = seconds + nanoseconds / 1e9
            seen = decode(at, sender[0].removeprefix(self._port_prefix), frame)
            if seen:
                with self._lock:
                    self._frames.append(seen)

    def _select(self, kind, since, until, **wanted):
        with self._lock:
            frames = list(self._frames)
        return [frame for frame in frames
                if isinstance(frame, kind) and since <= frame.at <= until
                and all(getattr(frame, name) == value for name, value in wanted.items())]

    def adverts(self, since=0.0, until=float("inf"), **wanted):
        """Adverts in a span of wall-clock time; `wanted` filters by field, e.g. port="lb1"."""
        return self._select(Advert, since, until, **wanted)

    def arps(self, since=0.0, until=float("inf"), **wanted):
        return self._select(Arp, since, until, **wanted)

    def neighbour_adverts(self, since=0.0, until=float("inf"), **wanted):
        return self._select(NeighbourAdvert, since, until, **wanted)

    def answerers(self, address, since=0.0, until=float("inf")):
        """The machines that answered ARP, or neighbour solicitations, for an address."""
        return {port for port, _ in self.answers(address, since, until)}

    def answers(self, address, since=0.0, until=float("inf")):
        """(machine, MAC address) of all answers to such questions. The MAC address that is told is
        the one that the frame came from, or there are both of them."""
        if ":" in address:
            told = self.neighbour_adverts(since, until, address=address, solicited=True)
            return {(one.port, mac) for one in told for mac in (one.mac, one.ethernet_source)}
        return {(arp.port, mac) for arp in self.arps(since, until, operation=2, sender=address)
                for mac in (arp.sender_mac, mac_text(arp.frame[6:12]))}


class Asker(SocketThread):
    """Asks again and again, from a namespace, who has an address; the Sniffer sees the answers."""

    def __init__(self, namespace, interface, question, period=0.005):
        """`question(mac)` is the frame, from the interface's own MAC address."""
        super().__init__(netns.open_socket(namespace, socket.AF_PACKET, socket.SOCK_RAW, 0))
        self.socket.bind((interface, 0))
        self._frame = question(self.socket.getsockname()[4])
        self._period = period
        self.begin()

    def run(self):
        while not self.stopping.wait(self._period):
            self.socket.send(self._frame)


def arp_request(mac, own_address, address):
    return (b"\xff" * 6 + mac + struct.pack("!HHHBBH", ETH_P_ARP, 1, 0x0800, 6, 4, 1) +
            mac + socket.inet_aton(own_address) + b"\0" * 6 + socket.inet_aton(address))


def neighbour_solicitation(mac, own_address, address):
    source, target = (socket.inet_pton(socket.AF_INET6, each) for each in (own_address, address))
    group = socket.inet_pton(socket.AF_INET6, "ff02::1:ff00:0")[:13] + target[13:]
    body = (struct.pack("!BBHI", NEIGHBOUR_SOLICITATION, 0, 0, 0) + target + b"\1\1" + mac)
    body = _with_checksum(body, 2, source + group + struct.pack("!II", len(body), ICMPV6))
    return (b"\x33\x33" + group[12:] + mac + struct.pack("!H", ETH_P_IPV6) +
            struct.pack("!IHBB", 0x60000000, len(body), ICMPV6, 255) + source + group + body)


def send_raw(namespace, protocol, payload, destination, source_interface, ttl=255, source=""):
    """Sends one raw IPv4 packet of any protocol from a namespace: for input nobody should send."""
    raw = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_RAW, protocol)
    with raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, source_interface.encode())
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        raw.bind((source, 0))
        raw.sendto(payload, (destination, 0))


def flood(namespace, protocol, payloads, destination, source_interface, seconds):
    """Sends the payloads in turn as fast as it goes, for so long; how many were sent."""
    sent = 0
    raw = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_RAW, protocol)
    with raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, source_interface.encode())
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for payload in payloads:
                raw.sendto(payload, (destination, 0))
            sent += len(payloads)
    return sent


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _with_checksum(body, at, pseudo_header):
    """The body with its checksum, which is two bytes at `at`."""
    bare = body[:at] + b"\0\0" + body[at + 2:]
    return bare[:at] + struct.pack("!H", checksum(pseudo_header + bare)) + bare[at + 2:]


def _pseudo_header(source, destination, length):
    return (socket.inet_aton(source) + socket.inet_aton(destination) +
            struct.pack("!BBH", 0, VRRP_PROTOCOL, length))


def vrrp3(router_id, priority, interval_cs, addresses, source, destination="224.0.0.18",
          form="pseudo-header"):
    """A VRRPv3 advert for IPv4, with the checksum over the pseudo-header too, as keepalived 2.2
    sends it, or "plain"."""
    body = struct.pack("!BBBBHH", 0x31, router_id, priority, len(addresses), interval_cs, 0)
    body += b"".join(map(socket.inet_aton, addresses))
    covered = body
    if form == "pseudo-header":
        covered = _pseudo_header(source, destination, len(body)) + body
    return body[:6] + struct.pack("!H", checksum(covered)) + body[8:]


def vrrp3_over_ipv6(router_id, priority, interval_cs, addresses, source, first=0x31, count=None,
                    tail=b"", spoil=0):
    """A VRRPv3 advert for IPv6 to the multicast group; good unless told otherwise. `first`: the
    byte of version and type, `count`: of addresses, `spoil` goes into the checksum."""
    body = struct.pack("!BBBBHH", first, router_id, priority,
                       len(addresses) if count is None else count, interval_cs, 0)
    body += b"".join(socket.inet_pton(socket.AF_INET6, each) for each in addresses) + tail
    ends = b"".join(socket.inet_pton(socket.AF_INET6, each) for each in (source, GROUP6))
    body = _with_checksum(body, 6, ends + struct.pack("!II", len(body), VRRP_PROTOCOL))
    return body[:6] + struct.pack("!H", int.from_bytes(body[6:8], "big") ^ spoil) + body[8:]


def frame6(payload, source, hop_limit=255):
    """An Ethernet frame that carries a VRRP packet over IPv6 to the multicast group."""
    header = struct.pack("!IHBB", 0x6C000000, len(payload), VRRP_PROTOCOL, hop_limit)
    ends = b"".join(socket.inet_pton(socket.AF_INET6, each) for each in (source, GROUP6))
    return bytes.fromhex("333300000012 02000000dead 86dd") + header + ends + payload


def checksum_form(advert):
    """In which form the checksum of a VRRPv3 advert over IPv4 is right; None: in neither."""
    if checksum(advert.raw) == 0:
        return "plain"
    pseudo = _pseudo_header(advert.source, advert.destination, len(advert.raw))
    return "pseudo-header" if checksum(pseudo + advert.raw) == 0 else None
