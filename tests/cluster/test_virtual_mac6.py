"""IPv6 VIPs with the virtual router's MAC address, which nobody but the master speaks from."""

import contextlib
import socket
import struct
import threading
import time

import pytest

from lab import netns, wire
from lab.processes import wait_until
from lab.topology import VIP, VIP6

MAC4, MAC6 = "00:00:5e:00:01:33", "00:00:5e:00:02:33"
SECOND = "fd77::1:102"
LINK_LOCAL = "fe80::51"


def start(lab, addresses):
    lab.write_config(vips__VI_1__addresses=addresses, vips__VI_1__virtual_mac=True)
    lab.start_backends()
    for node in lab.nodes.values():
        wait_until(lambda node=node: " tentative" not in netns.run(
            node.namespace, "ip", "-6", "addr", "show", "dev", node.interface).stdout, 5, "DAD")
        node.launch()
    lab.await_master("lb1", vip=addresses[0])
    return lab


@pytest.fixture
def mac6_pair(lab):
    return start(lab, [VIP6, SECOND, LINK_LOCAL])


def answers(lab, address=VIP6, seconds=0.5):
    since = time.time()
    with lab.ask_neighbours(address) if ":" in address else lab.ask_arp(address):
        time.sleep(seconds)
    return lab.sniffer.answers(address, since)


def link_names(node):
    shown = netns.run(node.namespace, "ip", "-o", "link", "show", "type", "macvlan").stdout
    return {line.split(":")[1].strip().partition("@")[0] for line in shown.splitlines()}


@contextlib.contextmanager
def frames_from(lab, machine, *macs):
    """All that comes to the switch from the machine with such a source address, as a list."""
    seen, over = [], threading.Event()
    wanted = [bytes.fromhex(mac.replace(":", "")) for mac in macs]
    tap = netns.open_socket(lab.switch, socket.AF_PACKET, socket.SOCK_RAW,
                            socket.htons(wire.ETH_P_ALL))
    tap.bind((f"p-{machine}", wire.ETH_P_ALL))
    tap.settimeout(0.1)

    def listen():
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                frame, sender = tap.recvfrom(2048)
                if sender[2] != wire.PACKET_OUTGOING and frame[6:12] in wanted:
                    seen.append(frame)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        tap.close()


def forward_ipv6(lab):
    """As on a host that routes as well: the kernel then joins groups on each link, and tells so."""
    for node in lab.nodes.values():
        netns.run(node.namespace, "sysctl", "-q", "-w", "net.ipv6.conf.all.forwarding=1")


def kind_of(frame):
    """Ethertype, protocol and ICMPv6 type, for a message about what should not be there."""
    return frame[12:14].hex(), frame[20], frame[54:55].hex(), frame[62:63].hex()


def test_only_the_virtual_mac_answers_and_it_stays_the_same_when_the_vip_moves(mac6_pair):
    lab = mac6_pair
    first, second = lab.nodes.values()
    for address in (VIP6, SECOND):
        assert answers(lab, address) == {("lb1", MAC6)}
        assert first.holds(address, "vrrp6.51")
    assert first.holds(LINK_LOCAL, "ens33") and not second.holds(VIP6)
    adverts = lab.sniffer.adverts(port="lb1")
    assert {advert.ethernet_source for advert in adverts} == {MAC6}
    assert {advert.source for advert in adverts} == {first.link_local()}
    told = lab.sniffer.neighbour_adverts(port="lb1", address=VIP6, solicited=False)
    assert len(told) >= 5 and {(one.mac, one.ethernet_source) for one in told} == {(MAC6, MAC6)}
    assert lab.get(address=VIP6)[0] == 200
    with lab.client(VIP6) as client:
        time.sleep(0.3)
        first.kill("worker")
        wait_until(lambda: second.holds(VIP6, "vrrp6.51"), 3, "lb2 with the VIP")
        time.sleep(0.3)
        assert answers(lab) <= {("lb2", MAC6), ("lb1", MAC6)}
        lab.await_master("lb1", vip=VIP6)
    print(f"longest gap {client.longest_gap() * 1e3:.0f} ms")
    assert client.longest_gap() < 1.5
    assert answers(lab) == {("lb1", MAC6)}
    resigned = lab.sniffer.adverts(port="lb1", priority=0)
    assert resigned and {advert.ethernet_source for advert in resigned} == {MAC6}


def test_both_families_of_a_group_have_theirs(lab):
    start(lab, [VIP, VIP6])
    first, second = lab.nodes.values()
    assert answers(lab, VIP) == {("lb1", MAC4)} and answers(lab, VIP6) == {("lb1", MAC6)}
    vip = first.status()["vips"][0]
    assert (vip["virtual_mac"], vip["virtual_mac6"]) == (MAC4, MAC6)
    first.stop()
    lab.await_master("lb2", 3)
    assert second.holds(VIP, "vrrp.51") and second.holds(VIP6, "vrrp6.51")
    assert answers(lab, VIP) == {("lb2", MAC4)} and answers(lab, VIP6) == {("lb2", MAC6)}
    assert link_names(first) == set() and link_names(second) == {"vrrp.51", "vrrp6.51"}


