"""Signed adverts: what a stranger without the secret can do, and how a cluster gets there."""

import hashlib
import hmac
import ipaddress
import os
import time

import pytest

from lab import netns, wire
from lab.processes import wait_until
from lab.topology import NODES, VIP

TRAILER = 28
TAG = 16
SECRET = "a secret of more than sixteen bytes"


def key_of(secret, cluster="web", vip="VI_1"):
    """The VIP's key as docs/decisions/0009 derives it: HKDF-SHA256 (RFC 5869), one block."""
    extracted = hmac.digest(bytes(32), secret.encode(), hashlib.sha256)
    info = f"hapair vrrp hmac {cluster}/{vip}".encode() + b"\x01"
    return hmac.digest(extracted, info, hashlib.sha256)


def tag_of(body, source, destination, key):
    """The tag of a message with the head of its trailer."""
    ends = b"".join(ipaddress.ip_address(end).packed for end in (source, destination))
    return hmac.digest(key, ends + body, hashlib.sha256)[:TAG]


def signed_advert(priority, source, key):
    body = advert(priority, source) + b"hA\x01\x00" + time.time_ns().to_bytes(8, "big")
    return body + tag_of(body, source, "224.0.0.18", key)


def advert(priority, source):
    return wire.vrrp3(51, priority, 10, [VIP], source)


def shout(lab, payload, seconds=1.0, source=""):
    """A stranger's advert from the client, ten times as often as the master's own."""
    end = time.time() + seconds
    while time.time() < end:
        wire.send_raw(lab.client_namespace, wire.VRRP_PROTOCOL, payload, "224.0.0.18", "eth0",
                      source=source)
        time.sleep(0.01)


@pytest.fixture
def secret_lab(lab):
    secret = lab.directory / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    os.chown(secret, 0, 0)
    lab.write_config(cluster__secret_file=str(secret))
    return lab


def test_with_a_secret_adverts_are_signed_and_taken(secret_lab):
    secret_lab.start()
    since = time.time()
    time.sleep(0.5)
    adverts = secret_lab.sniffer.adverts(since)
    assert {len(one.raw) for one in adverts} == {12 + TRAILER}
    numbers = [int.from_bytes(one.raw[16:24], "big") for one in adverts]
    assert numbers == sorted(set(numbers))
    status = secret_lab.nodes["lb2"].status()["vips"][0]
    assert status["signatures"] == "enforce" and status["peers"][0]["signed"]


def test_the_tag_is_that_of_the_secret(secret_lab):
    secret_lab.start()
    one = secret_lab.sniffer.adverts(port="lb1")[-1]
    tag = tag_of(one.raw[:-TAG], one.source, one.destination, key_of(SECRET))
    assert one.raw[-TAG:] == tag


def test_a_key_that_a_stranger_can_guess_changes_nothing(secret_lab):
    secret_lab.start()
    since = time.time()
    for key in (bytes(32), b"", key_of(""), key_of("another secret of sixteen bytes"),
                key_of(SECRET, vip="VI_2")):
        shout(secret_lab, signed_advert(254, "10.77.0.1", key), 0.3)
    assert secret_lab.nodes["lb1"].role_of() == "master"
    assert not secret_lab.sniffer.adverts(since, port="lb2")
    dropped = secret_lab.nodes["lb2"].status()["vips"][0]["dropped"]
    assert dropped["bad-signature"] >= 50, dropped
    # The same with the right key would have been believed: the forgery lacks nothing else.
    shout(secret_lab, signed_advert(254, "10.77.0.1", key_of(SECRET)), 0.3)
    assert secret_lab.nodes["lb1"].role_of() == "backup"


def test_forged_and_recorded_adverts_change_nothing(secret_lab):
    secret_lab.start()
    recorded = secret_lab.sniffer.adverts(port="lb1")[-1].raw
    since = time.time()
    shout(secret_lab, advert(254, "10.77.0.1"))
    shout(secret_lab, advert(254, "10.77.0.1") + recorded[12:])
    assert secret_lab.nodes["lb1"].role_of() == "master"
    assert not secret_lab.sniffer.adverts(since, port="lb2")
    dropped = secret_lab.nodes["lb2"].status()["vips"][0]["dropped"]
    assert dropped["unsigned"] >= 50 and dropped["bad-signature"] >= 50, dropped
    # What the master itself sent before, from its own address: it must not keep a backup quiet.
    stopped = time.time()
    secret_lab.nodes["lb1"].kill_tree()
    netns.ip_batch(["addr add 10.77.0.11/32 dev eth0"], secret_lab.client_namespace)
    shout(secret_lab, recorded, 0.8, source="10.77.0.11")
    assert secret_lab.nodes["lb2"].holds(VIP), secret_lab.nodes["lb2"].status()["vips"][0]
    assert secret_lab.nodes["lb2"].status()["vips"][0]["dropped"]["replay"] > 0
    assert secret_lab.sniffer.adverts(stopped, port="lb2")


def test_a_dying_worker_and_a_dying_guardian_resign_with_a_signature(secret_lab):
    secret_lab.start()
    at = secret_lab.nodes["lb1"].kill("worker")
    secret_lab.await_master("lb2")
    resignation = secret_lab.sniffer.adverts(at, port="lb1", priority=0)[0]
    taken = secret_lab.sniffer.adverts(at, port="lb2")[0]
    assert len(resignation.raw) == 12 + TRAILER and taken.at - resignation.at < 0.2
    secret_lab.await_master("lb1")
    at = secret_lab.nodes["lb1"].kill("guardian")
    secret_lab.await_master("lb2")
    resignation = secret_lab.sniffer.adverts(at, port="lb1", priority=0)[0]
    taken = secret_lab.sniffer.adverts(at, port="lb2")[0]
    assert taken.at - resignation.at < 0.2, "the supervisor's resignation was not believed"


def test_a_running_cluster_goes_from_unsigned_to_enforced_without_two_masters(secret_lab):
    lab = secret_lab
    steps = [{"type": "none"}, *({"type": "hmac", "mode": mode}
                                 for mode in ("receive-only", "permissive", "enforce"))]
    path = str(lab.directory / "secret")
    lab.write_config(cluster__secret_file=path, vips__VI_1__auth=steps[0])
    lab.start()
    since = time.time()
    for step in steps[1:]:
        lab.write_config(cluster__secret_file=path, vips__VI_1__auth=step)
        for name in ("lb2", "lb1"):
            other = "lb1" if name == "lb2" else "lb2"
            lab.nodes[name].stop()
            lab.await_master(other)
            lab.nodes[name].start()
            time.sleep(1.8)
            holders = [each for each in NODES if lab.nodes[each].holds(VIP)]
            assert len(holders) == 1, (step, name, holders)
        wait_until(lambda: lab.nodes["lb1"].holds(VIP), 3, "lb1 as master again")
    assert not [line for node in lab.nodes.values() for line in node.log().splitlines()
                if "vrrp-another-master" in line]
    assert len(lab.sniffer.adverts(since)[-1].raw) == 12 + TRAILER
