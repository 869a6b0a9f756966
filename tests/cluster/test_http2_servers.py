"""Servers that speak HTTP/2: nginx, and one that breaks the rules on purpose."""

import contextlib
import hashlib
import json
import os
import re
import subprocess
import threading

import pytest

from lab import certificates, h2, netns
from lab.h2 import H2Client
from lab.h2_server import H2Server
from lab.processes import wait_until
from lab.topology import BACKENDS, VIP

BOTH = [{"vip": "VI_1", "port": 80, "protocols": ["h2", "http/1.1"]}]
URL = f"http://{VIP}/"
NAME = "app.example"
NGINX = """
daemon off; master_process off; pid {directory}/h2.pid; error_log {directory}/h2.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {directory}/s1; proxy_temp_path {directory}/s2;
  fastcgi_temp_path {directory}/s3; uwsgi_temp_path {directory}/s4; scgi_temp_path {directory}/s5;
  keepalive_requests {requests}; client_max_body_size 0; client_body_buffer_size 4m;
  server {{
    listen 8080 http2;
    listen 8443 ssl http2;
    listen 8444 ssl;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ return 200 "$server_protocol $scheme $connection\\n"; }}
    location /files/ {{ alias {directory}/h2files/; }}
    location /upload {{ proxy_pass http://127.0.0.1:8081; }}
  }}
  server {{ listen 127.0.0.1:8081; location / {{ return 200 "$content_length\\n"; }} }}
}}
"""


