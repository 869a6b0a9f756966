"""Log targets against what clients did: rsyslog, Unix sockets, rotated files, a daemon that does
not read."""

import contextlib
import json
import re
import shutil
import signal
import socket

import pytest

from lab import http, netns
from lab.processes import wait_until
from lab.rsyslog import rsyslog
from lab.topology import CLIENT

HTTPLOG = re.compile(
    r"(?P<client>\S+):(?P<port>\d+) \[(?P<date>[^]]+)\] (?P<frontend>\S+) "
    r"(?P<backend>[^/ ]+)/(?P<server>\S+) (?P<times>-?\d+/-?\d+/-?\d+/-?\d+/\d+) (?P<status>-?\d+) "
    r"(?P<bytes>\d+) - - (?P<end>\S{4}) (?P<load>\d+/\d+/\d+/\d+/\+?\d+) (?P<queues>\d+/\d+) "
    r"(?:\{(?P<captured>[^}]*)\} )?\"(?P<request>.*)\"$", re.MULTILINE)


def stderr():
    return {"type": "stderr", "level": "debug", "what": "records"}


def lines_in(path):
    return path.read_text().splitlines() if path.exists() else []


def do(lab, request):
    """Sends a request as it is; returns the client's port and what came back."""
    with lab.connect() as connection:
        port = connection.getsockname()[1]
        return port, http.ask_raw(connection, request)


def test_rsyslog_files_every_field_as_the_clients_did_it(lab):
    if not shutil.which("rsyslogd"):
        pytest.skip("rsyslogd is missing")
    messages = lab.directory / "messages"
    lab.write_config(
        log=[stderr(), {"type": "syslog", "address": "127.0.0.1:514", "facility": "local3",
                        "what": "access", "tag": "haproxy"}],
        frontends__http_front__capture={"request": ["Host", "User-Agent"]},
        frontends__http_front__timeouts={"http_request": "500ms"},
        frontends__http_front__limits={"body": "1KiB"})
    close = b"Host: www.example\r\nUser-Agent: a {b}\r\nConnection: close\r\n\r\n"
    with rsyslog(lab, lab.nodes["lb1"], messages):
        lab.start()
        wanted = {}  # by the client's port: status, code, backend/server, captured, request, bytes
        for path in ("/", "/index.html", "/nothing"):
            port, answer = do(lab, f"GET {path} HTTP/1.1\r\n".encode() + close)
            wanted[port] = (http.status_of(answer), "----", r"web_server/web[12]",
                            "www.example|a #7Bb#7D", f"GET {path} HTTP/1.1", len(answer))
        port, answer = do(lab, b"GET /haproxy?stats;csv HTTP/1.1\r\n" + close)
        wanted[port] = (200, "LR--", "http_front/<STATS>", "www.example|a #7Bb#7D",
                        "GET /haproxy?stats;csv HTTP/1.1", len(answer))
        port, answer = do(lab, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n")
        wanted[port] = (413, "PR--", "web_server/<NOSRV>", "a|", "POST / HTTP/1.1", len(answer))
        port, answer = do(lab, b"GET / HTTP/1.1\nHost: a\n\n")
        wanted[port] = (400, "PR--", "http_front/<NOSRV>", "|", "<BADREQ>", len(answer))
        port, answer = do(lab, b"GET / HTT")
        wanted[port] = (408, "cR--", "http_front/<NOSRV>", "|", "<BADREQ>", len(answer))
        with lab.connect() as connection:
            port = connection.getsockname()[1]
            connection.sendall(b"GET / HTT")
            netns.run(lab.client_namespace, "sleep", "0.2")
        wanted[port] = (400, "CR--", "http_front/<NOSRV>", "|", "<BADREQ>", 0)

        def filed():
            return list(HTTPLOG.finditer(messages.read_text() if messages.exists() else ""))

        wait_until(lambda: len(filed()) >= len(wanted), 10, "a line for each request")
    lines = {int(line["port"]): line for line in filed()}
    assert sorted(lines) == sorted(wanted)
    assert all(" haproxy[" in line for line in lines_in(messages))
    for port, (status, end, server, captured, request, size) in wanted.items():
        line = lines[port]
        assert line["client"] == CLIENT and line["frontend"] == "http_front"
        assert int(line["status"]) == status
        assert line["end"] == end
        assert re.fullmatch(server, f"{line['backend']}/{line['server']}"), line[0]
        assert line["captured"] == captured
        assert line["request"] == request
        assert int(line["bytes"]) == size
        times = [int(time) for time in line["times"].split("/")]
        reached = [time for time in times if time >= 0]
        # A phase that was not reached is followed by none that was, but for the total.
        assert end == "----" or "STATS" in server or -1 in times
        if end == "----":
            assert len(reached) == 5 and sum(times[:4]) <= times[4] + 4  # each is cut to whole ms
        assert re.match("[12]/[12]/", line["load"]) and line["queues"] == "0/0"


def test_json_lines_to_a_unix_socket_in_the_form_of_rfc_5424(lab):
    path = lab.directory / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(path))
        path.chmod(0o666)
        daemon.settimeout(5)
        lab.write_config(log=[stderr(), {"type": "syslog", "socket": str(path), "what": "access",
                                         "format": "rfc5424", "facility": "local0"}],
                         frontends__http_front__log_format="json")
        lab.start()
        assert lab.get("/index.html")[0] == 200
        head, _, line = daemon.recv(65536).decode().partition(" - ")
        assert re.fullmatch(r"<134>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z lb1 hapair \d+ access",
                            head)
        entry = json.loads(line)
        assert entry["client"] == CLIENT and entry["status"] == 200
        assert entry["target"] == "/index.html" and entry["method"] == "GET"
        assert entry["host"] == "www.example" and entry["server"] in ("web1", "web2")
        assert 0 <= entry["response_ms"] <= entry["total_ms"] < 5000


