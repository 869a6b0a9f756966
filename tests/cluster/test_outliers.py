"""Servers judged by their traffic: errors and slowness against siblings, errors in a row, slow
start, panic, sessions of a server that is marked down."""

import contextlib
import json
import threading
import time

import pytest

from lab import http
from lab.odd_server import OddServer
from lab.processes import wait_until
from lab.topology import BACKENDS

PORT = 8000
CHECK = "/health"


class Server(OddServer):
    """Answers 200 to checks; to the rest as its `status` and `delay` say, while it counts."""

    def __init__(self, lab, name):
        self.name, self.status, self.delay, self.healthy = name, 200, 0.0, True
        self.requests = 0
        self.checks = 0
        super().__init__(lab.namespace(name), PORT, self._answer)

    def _answer(self, connection, head):
        status = 200 if self.healthy else 503
        if CHECK.encode() in head.split(b"\r\n", 1)[0]:
            self.checks += 1
        else:
            self.requests += 1
            time.sleep(self.delay)
            status = self.status
        body = self.name.encode()
        connection.send(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s"
                        % (status, len(body), body))
        return True


@contextlib.contextmanager
def two_servers(lab, start=True, check=None, **backend):
    """Two such servers behind lb1, which is master inside the block."""
    servers = {name: Server(lab, name) for name in BACKENDS}
    try:
        lab.write_config(backends__web_server={
            "check": {"type": "http", "path": CHECK, "interval": "100ms", "rise": 2, "fall": 2,
                      **(check or {})},
            "servers": {name: {"address": f"{BACKENDS[name]}:{PORT}", "weight": 100}
                        for name in servers}, **backend})
        if start:
            lab.nodes["lb1"].launch()
            lab.await_master("lb1")
            wait_until(lambda: {state(lab, name) for name in servers} == {"up"}, 5, "both up")
        yield servers
    finally:
        for server in servers.values():
            server.close()


def target(lab, name):
    return lab.nodes["lb1"].target(f"web_server/{name}")


def state(lab, name):
    return target(lab, name)["state"]


def events(lab, kind):
    _, body = lab.nodes["lb1"].request("/v1/events")
    return [one for one in json.loads(body)["events"] if one["id"] == kind]


def server_row(lab, name):
    return next(one for one in lab.nodes["lb1"].status()["backends"][0]["servers"]
                if one["name"] == name)


def ask(lab, count):
    """How many answers came from whom, over one connection."""
    told = {}
    with lab.connect(timeout=10) as connection:
        for _ in range(count):
            _, _, body = http.exchange(connection, "/")
            told[body.decode()] = told.get(body.decode(), 0) + 1
    return told


OUTLIER = {"window": "500ms", "min_requests": 10, "ejection_time": "1s", "return_time": "4s"}


def test_a_server_that_answers_5xx_is_ejected_and_returns_gradually(lab):
    with two_servers(lab, outlier=OUTLIER) as servers:
        servers["web2"].status = 500
        wait_until(lambda: ask(lab, 40) and state(lab, "web2") == "degraded", 10, "web2 ejected")
        assert "ejected for 1s" in target(lab, "web2")["reason"]
        assert target(lab, "web2")["last_resort"]
        assert server_row(lab, "web2")["status"] == "NOLB"
        before = servers["web2"].requests
        while state(lab, "web2") == "degraded" and target(lab, "web2")["last_resort"]:
            ejected = ask(lab, 20)
            if not target(lab, "web2")["last_resort"]:
                break
            assert ejected == {"web1": 20}
        servers["web2"].status = 200
        # It comes back with a share that grows.
        shares = []
        while state(lab, "web2") == "degraded":
            told = ask(lab, 100)
            shares.append(told.get("web2", 0))
        print("of 100 requests each, while it came back:", shares, "after", before)
        assert len(shares) >= 3
        assert shares[0] < 25 and shares[-1] > shares[0]
        assert state(lab, "web2") == "up"
        told = ask(lab, 100)
        assert 45 <= told["web2"] <= 55
        assert lab.nodes["lb1"].role_of() == "master", "what traffic shows moves no VIP"
        kinds = [(one["from"], one["to"]) for one in events(lab, "check-state")
                 if one["subject"] == "web_server/web2"]
        assert kinds[-2:] == [("up", "degraded"), ("degraded", "up")]


