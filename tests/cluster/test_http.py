"""HTTP/1.1 with real clients and a server that misbehaves on purpose."""

import contextlib
import re
import socket
import struct
import threading
import time

import pytest

from lab import http, netns, websocket
from lab.odd_server import Connection, OddServer
from lab.processes import wait_until
from lab.topology import VIP

URL = f"http://{VIP}/"
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Front:
    """One node before one odd server."""

    def __init__(self, lab):
        self.lab = lab
        self.server = OddServer(lab.backends["web1"].namespace, 81)

    def start(self, timeouts=None, frontend=None):
        self.lab.write_config(
            backends__web_server__check=None,
            backends__web_server__timeouts=timeouts or {},
            backends__web_server__servers={"odd": {"address": "10.77.0.21:81"}},
            **{f"frontends__http_front__{key}": value for key, value in (frontend or {}).items()})
        self.lab.nodes["lb1"].start()
        self.lab.await_master("lb1")
        return self

    def csv(self, proxy, server, column):
        lines = self.lab.get("/haproxy?stats;csv")[2].decode().splitlines()
        at = lines[0].removeprefix("# ").split(",").index(column)
        return next(int(row.split(",")[at]) for row in lines[1:]
                    if row.startswith(f"{proxy},{server},"))

    def rests(self):
        """Nothing is left of what the test did: no exchange, and requests are answered."""
        wait_until(lambda: self.csv("web_server", "BACKEND", "scur") == 0, 10, "no exchange left")
        self.server.behave = says(HELLO)
        assert self.lab.get("/")[2] == b"hello"
        assert not self.server.faults, self.server.faults


@pytest.fixture
def front(lab):
    made = Front(lab)
    yield made
    made.server.close()


def says(answer, keep=True):
    def behave(connection, _):
        connection.send(answer)
        return keep
    return behave


def curl(front, *arguments):
    return front.lab.curl(*arguments, check=False)


def open_websocket(front):
    connection = front.lab.connect()
    head, accept = websocket.handshake("/chat")
    connection.sendall(head)
    reader = Connection(connection)
    answer = reader.read_head()
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nSec-WebSocket-Accept: " + accept + b"\r\n" in answer
    return reader


def test_a_websocket_echoes_through(front):
    front.start()
    front.server.behave = websocket.echo
    reader = open_websocket(front)
    for payload in (b"", b"hello", bytes(300), bytes(range(256)) * 2000):
        reader.send(websocket.frame(payload, masked=True))
        assert websocket.read_frame(reader.read) == (websocket.BINARY, payload)
    reader.send(websocket.frame(struct.pack("!H", 1000), websocket.CLOSE, masked=True))
    assert websocket.read_frame(reader.read)[0] == websocket.CLOSE
    assert reader.read(1) == b""
    reader.socket.close()
    front.rests()
    wait_until(lambda: re.search(r' 101 .*"GET /chat HTTP/1.1"', front.lab.nodes["lb1"].log()), 2,
               "the access line")


def test_many_websockets_stay_open_beside_requests(front):
    front.start()
    front.server.behave = lambda connection, head: (
        websocket.echo(connection, head) if b"/chat" in head else says(HELLO)(connection, head))
    readers = [open_websocket(front) for _ in range(100)]
    for _ in range(50):
        assert front.lab.get("/")[2] == b"hello"
    for number, reader in enumerate(readers):
        reader.send(websocket.frame(str(number).encode(), masked=True))
    for number, reader in enumerate(readers):
        assert websocket.read_frame(reader.read)[1] == str(number).encode()
        reader.socket.close()
    front.rests()


def test_a_silent_websocket_is_closed_by_its_own_time_out(front):
    front.start(timeouts={"tunnel": "1s", "server": "300ms"},
                frontend={"timeouts": {"client": "300ms"}})
    front.server.behave = websocket.echo
    reader = open_websocket(front)
    began = time.monotonic()
    assert reader.read(1) == b""
    assert 0.8 < time.monotonic() - began < 5


def test_curl_sees_early_hints(front):
    front.start()
    front.server.behave = says(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 3 + HELLO)
    answer = curl(front, "-i", URL).stdout
    assert answer.count("HTTP/1.1 103 Early Hints") == 3
    assert answer.rstrip().endswith("hello")
    old = curl(front, "-i", "--http1.0", URL).stdout
    assert "103" not in old and old.startswith("HTTP/1.1 200")


