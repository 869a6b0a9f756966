"""What the nodes tell each other beside VRRP: that they are there, and what nobody else can say."""

import hashlib
import hmac
import json
import socket
import time

import pytest

from lab import netns
from lab.processes import wait_until
from lab.topology import BACKENDS, NODES, VIP

PORT = 5112
TAG = 16
SECRET = "a secret of more than sixteen bytes"


def key_of(secret, cluster="web"):
    """The key as docs/decisions/0012 derives it: HKDF-SHA256 (RFC 5869), one block."""
    extracted = hmac.digest(bytes(32), secret.encode(), hashlib.sha256)
    return hmac.digest(extracted, f"hapair hello {cluster}".encode() + b"\x01", hashlib.sha256)


def tag_of(body, key):
    return hmac.digest(key, body, hashlib.sha256)[:TAG]


@pytest.fixture
def hello_lab(lab):
    secret = lab.directory / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    lab.write_config(cluster__secret_file=str(secret))
    return lab


def peer_of(node):
    return node.status()["peers"][0]


def await_hellos(lab):
    for node in lab.nodes.values():
        wait_until(lambda node=node: peer_of(node)["present"], 5, f"a hello at {node.name}")


def stolen(lab, seconds=2.2):
    """The hellos on lb1's cable, as (source, payload)."""
    tap = netns.open_socket(lab.switch, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tap.bind(("p-lb1", 0))
    tap.settimeout(0.2)
    hellos, end = [], time.time() + seconds
    with tap:
        while time.time() < end:
            try:
                frame = tap.recv(65536)
            except TimeoutError:
                continue
            udp = frame[34:]
            if frame[12:14] == b"\x08\x00" and frame[23] == 17 and udp[8:12] == b"haHi":
                hellos.append((socket.inet_ntoa(frame[26:30]), udp[8:]))
    return hellos


def deafen(lab):
    """From here on what the nodes send to each other's addresses is lost; adverts are multicast."""
    for name, other in (("lb1", "lb2"), ("lb2", "lb1")):
        netns.ip_batch([f"neigh replace {NODES[other][0]} lladdr 02:00:00:00:00:99 nud permanent "
                        f"dev {NODES[name][1]}"], lab.namespace(name))


def throw(namespace, address, payloads, source=None):
    with netns.open_socket(namespace, socket.AF_INET, socket.SOCK_DGRAM) as thrower:
        if source:
            thrower.bind((source, 0))
        for payload in payloads:
            thrower.sendto(payload, (address, PORT))


def test_status_tells_whether_the_other_node_would_take_over(hello_lab):
    lab = hello_lab
    lab.start()
    await_hellos(lab)
    wait_until(lambda: peer_of(lab.nodes["lb1"])["backends"][0]["servers_usable"] == 2, 5,
               "both servers usable from lb2")
    at_master, at_backup = (peer_of(node) for node in lab.nodes.values())
    assert at_master["name"] == "lb2" and at_master["same_config"]
    assert at_master["vips"][0] == {"name": "VI_1", "role": "backup", "verdict": "serves",
                                    "priority": 90, "would_take_over": True}
    assert at_backup["vips"][0]["role"] == "master"
    assert abs(at_master["clock_ahead_seconds"]) < 2
    assert "lb2 would take over" in lab.nodes["lb1"].command("explain").stdout
    # A change is told at once: within less than the interval of a second, as a rule.
    lab.nodes["lb2"].command("maintenance", "on", check=True)
    wait_until(lambda: peer_of(lab.nodes["lb1"])["vips"][0]["verdict"] == "unfit", 3,
               "lb2's maintenance seen from lb1")
    assert not peer_of(lab.nodes["lb1"])["vips"][0]["would_take_over"]


def test_a_hello_that_is_lost_changes_no_election_and_is_told(hello_lab):
    lab = hello_lab
    lab.start()
    await_hellos(lab)
    since = time.time()
    deafen(lab)
    for node in lab.nodes.values():
        wait_until(lambda node=node: not peer_of(node)["present"], 8, "the other one missed")
    assert lab.nodes["lb1"].role_of() == "master" and lab.nodes["lb1"].holds(VIP)
    assert not lab.sniffer.adverts(since, port="lb2")
    assert "hello-peer-silent" in lab.nodes["lb1"].log()
    assert peer_of(lab.nodes["lb1"])["vips"][0]["would_take_over"] is False


def test_another_file_is_an_alarm_until_it_is_the_same(hello_lab):
    lab = hello_lab
    lab.start()
    await_hellos(lab)
    lab.nodes["lb2"].stop()
    original = lab.config_path.read_text()
    lab.config_path.write_text(original + "\n")
    lab.nodes["lb2"].start()
    wait_until(lambda: "hello-config-differs lb2" in lab.nodes["lb1"].log() or
               not peer_of(lab.nodes["lb1"])["same_config"], 5, "the alarm")
    lab.nodes["lb2"].stop()
    lab.config_path.write_text(original)
    lab.nodes["lb2"].start()
    wait_until(lambda: peer_of(lab.nodes["lb1"])["same_config"], 5, "the end of the alarm")
    events = json.loads(lab.nodes["lb1"].request("/v1/events")[1])["events"]
    states = [event["to"] for event in events if event["id"] == "hello-config-differs"]
    assert states == ["differs", "same"]


def test_recordings_and_guessed_keys_change_nothing(hello_lab):
    lab = hello_lab
    lab.start()
    await_hellos(lab)
    recorded = [body for source, body in stolen(lab) if source == lab.nodes["lb1"].address]
    assert recorded
    # The key is the secret's own.
    assert all(body[-TAG:] == tag_of(body[:-TAG], key_of(SECRET)) for body in recorded)
    lab.nodes["lb1"].kill_tree()
    lab.await_master("lb2")
    wait_until(lambda: not peer_of(lab.nodes["lb2"])["present"], 8, "lb1 missed")
    before = lab.nodes["lb2"].status()
    netns.ip_batch(["addr add 10.77.0.11/32 dev eth0"], lab.client_namespace)
    lb2 = lab.nodes["lb2"].address
    forged = [recorded[0][:-TAG] + tag_of(recorded[0][:-TAG], key)
              for key in (bytes(32), b"", key_of(""), key_of(SECRET, "other"))]
    throw(lab.client_namespace, lb2, recorded * 20, "10.77.0.11")
    throw(lab.client_namespace, lb2, forged * 20, "10.77.0.11")
    throw(lab.client_namespace, lb2, recorded * 20, "10.77.0.1")
    wait_until(lambda: lab.nodes["lb2"].status()["hello"]["dropped"].get("stranger", 0) >= 20, 5,
               "the stranger's")
    after = lab.nodes["lb2"].status()
    assert after["hello"]["dropped"]["replay"] >= 20
    assert after["hello"]["dropped"]["not-ours"] >= 80
    assert not after["peers"][0]["present"]
    assert after["peers"][0]["hellos"] == before["peers"][0]["hellos"]
    # A node that has just started believes no recording either, whose number it can't know.
    lab.nodes["lb2"].stop()
    lab.nodes["lb2"].start()
    throw(lab.client_namespace, lb2, recorded * 20, "10.77.0.11")
    wait_until(lambda: lab.nodes["lb2"].status()["hello"]["dropped"].get("unproven", 0) >= 20, 5,
               "the recordings")
    assert peer_of(lab.nodes["lb2"])["hellos"] == 0


def blind(lab, name):
    """The node's packets to the backends are lost from here on."""
    for address in BACKENDS.values():
        netns.ip_batch([f"neigh replace {address} lladdr 02:00:00:00:00:98 nud permanent dev "
                        f"{NODES[name][1]}"], lab.namespace(name))


def see(lab, name):
    for address in BACKENDS.values():
        netns.ip_batch([f"neigh del {address} dev {NODES[name][1]}"], lab.namespace(name))


def test_servers_that_only_the_other_node_reaches_move_the_vip_there(hello_lab):
    lab = hello_lab
    lab.start()
    await_hellos(lab)
    blind(lab, "lb1")
    lab.await_master("lb2")
    vip = lab.nodes["lb1"].status()["vips"][0]
    assert vip["verdict"] == "backends elsewhere" and vip["role"] == "backup"
    assert "2 from lb2" in vip["tracks"][-1]["detail"]
    assert lab.get("/index.html")[0] == 200
    # Without hellos it stays so: what was said is not forgotten, and nothing new is believed.
    deafen(lab)
    wait_until(lambda: not peer_of(lab.nodes["lb1"])["present"], 8, "lb2 missed")
    assert lab.nodes["lb2"].role_of() == "master"
    see(lab, "lb1")
    lab.await_master("lb1")


def test_a_pool_that_is_gone_for_both_moves_nothing(hello_lab):
    lab = hello_lab
    lab.start()
    await_hellos(lab)
    wait_until(lambda: peer_of(lab.nodes["lb1"])["backends"][0]["servers_usable"] == 2, 5, "lb2")
    since = time.time()
    for backend in lab.backends.values():
        backend.stop()
    wait_until(lambda: peer_of(lab.nodes["lb1"])["backends"][0]["servers_usable"] == 0, 5, "none")
    time.sleep(2)  # longer than what checks may differ by
    lab.start_backends()
    wait_until(lambda: lab.get("/index.html")[0] == 200, 5, "an answer")
    assert lab.nodes["lb1"].role_of() == "master"
    assert not lab.sniffer.adverts(since, port="lb2")


def test_priorities_that_leave_no_room_for_verdicts_are_told_of(hello_lab):
    lab = hello_lab
    lab.write_config(cluster__secret_file=str(lab.directory / "secret"),
                     cluster__nodes__lb1__priority=7, cluster__nodes__lb2__priority=6)
    notice = "vips.VI_1: a node's priority of 6 leaves no room below it for verdicts"
    assert f"{notice}: when another node reaches" in lab.nodes["lb1"].hapair(
        "check", lab.config_path).stdout
    lab.nodes["lb1"].start()
    assert f"config-notice {notice}" in lab.nodes["lb1"].log()
