"""hapair and keepalived 2.2.7 as one virtual router: each as master, each as backup."""

import shutil
import time

import pytest

from lab.keepalived import Keepalived
from lab.processes import wait_until
from lab.topology import VIP

pytestmark = pytest.mark.skipif(not shutil.which("keepalived"), reason="keepalived is missing")

COMPLAINTS = ("invalid", "too short", "too long", "checksum", "unexpected", "mismatch", "not equal")
V2_PASS = {"router_id": 51, "addresses": [VIP], "version": 2, "advert_interval": "1s",
           "auth": {"type": "pass", "password": "1111"}}
V3 = {"router_id": 51, "addresses": [VIP], "version": 3, "advert_interval": "100ms"}


class Couple:
    """hapair as lb1 (priority 100) and keepalived as lb2."""

    def __init__(self, lab, priority, version=2, **options):
        self.lab = lab
        self.hapair = lab.nodes["lb1"]
        interval = "1" if version == 2 else "0.1"
        lab.write_config(vips__VI_1=V2_PASS if version == 2 else V3)
        self.keepalived = Keepalived(lab, "lb2", priority, version, interval, **options)

    def await_hapair(self, timeout=8):
        self.lab.await_master("lb1", timeout)
        wait_until(lambda: not self.keepalived.holds_vip, 3, "keepalived without the VIP")

    def await_keepalived(self, timeout=8):
        wait_until(lambda: self.keepalived.holds_vip and self.keepalived.state() == "MASTER",
                   timeout, "keepalived as master")
        if self.hapair.running:
            wait_until(lambda: not self.hapair.holds(VIP), 3, "hapair without the VIP")


@pytest.fixture
def couple(lab):
    made = []

    def make(priority, **options):
        made.append(Couple(lab, priority, **options))
        return made[-1]

    yield make
    for one in made:
        one.keepalived.stop()
        log = one.keepalived.log().lower()
        assert not [word for word in COMPLAINTS if word in log], log


def first_advert(lab, port, since=0.0, **wanted):
    return wait_until(lambda: lab.sniffer.adverts(since, port=port, **wanted), 6,
                      f"an advert of {port}")[0]


@pytest.mark.parametrize("version", [2, 3])
def test_hapair_master_keepalived_backup(couple, lab, version):
    pair = couple(90, version=version)
    pair.hapair.start()
    pair.keepalived.start()
    pair.await_hapair()
    with lab.ask_arp():
        since = time.time()
        time.sleep(4 if version == 2 else 1)
    assert {advert.port for advert in lab.sniffer.adverts(since)} == {"lb1"}
    assert lab.sniffer.answerers(VIP, since) == {"lb1"}
    assert pair.keepalived.state() == "BACKUP"


@pytest.mark.parametrize("version", [2, 3])
def test_keepalived_master_hapair_backup(couple, lab, version):
    pair = couple(110, version=version)
    pair.keepalived.start()
    pair.await_keepalived()
    pair.hapair.start()
    with lab.ask_arp():
        since = time.time()
        time.sleep(5 if version == 2 else 1)
    assert {advert.port for advert in lab.sniffer.adverts(since)} == {"lb2"}
    assert lab.sniffer.answerers(VIP, since) == {"lb2"}
    assert pair.hapair.role_of() == "backup"


@pytest.mark.parametrize("version", [2, 3])
def test_the_vip_moves_to_keepalived_and_back(couple, lab, version):
    pair = couple(90, version=version)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_hapair()
    at = time.time()
    pair.hapair.stop()
    pair.await_keepalived(3)
    taken = first_advert(lab, "lb2", at).at
    resigned = first_advert(lab, "lb1", at, priority=0).at
    print(f"hapair left: keepalived took over {(taken - resigned) * 1e3:.0f} ms after priority 0")
    assert taken - resigned < 1.0
    pair.hapair.start()
    pair.await_hapair()