def test_the_backup_never_speaks_from_it_not_even_when_it_has_just_given_it_up(lab):
    forward_ipv6(lab)
    with frames_from(lab, "lb2", MAC4, MAC6) as of_backup:
        start(lab, [VIP, VIP6])
        time.sleep(1.5)  # what the kernel tells of groups it tells twice within a second
        assert [kind_of(frame) for frame in of_backup] == []
    first, second = lab.nodes.values()
    first.kill_tree()
    wait_until(lambda: second.holds(VIP6), 3, "lb2 with the VIP")
    first.start()
    lab.await_master("lb1")
    wait_until(lambda: not second.holds(VIP6), 2, "lb2 without it")
    with frames_from(lab, "lb2", MAC4, MAC6) as of_backup, \
            frames_from(lab, "lb1", MAC4) as of_master:
        time.sleep(1.5)
        assert [kind_of(frame) for frame in of_backup] == []
        assert len(of_master) > 5, "adverts would have been seen"


def test_a_switch_that_snoops_on_mld_lets_solicitations_through(lab):
    netns.run(lab.switch, "ip", "link", "set", "br0", "type", "bridge", "mcast_snooping", "1",
              "mcast_querier", "1", "mcast_startup_query_interval", "50",
              "mcast_query_response_interval", "50")
    start(lab, [VIP6])
    group = "ff02::1:ff00:100"
    wait_until(lambda: all(f"port p-{name} grp {group}" in netns.run(
        lab.switch, "bridge", "mdb", "show").stdout for name in lab.nodes), 5, "both in the group")
    assert answers(lab) == {("lb1", MAC6)}
    lab.nodes["lb1"].stop()
    wait_until(lambda: lab.nodes["lb2"].holds(VIP6), 3, "lb2 with the VIP")
    assert answers(lab) == {("lb2", MAC6)}


def router_advertisement(mac):
    """Of a router at the client's, with a prefix that hosts make themselves an address of."""
    source, group = (socket.inet_pton(socket.AF_INET6, each) for each in ("fe80::1", "ff02::1"))
    prefix = socket.inet_pton(socket.AF_INET6, "fd88::")
    body = (struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) +
            struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 3600, 1800, 0) + prefix)
    pseudo = source + group + struct.pack("!II", len(body), wire.ICMPV6)
    body = body[:2] + struct.pack("!H", wire.checksum(pseudo + body)) + body[4:]
    return (bytes.fromhex("333300000001") + mac + bytes.fromhex("86dd") +
            struct.pack("!IHBB", 0x60000000, len(body), wire.ICMPV6, 255) + source + group + body)


def test_a_router_on_the_network_gives_the_virtual_links_no_address_of_their_own(lab):
    start(lab, [VIP, VIP6])
    second = lab.nodes["lb2"]
    with wire.Asker(lab.client_namespace, "eth0", router_advertisement, 0.1):
        wait_until(lambda: "fd88::" in netns.run(second.namespace, "ip", "-6", "addr", "show",
                                                 "dev", second.interface).stdout, 3,
                   "an address that the router lets the node make")
        time.sleep(0.3)
    for name in ("vrrp.51", "vrrp6.51"):
        assert "inet6" not in netns.run(second.namespace, "ip", "addr", "show", "dev", name).stdout
        routes = netns.run(second.namespace, "ip", "-6", "route", "show", "dev", name).stdout
        assert "default" not in routes and "fd88" not in routes


def test_nothing_is_left_of_it(mac6_pair):
    first, second = mac6_pair.nodes.values()
    assert link_names(first) == link_names(second) == {"vrrp6.51"}
    netns.ip_batch([f"addr del {VIP6}/128 dev vrrp6.51"], first.namespace)
    wait_until(lambda: first.holds(VIP6, "vrrp6.51"), 1, "the VIP again")
    at = time.time()
    first.kill("guardian")
    mac6_pair.await_master("lb2", vip=VIP6)
    resigned = mac6_pair.sniffer.adverts(at, port="lb1", priority=0)
    assert resigned and {advert.ethernet_source for advert in resigned} == {MAC6}
    mac6_pair.await_master("lb1", 20, VIP6)
    second.kill_tree()
    second.start()
    assert link_names(second) == {"vrrp6.51"}, "that of the run before is gone, and a new one there"
    for node in (first, second):
        assert node.stop() == 0
        assert link_names(node) == set()


def test_unicast_adverts_leave_by_the_networks_own_interface(lab):
    """Else the peers would be told that this node's own address is at the virtual MAC."""
    lab.write_config(vips__VI_1__addresses=[VIP, VIP6], vips__VI_1__virtual_mac=True,
                     vips__VI_1__transport="unicast")
    lab.start()
    first = lab.nodes["lb1"]
    own = netns.run(first.namespace, "cat", f"/sys/class/net/{first.interface}/address").stdout
    assert {one.ethernet_source for one in lab.sniffer.adverts(port="lb1")} == {own.strip()}
    assert answers(lab, VIP) == {("lb1", MAC4)} and answers(lab, VIP6) == {("lb1", MAC6)}
    told = {one.mac for one in lab.sniffer.neighbour_adverts(port="lb1") if one.address != VIP6}
    assert MAC6 not in told
