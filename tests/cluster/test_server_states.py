"""States of servers: by an operator's word, by a check that finds nothing, at the start."""

import time

from lab import http
from lab.processes import wait_until
from lab.slow_server import PORT, SlowServer
from lab.topology import BACKENDS


def order(lab, server, state, node="lb1"):
    done = lab.nodes[node].command("server", server, state)
    assert done.returncode == 0, done.stderr


def target(lab, name, node="lb1"):
    return lab.nodes[node].target(name)


def served_by(lab, count=10):
    """Who answers: the servers by the name in their page, 503 for nobody."""
    return {body.decode().strip() if status == 200 else status
            for status, _, body in (lab.get("/") for _ in range(count))}


def test_a_server_drains_what_it_has_goes_on_and_ready_gives_it_back(lab):
    lab.write_config(backends__slow={
        "servers": {name: {"address": f"{BACKENDS[name]}:{PORT}"} for name in BACKENDS}},
        frontends__http_front__default_backend="slow")
    with SlowServer(lab, "web1", 1.0), SlowServer(lab, "web2", 1.0):
        lab.start()
        running = [lab.connect() for _ in range(4)]
        for number, connection in enumerate(running):
            http.send_request(connection, f"/{number}", close=True)
        time.sleep(0.3)
        order(lab, "slow/web1", "drain")
        assert target(lab, "slow/web1")["state"] == "drain"
        assert target(lab, "slow/web1")["order"] == "drain"
        began = {one["name"]: one["sessions"]["total"] for one in
                 lab.nodes["lb1"].status()["backends"][1]["servers"]}
        for connection in running:
            with connection:
                assert http.read_response(connection)[0] == 200, "what runs goes on"
        for _ in range(3):
            assert lab.get("/")[0] == 200
        servers = {one["name"]: one for one in lab.nodes["lb1"].status()["backends"][1]["servers"]}
        assert servers["web1"]["sessions"]["total"] == began["web1"], "nothing new goes there"
        assert servers["web2"]["sessions"]["total"] == began["web2"] + 3
        assert servers["web1"]["status"] == "DRAIN"
        assert servers["web1"]["connections"]["idle"] == 0, "kept connections are closed"
        order(lab, "slow/web1", "ready")
        assert target(lab, "slow/web1")["order"] is None
        for _ in range(4):
            lab.get("/")
        servers = {one["name"]: one for one in lab.nodes["lb1"].status()["backends"][1]["servers"]}
        assert servers["web1"]["sessions"]["total"] == began["web1"] + 2


def test_orders_lie_over_the_checks_and_draining_moves_no_vip(pair):
    assert served_by(pair) == {"web1", "web2"}
    order(pair, "web_server/web1", "drain")
    order(pair, "web_server/web2", "drain")
    assert served_by(pair, 3) == {503}
    order(pair, "web_server/web2", "ready")
    assert served_by(pair) == {"web2"}
    # It fails while it drains: down; forced up, it gets traffic all the same.
    pair.backends["web1"].stop()
    wait_until(lambda: target(pair, "web_server/web1")["state"] == "down", 5, "web1 down")
    order(pair, "web_server/web1", "force-up")
    order(pair, "web_server/web2", "force-down")
    assert target(pair, "web_server/web1")["state"] == "up"
    assert served_by(pair, 3) == {503}
    pair.backends["web1"].start()
    assert served_by(pair, 3) == {"web1"}
    order(pair, "web_server/web1", "ready")
    order(pair, "web_server/web2", "ready")
    wait_until(lambda: served_by(pair) == {"web1", "web2"}, 5, "both servers again")
    assert pair.nodes["lb1"].role_of() == "master"
    log = pair.nodes["lb1"].log()
    assert "Server web_server/web1 is DRAIN (was UP), reason: drain, ordered by uid 0" in log
    assert "web_server/web2 is DOWN (was UP), reason: force-down, ordered by uid 0" in log


def test_a_node_that_takes_over_has_fresh_results_and_sends_nothing_to_a_dead_server(pair):
    pair.backends["web2"].stop()
    wait_until(lambda: target(pair, "web_server/web2", "lb2")["state"] == "down", 5, "web2 down")
    wait_until(lambda: len(target(pair, "web_server/web1", "lb2")["last_checks"]) == 8, 10,
               "a standby that checks all the time")
    pair.nodes["lb1"].stop()
    pair.await_master("lb2")
    assert served_by(pair) == {"web1"}
    server = pair.nodes["lb2"].status()["backends"][0]["servers"][1]
    assert server["name"] == "web2"
    assert server["times_selected"] == 0
    assert server["errors"]["connect"] == 0


def test_a_server_that_is_not_known_yet_gets_nothing_while_another_is_up(lab):
    """web2's checks hang: after the grace it is a last resort, after the timeout it is down."""
    lab.write_config(backends__web_server__check__grace="300ms",
                     backends__web_server__check__interval="3s")
    lab.start_backends()
    lab.backends["web2"].freeze()
    lab.nodes["lb1"].launch()
    lab.await_master("lb1")
    wait_until(lambda: target(lab, "web_server/web2")["state"] == "degraded", 3, "web2 tried")
    assert target(lab, "web_server/web2")["last_resort"]
    assert target(lab, "web_server/web1")["state"] == "up"
    assert served_by(lab) == {"web1"}
    order(lab, "web_server/web1", "maintenance")
    lab.backends["web2"].thaw()
    assert served_by(lab) == {"web2"}
    wait_until(lambda: target(lab, "web_server/web2")["state"] == "up", 5, "web2 up at last")
