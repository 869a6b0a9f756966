"""Client connections as an operator sees them, and closes them."""

import json
import socket
import time

import pytest
from lab import http
from lab.processes import wait_until
from lab.topology import CLIENT


@pytest.fixture
def download(pair):
    """A slow download through the pair, of which the first bytes have come."""
    for backend in pair.backends.values():
        backend.add_file("big", b"x" * 2_000_000)
    with pair.connect(timeout=10) as connection:
        http.send_request(connection, "/slow/big?token=secret")
        assert connection.recv(100)
        yield connection


def name_of(connection):
    return "%s:%d" % connection.getsockname()[:2]


def sessions(node, path="/v1/sessions"):
    code, body = node.request(path)
    assert code == 200, body
    return json.loads(body)


def is_reset(connection):
    """Whether what follows ends in a reset, and not as if all had come."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    return False


def test_a_slow_download_is_listed_and_closed_by_its_id(pair, download):
    node = pair.nodes["lb1"]
    document = sessions(node)
    assert document["node"] == "lb1" and document["total"] == document["matching"] == 1
    one, = document["sessions"]
    assert one["client"] == name_of(download)
    assert one["frontend"] == "http_front" and one["backend"] == "web_server"
    assert one["server"] in ("web1", "web2")
    assert one["protocol"] == "h1" and one["state"] == "response" and not one["tls"]
    assert one["method"] == "GET" and one["path"] == "/slow/big", "nothing of its query"
    assert one["requests"] == 1 and one["bytes"]["in"] > 20
    before = one["bytes"]["out"]
    time.sleep(1.2)
    again, = sessions(node)["sessions"]
    assert again["id"] == one["id"] and again["bytes"]["out"] > before
    assert again["age_seconds"] >= one["age_seconds"] + 1 and again["idle_seconds"] <= 2

    told = node.command("sessions")
    assert told.returncode == 0 and "GET /slow/big" in told.stdout and one["id"] in told.stdout
    assert "secret" not in told.stdout
    closed = node.command("sessions", "close", one["id"])
    assert closed.returncode == 0 and closed.stdout == "closed 1 session\n"
    assert is_reset(download)
    assert sessions(node)["sessions"] == []
    assert "session-closed" in node.log() and "ordered by uid 0" in node.log()
    twice = node.command("sessions", "close", one["id"])
    assert twice.returncode == 1 and "has ended" in twice.stderr


def test_filters_list_and_close_what_they_name(pair, download):
    node = pair.nodes["lb1"]
    server = sessions(node)["sessions"][0]["server"]
    with pair.connect() as idle:
        assert http.exchange(idle, "/")[0] == 200
        assert sessions(node)["total"] == 2
        for words, matching in ((("--frontend", "http_front"), 2), (("--client", CLIENT), 2),
                                (("--client", "10.77.0.99"), 0),
                                (("--server", f"web_server/{server}"), 1)):
            told = json.loads(node.command("sessions", "--json", *words).stdout)
            assert told["matching"] == len(told["sessions"]) == matching, words
        assert node.command("sessions", "--client", "10.77.0.99").stdout == \
            "There is no such session.\n"
        closed = node.command("sessions", "close", "--server", f"web_server/{server}", "--json")
        assert json.loads(closed.stdout) == {"closed": 1}
        assert is_reset(download)
        left, = sessions(node)["sessions"]
        assert left["client"] == name_of(idle) and left["state"] == "idle"
        assert left["method"] is None and left["requests"] == 0
        assert node.command("sessions", "close", "--client", CLIENT).stdout == \
            "closed 1 session\n"
        assert not is_reset(idle), "one without a request ends in order"
    assert pair.get("/")[0] == 200


def test_what_names_no_session_is_refused(pair):
    node = pair.nodes["lb1"]
    for words, code, said in ((("close", "x"), 1, "is no id of a session"),
                              (("close", "1-01"), 1, "is no id of a session"),
                              (("close", "77-0"), 1, "there is no session"),
                              (("close",), 2, "needs an ID"),
                              (("shut",), 2, "is not 'close'"),
                              (("--frontend", "other"), 1, "there is no frontend"),
                              (("--server", "web_server/other"), 1, "there is no server"),
                              (("--server", "web1"), 2, "is no BACKEND/SERVER"),
                              (("--client", "localhost"), 1, "is no address"),
                              (("--client", CLIENT, "--frontend", "http_front"), 2, "one thing")):
        done = node.command("sessions", *words)
        assert done.returncode == code and said in done.stderr, (words, done)
    assert node.request("/v1/sessions", "DELETE")[0] == 405
    assert node.request("/v1/sessions/1-1")[0] == 405


def test_a_client_that_says_nothing_is_a_session_too(pair):
    with pair.connect() as silent:
        one = wait_until(lambda: sessions(pair.nodes["lb1"])["sessions"], 5, "the session")[0]
        assert one["client"] == name_of(silent) and one["server"] is None
        assert one["state"] == "idle"


def test_many_sessions_are_told_of_and_closed_without_holding_the_loop_up(pair):
    node = pair.nodes["lb1"]
    open_ones = [pair.connect() for _ in range(1500)]
    try:
        wait_until(lambda: sessions(node)["total"] == 1500, 10, "all of them")
        document = sessions(node)
        assert document["matching"] == 1500 and len(document["sessions"]) == 1000
        ages = [one["age_seconds"] for one in document["sessions"]]
        assert ages[0] >= ages[-1], "those that stand longest come first"
        assert "and 500 more" in node.command("sessions").stdout
        assert node.command("sessions", "close", "--frontend", "http_front").stdout == \
            "closed 1500 sessions\n"
        assert sessions(node)["total"] == 0
        assert node.role_of() == "master"
    finally:
        for each in open_ones:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            each.close()
