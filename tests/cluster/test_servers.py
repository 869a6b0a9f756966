"""Servers with limits: who waits, in which order, and what becomes of who waits too long."""

import time

import pytest

from lab import http
from lab.processes import wait_until
from lab.slow_server import PORT, SlowServer
from lab.topology import BACKENDS


def limit_to_one(lab, mode="http", queue="20s", **backend):
    """One slow server that takes one request at a time; hapair is up when this returns."""
    lab.write_config(
        frontends__http_front__mode=mode,
        frontends__http_front__stats=None if mode == "tcp" else "/haproxy?stats",
        backends__web_server={
            "timeouts": {"queue": queue}, **backend,
            "servers": {"slow": {"address": f"{BACKENDS['web1']}:{PORT}", "max_connections": 1}}})
    lab.start()


def ask(lab, number):
    connection = lab.connect(timeout=30)
    http.send_request(connection, f"/{number}", close=True)
    time.sleep(0.05)  # so that they come in this order
    return connection


@pytest.mark.parametrize("mode", ["http", "tcp"])
def test_a_server_with_a_limit_gets_requests_one_by_one_in_their_order(lab, mode):
    with SlowServer(lab, "web1", 0.3):
        limit_to_one(lab, mode)
        connections = [ask(lab, number) for number in range(6)]
        began = time.monotonic()
        done = []
        for number, connection in enumerate(connections):
            with connection:
                status, _, body = http.read_response(connection)
            done.append(time.monotonic() - began)
            assert status == 200
            assert body.decode() == f"/{number} 1", "never two at a time"
        print("answers after", [f"{at:.2f}" for at in done])
        assert done == sorted(done)
        assert done[-1] > 4 * 0.3, "they had to wait for each other"


def test_who_waits_too_long_gets_503_and_the_others_their_answers(lab):
    with SlowServer(lab, "web1", 1.5):
        limit_to_one(lab, queue="500ms")
        first, second = ask(lab, 1), ask(lab, 2)
        with second:
            assert http.read_response(second)[0] == 503
        with first:
            assert http.read_response(first)[0] == 200
        assert lab.get("/3")[0] == 200
        log = lab.nodes["lb1"].log
        wait_until(lambda: "web_server/<NOSRV>" in log() and " sQ-- " in log(), 5, "the log line")


def test_who_goes_away_frees_the_place_and_a_full_queue_refuses(lab):
    with SlowServer(lab, "web1", 1.0):
        limit_to_one(lab, max_queue=1)
        first, second = ask(lab, 1), ask(lab, 2)
        with ask(lab, 3) as refused:
            assert http.read_response(refused)[0] == 503
        second.close()
        time.sleep(0.1)
        third = ask(lab, 4)
        with first, third:
            assert http.read_response(first)[2] == b"/1 1"
            assert http.read_response(third)[2] == b"/4 1"
        log = lab.nodes["lb1"].log
        wait_until(lambda: " SQ-- " in log() and " CQ-- " in log(), 5, "the log lines")


def test_who_waits_is_served_by_the_server_that_comes_up(lab):
    with SlowServer(lab, "web1", 4.0):
        lab.write_config(backends__web_server={
            "timeouts": {"queue": "20s"},
            "check": {"type": "tcp", "interval": "200ms", "rise": 1, "fall": 1},
            "servers": {"slow": {"address": f"{BACKENDS['web1']}:{PORT}", "max_connections": 1},
                        "other": {"address": f"{BACKENDS['web2']}:80", "max_connections": 1}}})
        lab.start()
        lab.backends["web2"].stop()
        wait_until(lambda: "web_server/other is DOWN" in lab.nodes["lb1"].log(), 5, "the check")
        with ask(lab, 1) as first, ask(lab, 2) as second:
            since = time.monotonic()
            lab.backends["web2"].start()
            assert http.read_response(second)[2] == b"web2\n"
            print(f"served {time.monotonic() - since:.2f} s after the server came back")
            assert time.monotonic() - since < 3.5, "before the slow one was free"
            assert http.read_response(first)[0] == 200


def test_a_status_is_tried_again_on_another_server(lab):
    lab.write_config(backends__web_server__retry_on=["conn-failure", "404"],
                     backends__web_server__retries=1,
                     backends__web_server__check=None)
    lab.start()
    lab.backends["web1"].add_file("here.txt", b"here")
    for _ in range(6):  # only web1 has the file
        assert lab.get("/files/here.txt")[2] == b"here"
    assert lab.get("/missing")[0] == 404, "when no try is left the server's word is passed on"
    asked = [one for one in lab.backends["web2"].requests() if "/files/here.txt" in one.request]
    assert asked and all(one.status == 404 for one in asked)