def test_curl_waits_for_100_before_it_sends(front, tmp_path):
    front.start()
    before = []

    def behave(connection, head):
        assert b"\r\nExpect: 100-continue\r\n" in head
        connection.socket.settimeout(0.3)
        try:
            before.append(connection.rest + connection.socket.recv(1))
        except TimeoutError:
            before.append(connection.rest)
        connection.socket.settimeout(20)
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = connection.read(100_000)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n%6d" % len(body))
        return True

    front.server.behave = behave
    body = tmp_path / "body"
    body.write_bytes(b"b" * 100_000)
    answer = curl(front, "--expect100-timeout", "10", "-H", "Expect: 100-continue", "-T", body, URL)
    assert answer.stdout == "100000"
    assert before == [b""]
    front.rests()


def test_curl_takes_a_final_answer_in_place_of_100(front, tmp_path):
    front.start()
    front.server.behave = says(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    body = tmp_path / "body"
    body.write_bytes(b"b" * 100_000)
    answer = curl(front, "--expect100-timeout", "10", "-H", "Expect: 100-continue", "-T", body,
                  "-w", "%{http_code} %{size_upload}", URL)
    assert answer.stdout == "no403 0"
    front.rests()


def test_an_early_answer_reaches_a_client_that_still_uploads(front, tmp_path):
    front.start()

    def behave(connection, _):
        connection.read(100_000)
        connection.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
        return False

    front.server.behave = behave
    body = tmp_path / "body"
    body.write_bytes(b"b" * 50_000_000)
    answer = curl(front, "-H", "Expect:", "-T", body, "-w", "%{http_code}", URL)
    assert answer.stdout == "big413", answer
    front.rests()


CUT = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello",
    "last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n",
}


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
@pytest.mark.parametrize("version", ["--http1.1", "--http1.0"])
def test_a_cut_body_is_never_taken_for_whole(front, answer, version):
    front.start()
    front.server.behave = says(answer, keep=False)
    result = curl(front, version, URL)
    assert result.returncode in (18, 56), result  # partial file, or a reset
    assert "502" not in result.stdout
    front.rests()


def test_a_clients_connection_outlives_the_failures_of_servers(front):
    front.server.behave = says(b"nonsense\r\n\r\n", keep=False)
    front.start()
    with front.lab.connect() as connection:
        for body in b"", b"GET /not-a-request HTTP/1.1\r\n\r\n":
            status, headers, _ = http.exchange(connection, method="POST", body=body)
            assert (status, headers.get("connection")) == (502, None)
        front.server.behave = says(HELLO)
        assert http.exchange(connection)[::2] == (200, b"hello")
    front.rests()


def test_a_body_that_is_malformed_from_the_start_is_502(front):
    front.start()
    front.server.behave = says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n")
    assert curl(front, "-o", "/dev/null", "-w", "%{http_code}", URL).stdout == "502"
    front.rests()


def test_a_body_until_close_keeps_the_client_connection(front):
    front.start()
    front.server.behave = says(b"HTTP/1.0 200 OK\r\n\r\nhello", keep=False)
    with front.lab.connect() as connection:
        for _ in range(3):
            status, headers, body = http.exchange(connection)
            assert (status, headers["transfer-encoding"], body) == (200, "chunked", b"hello")


