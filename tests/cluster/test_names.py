"""Servers by name, before real nameservers and lying ones: what changes is followed, at no cost."""

import csv
import io
import json
import pathlib
import struct

import pytest

from lab import netns
from lab.dns import Dnsmasq, OddNameserver, answer_to, question_of
from lab.processes import wait_until
from lab.topology import BACKENDS, CLIENT, VIP

WEB1, WEB2 = BACKENDS["web1"], BACKENDS["web2"]
RESOLVER = {"nameservers": [CLIENT], "timeout": "200ms", "tries": 2, "min_ttl": "100ms",
            "retry": "200ms", "hold": {"none": "2s"}}


@pytest.fixture
def dns(lab):
    with Dnsmasq(lab, "client", CLIENT) as server:
        yield server


def configure(lab, server=None, resolver=None, **changes):
    lab.write_config(resolvers={"default": resolver or RESOLVER},
                     backends__web_server__servers={
                         "web": server or {"address": "web.internal:80"}}, **changes)


def start_one(lab):
    """One node is enough for most; lb1 is master when this returns."""
    lab.start_backends()
    lab.nodes["lb1"].start()
    lab.await_master("lb1")
    return lab.nodes["lb1"]


def states(node):
    """{server: state} of the backend, without its name."""
    status = node.status()
    return {entry["name"].removeprefix("web_server/"): entry["state"]
            for entry in status["targets"]}


def name_of(node):
    return node.status()["names"][0]


def await_states(node, wanted, timeout=8):
    wait_until(lambda: states(node) == wanted, timeout, f"{wanted}, at last {states(node)}")


def addresses(node):
    servers = node.status()["backends"][0]["servers"]
    return {server["address"]: server["status"] for server in servers}


def csv_rows(lab):
    text = lab.get("/haproxy?stats;csv")[2].decode()
    return {row["svname"]: row for row in csv.DictReader(io.StringIO(text.lstrip("# ")))}


def add_addresses(lab, machine, *extra):
    netns.ip_batch([f"addr add {address}/24 dev eth0" for address in extra],
                   lab.namespace(machine))


def test_each_address_of_a_name_is_a_server(lab, dns):
    dns.set(web=[WEB1, WEB2])
    configure(lab)
    node = start_one(lab)
    await_states(node, {"web-1": "up", "web-2": "up"})
    assert addresses(node) == {f"{WEB1}:80": "UP", f"{WEB2}:80": "UP"}
    assert {lab.get()[2].decode().strip() for _ in range(4)} == {"web1", "web2"}
    name = name_of(node)
    assert (name["server"], name["name"], name["state"]) == ("web_server/web", "web.internal",
                                                            "resolved")
    assert csv_rows(lab)["web-1"]["status"] == "UP"
    # Checks ask for the name, as clients would.
    assert lab.backends["web1"].requests(0)


def test_changes_are_followed_and_cost_no_request(lab, dns):
    add_addresses(lab, "web1", "10.77.0.31")
    add_addresses(lab, "web2", "10.77.0.32", "10.77.0.33")
    dns.set(web=[WEB1, WEB2])
    configure(lab)
    node = start_one(lab)
    await_states(node, {"web-1": "up", "web-2": "up"})
    client = lab.client()
    for wanted in ([WEB1, "10.77.0.31"], ["10.77.0.32"], ["10.77.0.33", WEB2, WEB1], [WEB2]):
        dns.set(web=wanted)
        wait_until(lambda wanted=wanted: addresses(node) == {f"{each}:80": "UP"
                                                             for each in wanted},
                   8, f"servers at {wanted}")
    client.stop()
    requests, failed = client.requests(), client.failures()
    print(f"{len(requests)} requests over 4 changes of the records, {len(failed)} failed")
    assert len(requests) > 50
    assert not failed
    log = node.log()
    assert "is added: an address of web.internal" in log
    assert "is removed: web.internal no longer has the address" in log
    ids = [event["id"] for event in events(node)]
    assert ids.count("server-added") >= 5 and ids.count("server-removed") >= 4


def events(node):
    return json.loads(node.request("/v1/events")[1])["events"]


