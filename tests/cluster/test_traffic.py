"""HTTP and TCP through the pair, byte by byte."""

import socket
import time

import pytest

from lab import http, netns
from lab.processes import wait_until
from lab.topology import BACKENDS, CLIENT, NODES, VIP


def backends_asked(lab, count, connection=None, path="/"):
    if connection:
        return [http.exchange(connection, path)[2].decode().strip() for _ in range(count)]
    return [lab.get(path)[2].decode().strip() for _ in range(count)]


def test_servers_take_turns_on_one_kept_connection(pair):
    with pair.connect() as connection:
        answers = backends_asked(pair, 10, connection)
    assert answers.count("web1") == answers.count("web2") == 5


def test_weights_decide_the_share(lab):
    lab.write_config(backends__web_server__servers__web1__weight=30,
                     backends__web_server__servers__web2__weight=10)
    lab.start()
    with lab.connect() as connection:
        answers = backends_asked(lab, 40, connection)
    assert answers.count("web1") == 30 and answers.count("web2") == 10


def test_the_backend_learns_who_asks(pair):
    assert pair.get("/echo")[2].decode().split() == ["GET", CLIENT, "www.example"]


def test_a_forged_forwarded_for_does_not_hide_the_client(pair):
    with pair.connect() as connection:
        http.send_request(connection, "/echo", headers=["X-Forwarded-For: 1.2.3.4"])
        body = http.read_response(connection)[2].decode()
    assert CLIENT in body


def test_connections_to_servers_are_used_again(pair):
    with pair.connect() as connection:
        backends_asked(pair, 50, connection)
    for backend in pair.backends.values():
        shown = netns.run(backend.namespace, "ss", "-Htn", "state", "established").stdout
        assert len(shown.splitlines()) <= 4, shown


def test_bodies_arrive_whole_in_both_directions(pair):
    content = bytes(range(256)) * 8192  # 2 MiB
    for backend in pair.backends.values():
        backend.add_file("big.bin", content)
    with pair.connect() as connection:
        for _ in range(2):
            status, headers, body = http.exchange(connection, "/files/big.bin")
            assert status == 200 and body == content
        status, headers, body = http.exchange(connection, "/files/big.bin", method="HEAD")
        assert (status, headers["content-length"], body) == (200, str(len(content)), b"")
        assert http.exchange(connection, "/")[0] == 200


def test_a_posted_body_passes(pair):
    with pair.connect() as connection:
        status, _, body = http.exchange(connection, "/echo", method="POST", body=b"x" * 100_000)
    assert status == 200 and body.startswith(b"POST")


def test_a_chunked_request_passes(pair):
    with pair.connect() as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"5\r\nhello\r\n0\r\n\r\n")
        assert http.read_response(connection)[0] == 200


def test_no_server_left_is_503(pair):
    for backend in pair.backends.values():
        backend.stop()
    wait_until(lambda: pair.get("/")[0] == 503, 5, "503")
    for backend in pair.backends.values():
        backend.start()
    wait_until(lambda: pair.get("/")[0] == 200, 5, "service again")


def test_a_server_that_does_not_answer_is_504(lab):
    lab.write_config(backends__web_server__check=None,
                     backends__web_server__timeouts={"server": "500ms"})
    lab.start()
    for backend in lab.backends.values():
        backend.freeze()
    assert lab.get("/")[0] == 504
    for backend in lab.backends.values():
        backend.thaw()


def test_a_server_that_answers_nonsense_is_502(lab):
    lab.write_config(backends__web_server__check=None,
                     backends__web_server__servers={"odd": {"address": "10.77.0.21:81"}})
    for node in lab.nodes.values():
        node.launch()
    lab.await_master("lb1")
    listener = netns.open_socket(lab.backends["web1"].namespace, socket.AF_INET, socket.SOCK_STREAM)
    with listener:
        listener.bind(("0.0.0.0", 81))
        listener.listen()
        with lab.connect() as connection:
            http.send_request(connection, "/")
            server, _ = listener.accept()
            server.recv(4096)
            server.sendall(b"nonsense\r\n\r\n")
            server.close()
            assert http.read_response(connection)[0] == 502


