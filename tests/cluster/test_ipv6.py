"""VIPs over IPv6: alone, beside IPv4 in one group, by multicast and by unicast."""

import time

import pytest

from lab import netns
from lab.processes import wait_until
from lab.topology import NODES, VIP, VIP6, address6

V6_BIND = [{"vip": "VI_1", "port": 80}]


def test_adverts_over_ipv6_have_the_form_of_the_rfc(v6_pair):
    since = time.time()
    time.sleep(1.0)
    adverts = v6_pair.sniffer.adverts(since)
    assert {advert.port for advert in adverts} == {"lb1"} and len(adverts) >= 7
    one = adverts[0]
    assert one.source == v6_pair.nodes["lb1"].link_local()
    assert (one.destination, one.ttl, one.tos) == ("ff02::12", 255, 0xC0)
    assert (one.version, one.interval, one.addresses) == (3, 10, (VIP6,))
    assert one.ethernet_destination == "33:33:00:00:00:12"


def test_the_vip_is_announced_by_neighbour_advertisements_and_answers(v6_pair):
    adverts = v6_pair.sniffer.neighbour_adverts(address=VIP6, solicited=False)
    assert adverts and {advert.port for advert in adverts} == {"lb1"}
    one = adverts[0]
    assert (one.source, one.destination, one.hop_limit) == (VIP6, "ff02::1", 255)
    assert one.override and not one.router and one.mac
    assert v6_pair.get(address=VIP6)[0] == 200


def test_a_killed_master_is_replaced_over_ipv6(v6_pair):
    with v6_pair.client(VIP6) as client:
        time.sleep(0.3)
        v6_pair.nodes["lb1"].kill_tree()
        wait_until(lambda: v6_pair.nodes["lb2"].holds(VIP6), 3, "lb2 with the VIP")
        time.sleep(0.5)
    print(f"gap {client.longest_gap() * 1e3:.0f} ms")
    assert client.longest_gap() < 1.5


def test_leaving_hands_over_over_ipv6_and_back(v6_pair):
    at = time.time()
    v6_pair.nodes["lb1"].stop()
    wait_until(lambda: v6_pair.nodes["lb2"].holds(VIP6), 2, "lb2 with the VIP")
    assert v6_pair.sniffer.adverts(at, port="lb1", priority=0)
    assert not v6_pair.nodes["lb1"].holds(VIP6)
    v6_pair.nodes["lb1"].start()
    wait_until(lambda: v6_pair.nodes["lb1"].holds(VIP6), 5, "lb1 with the VIP again")
    wait_until(lambda: not v6_pair.nodes["lb2"].holds(VIP6), 2, "lb2 without the VIP")


def test_the_vip_is_no_source_of_our_own_connections(v6_pair):
    shown = netns.run(v6_pair.nodes["lb1"].namespace, "ip", "-6", "route", "get",
                      address6("10.77.0.21")).stdout
    assert f"src {address6(NODES['lb1'][0])}" in shown, shown
    assert "deprecated" in netns.run(v6_pair.nodes["lb1"].namespace, "ip", "-6", "addr", "show",
                                     "to", VIP6).stdout


def test_both_families_in_one_group_move_together(lab):
    lab.write_config(vips__VI_1__addresses=[
        VIP, {"address": VIP6}, {"address": "10.77.0.102", "advertise": False, "label": "vip:2"}])
    lab.start()
    master = lab.nodes["lb1"]
    assert all(map(master.holds, (VIP, VIP6, "10.77.0.102")))
    assert lab.sniffer.adverts(port="lb1")[-1].addresses == (VIP,)
    assert "vip:2" in netns.run(master.namespace, "ip", "addr").stdout
    assert lab.get(address=VIP6)[0] == 200 and lab.get(address="10.77.0.102")[0] == 200
    assert lab.sniffer.neighbour_adverts(address=VIP6, solicited=False, port="lb1")
    master.kill("worker")
    lab.await_master("lb2")
    assert all(map(lab.nodes["lb2"].holds, (VIP, VIP6, "10.77.0.102")))


def test_a_link_local_vip_serves_as_well(lab):
    lab.write_config(vips__VI_1__addresses=[VIP6, "fe80::51"])
    lab.start_backends()
    for node in lab.nodes.values():
        node.launch()
    wait_until(lambda: lab.nodes["lb1"].holds("fe80::51"), 10, "lb1 with the VIP")
    done = lab.curl("-g", "-o", "/dev/null", "-w", "%{http_code}", "http://[fe80::51%25eth0]/")
    assert done.stdout == "200", done.stderr
    assert lab.sniffer.adverts(port="lb1")[-1].addresses == ("fe80::51", VIP6), "in the RFC's order"


def test_unicast_over_ipv6_goes_between_the_nodes_own_addresses(lab):
    lab.write_config(vips__VI_1__addresses=[VIP6], vips__VI_1__transport="unicast",
                     **{f"cluster__nodes__{name}__address6": address6(address)
                        for name, (address, _) in NODES.items()})
    lab.start_backends()
    for node in lab.nodes.values():
        node.launch()
    wait_until(lambda: lab.nodes["lb1"].holds(VIP6), 10, "lb1 with the VIP")
    advert = wait_until(lambda: lab.sniffer.adverts(port="lb1"), 3, "an advert")[-1]
    assert advert.source == address6(NODES["lb1"][0])
    assert advert.destination == address6(NODES["lb2"][0])
    assert lab.nodes["lb2"].role_of() == "backup"
    lab.nodes["lb1"].kill_tree()
    wait_until(lambda: lab.nodes["lb2"].holds(VIP6), 3, "lb2 with the VIP")
