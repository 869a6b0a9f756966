"""A VIP is given up on purpose while its node runs on: what runs is finished, nobody is refused."""

import time

from lab import http
from lab.processes import wait_until
from lab.slow_server import PORT, SlowServer
from lab.topology import BACKENDS, SECOND_VIP


def order(lab, *words, node="lb1"):
    return lab.nodes[node].command(*words)


def slow(lab, **changes):
    lab.write_config(**changes, backends__slow={
        "servers": {name: {"address": f"{BACKENDS[name]}:{PORT}"} for name in BACKENDS}},
        frontends__http_front__default_backend="slow")


def test_stepping_down_finishes_requests_and_the_peer_keeps_the_vip(lab):
    slow(lab)
    with SlowServer(lab, "web1", 1.0), SlowServer(lab, "web2", 1.0):
        lab.start()
        with lab.connect() as idle, lab.connect() as busy:
            assert http.exchange(idle)[0] == 200
            http.send_request(busy)
            time.sleep(0.3)
            done = order(lab, "step-down", "--drain")
            assert done.returncode == 0, done.stderr
            assert "VI_1, when running requests are finished" in done.stdout
            role = lab.nodes["lb1"].status()["vips"][0]["role"]
            assert role == "master", "it finishes them first"
            status, head, _ = http.read_response(busy)
            assert status == 200 and head["connection"] == "close"
            assert idle.recv(1) == b"", "who is idle is told by the end of the connection"
        lab.await_master("lb2")
        assert lab.get("/")[0] == 200
    time.sleep(1.5)
    assert lab.nodes["lb2"].status()["vips"][0]["role"] == "master", "the peer keeps it"
    assert "was told to step down, and takes the VIP back only when 10.77.0.12" in \
        lab.nodes["lb1"].command("why-not").stdout
    again = order(lab, "step-down")
    assert again.returncode == 1 and "master of no VIP" in again.stderr
    lab.nodes["lb2"].kill_tree()
    lab.await_master("lb1")


def test_clients_that_come_all_the_while_are_all_served(pair):
    with pair.client(interval=0.02, timeout=5.0) as client:
        wait_until(lambda: len(client.requests()) > 20, 5, "some requests")
        for leaving, next_one in ("lb1", "lb2"), ("lb2", "lb1"), ("lb1", "lb2"):
            done = order(pair, "step-down", "--drain", node=leaving)
            assert done.returncode == 0, done.stderr
            pair.await_master(next_one)
            time.sleep(1.5)
        assert not client.failures()
        print(f"longest time without an answer: {client.longest_gap():.2f} s")


def test_maintenance_drains_too_and_can_be_taken_back_meanwhile(lab):
    slow(lab)
    with SlowServer(lab, "web1", 2.0), SlowServer(lab, "web2", 2.0):
        lab.start()
        with lab.connect() as busy:
            http.send_request(busy)
            time.sleep(0.3)
            assert order(lab, "maintenance", "on").returncode == 0
            assert order(lab, "maintenance", "off").returncode == 0
            status, head, _ = http.read_response(busy)
            assert status == 200 and head.get("connection") != "close"
        assert lab.nodes["lb1"].status()["vips"][0]["role"] == "master"
        with lab.connect() as busy:
            http.send_request(busy)
            time.sleep(0.3)
            assert order(lab, "maintenance", "on").returncode == 0
            assert http.read_response(busy)[0] == 200
        lab.await_master("lb2")


def test_stepping_down_at_once_is_not_the_end_of_maintenance_that_waits(lab):
    slow(lab)
    with SlowServer(lab, "web1", 5.0), SlowServer(lab, "web2", 5.0):
        lab.start()
        with lab.connect() as busy:
            http.send_request(busy)
            time.sleep(0.3)
            assert order(lab, "maintenance", "on").returncode == 0
            done = order(lab, "step-down")
            assert done.returncode == 0, done.stderr
            lab.await_master("lb2")
    lab.nodes["lb2"].kill_tree()
    time.sleep(1.5)
    role = lab.nodes["lb1"].status()["vips"][0]["role"]
    assert role == "fault", "it is in maintenance all the same"