def test_killing_hapair_moves_the_vip_to_keepalived(couple, lab):
    pair = couple(90)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_hapair()
    at = pair.hapair.kill_tree()
    pair.await_keepalived()
    took = first_advert(lab, "lb2", at).at - at
    print(f"hapair killed: keepalived took over after {took:.2f} s")
    assert took < 4.5


def test_stopping_keepalived_moves_the_vip_to_hapair_in_the_skew_time(couple, lab):
    pair = couple(110)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_keepalived()
    at = time.time()
    pair.keepalived.stop()
    pair.await_hapair()
    resigned = first_advert(lab, "lb2", at, priority=0).at
    took = first_advert(lab, "lb1", at).at - resigned
    print(f"keepalived left: hapair took over {took * 1e3:.0f} ms after priority 0")
    assert 0.5 < took < 0.9  # RFC 3768: (256 - 100) / 256 s
    pair.keepalived.start()
    pair.await_keepalived()


def test_killing_keepalived_moves_the_vip_to_hapair(couple, lab):
    pair = couple(110)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_keepalived()
    at = time.time()
    pair.keepalived.kill()
    lab.await_master("lb1", 6)
    took = first_advert(lab, "lb1", at).at - at
    print(f"keepalived killed: hapair took over after {took:.2f} s")
    assert 2.0 < took < 4.5


def test_a_lowered_priority_moves_the_vip(couple, lab):
    pair = couple(90)
    lab.write_config(vips__VI_1={**V2_PASS, "track": [
        {"backend": "web_server", "min_up": 1, "penalty": 20}]})
    lab.start_backends()
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_hapair()
    for backend in lab.backends.values():
        backend.stop()
    pair.await_keepalived(12)
    for backend in lab.backends.values():
        backend.start()
    pair.await_hapair(12)


def without_what_differs(advert):
    """An advert's bytes without id, IP checksum, source, priority and VRRP checksum."""
    header, body = bytearray(advert.ip_header), bytearray(advert.raw)
    header[4:6] = header[10:12] = b"\0\0"
    header[12:16] = b"\0\0\0\0"
    body[2] = 0
    body[6:8] = b"\0\0"
    return bytes(header), bytes(body)


@pytest.mark.parametrize("version", [2, 3])
def test_the_adverts_of_both_are_the_same_bytes(couple, lab, version):
    pair = couple(90, version=version)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_hapair()
    at = time.time()
    pair.hapair.stop()
    pair.await_keepalived(3)
    ours = next(one for one in lab.sniffer.adverts(0, at, port="lb1") if one.priority)
    theirs = first_advert(lab, "lb2", at)
    assert without_what_differs(ours) == without_what_differs(theirs)
    assert ours.ethernet_destination == theirs.ethernet_destination


def test_the_gratuitous_arps_of_both_are_the_same_bytes(couple, lab):
    pair = couple(90)
    pair.keepalived.start()
    pair.hapair.start()
    pair.await_hapair()
    pair.hapair.stop()
    pair.await_keepalived(3)

    def gratuitous(port):
        return [arp for arp in lab.sniffer.arps(port=port, sender=VIP) if arp.gratuitous]

    wait_until(lambda: gratuitous("lb2"), 3, "keepalived's gratuitous ARP")
    ours, theirs = gratuitous("lb1")[0], gratuitous("lb2")[0]
    mac = slice(6, 12)
    assert (ours.frame.replace(ours.frame[mac], b"------") ==
            theirs.frame.replace(theirs.frame[mac], b"------"))


def test_a_wrong_password_is_not_believed(lab):
    pair = Couple(lab, 110, password="2222")
    pair.hapair.start()
    lab.await_master("lb1")
    pair.keepalived.start()
    try:
        wait_until(lambda: pair.keepalived.state() == "MASTER", 8, "keepalived as master too")
        time.sleep(2)
        assert pair.hapair.role_of() == "master"
    finally:
        pair.keepalived.stop()