def test_a_silent_client_is_timed_out(lab):
    lab.write_config(frontends__http_front__timeouts={"client": "500ms", "http_request": "500ms"})
    lab.start()
    with lab.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        began = time.monotonic()
        answer = http.ask_raw(connection, b"")
    assert http.status_of(answer) == 408
    assert 0.3 < time.monotonic() - began < 3


@pytest.mark.parametrize("lines, status", [
    (["GET /" + "a" * 70_000 + " HTTP/1.1", "Host: a"], (414, 431)),
    (["GET / HTTP/1.1", "Host: a", "X: " + "b" * 70_000], (431,)),
    (["GET / HTTP/1.1", "Host: a", *(f"H{i}: v" for i in range(2000))], (431,)),
], ids=["line", "header", "count"])
def test_too_much_of_a_head_is_refused(pair, lines, status):
    with pair.connect() as connection:
        answer = http.ask_raw(connection, "\r\n".join([*lines, "", ""]).encode())
    assert http.status_of(answer) in status


def test_the_statistics_page(pair):
    pair.get("/")
    status, headers, body = pair.get("/haproxy?stats")
    assert status == 200 and headers["content-type"].startswith("text/html")
    for name in (b"http_front", b"web_server", b"web1", b"web2"):
        assert name in body


def test_the_statistics_as_csv(pair):
    pair.get("/")
    status, headers, body = pair.get("/haproxy?stats;csv")
    lines = body.decode().splitlines()
    assert status == 200 and lines[0].startswith("# pxname,svname,qcur,qmax,scur,smax,slim,stot,")
    rows = {tuple(line.split(",")[:2]): line.split(",") for line in lines[1:] if line}
    assert {("http_front", "FRONTEND"), ("web_server", "web1"), ("web_server", "web2"),
            ("web_server", "BACKEND")} <= set(rows)
    columns = lines[0].removeprefix("# ").split(",")
    assert rows["web_server", "web1"][columns.index("status")].startswith("UP")
    assert int(rows["http_front", "FRONTEND"][columns.index("req_tot")]) >= 1


def tcp_config(lab):
    lab.write_config(frontends__tcp_front={"mode": "tcp", "bind": [{"vip": "VI_1", "port": 8080}],
                                           "default_backend": "plain"},
                     backends__plain={"balance": "roundrobin",
                                      "check": {"type": "tcp", "interval": "200ms"},
                                      "servers": {"web1": {"address": f"{BACKENDS['web1']}:80"}}})


def test_plain_tcp_passes_bytes_as_they_are(lab):
    tcp_config(lab)
    lab.start()
    with lab.connect(port=8080) as connection:
        for _ in range(3):
            assert http.exchange(connection, "/")[2] == b"web1\n"
    assert lab.backends["web1"].requests()[-1].client == NODES["lb1"][0]


def test_losing_mastership_resets_what_is_bound_to_the_vip_and_nothing_else(lab):
    lab.write_config(frontends__http_front__bind=[{"vip": "VI_1", "port": 80},
                                                  {"node": True, "port": 8080}])
    lab.start_backends()
    lab.nodes["lb2"].start()
    lab.await_master("lb2")
    with lab.connect() as by_vip, lab.connect(NODES["lb2"][0], 8080) as by_node:
        assert http.exchange(by_vip)[0] == http.exchange(by_node)[0] == 200
        lab.nodes["lb1"].start()
        lab.await_master("lb1")
        with pytest.raises(ConnectionError):
            for _ in range(20):
                by_vip.settimeout(1)
                http.exchange(by_vip)
        assert http.exchange(by_node)[0] == 200


def test_the_standby_serves_at_once_when_it_becomes_master(pair):
    pair.nodes["lb1"].kill_tree()
    pair.await_master("lb2")
    assert pair.get("/")[0] == 200


def test_every_kind_of_bind(lab):
    path = lab.directory / "front.sock"
    lab.write_config(frontends__http_front__bind=[
        {"vip": "VI_1", "port": 80}, {"node": True, "port": 8080},
        {"address": "*", "port": 8081}, {"unix": str(path)}])
    lab.start_backends()
    lab.nodes["lb1"].start()
    lab.await_master("lb1")
    for address, port in ((VIP, 80), (NODES["lb1"][0], 8080), (NODES["lb1"][0], 8081), (VIP, 8081)):
        assert lab.get("/", address, port)[0] == 200, (address, port)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        assert http.exchange(connection)[0] == 200
