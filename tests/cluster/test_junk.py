"""Junk on the wire, faster than the interval: no master falls silent, no backup promotes itself.

Each kind of invalid advert comes in two forms that would do harm if they were believed: of a better
master (which silences ours), and a resignation in our master's name (which promotes the backup).
"""

import ctypes
import socket
import struct
import time

import pytest

from lab import netns, wire
from lab.topology import NODES, VIP, VIP6

MASTER, BACKUP = NODES["lb1"][0], NODES["lb2"][0]
GROUP = "224.0.0.18"
RATE = 4000  # packets a second
PASSWORD = "1111"

def from_the_node(protocol_at):
    """Classic BPF for a port of the switch: VRRP that came in by it, not what the switch sends."""
    return [
        (0x20, 0, 0, 0xFFFFF004),  # ld the packet's type
        (0x15, 3, 0, wire.PACKET_OUTGOING),
        (0x30, 0, 0, protocol_at),  # ldb: the protocol behind the IP header
        (0x15, 0, 1, wire.VRRP_PROTOCOL),
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    ]


class PortWatch:
    """Counts a node's own adverts. The kernel keeps them: the flood costs the watch nothing."""

    def __init__(self, lab, machine, ipv6=False):
        self._priority_at = 14 + (40 if ipv6 else 20) + 2
        self._socket = netns.open_socket(lab.switch, socket.AF_PACKET, socket.SOCK_RAW, 0)
        steps = from_the_node(20 if ipv6 else 23)
        program = ctypes.create_string_buffer(
            b"".join(struct.pack("HBBI", *step) for step in steps))
        self._socket.setsockopt(socket.SOL_SOCKET, wire.SO_ATTACH_FILTER, struct.pack(
            "HL", len(steps), ctypes.addressof(program)))
        self._socket.setsockopt(socket.SOL_SOCKET, wire.SO_TIMESTAMPNS, 1)
        self._socket.bind((f"p-{machine}", wire.ETH_P_ALL))
        self._socket.setblocking(False)

    def seen(self):
        """(time, priority) of each advert since the last call."""
        found = []
        while True:
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(2048, 128)
            except BlockingIOError:
                return found
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
            found.append((seconds + nanoseconds / 1e9, frame[self._priority_at]))

    def close(self):
        self._socket.close()


def frame(payload, source, ttl=255):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(payload), 1, 0, ttl, 112, 0,
                         socket.inet_aton(source), socket.inet_aton(GROUP))
    header = header[:10] + struct.pack("!H", wire.checksum(header)) + header[12:]
    return bytes.fromhex("01005e000012 02000000dead 0800") + header + payload


def version2(priority, auth_type=1, interval=1, password=PASSWORD):
    body = struct.pack("!BBBBBBH4s8s", 0x21, 51, priority, 1, auth_type, interval, 0,
                       socket.inet_aton(VIP), password.encode())
    return body[:6] + struct.pack("!H", wire.checksum(body)) + body[8:]


def with_sum(payload, source):
    """A version 3 payload with its checksum set right."""
    bare = payload[:6] + b"\0\0" + payload[8:]
    pseudo = socket.inet_aton(source) + socket.inet_aton(GROUP) + struct.pack(
        "!BBH", 0, 112, len(bare))
    return bare[:6] + struct.pack("!H", wire.checksum(pseudo + bare)) + bare[8:]


def junk_of_version3(kind, priority, source):
    good = wire.vrrp3(51, priority, 10, [VIP], source)
    made = {
        "checksum": lambda: good[:6] + bytes([good[6] ^ 0x5A]) + good[7:],
        "type": lambda: with_sum(bytes([0x32]) + good[1:], source),
        "version": lambda: with_sum(bytes([0x41]) + good[1:], source),
        "version 2": lambda: version2(priority, 0, password=""),
        "count": lambda: with_sum(good[:3] + b"\5" + good[4:], source),
        "no address": lambda: wire.vrrp3(51, priority, 10, [], source),
        "short": lambda: good[:7],
        "long": lambda: with_sum(good + b"\0\0\0", source),
        "ttl": lambda: good,
    }[kind]()
    return frame(made, source, 254 if kind == "ttl" else 255)


def junk_of_version2(kind, priority, source):
    good = version2(priority)
    made = {
        "checksum": lambda: good[:6] + bytes([good[6] ^ 0x5A]) + good[7:],
        "auth type": lambda: version2(priority, 0, password=""),
        "password": lambda: version2(priority, password="2222"),
        "interval": lambda: version2(priority, interval=2),
        "version 3": lambda: wire.vrrp3(51, priority, 100, [VIP], source),
        "no auth data": lambda: good[:12],
        "ttl": lambda: good,
    }[kind]()
    return frame(made, source, 254 if kind == "ttl" else 255)


def version3_over_ipv6(priority, source, **spoiled):
    return wire.vrrp3_over_ipv6(51, priority, 10, [VIP6], source, **spoiled)


