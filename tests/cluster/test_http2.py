"""HTTP/2 with real clients: curl, nghttp, h2load, and one that breaks the rules on purpose."""

import hashlib
import json
import os
import re
import signal
import threading
import time

import pytest

from lab import certificates, h2, netns
from lab.h2 import GET, H2Client, get
from lab.odd_server import OddServer
from lab.processes import wait_until
from lab.topology import BACKENDS, VIP

BOTH = [{"vip": "VI_1", "port": 80, "protocols": ["h2", "http/1.1"]}]
ONLY = [{"vip": "VI_1", "port": 80, "protocols": ["h2"]}]
URL = f"http://{VIP}/"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PROTOCOL_ERROR, FRAME_SIZE_ERROR, ENHANCE_YOUR_CALM = 1, 6, 11


@pytest.fixture
def front(lab):
    """Both nodes up before two nginx servers; clients speak either version."""
    lab.write_config(frontends__http_front__bind=BOTH)
    return lab.start()


@pytest.fixture
def odd(lab):
    """One node before a server whose every move the test scripts."""
    server = OddServer(lab.backends["web1"].namespace, 81)
    lab.write_config(frontends__http_front__bind=ONLY, backends__web_server__check=None,
                     backends__web_server__servers={"odd": {"address": f"{BACKENDS['web1']}:81"}})
    lab.nodes["lb1"].start()
    lab.await_master("lb1")
    lab.server = server
    yield lab
    server.close()
    assert not server.faults, server.faults


def counters(lab):
    code, body = lab.nodes["lb1"].request("/v1/http2")
    assert code == 200
    front, = json.loads(body)["frontends"]
    return front


def says(answer):
    def behave(connection, _):
        connection.send(answer)
        return True
    return behave


def test_curl_gets_pages_and_files(front):
    content = os.urandom(3_000_000)
    for backend in front.backends.values():
        files = backend.directory / "files"
        files.mkdir(exist_ok=True)
        (files / "large").write_bytes(content)
    plain = front.curl("--http2-prior-knowledge", "-w", "%{http_version} %{http_code}", URL)
    assert re.fullmatch(r"web[12]\n2 200", plain.stdout)
    assert front.curl("-w", " %{http_version}", URL).stdout.endswith(" 1.1")
    target = front.directory / "large"
    front.curl("--http2-prior-knowledge", "-o", target, URL + "files/large", check=True)
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(content).digest()
    wait_until(lambda: re.search(r'"GET /files/large HTTP/2.0"', front.nodes["lb1"].log()), 5,
               "the access line")


def test_h2load_and_nghttp_see_no_fault(front):
    load = netns.run(front.client_namespace, "h2load", "-n", "5000", "-c", "5", "-m", "32",
                     URL).stdout
    assert "5000 succeeded, 0 failed, 0 errored, 0 timeout" in load
    assert "status codes: 5000 2xx" in load
    told = netns.run(front.client_namespace, "nghttp", "-nv", "-m", "20", URL).stdout
    assert told.count(":status: 200") == 20
    seen = counters(front)
    assert seen["streams"]["total"] >= 5020 and seen["streams"]["now"] == 0
    assert seen["connection_errors"] == 0 and seen["stream_errors"] == 0


BAD_HEADS = {
    "upper-case-name": GET + [("X-Upper", "1")],
    "connection-field": GET + [("connection", "close")],
    "bad-te": GET + [("te", "gzip")],
    "bad-pseudo-field": GET + [(":path", "/two")],
    "missing-host": [GET[0], GET[1], GET[3]],
    "host-mismatch": GET + [("host", "other.example")],
    "length-mismatch": GET + [("content-length", "5")],
    "control-character": GET + [("x-a", "a\r\nx-smuggled: 1")],
    "bad-target": get("/a b"),
    "bad-scheme": [GET[0], (":scheme", "ftp"), GET[2], GET[3]],
}


def test_malformed_requests_end_their_stream_only(odd):
    odd.server.behave = says(HELLO)
    node = odd.nodes["lb1"]
    with H2Client(odd.connect(), strict=False) as client:
        for fault, headers in BAD_HEADS.items():
            stream = client.exchange(headers)
            assert stream.reset == PROTOCOL_ERROR and stream.head is None, fault
            _, body = node.request("/v1/errors")
            assert json.loads(body)["errors"][0]["code"] == fault
            assert client.exchange().body == b"hello"
    assert len(odd.server.heads) == len(BAD_HEADS)
    assert not any(b"smuggled" in head for head in odd.server.heads)
    assert counters(odd)["stream_errors"] == len(BAD_HEADS)
    assert ":path: /" in node.command("errors", check=True).stdout


