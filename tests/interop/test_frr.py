"""hapair and FRR's vrrpd as one virtual router: a second peer that owes keepalived nothing.

FRR's state is what its own vrrpd tells, packets come from the switch. FRR keeps the VIP on its
macvlan at all times and lets it answer as master only, so who answers ARP is asked, not who holds.
"""

import pathlib
import time

import pytest

from lab.frr import DAEMONS, Frr
from lab.processes import wait_until
from lab.topology import VIP, VIP6

pytestmark = pytest.mark.skipif(not pathlib.Path(DAEMONS, "vrrpd").exists(),
                                reason="FRR's vrrpd is missing")

INTERVAL = 0.1


@pytest.fixture
def couple(lab):
    made = []

    def make(priority, *vips):
        vips = vips or (VIP,)
        lab.write_config(vips__VI_1={"router_id": 51, "addresses": vips, "version": 3,
                                     "advert_interval": "100ms"})
        made.append(Frr(lab, "lb2", priority, 100, vips))
        return lab.nodes["lb1"], made[-1]

    yield make
    for frr in made:
        frr.stop()


def speakers(lab, since):
    return {advert.port for advert in lab.sniffer.adverts(since) if advert.priority}


def only_speaks(lab, port, vip=VIP):
    since = time.time()
    with lab.ask_neighbours(vip) if ":" in vip else lab.ask_arp(vip):
        time.sleep(10 * INTERVAL)
    assert speakers(lab, since) == {port}
    assert lab.sniffer.answerers(vip, since) == {port}


def test_hapair_leads_leaves_and_comes_back(couple, lab):
    hapair, frr = couple(90)
    frr.start()
    hapair.start()
    lab.await_master("lb1")
    wait_until(lambda: frr.state() == "Backup", 3, "FRR as backup")
    only_speaks(lab, "lb1")
    at = time.time()
    hapair.stop()
    wait_until(lambda: frr.state() == "Master", 3, "FRR as master")
    resigned = lab.sniffer.adverts(at, port="lb1", priority=0)[0].at
    taken = lab.sniffer.adverts(resigned, port="lb2")[0].at
    print(f"hapair left: FRR took over {(taken - resigned) * 1e3:.0f} ms after priority 0")
    only_speaks(lab, "lb2")
    hapair.start()
    lab.await_master("lb1")
    wait_until(lambda: frr.state() == "Backup", 3, "FRR as backup again")


def test_frr_leads_leaves_and_dies(couple, lab):
    hapair, frr = couple(110)
    frr.start()
    wait_until(lambda: frr.state() == "Master", 5, "FRR as master")
    hapair.start()
    time.sleep(1.5)
    only_speaks(lab, "lb2")
    assert hapair.role_of() == "backup"
    at = time.time()
    frr.stop()
    lab.await_master("lb1", 3)
    resigned = lab.sniffer.adverts(at, port="lb2", priority=0)
    assert resigned, "FRR sent no priority 0"
    took = lab.sniffer.adverts(resigned[0].at, port="lb1")[0].at - resigned[0].at
    print(f"FRR left: hapair took over {took * 1e3:.0f} ms after priority 0")
    assert took < INTERVAL
    frr.start()
    wait_until(lambda: frr.state() == "Master" and hapair.role_of() == "backup", 5, "FRR again")
    at = time.time()
    frr.kill()
    lab.await_master("lb1", 3)
    took = lab.sniffer.adverts(at, port="lb1")[0].at - at
    print(f"FRR killed: hapair took over after {took * 1e3:.0f} ms")
    assert took < 4 * INTERVAL + 0.2


def test_both_over_ipv6(couple, lab):
    hapair, frr = couple(90, "fe80::51")
    frr.start()
    hapair.start()
    wait_until(lambda: hapair.role_of() == "master" and frr.state() == "Backup", 8, "hapair master")
    since = time.time()
    time.sleep(1)
    assert speakers(lab, since) == {"lb1"}
    hapair.stop()
    wait_until(lambda: frr.state() == "Master", 3, "FRR as master")


def test_frr_leads_over_ipv6_dies_and_comes_back(couple, lab):
    hapair, frr = couple(110, "fe80::51", VIP6)
    frr.start()
    wait_until(lambda: frr.state() == "Master", 8, "FRR as master")
    hapair.start()
    time.sleep(1.5)
    only_speaks(lab, "lb2", VIP6)
    assert hapair.role_of() == "backup" and not hapair.holds(VIP6)
    at = time.time()
    frr.kill()
    lab.await_master("lb1", 3, VIP6)
    took = lab.sniffer.adverts(at, port="lb1")[0].at - at
    print(f"FRR killed: hapair took over after {took * 1e3:.0f} ms")
    assert took < 4 * INTERVAL + 0.2
    since = time.time()
    time.sleep(3 * INTERVAL)
    assert speakers(lab, since) == {"lb1"}
    frr.start()
    wait_until(lambda: frr.state() == "Master" and hapair.role_of() == "backup", 8, "FRR again")
    assert not hapair.holds(VIP6)
    only_speaks(lab, "lb2", VIP6)
    assert f"has priority {110}, this node has 100" in hapair.log()
