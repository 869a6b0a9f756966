"""Foreign hands on a VIP, and what a link that goes away does at once."""

import time

from lab import netns
from lab.addresses import AddressWatch
from lab.processes import wait_until
from lab.topology import VIP, VIP6, address6


def test_a_vip_that_somebody_takes_off_is_back_within_milliseconds(pair):
    master = pair.nodes["lb1"]
    gaps = []
    with AddressWatch(master.namespace) as watch:
        for _ in range(5):
            netns.ip_batch([f"addr del {VIP}/32 dev ens33"], master.namespace)
            wait_until(lambda: master.holds(VIP), 1, "the VIP again")
            time.sleep(0.5)
        changes = watch.changes(VIP)
    gone = None
    for change in changes:
        if not change.added:
            gone = change.at
        elif gone is not None:
            gaps.append(change.at - gone)
            gone = None
    print("put back after", ", ".join(f"{gap * 1e3:.1f} ms" for gap in gaps))
    assert len(gaps) == 5 and sorted(gaps)[2] < 0.02
    assert "vip-taken-off" in master.log()
    assert pair.nodes["lb1"].role_of() == "master" and not pair.nodes["lb2"].holds(VIP)


def test_somebody_who_goes_on_taking_it_off_does_not_stop_the_adverts(pair):
    master = pair.nodes["lb1"]
    since = time.time()
    while time.time() < since + 2:
        netns.run(master.namespace, "ip", "addr", "del", f"{VIP}/32", "dev", "ens33", check=False)
    adverts = pair.sniffer.adverts(since, port="lb1")
    assert 15 <= len(adverts) and not pair.sniffer.adverts(since, port="lb2")
    wait_until(lambda: master.holds(VIP), 2, "the VIP again")
    assert master.log().count("vip-taken-off") <= 3


def test_a_vip_that_somebody_puts_on_is_taken_off_and_told(pair):
    backup, master = pair.nodes["lb2"], pair.nodes["lb1"]
    netns.ip_batch([f"addr add {VIP}/24 dev eth33"], backup.namespace)
    wait_until(lambda: not backup.holds(VIP), 1, "the VIP off the backup")
    netns.ip_batch([f"addr add {VIP}/24 dev ens33"], master.namespace)
    wait_until(lambda: f" {VIP}/24 " not in shown(master), 1, "the second one off the master")
    assert f" {VIP}/32 " in shown(master) and master.role_of() == "master"
    assert all(node.log().count("vip-put-on VI_1: 10.77.0.100/24") == 1
               for node in (backup, master))
    assert "vip-taken-off" not in master.log()


def test_a_node_that_cannot_put_a_vip_on_leaves_it_to_the_other_and_says_why(lab):
    lab.write_config(vips__VI_1__addresses=[VIP, VIP6])
    node = lab.nodes["lb1"]
    netns.run(node.namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    lab.start_backends()
    lab.start_nodes()
    lab.await_master("lb2")
    wait_until(lambda: node.role_of() == "fault", 5, "lb1 in fault")
    assert ("vip-put-failed VI_1: put fd77::100/128 on ens33: IPv6 is switched off there; set "
            "net.ipv6.conf.ens33.disable_ipv6 to 0" in node.log())
    netns.run(node.namespace, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
    lab.await_master("lb1", timeout=12)


def test_a_changed_mac_address_is_announced_at_once(pair):
    since = time.time()
    netns.ip_batch(["link set ens33 address 02:00:00:00:00:77"], pair.nodes["lb1"].namespace)
    wait_until(lambda: any(arp.gratuitous and arp.sender_mac == "02:00:00:00:00:77"
                           for arp in pair.sniffer.arps(since, sender=VIP)), 2, "the new address")


def shown(node):
    return netns.run(node.namespace, "ip", "-4", "-o", "addr", "show").stdout


def test_a_cut_cable_is_seen_at_once_and_named(pair):
    at = time.time()
    pair.cut("lb1")
    wait_until(lambda: pair.nodes["lb1"].role_of() == "fault", 2, "lb1 in fault")
    print(f"seen after {(time.time() - at) * 1e3:.0f} ms, with the status's delay")
    reason = pair.nodes["lb1"].status()["vips"][0]["reason"]
    assert reason == "interface ens33: no carrier"
    assert not pair.nodes["lb1"].holds(VIP)
    pair.await_master("lb2")
    pair.mend("lb1")
    pair.await_master("lb1")


def test_a_node_that_loses_its_own_address_gives_the_vip_up(pair):
    node = pair.nodes["lb1"]
    netns.ip_batch([f"addr del {node.address}/24 dev ens33"], node.namespace)
    pair.await_master("lb2")
    assert "its address 10.77.0.11 is gone" in node.status()["vips"][0]["reason"]
    netns.ip_batch([f"addr add {node.address}/24 brd + dev ens33"], node.namespace)
    pair.await_master("lb1")


def test_a_vip_is_never_the_source_of_connections_to_backends(lab):
    """Even with a prefix that covers the backends more closely than the node's own."""
    lab.write_config(vips__VI_1__addresses=[f"{VIP}/25", "10.77.0.102/16", f"{VIP6}/96"],
                     backends__web_server__servers__web6={"address": "[fd77::21]:80"})
    lab.start()
    master = lab.nodes["lb1"]
    since = time.time()
    wait_until(lambda: all(len(backend.requests(since)) > 4 for backend in lab.backends.values()),
               5, "health checks")
    for _ in range(6):
        assert lab.get()[0] == 200
    own = {address for node in lab.nodes.values()
           for address in (node.address, address6(node.address))}
    seen = {one.client for backend in lab.backends.values() for one in backend.requests(since)}
    assert seen == own, "health checks of both nodes, and what the master passes on"
    routes = netns.run(master.namespace, "ip", "route", "show", "table", "main").stdout
    assert VIP not in routes and "10.77.0.102" not in routes