KINDS6 = {
    "checksum": {"spoil": 0x5A},
    "type": {"first": 0x32},
    "version": {"first": 0x41},
    "count": {"count": 5},
    "long": {"tail": b"\0\0\0"},
    "hop limit": {},
}
KINDS3 = ("checksum", "type", "version", "version 2", "count", "no address", "short", "long", "ttl")
KINDS2 = ("checksum", "auth type", "password", "interval", "version 3", "no auth data", "ttl")


def pour(lab, frames, seconds):
    """Sends the frames in turn from the client, RATE a second; how many went out."""
    raw = netns.open_socket(lab.client_namespace, socket.AF_PACKET, socket.SOCK_RAW, 0)
    with raw:
        raw.bind(("eth0", 0))
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * RATE:
                raw.send(frames[sent % len(frames)])
                sent += 1
            time.sleep(0.002)
    return sent


@pytest.fixture
def watched(lab, request):
    watches = {name: PortWatch(lab, name, "v6_pair" in request.fixturenames) for name in NODES}
    yield watches
    for watch in watches.values():
        watch.close()


def assert_unmoved(lab, watched, frames, seconds, interval, kind):
    for watch in watched.values():
        watch.seen()
    began = time.time()
    sent = pour(lab, frames, seconds)
    ended = time.time()
    ours = watched["lb1"].seen()
    times = [began, *(at for at, _ in ours), ended]
    gap = max(later - earlier for earlier, later in zip(times, times[1:]))
    print(f"{kind}: {sent} packets, longest gap between adverts {gap * 1e3:.0f} ms")
    assert sent > 0.5 * RATE * seconds, "the flood was none"
    assert gap < 1.6 * interval and all(priority for _, priority in ours), (kind, gap, ours)
    assert not watched["lb2"].seen(), f"{kind} promoted the backup"
    assert (lab.nodes["lb1"].role_of(), lab.nodes["lb2"].role_of()) == ("master", "backup"), kind


def dropped(node):
    return sum(node.status()["vips"][0]["dropped"].values())


def flood_all(lab, watched, kinds, junk, seconds, interval, vip=VIP):
    logs = {name: len(node.log()) for name, node in lab.nodes.items()}
    before = {name: dropped(node) for name, node in lab.nodes.items()}
    for kind in kinds:
        frames = [junk(kind, 255, BACKUP), junk(kind, 0, MASTER)]
        assert_unmoved(lab, watched, frames, seconds, interval, kind)
    for name, node in lab.nodes.items():
        said = node.log()[logs[name]:]
        assert "vrrp-transition" not in said, said
        print(f"{name} logged {len(said)} bytes, dropped {dropped(node) - before[name]} adverts")
        assert dropped(node) - before[name] > 0.25 * RATE * seconds * len(kinds)
        assert len(said) < 50_000
    at = time.monotonic()
    lab.nodes["lb1"].stop()
    lab.await_master("lb2", 5, vip)
    print(f"and the hand-over works after it: {time.monotonic() - at:.2f} s")


def test_no_kind_of_junk_moves_a_pair_of_version_3(lab, watched):
    lab.start()
    flood_all(lab, watched, KINDS3, junk_of_version3, 1.0, 0.1)


def test_no_kind_of_junk_moves_a_pair_of_version_2(lab, watched):
    lab.write_config(vips__VI_1={"router_id": 51, "addresses": [VIP], "version": 2,
                                 "auth": {"type": "pass", "password": PASSWORD}})
    lab.start()
    flood_all(lab, watched, KINDS2, junk_of_version2, 3.0, 1.0)


def test_no_kind_of_junk_moves_a_pair_over_ipv6(v6_pair, watched):
    master, backup = (v6_pair.nodes[name].link_local() for name in NODES)

    def junk(kind, priority, _):
        source = master if priority == 0 else backup
        payload = version3_over_ipv6(priority, source, **KINDS6[kind])
        return wire.frame6(payload, source, 254 if kind == "hop limit" else 255)

    flood_all(v6_pair, watched, KINDS6, junk, 1.0, 0.1, VIP6)
    # The same without a fault silences a master: else the floods would prove nothing.
    v6_pair.nodes["lb1"].start()
    v6_pair.await_master("lb1", vip=VIP6)
    pour(v6_pair, [wire.frame6(version3_over_ipv6(255, backup), backup)], 0.3)
    assert "vrrp-transition VI_1: master -> backup" in v6_pair.nodes["lb1"].log()


def test_a_masters_own_words_from_another_mouth_do_not_silence_it(lab, watched):
    lab.start()
    echo = frame(wire.vrrp3(51, 255, 10, [VIP], MASTER), MASTER)
    assert_unmoved(lab, watched, [echo], 1.5, 0.1, "own source")


def test_the_same_packets_without_a_fault_would_move_the_pair(lab):
    """Else the floods above would prove nothing."""
    lab.start()
    pour(lab, [frame(wire.vrrp3(51, 255, 10, [VIP], BACKUP), BACKUP)], 0.3)
    assert "vrrp-transition VI_1: master -> backup" in lab.nodes["lb1"].log()