STAGES = {
    "at once": lambda connection: None,
    "within the head": lambda connection: connection.send(HELLO[:20]),
    "behind the head": lambda connection: connection.send(HELLO[:-5]),
    "within the body": lambda connection: connection.send(HELLO[:-2]),
    "within a chunk": lambda connection: connection.send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhel"),
    "after an interim head": lambda connection: connection.send(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "after the switch": lambda connection: connection.send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_a_server_that_resets_leaves_nothing_behind(front, stage):
    front.start()

    def behave(connection, _):
        stage(connection)
        time.sleep(0.05)
        connection.reset()
        return False

    front.server.behave = behave
    for request in (websocket.handshake()[0],
                    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"):
        with front.lab.connect() as connection:
            answer = answer_to(connection, request)
        assert b"hello" not in answer
    front.rests()


def answer_to(connection, request):
    """What comes until the connection is over, or up to the end of a page of hapair's own."""
    connection.sendall(request)
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while b"</html>\n" not in received and (data := connection.recv(65536)):
            received += data
    return received


@pytest.mark.parametrize("cut", [1, 20, 60, 90, 100, 101])
def test_a_client_that_resets_leaves_nothing_behind(front, cut):
    front.start()
    front.server.behave = says(HELLO)
    request = b"POST / HTTP/1.1\r\nHost: www.example\r\nX: " + b"y" * 16 + \
        b"\r\nContent-Length: 20\r\n\r\n" + b"b" * 20
    for _ in range(10):
        connection = front.lab.connect()
        connection.sendall(request[:cut])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    front.rests()


def test_a_client_that_goes_while_the_server_thinks_frees_the_server(front):
    front.start()
    gone = threading.Event()

    def behave(connection, _):
        assert connection.read(1) == b""
        gone.set()
        return False

    front.server.behave = behave
    connection = front.lab.connect()
    http.send_request(connection)
    wait_until(lambda: front.server.heads, 5, "the request")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    assert gone.wait(5)
    front.rests()


def test_a_request_byte_by_byte_and_a_response_read_slowly(front):
    front.start()
    content = bytes(range(256)) * 8192  # 2 MiB
    front.server.behave = says(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
    connection = netns.open_socket(front.lab.client_namespace, socket.AF_INET, socket.SOCK_STREAM)
    with connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect((VIP, 80))
        for byte in b"GET / HTTP/1.1\r\nHost: www.example\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.002)
        reader = Connection(connection)
        reader.read_head()
        received = b""
        while len(received) < 200_000:
            received += reader.read(2000)
            time.sleep(0.001)
        received += reader.read(len(content) - len(received))
    assert received == content
    front.rests()


def test_thousands_of_tiny_chunks_both_ways(front):
    front.start()
    count = 5000

    def behave(connection, _):
        body = connection.read_until(b"0\r\n\r\n")
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(count):
            connection.send(b"1\r\na\r\n")
        connection.send(b"0\r\n\r\n")
        assert sum(map(int, (size for size in body.split(b"\r\n")[:-3:2]), [16] * count)) == count
        return True

    front.server.behave = behave
    with front.lab.connect(timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            connection.sendall(b"1\r\nb\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert http.read_response(connection)[2] == b"a" * count
    front.rests()


def test_trailers_go_through(front):
    front.start()
    front.server.behave = says(
        b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nTransfer-Encoding: gzip\r\n\r\n")
    with front.lab.connect() as connection:
        http.send_request(connection, headers=["TE: trailers", "Connection: TE"])
        reader = Connection(connection)
        reader.read_head()
        assert reader.read_until(b"\r\n\r\n") == b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"
    assert b"\r\nTE: trailers\r\n" in front.server.heads[-1]
    front.rests()


@pytest.mark.parametrize("mode, requests, connections", [
    ("keep-alive", 5, 1), ("server-close", 5, 5), ("close", 1, 1)])
def test_connection_modes(front, mode, requests, connections):
    front.start(frontend={"http": {"connection": mode}})
    opened = []

    def behave(connection, _):
        if connection not in opened:
            opened.append(connection)
        connection.send(HELLO)
        return True

    front.server.behave = behave
    with front.lab.connect() as connection:
        answered = 0
        while answered < 5:
            _, headers, body = http.exchange(connection)
            assert body == b"hello"
            answered += 1
            if headers.get("connection") == "close":
                break
    assert (answered, len(opened)) == (requests, connections)
    closes = [b"Connection: close" in head for head in front.server.heads]
    assert all(closes) if mode != "keep-alive" else not any(closes)


def test_connect_and_trace_are_refused_unless_allowed(front):
    front.start()
    for method, target in (("TRACE", "/"), ("CONNECT", "www.example:80")):
        with front.lab.connect() as connection:
            http.send_request(connection, target, method)
            status, headers, _ = http.read_response(connection)
        assert status == (405 if method == "TRACE" else 400)  # its Host has no port
    with front.lab.connect() as connection:
        assert http.status_of(http.ask_raw(
            connection, b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n")) == 405


def test_an_allowed_connect_is_a_tunnel(front):
    front.start(frontend={"http": {"connect": True}})

    def behave(connection, head):
        assert head.startswith(b"CONNECT db:5432 HTTP/1.1\r\n")
        connection.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        while data := connection.read(1):
            connection.send(data.upper())
        return False

    front.server.behave = behave
    with front.lab.connect() as connection:
        connection.sendall(b"CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n")
        reader = Connection(connection)
        assert reader.read_head() == b"HTTP/1.1 200 Connected\r\n\r\n"
        reader.send(b"query")
        assert reader.read(5) == b"QUERY"
        connection.shutdown(socket.SHUT_WR)
        assert reader.read(1) == b""
    assert not front.server.faults
