"""Logs while all runs: the journal's fields, records as JSON on stdout, what repeats, and an
operator's word on a target."""

import contextlib
import json
import re
import socket

from lab.processes import wait_until
from lab.topology import CLIENT


def stderr(level="info"):
    return {"type": "stderr", "level": level, "what": "records"}


def fields_of(entry):
    """An entry of the journal's native protocol, as systemd's documentation has it."""
    fields = {}
    while entry:
        line, _, rest = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value, rest = rest[8:8 + length], rest[8 + length:]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        assert re.fullmatch(rb"[A-Z][A-Z0-9_]*", name) and name not in fields
        fields[name.decode()] = value.decode("latin-1")
        entry = rest
    return fields


class Journal:
    """In journald's place: takes entries at a socket."""

    def __init__(self, path):
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(self.path)
        path.chmod(0o666)
        self._socket.settimeout(0.05)
        self.entries = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def read(self):
        with contextlib.suppress(TimeoutError):
            while True:
                self.entries.append(fields_of(self._socket.recv(65536)))
        return self.entries

    def of(self, identifier, **fields):
        return [entry for entry in self.read() if entry["HAPAIR_ID"] == identifier
                and all(entry.get(name) == value for name, value in fields.items())]


def test_the_journal_gets_records_and_access_lines_with_fields(lab):
    with Journal(lab.directory / "journal.sock") as journal:
        lab.write_config(log=[stderr(), {"type": "journald", "socket": journal.path,
                                         "tag": "web", "facility": "local3"}])
        lab.start()
        wait_until(lambda: journal.of("vrrp-transition", HAPAIR_SUBJECT="VI_1"), 5, "a record")
        for entry in journal.of("vrrp-transition"):
            assert entry["SYSLOG_IDENTIFIER"] == "web" and entry["SYSLOG_FACILITY"] == "19"
            assert entry["PRIORITY"] == "6" and entry["HAPAIR_NODE"] in lab.nodes
            assert entry["MESSAGE"].startswith("vrrp-transition VI_1: ")
            # Fixed for ever: people filter by it.
            assert entry["MESSAGE_ID"] == "8b4bad29ed604d2a8c6f4674d2fd2a39"
        assert lab.get("/index.html?a=%0APRIORITY=0")[0] == 200
        line = wait_until(lambda: journal.of("access"), 5, "an access line")[0]
        assert line["HAPAIR_CLIENT"].startswith(CLIENT + ":")
        assert line["HAPAIR_FRONTEND"] == "http_front" and line["HAPAIR_BACKEND"] == "web_server"
        assert line["HAPAIR_SERVER"] in ("web1", "web2") and line["HAPAIR_STATUS"] == "200"
        assert line["HAPAIR_METHOD"] == "GET" and line["HAPAIR_HOST"] == "www.example"
        assert line["HAPAIR_TARGET"] == "/index.html?a=%0APRIORITY=0"
        assert line["PRIORITY"] == "6" and line["HAPAIR_END"] == "----"
        assert "HAPAIR_SUBJECT" not in line


def test_records_go_to_stdout_as_json(lab):
    lab.write_config(log=[{"type": "stdout", "what": "records", "form": "json"}])
    lab.start()
    node = lab.nodes["lb1"]

    def records():
        return [json.loads(line) for line in node.log().splitlines() if line.startswith("{")]

    wait_until(lambda: any(record["id"] == "vrrp-transition" and record["subject"] == "VI_1"
                           for record in records()), 5, "a record as JSON")
    for record in records():
        assert list(record) == ["time", "level", "id", "subject", "node", "message"]
        assert record["node"] == "lb1" and record["level"] in ("error", "warning", "info")


def levels(node):
    status, body = node.request("/v1/log")
    assert status == 200
    return [target["level"] for target in json.loads(body)["targets"]]


def test_what_repeats_is_held_back_and_counted(lab):
    """Servers that come and go by an operator's word, again and again."""
    lab.write_config(log=[{**stderr(), "burst": 5, "interval": "2s"}])
    lab.start()
    node = lab.nodes["lb1"]
    for turn in range(20):
        assert node.order("/v1/servers/web_server/web1/state",
                          {"state": "drain" if turn % 2 == 0 else "ready"})[0] == 200

    def told():
        return re.search(r"log-held-back web_server/web1: held back (\d+) of (\d+) records "
                         "check-state within 2s", node.log())

    told = wait_until(told, 5, "the count of what was held back")
    assert int(told[1]) == int(told[2]) - 5 >= 10
    log = node.status()["log"][0]
    assert log["held_back"] >= int(told[1]) and log["level"] == "info" and log["enabled"]
    metrics = node.request("/metrics")[1].decode()
    assert re.search(r'^hapair_log_held_back_records_total\{index="0",target="stderr",'
                     rf'what="records"\}} {log["held_back"]}$', metrics, re.MULTILINE)
    assert len(re.findall(r"check-state web_server/web1: .*drain", node.log())) <= 10


def test_a_target_is_changed_while_all_runs(lab):
    access = lab.directory / "access.log"
    lab.write_config(log=[stderr(), {"type": "file", "path": str(access), "what": "access"}])
    lab.start()
    node = lab.nodes["lb1"]

    assert levels(node) == ["info", None]
    assert node.order("/v1/log", {"target": 0, "level": "debug"})[0] == 200
    assert levels(node) == ["debug", None]
    wait_until(lambda: re.search(r"log-changed stderr: level debug \(info by the file\), on, "
                                 "ordered by uid 0", node.log()), 5, "word of the change")
    assert any(event["id"] == "log-changed"
               for event in json.loads(node.request("/v1/events")[1])["events"])

    lab.get("/?before")
    wait_until(lambda: access.exists() and "?before" in access.read_text(), 5, "an access line")
    name = f"file {access}"
    told = node.command("log", name, "off", check=True).stdout
    assert re.search(rf"{re.escape(name)} +access +- +off", told)
    lab.get("/?silent")
    assert node.order("/v1/log", {"target": 1, "enabled": True})[0] == 200
    lab.get("/?after")
    wait_until(lambda: "?after" in access.read_text(), 5, "the next access line")
    assert "?silent" not in access.read_text()

    code, answer = node.order("/v1/log", {"target": 1, "level": "debug"})
    assert (code, answer["error"]["code"]) == (400, "bad_body")
    code, answer = node.order("/v1/log", {"target": "stdout", "enabled": True})
    assert (code, answer["error"]["code"]) == (404, "unknown_target")

    # A reload that leaves `log` alone leaves the word on it alone, too.
    lab.write_config(log=[stderr(), {"type": "file", "path": str(access), "what": "access"}],
                     backends__web_server__retries=2)
    node.command("reload", check=True)
    assert levels(node) == ["debug", None]
    lab.write_config(log=[stderr("warning"),
                          {"type": "file", "path": str(access), "what": "access"}],
                     backends__web_server__retries=2)
    node.command("reload", check=True)
    assert levels(node) == ["warning", None]
