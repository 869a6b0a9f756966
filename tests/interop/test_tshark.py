"""What hapair puts on the wire, judged by tshark: nothing malformed, every checksum right."""

import collections
import select
import shutil
import socket
import struct
import subprocess
import time

import pytest

from lab import netns, wire
from lab.background import SocketThread
from lab.processes import wait_until
from lab.topology import NODES, VIP, VIP6, address6

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is missing")

# name: (keys of the VIP, one of its addresses)
FORMS = {
    "v2-none": ({"version": 2}, VIP),
    "v2-pass": ({"version": 2, "auth": {"type": "pass", "password": "1111"}}, VIP),
    "v3": ({"advert_interval": "100ms"}, VIP),
    "v3-unicast": ({"advert_interval": "100ms", "transport": "unicast"}, VIP),
    "v3-ipv6": ({"advert_interval": "100ms", "addresses": ["fe80::51", VIP6]}, VIP6),
    "v3-ipv6-unicast": ({"advert_interval": "100ms", "addresses": [VIP6],
                         "transport": "unicast"}, VIP6),
    "both families": ({"advert_interval": "100ms", "addresses": [VIP, VIP6]}, VIP),
}
FIELDS = ("frame.protocols", "vrrp.prio", "_ws.malformed", "_ws.expert.severity",
          "ip.checksum.status", "vrrp.checksum.status", "icmpv6.checksum.status")
WARNING = 0x600000  # tshark's expert severities: warning and error, above notes and chats


def is_ours_to_judge(frame):
    kind = int.from_bytes(frame[12:14], "big")
    return (kind == wire.ETH_P_ARP
            or kind == 0x0800 and frame[23] == wire.VRRP_PROTOCOL
            or kind == wire.ETH_P_IPV6 and frame[20] in (wire.VRRP_PROTOCOL, wire.ICMPV6))


class Capture(SocketThread):
    """Keeps what passes a machine's port of the switch while the block lasts, for tshark."""

    def __init__(self, lab, machine):
        self.path = lab.directory / "wire.pcap"
        super().__init__(netns.open_socket(lab.switch, socket.AF_PACKET, socket.SOCK_RAW,
                                           socket.htons(wire.ETH_P_ALL)))
        self.socket.bind((f"p-{machine}", wire.ETH_P_ALL))
        self.begin()

    def run(self):
        with open(self.path, "wb") as file:
            file.write(struct.pack("IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            while True:
                if not select.select([self.socket], [], [], 0.05)[0]:
                    if self.stopping.is_set():
                        return
                    continue
                frame = self.socket.recv(65535)
                if is_ours_to_judge(frame):
                    seconds, fraction = divmod(time.time(), 1)
                    file.write(struct.pack("IIII", int(seconds), int(fraction * 1e6), len(frame),
                                           len(frame)) + frame)

    def packets(self):
        """A dictionary of FIELDS for each packet; a field without a value is empty."""
        shown = subprocess.run(
            ["tshark", "-n", "-r", self.path, "-o", "ip.check_checksum:TRUE", "-T", "fields",
             *(word for field in FIELDS for word in ("-e", field))],
            capture_output=True, text=True, check=True).stdout
        return [dict(zip(FIELDS, line.split("\t"))) for line in shown.splitlines()]


def faults(packet):
    severities = [int(number) for number in packet["_ws.expert.severity"].split(",") if number]
    bad_sums = [name for name in FIELDS if name.endswith("checksum.status")
                and packet[name] not in ("", "1")]
    return bad_sums + (["malformed"] if packet["_ws.malformed"] else []) + \
        (["expert"] if any(number >= WARNING for number in severities) else [])


@pytest.mark.parametrize("form", FORMS)
def test_tshark_finds_nothing_malformed(lab, form):
    keys, vip = FORMS[form]
    lab.write_config(vips__VI_1={"router_id": 51, "addresses": [VIP], **keys},
                     cluster__startup_delay="0s",
                     **{f"cluster__nodes__{name}__address6": address6(address)
                        for name, (address, _) in NODES.items()})
    node = lab.nodes["lb1"]
    wait_until(lambda: " tentative" not in netns.run(node.namespace, "ip", "-6", "addr").stdout,
               5, "duplicate address detection")
    with Capture(lab, "lb1") as capture:
        node.start()
        wait_until(lambda: node.holds(vip), 8, "the VIP")
        time.sleep(0.5)
        node.stop()
        time.sleep(0.1)
    packets = capture.packets()
    kinds = collections.Counter(packet["frame.protocols"].split(":")[-1] for packet in packets)
    print(f"{form}: {dict(kinds)}")
    adverts = [packet for packet in packets if packet["vrrp.prio"]]
    assert len(adverts) >= 2 and adverts[-1]["vrrp.prio"] == "0"
    assert {packet["vrrp.checksum.status"] for packet in adverts} == {"1"}
    assert kinds["icmpv6" if ":" in vip else "arp"] >= 5
    assert not [(faults(packet), packet) for packet in packets if faults(packet)]


def test_tshark_would_find_what_is_wrong(lab):
    good = wire.vrrp3(51, 100, 10, [VIP], "10.77.0.1")
    with Capture(lab, "client") as capture:
        for advert in (good, good[:6] + b"\x12\x34" + good[8:], good[:5]):
            wire.send_raw(lab.client_namespace, 112, advert, "224.0.0.18", "eth0")
        time.sleep(0.3)
    adverts = [packet for packet in capture.packets() if "vrrp" in packet["frame.protocols"]]
    assert [bool(faults(packet)) for packet in adverts] == [False, True, True], adverts