BAD_FRAMES = {
    "no preface": (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", PROTOCOL_ERROR),
    "data on stream 0": (h2.PREFACE + h2.raw_frame(0, 0, 0, b"a"), PROTOCOL_ERROR),
    "a short ping": (h2.PREFACE + h2.raw_frame(6, 0, 0, b"1234"), FRAME_SIZE_ERROR),
    "a frame above the limit": (h2.PREFACE + h2.raw_frame(6, 0, 0, bytes(20000)),
                                FRAME_SIZE_ERROR),
    "continuation of nothing": (h2.PREFACE + h2.raw_frame(9, 4, 1), PROTOCOL_ERROR),
    "pings": (h2.PREFACE + h2.raw_frame(6, 0, 0, bytes(8)) * 10000, ENHANCE_YOUR_CALM),
    "settings": (h2.PREFACE + h2.raw_frame(4, 0, 0) * 1000, ENHANCE_YOUR_CALM),
    "continuations": (h2.PREFACE + h2.raw_frame(1, 1, 1, b"\x82") + h2.raw_frame(9, 0, 1) * 30000,
                      ENHANCE_YOUR_CALM),
}


def test_bad_frames_end_their_connection_only(odd):
    odd.server.behave = says(HELLO)
    with H2Client(odd.connect()) as good:
        for what, (frames, code) in BAD_FRAMES.items():
            with odd.connect() as bad:
                sender = threading.Thread(target=send_quietly, args=(bad, frames))
                sender.start()
                assert h2.goaway_of(bad) in (code, None), what  # a reset may swallow it
                sender.join()
            assert good.exchange().body == b"hello"
    assert counters(odd)["connection_errors"] == len(BAD_FRAMES)
    assert odd.nodes["lb1"].log().count("h2-flood") == 1  # then one a minute


def send_quietly(connection, data):
    try:
        connection.sendall(data)
    except OSError:
        pass  # it was ended before


def test_a_rapid_reset_is_stopped_and_hurts_nobody(odd):
    odd.server.behave = says(HELLO)
    with H2Client(odd.connect()) as good, H2Client(odd.connect()) as bad:
        def attack():
            try:
                for _ in range(3000):
                    bad.state.reset_stream(bad.request(), 8)
                    bad.flush()
            except Exception:
                pass  # the connection was ended
        attacker = threading.Thread(target=attack)
        attacker.start()
        for _ in range(50):
            assert good.exchange().body == b"hello"
        attacker.join()
    wait_until(lambda: counters(odd)["floods"]["resets"] == 1, 5, "the flood to be counted")
    wait_until(lambda: counters(odd)["streams"]["now"] == 0, 5, "no stream left")


def test_a_grpc_like_stream_has_trailers_both_ways(odd):
    def behave(connection, head):
        assert b"TE: trailers\r\n" in head
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n")
        while (size := int(connection.read_until(b"\r\n"), 16)) > 0:
            part = connection.read(size + 2)
            connection.send(b"%x\r\n" % size + part)
        assert b"x-sum: 1\r\n" in connection.read_until(b"\r\n\r\n")
        connection.send(b"0\r\nGrpc-Status: 0\r\n\r\n")
        return True

    odd.server.behave = behave
    headers = [(":method", "POST")] + GET[1:] + [("te", "trailers"),
                                                 ("content-type", "application/grpc")]
    with H2Client(odd.connect()) as client:
        number = client.request(headers, end=False)
        stream = client.streams[number]
        for turn in range(5):  # a call of both sides: each message waits for the answer to the last
            client.send(number, b"m%d" % turn)
            assert client.run_until(lambda turn=turn: stream.body.endswith(b"m%d" % turn))
        client.state.send_headers(number, [("x-sum", "1")], end_stream=True)
        client.flush()
        assert client.finish(number).trailers == {"grpc-status": "0"}


def test_a_node_that_leaves_lets_streams_finish(front):
    with H2Client(front.connect()) as client:
        assert client.exchange().status == 200
        for backend in front.backends.values():
            files = backend.directory / "files"
            files.mkdir(exist_ok=True)
            (files / "slow").write_bytes(bytes(40_000))
        number = client.request(get("/slow/slow"))
        assert client.run_until(lambda: client.streams[number].body)
        os.kill(front.nodes["lb1"].pid, signal.SIGTERM)
        stream = client.finish(number)
        assert stream.ended and len(stream.body) == 40_000
        client.run_until(lambda: False)
        assert [code for _, code in client.goaways] == [0, 0]
        assert client.goaways[0][0] == 2**31 - 1 and client.goaways[1][0] == number
    front.await_master("lb2")


def test_a_failover_resets_connections_and_the_other_node_serves(front):
    with H2Client(front.connect()) as client:
        assert client.exchange().status == 200
        front.nodes["lb1"].kill("worker")
        front.await_master("lb2")
        began = time.monotonic()
        client.socket.settimeout(5)
        assert not client.run_until(lambda: False) and time.monotonic() - began < 5
    with H2Client(front.connect()) as client:
        assert client.exchange().status == 200


def test_under_tls_the_negotiated_protocol_chooses(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    bundle = authority.issue("www.example").bundle(lab.directory / "www.pem")
    lab.write_config(frontends__http_front__bind=[
        {"vip": "VI_1", "port": 443,
         "tls": {"certificates": [bundle], "alpn": ["h2", "http/1.1"]}}])
    lab.start()
    for option, version in (("--http2", "2"), ("--http1.1", "1.1")):
        answer = lab.curl("--cacert", authority.path, "--resolve", f"www.example:443:{VIP}", option,
                          "-w", " %{http_version}", "https://www.example/")
        assert answer.stdout.startswith("web") and answer.stdout.endswith(" " + version), answer
    load = netns.run(lab.client_namespace, "h2load", "-n", "2000", "-c", "4", "-m", "32",
                     f"https://{VIP}/").stdout
    assert "2000 succeeded, 0 failed, 0 errored" in load and "status codes: 2000 2xx" in load
    assert "Application protocol: h2" in load