@contextlib.contextmanager
def nginx(lab, requests=10_000_000):
    authority = certificates.Authority(lab.directory / "certificates")
    certificate = authority.issue(NAME)
    config = lab.directory / "h2.conf"
    config.write_text(NGINX.format(directory=lab.directory, certificate=certificate.certificate,
                                   key=certificate.key, requests=requests))
    namespace = lab.namespace("web1")
    process = subprocess.Popen(
        netns.command(namespace, "nginx", "-e", lab.directory / "h2.log", "-c", config),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        netns.await_listener(namespace, ":8443", what="nginx")
        yield authority
    finally:
        process.kill()
        process.wait()


def start(lab, port, **backend):
    lab.write_config(frontends__http_front__bind=BOTH, backends__web_server={
        **backend, "servers": {"one": {"address": f"{BACKENDS['web1']}:{port}"}}})
    lab.nodes["lb1"].start()
    lab.await_master("lb1")


def counters(lab):
    code, body = lab.nodes["lb1"].request("/v1/http2")
    assert code == 200
    backend, = json.loads(body)["backends"]
    return backend


def test_clients_of_both_versions_reach_nginx_by_h2c(lab):
    with nginx(lab):
        start(lab, 8080, protocols=["h2"])
        content = os.urandom(3_000_000)
        files = lab.directory / "h2files"
        files.mkdir()
        (files / "large").write_bytes(content)
        assert lab.curl(URL).stdout.startswith("HTTP/2.0 http ")
        assert lab.curl("--http2-prior-knowledge", URL).stdout.startswith("HTTP/2.0 http ")
        for version in ("--http1.1", "--http2-prior-knowledge"):
            target = lab.directory / "large"
            lab.curl(version, "-o", target, URL + "files/large", check=True)
            assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(content).digest()
            upload = lab.curl(version, "-H", "Expect:", "--data-binary", f"@{files / 'large'}",
                              URL + "upload")
            assert upload.stdout == "3000000\n"
        assert counters(lab)["connections"]["total"] == 1
        assert counters(lab)["connection_errors"] == 0


def test_under_tls_nginx_chooses(lab):
    with nginx(lab) as authority:
        tls = {"ca": str(authority.path), "name": NAME}
        start(lab, 8443, protocols=["h2", "http/1.1"], tls=tls)
        assert lab.curl(URL).stdout.startswith("HTTP/2.0 https ")
        assert lab.curl("--http2-prior-knowledge", URL).stdout.startswith("HTTP/2.0 https ")


def test_a_server_that_chooses_http1_is_spoken_to_so(lab):
    with nginx(lab) as authority:
        start(lab, 8444, protocols=["h2", "http/1.1"],
              tls={"ca": str(authority.path), "name": NAME, "min_version": "1.3"})
        assert lab.curl(URL).stdout.startswith("HTTP/1.1 https ")


def test_a_server_that_must_speak_http2_and_does_not_is_told_of(lab):
    with nginx(lab) as authority:
        start(lab, 8444, protocols=["h2"], tls={"ca": str(authority.path), "name": NAME})
        assert lab.get("/")[0] == 503
        wait_until(lambda: "h2-not-spoken" in lab.nodes["lb1"].log(), 5, "the message")


def test_goaway_in_mid_load_loses_no_request(lab):
    with nginx(lab, requests=200):
        start(lab, 8080, protocols=["h2"])
        load = netns.run(lab.client_namespace, "h2load", "-n", "5000", "-c", "4", "-m", "16",
                         URL).stdout
        assert "5000 succeeded, 0 failed, 0 errored, 0 timeout" in load
        assert "5000 2xx" in load
        load = netns.run(lab.client_namespace, "h2load", "--h1", "-n", "5000", "-c", "16",
                         URL).stdout
        assert "5000 2xx" in load
        assert counters(lab)["goaways"] >= 40


@pytest.fixture
def odd(lab):
    """One node before an HTTP/2 server whose every move the test scripts."""
    server = H2Server(lab.backends["web1"].namespace, 81, websockets=True)
    start(lab, 81, protocols=["h2"])
    lab.server = server
    yield lab
    server.close()
    assert not server.faults, server.faults


def test_a_grpc_like_stream_both_ways_at_once(odd):
    def behave(session, request):
        assert request.headers["te"] == "trailers"
        session.state.send_headers(request.number, [(":status", "200"),
                                                    ("content-type", "application/grpc")])
        session.flush()
        seen = 0
        while not request.ended:
            if len(request.body) > seen:
                session.send(request, request.body[seen:].upper())
                seen = len(request.body)
            session.receive()
        session.send(request, request.body[seen:].upper())
        session.state.send_headers(request.number, [("grpc-status", "0")], end_stream=True)
        session.flush()

    odd.server.behave = behave
    with H2Client(odd.connect()) as client:
        call = client.request([(":method", "POST"), (":scheme", "http"), (":authority", "a"),
                               (":path", "/pkg.Service/Chat"), ("te", "trailers"),
                               ("content-type", "application/grpc")], end=False)
        stream = client.streams[call]
        for i in range(30):
            client.send(call, b"message%d;" % i)
            assert client.run_until(lambda: stream.body.endswith(b"MESSAGE%d;" % i))
        client.send(call, b"bye", end=True)
        client.finish(call)
        assert stream.body.endswith(b"BYE") and stream.trailers == {"grpc-status": "0"}
    answer = odd.curl("--raw", "-H", "TE: trailers", "-H", "Transfer-Encoding: chunked", "-d",
                      "hi", URL).stdout
    assert "HI" in answer and answer.endswith("0\ngrpc-status: 0\n\n")


def test_a_faulty_response_ends_its_stream_only_and_is_shown(odd):
    bad = [b"\x88\x40\x03X-A\x01b", b"\x88\x40\x0aconnection\x05close", b"\x40\x01x\x01y"]

    def behave(session, request):
        if request.headers[":path"] == "/works":
            session.answer(request)
            return
        block = bad[int(request.headers[":path"][1:])]
        session.send_raw(h2.raw_frame(1, 5, request.number, block))

    odd.server.behave = behave
    for i, rule in enumerate(("upper-case-name", "connection-field", "bad-pseudo-field")):
        assert odd.get(f"/{i}")[0] == 502
        code, body = odd.nodes["lb1"].request("/v1/errors")
        assert code == 200
        shown, = [e for e in json.loads(body)["errors"] if e["kind"] == "response"]
        assert shown["code"] == rule and shown["server"] == "one" and shown["count"] == i + 1
    assert odd.get("/works")[0] == 200
    assert counters(odd)["connections"]["total"] == 1
    assert counters(odd)["stream_errors"] == 3


def test_bad_frames_and_floods_cost_the_server_its_connection(odd):
    frames = {
        "/push": h2.raw_frame(5, 4, 1, (2).to_bytes(4, "big") + b"\x82"),
        "/window": h2.raw_frame(8, 0, 0, bytes(4)),
        "/pings": h2.raw_frame(6, 0, 0, bytes(8)) * 2500,
        "/settings": h2.raw_frame(4, 0, 0) * 100,
    }

    def behave(session, request):
        data = frames.get(request.headers[":path"])
        if data is None:
            session.answer(request)
        else:
            session.send_raw(data)

    odd.server.behave = behave
    for number, path in enumerate(frames, 1):
        assert odd.get(path)[0] == 502
        assert odd.get("/works")[0] == 200
        assert counters(odd)["connection_errors"] == number
    floods = counters(odd)["floods"]
    assert floods["pings"] == 1 and floods["settings"] == 1
    wait_until(lambda: re.search("h2-server-error.*one", odd.nodes["lb1"].log()), 5, "a message")


def test_a_slow_client_holds_up_nobody_else(odd):
    content = os.urandom(4_000_000)

    def behave(session, request):
        if request.headers[":path"] != "/large":
            session.answer(request)
            return
        session.state.send_headers(request.number, [(":status", "200")])
        rest = content
        while rest or session._new:
            while session._new:
                session.answer(session._new.popleft())
            window = min(session.state.local_flow_control_window(request.number), len(rest), 16384)
            if window > 0:
                session.state.send_data(request.number, rest[:window])
                rest = rest[window:]
                session.flush()
            else:
                session.receive()
        session.state.end_stream(request.number)
        session.flush()

    odd.server.behave = behave
    slow = odd.connect()
    slow.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    wait_until(lambda: odd.server.requests, 5, "the request")
    for _ in range(20):
        assert odd.get("/quick")[0] == 200
    received = b""
    while not received.endswith(b"\r\n0\r\n\r\n"):
        received += slow.recv(1 << 20)
    slow.close()
    assert counters(odd)["connections"]["total"] == 1


def test_a_websocket_over_http2_to_the_server(odd):
    def behave(session, request):
        assert request.headers[":method"] == "CONNECT"
        assert request.headers[":protocol"] == "websocket"
        session.state.send_headers(request.number, [(":status", "200")])
        session.flush()
        while not request.body:
            session.receive()
        session.send(request, b"echo " + request.body, end=True)

    odd.server.behave = behave
    connection = odd.connect()
    connection.sendall(b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                       b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
    connection.sendall(b"hi")
    received = b""
    while data := connection.recv(100):
        received += data
    assert received == b"echo hi"
    connection.close()


def test_a_server_that_is_killed_in_mid_load_costs_only_what_it_had(odd):
    odd.server.behave = lambda session, request: session.answer(request)
    statuses = []

    def load():
        for _ in range(50):
            statuses.append(odd.get("/")[0])

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(statuses) > 40, 10, "some answers")
    for session in list(odd.server.sessions):
        with contextlib.suppress(OSError):
            session.socket.shutdown(2)
    for thread in threads:
        thread.join()
    assert statuses.count(200) == len(statuses) == 200
