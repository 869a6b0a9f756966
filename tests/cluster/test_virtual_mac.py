"""VIPs with the virtual router's MAC address, which moves with them."""

import time

import pytest

from lab import netns
from lab.processes import wait_until
from lab.topology import VIP, VIP6

VIRTUAL_MAC = "00:00:5e:00:01:33"


@pytest.fixture
def mac_pair(lab):
    lab.write_config(vips__VI_1__addresses=[VIP, "10.77.0.102", VIP6],
                     vips__VI_1__virtual_mac=True)
    return lab.start()


def answering_macs(lab, address=VIP, seconds=0.5):
    since = time.time()
    with lab.ask_arp(address):
        time.sleep(seconds)
    return lab.sniffer.answers(address, since)


def has_link(node, name="vrrp.51"):
    return netns.run(node.namespace, "ip", "link", "show", name, check=False).returncode == 0


def test_only_the_virtual_mac_answers_and_it_stays_the_same_when_the_vip_moves(mac_pair):
    lab = mac_pair
    first, second = lab.nodes.values()
    for address in (VIP, "10.77.0.102"):
        assert answering_macs(lab, address) == {("lb1", VIRTUAL_MAC)}
    assert first.holds(VIP, "vrrp.51") and first.holds(VIP6, "vrrp6.51") and not second.holds(VIP)
    adverts = lab.sniffer.adverts(port="lb1")
    assert {advert.ethernet_source for advert in adverts} == {VIRTUAL_MAC}
    assert {advert.source for advert in adverts} == {first.address}
    told = {arp.sender_mac for arp in lab.sniffer.arps(sender=VIP) if arp.gratuitous}
    assert told == {VIRTUAL_MAC}
    assert lab.get()[0] == 200 and lab.get(address=VIP6)[0] == 200
    with lab.client() as client:
        time.sleep(0.3)
        first.kill("worker")
        wait_until(lambda: second.holds(VIP), 3, "lb2 with the VIP")
        time.sleep(0.3)
        assert answering_macs(lab) <= {("lb2", VIRTUAL_MAC), ("lb1", VIRTUAL_MAC)}
        lab.await_master("lb1")
    print(f"longest gap {client.longest_gap() * 1e3:.0f} ms")
    assert client.longest_gap() < 1.5
    assert answering_macs(lab) == {("lb1", VIRTUAL_MAC)}
    resigned = lab.sniffer.adverts(port="lb1", priority=0)
    assert {advert.ethernet_source for advert in resigned} == {VIRTUAL_MAC}


def test_the_backup_never_speaks_from_it_and_nothing_is_left_of_it(mac_pair):
    first, second = mac_pair.nodes.values()
    assert has_link(first) and has_link(second)
    assert all(arp.sender_mac != VIRTUAL_MAC for arp in mac_pair.sniffer.arps()
               if arp.port == "lb2")
    seen = netns.run(mac_pair.switch, "bridge", "fdb", "show", "br", "br0").stdout
    assert f"{VIRTUAL_MAC} dev p-lb1" in seen, "the switch has not seen it at lb2"
    netns.ip_batch([f"addr del {VIP}/32 dev vrrp.51"], first.namespace)
    wait_until(lambda: first.holds(VIP, "vrrp.51"), 1, "the VIP again")
    first.kill("guardian")
    mac_pair.await_master("lb2")
    mac_pair.await_master("lb1", timeout=20)
    second.kill_tree()
    second.start()
    assert has_link(second), "the link of the run before is gone, and there is a new one"
    for node in (first, second):
        assert node.stop() == 0
        assert not has_link(node)
