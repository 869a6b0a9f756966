"""Every form of VRRP against keepalived 2.2.7, hapair as master, as backup, leaving, coming back.

keepalived's state is read from its own JSON and log, which must agree, packets from the switch.
"""

import re
import shutil
import time

import pytest

from lab import netns
from lab.keepalived import Keepalived
from lab.processes import wait_until
from lab.topology import NODES, VIP, VIP6, address6

pytestmark = pytest.mark.skipif(not shutil.which("keepalived"), reason="keepalived is missing")

COMPLAINTS = ("invalid", "too short", "too long", "checksum", "unexpected", "mismatch", "not equal")
OWN, PEER = NODES["lb2"][0], NODES["lb1"][0]

# name: (keys of hapair's VIP, options of keepalived, the VIP, seconds of an interval)
FORMS = {
    "v2-none": ({"version": 2}, {"version": 2, "password": None}, VIP, 1),
    "v2-pass-unicast": ({"version": 2, "transport": "unicast",
                         "auth": {"type": "pass", "password": "1111"}},
                        {"version": 2, "unicast": (OWN, PEER)}, VIP, 1),
    "v3-unicast": ({"transport": "unicast", "advert_interval": "100ms"},
                   {"version": 3, "interval": "0.1", "unicast": (OWN, PEER)}, VIP, 0.1),
    "v3-10ms": ({"advert_interval": "10ms"}, {"version": 3, "interval": "0.01"}, VIP, 0.01),
    "v3-ipv6": ({"addresses": ["fe80::51", VIP6], "advert_interval": "100ms"},
                {"version": 3, "interval": "0.1", "vips": ("fe80::51", VIP6)}, VIP6, 0.1),
    "v3-ipv6-unicast": ({"addresses": [VIP6], "transport": "unicast", "advert_interval": "100ms"},
                        {"version": 3, "interval": "0.1", "vips": (VIP6,),
                         "unicast": (address6(OWN), address6(PEER))}, VIP6, 0.1),
}


class Couple:
    """hapair is lb1 with priority 100, keepalived lb2."""

    def __init__(self, lab, form, priority, **more):
        keys, options, self.vip, self.interval = FORMS[form]
        self.lab = lab
        self.hapair = lab.nodes["lb1"]
        lab.write_config(vips__VI_1={"router_id": 51, "addresses": [VIP], **keys,
                                     **more.pop("keys", {})},
                         **{f"cluster__nodes__{name}__address6": address6(address)
                            for name, (address, _) in NODES.items()})
        wait_until(lambda: " tentative" not in netns.run(
            self.hapair.namespace, "ip", "-6", "addr").stdout, 5, "duplicate address detection")
        self.keepalived = Keepalived(lab, "lb2", priority, **{**options, **more})
        self.slow = 4.5 * max(self.interval, 0.2) + 1.5

    def await_hapair(self):
        wait_until(lambda: self.hapair.role_of() == "master" and self.hapair.holds(self.vip),
                   self.slow, "hapair as master")
        wait_until(lambda: not self.keepalived.holds_vip, 3, "keepalived without the VIP")
        if self.keepalived.running:
            self.await_state("BACKUP", 3)

    def await_state(self, state, timeout):
        wait_until(lambda: self.keepalived.state() == state == self.keepalived.logged_state(),
                   timeout, f"{state} by keepalived's JSON and log")

    def await_keepalived(self):
        wait_until(lambda: self.keepalived.holds_vip, self.slow, "keepalived with the VIP")
        self.await_state("MASTER", 3)
        if self.hapair.running:
            wait_until(lambda: not self.hapair.holds(self.vip), 3, "hapair without the VIP")

    def stays(self, speaker):
        """For some intervals only this node advertises, and nothing moves."""
        since = time.time()
        time.sleep(4 * max(self.interval, 0.1))
        assert {advert.port for advert in self.lab.sniffer.adverts(since)} == {speaker}

    def end(self):
        """What keepalived has found wrong with adverts, by its counters and its log."""
        counted = self.keepalived.complaints()
        self.keepalived.stop()
        about_packets = [line.lower() for line in self.keepalived.log().splitlines()
                         if "send advert error" not in line]
        return list(counted.items()) + [line for line in about_packets
                                        if any(word in line for word in COMPLAINTS)]


