"""The virtual router's MAC address, shared with keepalived's `use_vmac` and with FRR's macvlan.

Whoever is master, clients see one MAC address; packets are judged at the switch.
"""

import pathlib
import shutil
import time

import pytest

from lab import netns
from lab.frr import DAEMONS, Frr
from lab.keepalived import Keepalived
from lab.processes import wait_until
from lab.topology import NODES, VIP, VIP6

INTERVAL = 0.1
# name: (addresses, the one that is asked for, its MAC address)
FORMS = {
    "ipv4": ((VIP,), VIP, "00:00:5e:00:01:33"),
    "ipv6": (("fe80::51", VIP6), VIP6, "00:00:5e:00:02:33"),
}


class Couple:
    """hapair is lb1 with priority 100; the peer on lb2 has a better or a worse one."""

    def __init__(self, lab, form, make_peer):
        self.lab = lab
        addresses, self.vip, self.mac = FORMS[form]
        lab.write_config(vips__VI_1={"router_id": 51, "addresses": addresses, "version": 3,
                                     "advert_interval": "100ms", "virtual_mac": True})
        self.hapair = lab.nodes["lb1"]
        wait_until(lambda: " tentative" not in netns.run(
            self.hapair.namespace, "ip", "-6", "addr").stdout, 5, "duplicate address detection")
        self.peer = make_peer(addresses)
        self.began = time.time()

    def ask(self):
        return self.lab.ask_neighbours(self.vip) if ":" in self.vip else self.lab.ask_arp(self.vip)

    def await_hapair(self, peer_state):
        self.lab.await_master("lb1", 8, self.vip)
        wait_until(lambda: self.peer.state() in (peer_state, None), 4, "the peer as backup")

    def await_peer(self, peer_state):
        wait_until(lambda: self.peer.state() == peer_state, 8, "the peer as master")
        if self.hapair.running:
            wait_until(lambda: not self.hapair.holds(self.vip), 3, "hapair without the VIP")

    def only_answers(self, port):
        """For some intervals only that one advertises and answers, from the virtual MAC."""
        since = time.time()
        time.sleep(8 * INTERVAL)
        spoken = {(one.port, one.ethernet_source) for one in self.lab.sniffer.adverts(since)}
        assert spoken == {(port, self.mac)}
        assert self.lab.sniffer.answers(self.vip, since) == {(port, self.mac)}

    def macs(self):
        """Of all answers so far, whoever gave them."""
        return {mac for _, mac in self.lab.sniffer.answers(self.vip, self.began)}


@pytest.fixture
def couple(lab):
    made = []

    def make(form, make_peer):
        made.append(Couple(lab, form, make_peer))
        return made[-1]

    yield make
    for one in made:
        one.peer.stop()


def goes_to_and_fro(pair, backup, master):
    """hapair with the worse priority: the peer leads, leaves and comes back."""
    with pair.ask():
        pair.peer.start()
        pair.await_peer(master)
        pair.hapair.start()
        time.sleep(1.2)
        pair.only_answers("lb2")
        assert pair.hapair.role_of() == "backup"
        pair.peer.stop()
        pair.await_hapair(backup)
        pair.only_answers("lb1")
        pair.peer.start()
        pair.await_peer(master)
        pair.only_answers("lb2")
    assert pair.macs() == {pair.mac}


def comes_and_goes(pair, backup, master):
    """hapair with the better priority: it leads, leaves and comes back."""
    with pair.ask():
        pair.peer.start()
        pair.hapair.start()
        pair.await_hapair(backup)
        pair.only_answers("lb1")
        pair.hapair.stop()
        pair.await_peer(master)
        pair.only_answers("lb2")
        pair.hapair.start()
        pair.await_hapair(backup)
        pair.only_answers("lb1")
    assert pair.macs() == {pair.mac}


@pytest.mark.skipif(not shutil.which("keepalived"), reason="keepalived is missing")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("priority, course", [(90, comes_and_goes), (110, goes_to_and_fro)])
def test_the_mac_address_stays_the_same_beside_keepalived(couple, lab, form, priority, course):
    pair = couple(form, lambda addresses: Keepalived(
        lab, "lb2", priority, version=3, interval="0.1", vips=addresses, virtual_mac=True))
    course(pair, "BACKUP", "MASTER")


@pytest.mark.skipif(not pathlib.Path(DAEMONS, "vrrpd").exists(), reason="FRR's vrrpd is missing")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("priority, course", [(90, comes_and_goes), (110, goes_to_and_fro)])
def test_the_mac_address_stays_the_same_beside_frr(couple, lab, form, priority, course):
    pair = couple(form, lambda addresses: Frr(lab, "lb2", priority, 100, addresses))
    course(pair, "Backup", "Master")


@pytest.mark.skipif(not shutil.which("keepalived"), reason="keepalived is missing")
def test_unicast_adverts_of_both_come_from_their_own_mac_addresses(lab):
    """keepalived says "unicast with use_vmac requires vmac_xmit_base": the reason is ours too."""
    own, peer = NODES["lb2"][0], NODES["lb1"][0]
    lab.write_config(vips__VI_1={"router_id": 51, "addresses": [VIP], "transport": "unicast",
                                 "advert_interval": "100ms", "virtual_mac": True})
    hapair = lab.nodes["lb1"]
    keepalived = Keepalived(lab, "lb2", 90, version=3, interval="0.1", unicast=(own, peer),
                            virtual_mac=True)
    keepalived.start()
    try:
        wait_until(lambda: keepalived.state() == "MASTER", 8, "keepalived as master")
        hapair.start()
        lab.await_master("lb1")
        wait_until(lambda: keepalived.state() == "BACKUP", 4, "keepalived as backup")
    finally:
        keepalived.stop()
    for name, (address, interface) in NODES.items():
        real = netns.run(lab.namespace(name), "cat", f"/sys/class/net/{interface}/address").stdout
        sent = lab.sniffer.adverts(port=name)
        assert {(one.source, one.ethernet_source) for one in sent} == {(address, real.strip())}
    told = {arp.sender_mac for arp in lab.sniffer.arps(sender=VIP) if arp.gratuitous}
    assert told == {FORMS["ipv4"][2]}