def test_a_connection_outlives_its_server_in_the_dns(lab, dns):
    dns.set(web=[WEB1, WEB2])
    lab.backends["web1"].add_file("large", b"x" * 200000)
    lab.backends["web2"].add_file("large", b"x" * 200000)
    configure(lab)
    node = start_one(lab)
    await_states(node, {"web-1": "up", "web-2": "up"})
    with lab.connect() as one, lab.connect() as two:
        for connection in (one, two):
            connection.settimeout(20)
            connection.sendall(b"GET /slow/large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert connection.recv(10)
        dns.set(web=[WEB1])
        wait_until(lambda: addresses(node) == {f"{WEB1}:80": "UP", f"{WEB2}:80": "DRAIN"}, 5,
                   "the other server draining")
        for connection in (one, two):
            body = b""
            while data := connection.recv(65536):
                body += data
            assert body.endswith(b"x" * 200000)
    wait_until(lambda: addresses(node) == {f"{WEB1}:80": "UP"}, 5, "the other server gone")


def test_without_the_nameserver_the_last_good_answer_stays(lab, dns):
    dns.set(web=[WEB1, WEB2])
    configure(lab)
    node = start_one(lab)
    await_states(node, {"web-1": "up", "web-2": "up"})
    dns.stop()
    wait_until(lambda: name_of(node)["state"] == "kept", 8, "the name kept")
    assert "no nameserver can be reached" in name_of(node)["reason"]
    assert states(node) == {"web-1": "up", "web-2": "up"}
    assert lab.get()[0] == 200
    assert "name-kept" in node.log()
    dns.set(web=[WEB2])
    dns.start()
    wait_until(lambda: addresses(node) == {f"{WEB2}:80": "UP"}, 10, "the change, once it answers")
    assert name_of(node)["state"] == "resolved"


def test_a_name_that_is_gone_is_resolving_not_down(lab, dns):
    dns.set(web=[WEB1])
    configure(lab)
    node = start_one(lab)
    await_states(node, {"web-1": "up"})
    dns.set()
    wait_until(lambda: name_of(node)["state"] == "kept", 5, "the name kept")
    assert lab.get()[0] == 200
    await_states(node, {"web": "resolving"})
    assert "NXDOMAIN" in node.status()["targets"][0]["reason"]
    assert lab.get()[0] == 503
    row = csv_rows(lab)["web"]
    assert (row["status"], row["addr"]) == ("RESOLVING", "")
    assert any(event["id"] == "name-unresolved" and event["to"] == "resolving"
               for event in events(node))
    dns.set(web=[WEB2])
    await_states(node, {"web-1": "up"}, 15)
    assert lab.get()[2] == b"web2\n"


def test_a_start_does_not_wait_and_a_name_without_address_is_not_up_for_a_vip(lab):
    configure(lab, vips__VI_1__track=[{"backend": "web_server", "fault": True}])
    lab.start_backends()
    node = lab.nodes["lb1"].start()
    wait_until(lambda: node.role_of() == "fault", 5, "the VIP in fault")
    assert states(node) == {"web": "resolving"}
    with Dnsmasq(lab, "client", CLIENT) as dns:
        dns.set(web=[WEB1])
        lab.await_master("lb1", timeout=15)
        assert lab.get()[0] == 200


def test_srv_records_tell_ports_priorities_and_weights(lab, dns):
    dns.services = [("_http._tcp.web.internal", "node1.internal", 80, 10, 30),
                    ("_http._tcp.web.internal", "node2.internal", 80, 20, 0)]
    dns.set(node1=[WEB1], node2=[WEB2]).restart()
    configure(lab, {"srv": "_http._tcp.web.internal"})
    node = start_one(lab)
    await_states(node, {"web-1": "up", "web-2": "up"})
    weights = {server["address"]: server["weight"]
               for server in node.status()["backends"][0]["servers"]}
    assert weights == {f"{WEB1}:80": 30, f"{WEB2}:80": 1}
    assert {lab.get()[2] for _ in range(6)} == {b"web1\n"}
    lab.backends["web1"].stop()
    wait_until(lambda: states(node)["web-1"] == "down", 5, "the first priority down")
    assert {lab.get()[2] for _ in range(6)} == {b"web2\n"}


def test_an_answer_too_long_for_a_datagram_comes_over_tcp(lab, dns):
    many = [f"10.77.1.{number}" for number in range(1, 121)]
    dns.set(web=many)
    configure(lab, {"address": "web.internal:80", "resolve": {"slots": 3}})
    node = start_one(lab)
    wait_until(lambda: "has 120 addresses, and slots for 3" in node.log(), 8, "all addresses seen")
    assert len(states(node)) == 3
    assert node.running and name_of(node)["state"] == "resolved"


def test_answers_that_lie_do_not_count(lab):
    lies = []

    def lie(query):
        name, kind, question = question_of(query)
        identity = struct.unpack("!H", query[:2])[0]
        if kind != 1:
            return [answer_to(query)]
        lies.append(name)
        other = question.replace(b"\x03web", b"\x03evl")
        return [answer_to(query, [WEB1], identity=identity ^ 1),
                answer_to(query, [WEB1], question=other),
                answer_to(query, [WEB1])[:-3],
                b"\x00" * 3, query[:2] + b"\xff" * 60]

    with OddNameserver(lab.namespace("client"), CLIENT, lie) as server:
        configure(lab)
        node = start_one(lab)
        wait_until(lambda: name_of(node)["failures"] >= 2, 10, "two failures")
        assert states(node) == {"web": "resolving"}
        server.behave = lambda query: [
            answer_to(query, [WEB2] if question_of(query)[1] == 1 else [])]
        await_states(node, {"web-1": "up"}, 15)
        assert lab.get()[2] == b"web2\n"
        assert lies


def test_a_silent_nameserver_is_passed_over(lab, dns):
    dns.set(web=[WEB1])
    with OddNameserver(lab.namespace("web2"), WEB2, lambda query: []) as silent:
        configure(lab, resolver={**RESOLVER, "nameservers": [WEB2, CLIENT]})
        node = start_one(lab)
        await_states(node, {"web-1": "up"})
        assert silent.queries


def test_the_systems_nameservers_are_asked_where_the_file_names_none(lab, dns):
    dns.set(web=[WEB2])
    folder = pathlib.Path("/etc/netns") / lab.namespace("lb1")
    folder.mkdir(parents=True)
    try:
        (folder / "resolv.conf").write_text(f"search example\nnameserver {CLIENT}\n")
        lab.write_config(backends__web_server__servers={"web": {"address": "web.internal:80"}})
        node = start_one(lab)
        await_states(node, {"web-1": "up"})
    finally:
        (folder / "resolv.conf").unlink()
        folder.rmdir()
    assert lab.get(address=VIP)[2] == b"web2\n"


def test_the_list_of_hosts_goes_first_and_is_followed(lab, dns):
    dns.set(web=[WEB2])
    lab.nodes["lb1"].write_hosts(f"127.0.0.1 localhost\n{WEB1} web.internal web\n")
    configure(lab)
    node = start_one(lab)
    await_states(node, {"web-1": "up"})
    assert list(addresses(node)) == [f"{WEB1}:80"]
    assert name_of(node)["state"] == "resolved"
    node.write_hosts(f"{WEB1} web.internal\n{WEB2} WEB.internal\n")
    await_states(node, {"web-1": "up", "web-2": "up"}, 15)
    assert "hosts-renewed" in node.log()
    node.write_hosts("127.0.0.1 localhost\n")  # now the DNS is asked
    wait_until(lambda: [each for each, status in addresses(node).items() if status == "UP"] ==
               [f"{WEB2}:80"], 15, "the DNS's answer")
    assert lab.get()[0] == 200


def test_localhost_needs_neither_list_nor_nameserver(lab):
    lab.nodes["lb1"].write_hosts("")
    configure(lab, server={"address": "localhost:9"},
              resolver={**RESOLVER, "nameservers": ["10.77.0.250"]})
    lab.nodes["lb1"].start()
    wait_until(lambda: list(addresses(lab.nodes["lb1"])) == ["127.0.0.1:9"], 8, "its address")
    await_states(lab.nodes["lb1"], {"web-1": "down"})