def test_a_rotated_file_loses_no_line(lab):
    access = lab.directory / "access.log"
    lab.write_config(log=[stderr(), {"type": "file", "path": str(access), "what": "access"},
                          {"type": "file", "path": str(lab.directory / "hapair.log"),
                           "what": "records"}])
    lab.start()
    node = lab.nodes["lb1"]
    files = [lab.directory / f"access.log.{turn}" for turn in range(3)] + [access]

    def asked():
        return re.findall(r"GET /\?(\d+\.\d+) ", "\n".join(line for path in files
                                                            for line in lines_in(path)))

    for turn in range(3):
        for number in range(20):
            assert lab.get(f"/?{turn}.{number}")[0] in (200, 404)
        wait_until(lambda: f"{turn}.19" in asked(), 5, "the last line")
        access.rename(files[turn])
        # By word first, then by its own look once a second.
        if turn == 0:
            node.kill("supervisor", signal.SIGUSR1)
        wait_until(lambda: lab.get("/?more") and access.exists(), 5, "a new file")
    assert asked() == [f"{turn}.{number}" for turn in range(3) for number in range(20)]
    assert access.stat().st_mode & 0o777 == 0o640
    assert "vrrp-transition" in (lab.directory / "hapair.log").read_text()


def test_a_daemon_that_does_not_read_delays_nothing_and_its_loss_is_told(lab):
    path = lab.directory / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(path))
        path.chmod(0o666)
        lab.write_config(log=[stderr(), {"type": "syslog", "socket": str(path), "what": "access"}],
                         frontends__http_front__log_format="json")
        lab.start()
        node = lab.nodes["lb1"]
        target = "/?" + "x" * 1000

        def log_of():
            return next(log for log in node.status()["log"] if log["target"] == f"syslog {path}")

        with lab.connect() as connection:
            for _ in range(1500):
                assert http.exchange(connection, target)[0] in (200, 404)
        assert log_of()["dropped"] > 0
        assert log_of()["fault"]
        wait_until(lambda: f"log-dropped syslog {path}" in node.log(), 5, "the word of it")
        assert node.role_of() == "master"
        # Once it reads again, lines go again.
        written = log_of()["written"]
        daemon.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while True:
                daemon.recv(65536)
        wait_until(lambda: log_of()["written"] > written and log_of()["fault"] is None, 5,
                   "lines on their way again")