@pytest.fixture
def couple(lab):
    made = []

    def make(*arguments, **options):
        made.append(Couple(lab, *arguments, **options))
        return made[-1]

    yield make
    for one in made:
        if one.keepalived.running:
            assert not one.end(), one.keepalived.log()


def bodies(adverts):
    """VRRP parts without what two senders differ in: priority and checksum."""
    return {one.raw[:2] + one.raw[3:6] + one.raw[8:] for one in adverts if one.priority}


@pytest.mark.parametrize("form", FORMS)
def test_hapair_leads_leaves_and_comes_back(couple, lab, form):
    pair = couple(form, 90)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_hapair()
    pair.stays("lb1")
    at = time.time()
    pair.hapair.stop()
    pair.await_keepalived()
    assert lab.sniffer.adverts(at, port="lb1", priority=0), "no priority 0"
    time.sleep(2 * pair.interval)
    ours = bodies(lab.sniffer.adverts(0, at, port="lb1"))
    assert ours == bodies(lab.sniffer.adverts(at, port="lb2"))
    pair.hapair.start()
    pair.await_hapair()


@pytest.mark.parametrize("form", FORMS)
def test_keepalived_leads_leaves_and_comes_back(couple, lab, form):
    pair = couple(form, 110)
    pair.keepalived.start()
    pair.await_keepalived()
    pair.hapair.start()
    time.sleep(1.2)
    pair.stays("lb2")
    assert pair.hapair.role_of() == "backup"
    at = time.time()
    pair.keepalived.stop()
    pair.await_hapair()
    resigned = wait_until(lambda: lab.sniffer.adverts(at, port="lb2", priority=0), 1, "priority 0")
    taken = lab.sniffer.adverts(at, port="lb1")[0].at - resigned[-1].at
    skew = (256 - 100) / 256 * (1 if form.startswith("v2") else pair.interval)
    print(f"{form}: hapair took over {taken * 1e3:.0f} ms after priority 0")
    assert taken < skew + 0.15
    pair.keepalived.start()
    pair.await_keepalived()


def test_neither_takes_back_what_it_may_not(couple, lab):
    pair = couple("v3-unicast", 110, nopreempt=True, keys={"failback": "never"})
    pair.hapair.start()
    pair.await_hapair()
    pair.keepalived.start()
    pair.stays("lb1")
    pair.hapair.stop()
    pair.await_keepalived()
    pair.hapair.start()
    time.sleep(1.5)
    pair.stays("lb2")
    assert pair.hapair.role_of() == "backup"


@pytest.mark.parametrize("winner", ["lb1", "lb2"])
def test_equal_priorities_go_to_the_higher_address(couple, lab, winner):
    """lb2 has the higher address: hapair yields to it, but not the other way round."""
    pair = couple("v3-unicast", 100)
    if winner == "lb1":
        lab.write_config(cluster__nodes__lb1__address="10.77.0.200",
                         vips__VI_1={"router_id": 51, "addresses": [VIP], "transport": "unicast",
                                     "advert_interval": "100ms"})
        netns.ip_batch(["addr add 10.77.0.200/24 dev ens33"], pair.hapair.namespace)
        pair.keepalived = Keepalived(lab, "lb2", 100, version=3, interval="0.1",
                                     unicast=(OWN, "10.77.0.200"))
    lab.isolate("lb1")
    pair.hapair.start("--node", "lb1")
    pair.keepalived.start()
    wait_until(lambda: pair.hapair.holds(VIP) and pair.keepalived.holds_vip, 5, "two masters")
    lab.rejoin("lb1")
    if winner == "lb1":
        wait_until(lambda: not pair.keepalived.holds_vip, 5, "keepalived yields")
        assert pair.hapair.holds(VIP)
    else:
        wait_until(lambda: not pair.hapair.holds(VIP), 5, "hapair yields")
        assert pair.keepalived.holds_vip


def test_a_better_master_with_another_list_keeps_hapair_a_backup(couple, lab):
    pair = couple("v3-unicast", 110, vips=(VIP, "10.77.0.102"))
    pair.keepalived.start()
    pair.await_keepalived()
    pair.hapair.start()
    time.sleep(2)
    pair.stays("lb2")
    assert pair.hapair.role_of() == "backup" and not pair.hapair.holds(VIP)
    alarm = next(line for line in pair.hapair.log().splitlines() if "vrrp-addresses-differ" in line)
    assert OWN in alarm and re.search(r"10\.77\.0\.102", alarm), alarm