def test_a_slow_server_is_ejected_while_its_siblings_are_quick(lab):
    # A window long enough for many more than the 10 requests that it takes, on a slow machine too.
    with two_servers(lab, outlier={**OUTLIER, "window": "2s", "latency_factor": 3}) as servers:
        servers["web2"].delay = 0.05
        wait_until(lambda: ask(lab, 40) and state(lab, "web2") == "degraded", 15, "web2 ejected")
        assert "its responses take" in target(lab, "web2")["reason"]


@pytest.mark.parametrize("policy, limit", [("mark-down", 5), ("fail-check", 3),
                                           ("sudden-death", 3)])
def test_errors_in_a_row_take_a_server_down_and_checks_bring_it_back(lab, policy, limit):
    with two_servers(lab, observe="layer7", error_limit=limit, on_error=policy,
                     check={"interval": "2s", "rise": 1}) as servers:
        servers["web2"].status = 503
        wait_until(lambda: ask(lab, 20) and state(lab, "web2") == "down", 10, "web2 down")
        codes = [one["code"] for one in target(lab, "web2")["last_checks"]]
        assert codes[0] == "HANA" or codes[1] == "HANA"
        assert f"Detected {limit} consecutive errors" in str(target(lab, "web2")["last_checks"])
        # The check passes all the time: the next one brings it back, sooner than its interval.
        servers["web2"].status = 200
        wait_until(lambda: state(lab, "web2") == "up", 5, "web2 up again")
        assert target(lab, "web2")["observed_failures"] >= 1


def test_errors_in_a_row_make_a_check_come_soon(lab):
    with two_servers(lab, observe="layer7", error_limit=2, on_error="fastinter",
                     check={"interval": "30s", "fall": 1}) as servers:
        servers["web2"].status = 500
        servers["web2"].healthy = False
        checks = servers["web2"].checks
        began = time.monotonic()
        wait_until(lambda: ask(lab, 4) and state(lab, "web2") == "down", 10, "web2 down")
        print(f"down by a check after {time.monotonic() - began:.2f} s at an interval of 30 s")
        assert servers["web2"].checks > checks
        assert target(lab, "web2")["last_checks"][0]["code"] == "L7STS"


def test_a_server_that_comes_up_gets_its_share_slowly(lab):
    with two_servers(lab, slow_start="4s") as servers:
        even = ask(lab, 100)
        assert 45 <= even["web1"] <= 55, "no slow start when the node starts"
        servers["web2"].healthy = False
        wait_until(lambda: state(lab, "web2") == "down", 5, "web2 down")
        servers["web2"].healthy = True
        wait_until(lambda: state(lab, "web2") == "up", 5, "web2 up")
        began = time.monotonic()
        shares = []
        while time.monotonic() - began < 5:
            shares.append((round(time.monotonic() - began, 1), ask(lab, 50).get("web2", 0)))
            time.sleep(0.2)
        print("seconds since it came up, of 50 requests:", shares)
        assert shares[0][1] <= 12
        assert 20 <= shares[-1][1] <= 30
        half = [share for at, share in shares if 1.5 <= at <= 2.5]
        assert half and shares[0][1] <= max(half) <= 22


def test_panic_serves_from_all_rather_than_from_none(lab):
    with two_servers(lab, panic_threshold=50) as servers:
        servers["web1"].healthy = False
        wait_until(lambda: state(lab, "web1") == "down", 5, "web1 down")
        assert set(ask(lab, 10)) == {"web2"}
        servers["web2"].healthy = False
        wait_until(lambda: state(lab, "web2") == "down", 5, "web2 down")
        assert ask(lab, 10) == {"web1": 5, "web2": 5}
        backend = lab.nodes["lb1"].status()["backends"][0]
        assert backend["panic"] and backend["servers_usable"] == 0 and backend["status"] == "UP"
        assert events(lab, "backend-panic")[-1]["to"] == "panic"
        servers["web2"].healthy = True
        wait_until(lambda: state(lab, "web2") == "up", 5, "web2 up")
        assert set(ask(lab, 10)) == {"web2"}
        assert not lab.nodes["lb1"].status()["backends"][0]["panic"]
        assert "Backend web_server sends traffic to servers that are down too" in (
            lab.nodes["lb1"].log())


