"""What the operator sees of malformed requests, and of how long requests take."""

from lab import http


def test_a_malformed_request_is_shown_with_rule_and_place(pair):
    node = pair.nodes["lb1"]
    assert "No malformed message" in node.command("errors", check=True).stdout
    with pair.connect() as connection:
        client = "%s:%d" % connection.getsockname()[:2]
        assert http.status_of(http.ask_raw(
            connection, b"GET / HTTP/1.1\r\nHost: a\x1b[2J\xe9\r\n\r\n")) == 400
    shown = node.command("errors", check=True).stdout
    assert shown.startswith("http_front: 1 malformed requests, the last at 20")
    assert f"  from {client}\n  control-character: " in shown
    assert "at byte 23 of 32 of its head" in shown
    assert "> 00016  Host: a\\x1b[2J\\xe9\\r\\n\n" in shown
    code, told = node.ask("/v1/errors")
    assert code == 200
    error, = told["errors"]
    assert error["client"] == client and error["position"] == 23
    assert error["bytes"] == "GET / HTTP/1.1\r\nHost: a\x1b[2J\xe9\r\n\r\n"


def test_latency_is_told_as_distributions(pair):
    for _ in range(20):
        assert pair.get("/")[0] == 200
    code, latency = pair.nodes["lb1"].ask("/v1/latency")
    assert code == 200
    front, = latency["frontends"]
    back, = latency["backends"]
    assert front["total_ms"]["count"] >= 20 and back["response_ms"]["count"] >= 20
    for times in (front["total_ms"], back["response_ms"]):
        assert 0 <= times["p50"] <= times["p90"] <= times["p99"] <= times["max"] < 5000
