"""Routers that are none of ours, over IPv6 multicast: an alarm names who it is and what differs.

Their link-local addresses stand in no file, so what a stranger says is all there is to tell it by.
"""

import socket
import time

from lab import netns, wire
from lab.processes import wait_until
from lab.topology import VIP6

STRANGER = "fe80::5:7a4:6e4"
OTHER = "fd77::200"


def say(lab, router_id=51, priority=1, addresses=(VIP6,)):
    """One advert of the stranger's, from the client's port."""
    payload = wire.vrrp3_over_ipv6(router_id, priority, 10, addresses, STRANGER)
    with netns.open_socket(lab.client_namespace, socket.AF_PACKET, socket.SOCK_RAW, 0) as raw:
        raw.bind(("eth0", 0))
        raw.send(wire.frame6(payload, STRANGER))


def told(node, alarm, *words):
    """The node's record of that alarm, which must have all the words."""
    def record():
        return next((line for line in node.log().splitlines() if alarm in line), None)

    line = wait_until(record, 2, f"{alarm} at {node.name}")
    missing = [word for word in words if word not in line]
    assert not missing, f"{missing} not in: {line}"


def roles(lab):
    return [node.role_of() for node in lab.nodes.values()]


def test_a_foreign_router_id_is_told_once_and_moves_nothing(v6_pair):
    for _ in range(3):
        say(v6_pair, router_id=77, priority=255, addresses=[OTHER])
    for node in v6_pair.nodes.values():
        told(node, "vrrp-foreign-vrid", "router_id 77", STRANGER)
        assert node.log().count("vrrp-foreign-vrid") == 1
        assert node.status()["vips"][0]["alarms"] == {}
    assert roles(v6_pair) == ["master", "backup"]


def test_a_second_master_is_named_and_answered(v6_pair):
    time.sleep(0.3)  # beyond the first interval, in which it might be saying farewell
    at = time.time()
    say(v6_pair)
    master, backup = v6_pair.nodes.values()
    told(master, "vrrp-another-master", f"{STRANGER} advertises as master too", "priority 1",
         "this node has 100")
    assert master.status()["vips"][0]["alarms"]["vrrp-another-master"] == 1
    assert "vrrp-another-master" not in backup.log()
    wait_until(lambda: v6_pair.sniffer.neighbour_adverts(at, port="lb1", address=VIP6,
                                                         solicited=False), 1, "the VIP told anew")
    assert roles(v6_pair) == ["master", "backup"]


def test_other_addresses_are_named(v6_pair):
    say(v6_pair, addresses=[OTHER])
    for node in v6_pair.nodes.values():
        told(node, "vrrp-addresses-differ", STRANGER, f"only there {OTHER}", f"only here {VIP6}")
    assert roles(v6_pair) == ["master", "backup"]


def test_a_better_stranger_is_heeded_and_replaced_when_it_falls_silent(v6_pair):
    say(v6_pair, priority=255)
    told(v6_pair.nodes["lb1"], "master -> backup", f"{STRANGER} has priority 255")
    v6_pair.await_master("lb1", 3, VIP6)