@pytest.mark.parametrize("mode", ["http", "tcp"])
def test_sessions_of_a_server_that_is_marked_down_are_closed(lab, mode):
    with two_servers(lab, start=False, on_marked_down="close_sessions") as servers:
        if mode == "tcp":
            config = lab.write_config(
                frontends__http_front__mode="tcp", frontends__http_front__stats=None,
                backends__web_server={
                    "check": {"type": "http", "path": CHECK, "interval": "100ms", "fall": 2},
                    "on_marked_down": "close_sessions",
                    "servers": {name: {"address": f"{BACKENDS[name]}:{PORT}"}
                                for name in servers}})
            assert config["frontends"]["http_front"]["mode"] == "tcp"
        lab.nodes["lb1"].launch()
        lab.await_master("lb1")
        wait_until(lambda: {state(lab, name) for name in servers} == {"up"}, 5, "both up")
        for server in servers.values():
            server.delay = 30.0
        clients = [lab.connect(timeout=15) for _ in range(6)]
        for connection in clients:
            http.send_request(connection, "/", method="POST", body=b"x")
        wait_until(lambda: servers["web1"].requests == servers["web2"].requests == 3, 5,
                   "requests at both")
        servers["web1"].healthy = False
        wait_until(lambda: state(lab, "web1") == "down", 5, "web1 down")
        ended = []

        def await_end(connection):
            with contextlib.suppress(OSError):
                ended.append(connection.recv(4096)[:12])
                return
            ended.append(b"reset")

        threads = [threading.Thread(target=await_end, args=(one,), daemon=True) for one in clients]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(ended) == 3, 5, "three sessions ended")
        time.sleep(0.5)
        assert len(ended) == 3, "those of the other server go on"
        assert set(ended) == ({b"HTTP/1.1 503"} if mode == "http" else {b"reset"})
        log = lab.nodes["lb1"].log
        wait_until(lambda: (" DH-- " if mode == "http" else " DD ") in log(), 5, "the log lines")
        for connection in clients:
            connection.close()


def test_a_server_that_tracks_another_is_not_checked_itself(lab):
    with two_servers(lab, start=False) as servers:
        lab.write_config(
            backends__web_server={
                "check": {"type": "http", "path": CHECK, "interval": "100ms", "rise": 1, "fall": 1},
                "servers": {"web1": {"address": f"{BACKENDS['web1']}:{PORT}"}}},
            backends__api={
                "servers": {name: {"address": f"{BACKENDS['web2']}:{PORT}",
                                   "track": "web_server/web1"} for name in ("one", "two")}},
            frontends__http_front__default_backend="api")
        lab.nodes["lb1"].launch()
        lab.await_master("lb1")
        wait_until(lambda: ask(lab, 1) == {"web2": 1}, 5, "the followers up")
        servers["web1"].healthy = False
        wait_until(lambda: state(lab, "web1") == "down", 5, "web1 down")
        api = lab.nodes["lb1"].target("api/two")
        assert api["state"] == "down"
        assert api["follows"] == "web_server/web1"
        assert api["reason"].startswith("follows web_server/web1: Layer7 wrong status, code: 503")
        assert lab.get("/")[0] == 503
        assert servers["web2"].checks == 0, "nobody checks the followers"
        servers["web1"].healthy = True
        wait_until(lambda: lab.get("/")[0] == 200, 5, "followers up with it")


def test_one_check_serves_two_backends_with_the_same_servers(lab):
    with two_servers(lab, start=False) as servers:
        check = {"type": "http", "path": CHECK, "interval": "200ms"}
        both = {name: {"address": f"{BACKENDS[name]}:{PORT}"} for name in servers}
        lab.write_config(backends__web_server={"check": check, "servers": both},
                         backends__api={"check": check, "servers": both})
        lab.nodes["lb1"].launch()
        lab.await_master("lb1")
        before = servers["web1"].checks
        time.sleep(3)
        seen = servers["web1"].checks - before
        print(f"{seen} checks in 3 s at an interval of 200 ms, for two backends")
        assert 12 <= seen <= 16
