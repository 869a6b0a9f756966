"""A takeover as an exercise: to the peer and back, with what that took; and when there is none."""

import json
import subprocess
import time

import pytest

from lab import http, netns
from lab.processes import wait_until
from lab.slow_server import PORT, SlowServer
from lab.topology import BACKENDS, NODES


def words(lab, name, *more):
    runtime_dir = lab.nodes[name].runtime_dir
    return (lab.binary, "drill", "--yes", "--runtime-dir", runtime_dir, *more)


def drill(lab, *more, node="lb1"):
    return netns.run(lab.namespace(node), *words(lab, node, *more), check=False)


def begin(lab, node="lb1"):
    """A drill that is under way when this returns."""
    return subprocess.Popen(netns.command(lab.namespace(node), *words(lab, node, "--json")),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def steps(lab, name):
    events = json.loads(lab.nodes[name].request("/v1/events")[1])["events"]
    return [event["to"] for event in events if event["id"] == "drill-step"]


def order(lab, name, *more):
    return lab.nodes[name].command(*more)


@pytest.fixture
def ready(lab):
    """Both nodes with hellos, and a peer that could take over."""
    lab.write_config(cluster__secret_file=lab.write_secret())
    return lab


def start(lab):
    lab.start()

    wait_until(lambda: all(peers_servers(lab, name) == {len(BACKENDS)} for name in lab.nodes), 8,
               "hellos with all servers")


def peers_servers(lab, node="lb1"):
    """How many servers of a backend the peer says that it reaches: each number there is."""
    return {each["servers_usable"] for peer in lab.nodes[node].status()["peers"]
            if peer["present"] for each in peer["backends"]}


def test_the_vip_goes_and_comes_back_and_nobody_is_refused(ready):
    lab = ready
    start(lab)
    with lab.client(interval=0.02, timeout=5.0) as client:
        wait_until(lambda: len(client.requests()) > 20, 5, "some requests")
        done = drill(lab, "--json")
        assert lab.nodes["lb1"].role_of() == "master"
        time.sleep(1.0)
        assert not client.failures()
        print(done.stdout, f"longest time without an answer: {client.longest_gap():.2f} s")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["right"] and result["peer"] == "lb2" and not result["faults"]
    for way in ("out", "back"):
        leg = result["vips"][0][way]
        assert all(value is not None for value in leg.values()), leg
        assert leg["gap_ms"] < 500 and leg["neighbour_ms"] < 1500
    ours, theirs = result["nodes"]
    assert (ours["name"], theirs["name"]) == ("lb1", "lb2")
    assert ours["requests"] > 0 and theirs["requests"] > 0
    assert steps(lab, "lb1") == ["begun", "asking", "leaving", "staying", "returning", "settling",
                                 "right"]
    assert steps(lab, "lb2") == ["ready", "giving back", "over"]
    # Though it is the lower one and failback is immediate, it is lb2 that stays where it leads.
    assert order(lab, "lb1", "step-down", "--drain").returncode == 0
    lab.await_master("lb2")
    told = wait_until(lambda: (done := drill(lab, node="lb2")).returncode == 0 and done, 15,
                      "a drill of lb2's", period=0.5)
    assert "VI_1 to lb1: no master for" in told.stdout and "All was right." in told.stdout
    assert lab.nodes["lb2"].role_of() == "master"


def test_what_speaks_against_it_is_told_and_nothing_moves(ready):
    lab = ready
    start(lab)
    since = time.time()
    refused = subprocess.run(
        netns.command(lab.namespace("lb1"), lab.binary, "drill"), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False)
    assert refused.returncode == 2 and "--yes" in refused.stderr
    assert "master of no VIP" in drill(lab, node="lb2").stderr
    for address in BACKENDS.values():
        netns.ip_batch([f"neigh replace {address} lladdr 02:00:00:00:00:98 nud permanent dev "
                        f"{NODES['lb2'][1]}"], lab.namespace("lb2"))
    wait_until(lambda: peers_servers(lab) == {0}, 8, "that lb1 hears of it")
    blind = drill(lab)
    assert blind.returncode == 1
    assert "lb2 reaches" in blind.stderr and "of backend web_server" in blind.stderr
    for address in BACKENDS.values():
        netns.ip_batch([f"neigh del {address} dev {NODES['lb2'][1]}"], lab.namespace("lb2"))
    assert order(lab, "lb2", "maintenance", "on").returncode == 0
    time.sleep(0.5)
    assert "no peer says that it could take over VI_1" in drill(lab).stderr
    lab.nodes["lb2"].kill_tree()
    assert drill(lab).returncode == 1
    assert lab.nodes["lb1"].role_of() == "master"
    assert not lab.sniffer.adverts(since, port="lb2")


def test_without_hellos_there_is_no_drill(pair):
    refused = drill(pair)
    assert refused.returncode == 1 and "secret_file" in refused.stderr


def test_a_peer_that_dies_and_an_operator_end_it(ready):
    lab = ready
    start(lab)
    with begin(lab) as under_way:
        lab.await_master("lb2")
        again = drill(lab, node="lb2")
        assert again.returncode == 1 and "a drill is under way already" in again.stderr
        lab.nodes["lb2"].kill_tree()
        result = json.loads(under_way.communicate(timeout=15)[0])
    assert under_way.returncode == 1
    assert "lb2 did not stay master of VI_1" in " ".join(result["faults"])
    assert lab.nodes["lb1"].role_of() == "master"
    lab.nodes["lb2"].start()
    wait_until(lambda: lab.nodes["lb1"].status()["peers"][0]["present"], 8, "lb2's hello")
    time.sleep(1.5)
    with begin(lab) as under_way:
        lab.await_master("lb2")
        assert order(lab, "lb1", "maintenance", "on").returncode == 0
        result = json.loads(under_way.communicate(timeout=15)[0])
    assert under_way.returncode == 1
    assert "broken off" in result["faults"][0] and "maintenance on" in result["faults"][0]
    assert lab.nodes["lb2"].role_of() == "master"


def test_what_does_not_end_in_time_is_a_fault(ready):
    lab = ready
    lab.write_config(cluster__secret_file=lab.write_secret(), process__drain_timeout="500ms",
                     backends__slow={"servers": {name: {"address": f"{BACKENDS[name]}:{PORT}"}
                                                 for name in BACKENDS}},
                     frontends__http_front__default_backend="slow")
    with SlowServer(lab, "web1", 8.0), SlowServer(lab, "web2", 8.0):
        start(lab)
        with lab.connect() as stuck:
            http.send_request(stuck)
            time.sleep(0.3)
            done = drill(lab)
    assert done.returncode == 1
    assert "fault: 1 connections on lb1 did not end" in done.stdout, done.stdout
    assert lab.nodes["lb1"].role_of() == "master"