def test_a_vip_that_has_nothing_to_finish_serves_until_its_sync_group_has(lab):
    slow(lab, vips__VI_2={"router_id": 52, "addresses": [SECOND_VIP]},
         sync_groups={"site": {"members": ["VI_1", "VI_2"]}},
         frontends__http_front__bind=[{"vip": "VI_1", "port": 80}, {"vip": "VI_2", "port": 80}],
         frontends__quick={"bind": [{"vip": "VI_1", "port": 81}], "mode": "http",
                           "default_backend": "web_server"})
    with SlowServer(lab, "web1", 2.0), SlowServer(lab, "web2", 2.0):
        lab.start()
        wait_until(lambda: lab.nodes["lb1"].holds(SECOND_VIP), 5, "lb1 with both")
        with lab.connect(SECOND_VIP) as busy:
            http.send_request(busy)
            time.sleep(0.3)
            assert order(lab, "maintenance", "on").returncode == 0
            time.sleep(0.5)
            # Through another frontend, whose server is quick.
            assert lab.get("/", port=81)[0] == 200, "VI_1 does not go quiet before VI_2"
            assert order(lab, "maintenance", "off").returncode == 0
            assert http.read_response(busy)[0] == 200
        assert lab.get("/")[0] == 200


def test_what_does_not_end_in_time_is_named(lab):
    slow(lab, process__drain_timeout="500ms")
    with SlowServer(lab, "web1", 5.0), SlowServer(lab, "web2", 5.0):
        lab.start()
        with lab.connect() as stuck:
            http.send_request(stuck)
            time.sleep(0.3)
            assert order(lab, "step-down", "--drain").returncode == 0
            lab.await_master("lb2")
        wait_until(lambda: "1 connections did not end in time" in lab.nodes["lb1"].log(), 5,
                   "its name in the log")


def test_a_repeated_order_gives_no_more_time(lab):
    slow(lab, process__drain_timeout="3s")
    with SlowServer(lab, "web1", 20.0), SlowServer(lab, "web2", 20.0):
        lab.start()
        with lab.connect() as stuck:
            http.send_request(stuck)
            time.sleep(0.3)
            began = time.monotonic()
            for _ in range(3):
                assert order(lab, "step-down", "--drain").returncode == 0
                time.sleep(0.8)
            lab.await_master("lb2")
            assert time.monotonic() - began < 4.2


def test_a_peer_that_has_gone_while_it_drained_gets_nothing(lab):
    slow(lab, cluster__secret_file=lab.write_secret())
    with SlowServer(lab, "web1", 5.0), SlowServer(lab, "web2", 5.0):
        lab.start()
        wait_until(lambda: any(each["present"] for each in lab.nodes["lb1"].status()["peers"]), 5,
                   "the peer's hello")
        with lab.connect(timeout=10.0) as busy:
            http.send_request(busy)
            time.sleep(0.3)
            assert order(lab, "step-down", "--drain").returncode == 0
            lab.nodes["lb2"].kill_tree()
            assert http.read_response(busy)[0] == 200
        wait_until(lambda: "step-down-withdrawn" in lab.nodes["lb1"].log(), 5, "that it is told")
        assert lab.nodes["lb1"].status()["vips"][0]["role"] == "master"
        with lab.connect(timeout=10.0) as served:
            assert http.exchange(served)[0] == 200


def test_nobody_steps_down_for_a_peer_that_is_not_there(lab):
    lab.write_config(cluster__secret_file=lab.write_secret())
    lab.nodes["lb1"].start()
    lab.await_master("lb1")
    refused = order(lab, "step-down")
    assert refused.returncode == 1
    assert "no peer says that it could take over VI_1" in refused.stderr
    lab.nodes["lb2"].start()
    wait_until(lambda: order(lab, "step-down").returncode == 0, 5, "a peer that says hello")
    lab.await_master("lb2")
