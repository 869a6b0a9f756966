"""Who may read and who may order over the control socket, and what becomes of orders that are
wrong; what all commands with --json print. One pair for all of it, which none of this changes."""

import grp
import json
import socket
import subprocess

import pytest
from lab import http
from lab.processes import wait_until
from lab.pytest_plugin import assert_clean
from lab.topology import ROOT, Lab

READERS, WRITERS = "users", "games"
STRANGER = 12345
API = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
STATE = "/v1/servers/web_server/web1/state"


@pytest.fixture(scope="module")
def shared():
    with Lab() as lab:
        lab.write_config(
            process__group=READERS, process__write_group=WRITERS,
            tables={"clients": {"requests": "1h", "active": True}},
            backends__web_server__stick={"on": "source"},
            frontends__http_front__count_in=["clients"],
            log=[{"type": "stderr", "level": "debug"}, {"type": "stderr", "what": "access"}])
        lab.start()
        lab.get("/")
        yield lab
        assert_clean(lab)


@pytest.fixture
def node(shared, request):
    request.node.lab = shared
    return shared.nodes["lb1"]


def refused(node, method, path, body=None):
    """The status and code of a refusal, which names the rule and the remedy."""
    status, answer = node.ask(path, method, body)
    assert set(answer["error"]) == {"code", "message", "remedy"} and all(answer["error"].values())
    return f"{status} {answer['error']['code']}"


def as_somebody(node, groups, *words):
    """curl at the socket, by a user who is in these groups and no others."""
    ids = [grp.getgrnam(name).gr_gid for name in groups]
    return subprocess.run(
        ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}",
         f"--groups={','.join(map(str, ids))}" if ids else "--clear-groups",
         "curl", "-sS", "--max-time", "5", "-w", "\n%{http_code}", "--unix-socket",
         node.runtime_dir / "control.sock", *words], capture_output=True, text=True, timeout=10)


ORDERS = [("POST", STATE, {"state": "ready"}),
          ("POST", "/v1/servers/web_server/web1/weight", {"weight": "100%"}),
          ("DELETE", "/v1/tables/clients", None),
          ("POST", "/v1/log", {"target": 0, "enabled": True}),
          ("POST", "/v1/maintenance", {"maintenance": "off"}),
          ("POST", "/v1/vips/VI_1/announce", {})]


@pytest.mark.parametrize("groups,expected", [([READERS], 403), ([READERS, WRITERS], 200)],
                         ids=["a reader", "one who may order"])
def test_the_group_may_read_and_the_write_group_order(node, groups, expected):
    read = as_somebody(node, groups, "http://hapair/v1/status")
    body, _, status = read.stdout.rpartition("\n")
    assert status == "200", read
    assert json.loads(body)["node"] == "lb1"
    for method, path, order in ORDERS:
        words = ["-X", method, "http://hapair" + path]
        if order is not None:
            words += ["-d", json.dumps(order)]
        done = as_somebody(node, groups, *words)
        answer, _, status = done.stdout.rpartition("\n")
        assert int(status) == expected, (path, done)
        if expected == 403:
            error = json.loads(answer)["error"]
            assert error["code"] == "forbidden" and f"uid {STRANGER} " in error["message"]
            assert WRITERS in error["message"] and f"usermod -aG {WRITERS}" in error["remedy"]


def test_what_the_configuration_hides_from_a_reader_root_sees(node):
    whole = node.ask("/v1/config")[1]
    for groups in ([READERS], [READERS, WRITERS]):
        read = as_somebody(node, groups, "http://hapair/v1/config")
        told = json.loads(read.stdout.rpartition("\n")[0])
        assert told["hidden"] is True and told["hash"] == whole["hash"]
    assert whole["hidden"] is False


@pytest.mark.parametrize("groups", [[], [WRITERS]], ids=["of no group", "of the write group alone"])
def test_who_is_not_in_the_group_can_not_connect(node, groups):
    done = as_somebody(node, groups, "http://hapair/v1/status")
    assert done.returncode == 7, done
    assert done.stdout == "\n000"


def a_word(key, *wrong):
    """Bodies that are no order of one word."""
    return [None, b"{", b"[]", b"\"on\"", {}, {key: None}, {key: 1}, {key: True}, {key: [wrong[0]]},
            {"other": wrong[0]}, f'{{"{key}": "ready", "{key}": "ready"}}'.encode(),
            *({key: word} for word in ("", "x", *wrong))]


NOTHING_TO_SAY = [b"{", b"[]", b"x", {"x": 1}, b"null"]
BAD_BODIES = {
    STATE: a_word("state", "READY", "up", "ready ") + [{"state": "ready", "x": 1}],
    "/v1/servers/web_server/web1/weight": [
        None, b"[]", {}, {"weight": None}, {"weight": -1}, {"weight": 257}, {"weight": 1.5},
        {"weight": "1"}, {"weight": "%"}, {"weight": "-1%"}, {"weight": 1, "state": "ready"}],
    "/v1/maintenance": a_word("maintenance", "ON", "true") + [{"maintenance": "on", "vip": "VI_1"}],
    "/v1/vips/VI_1/maintenance": a_word("maintenance", "ON"),
    "/v1/step-down": a_word("step_down", "later") + [{"step_down": "now", "x": 1}],
    "/v1/vips/VI_1/step-down": a_word("step_down", "later"),
    "/v1/drill": a_word("drill", "end") + [{"drill": "begin", "x": 1}],
    "/v1/vips/VI_1/drill": a_word("drill", "end"),
    "/v1/vips/VI_1/announce": NOTHING_TO_SAY,
    "/v1/reload": NOTHING_TO_SAY,
    "/v1/config/check": NOTHING_TO_SAY,
    "/v1/log": [None, b"{", b"[]", {}, {"target": 0}, {"level": "info"}, {"target": -1,
                "level": "info"}, {"target": True, "level": "info"},
                {"target": 0, "level": "loud"}, {"target": 0, "level": 3},
                {"target": 0, "enabled": "yes"}, {"target": 0, "level": "info", "x": 1},
                {"target": 1, "level": "info"}],
}


@pytest.mark.parametrize("path", BAD_BODIES)
def test_bad_bodies_are_refused_and_change_nothing(node, path):
    before = node.status()
    for body in BAD_BODIES[path]:
        assert refused(node, "POST", path, body) == "400 bad_body", body
    after = node.status()
    assert [vip["role"] for vip in after["vips"]] == ["master"]
    for of in ("drift", "reload", "config_hash"):
        assert after[of] == before[of], of


def test_a_body_that_is_too_large_is_refused(node):
    body = json.dumps({"state": "ready" * 1000}).encode()
    assert len(body) > 4096
    assert node.request(STATE, "POST", body)[0] == 413


@pytest.mark.parametrize("method,path,body", [
    ("POST", "/v1/vips/x/maintenance", {"maintenance": "off"}),
    ("POST", "/v1/vips/x/step-down", {"step_down": "now"}),
    ("POST", "/v1/vips/x/drill", {"drill": "begin"}),
    ("POST", "/v1/vips/x/announce", {}),
    ("GET", "/v1/explain/x", None), ("GET", "/v1/why-not/x", None)])
def test_a_vip_that_there_is_not(node, method, path, body):
    assert refused(node, method, path, body) == "404 unknown_vip"


@pytest.mark.parametrize("of", ["web_server/x", "x/web1"])
def test_a_server_that_there_is_not(node, of):
    for what, body in (("state", {"state": "drain"}), ("weight", {"weight": 1})):
        assert refused(node, "POST", f"/v1/servers/{of}/{what}", body) == "404 unknown_server"


def test_a_method_that_a_path_does_not_take(node):
    """Of each path of the document all others; nobody is upgraded, reloaded or moved by that."""
    before = node.status()
    tried = 0
    for template, methods in API["paths"].items():
        path = template.format(vip="VI_1", backend="web_server", server="web1", number="0",
                               frontend="http_front", address="192.0.2.7", id="1-1",
                               table="clients", client="192.0.2.7")
        for method in ("GET", "PUT", "POST", "DELETE"):
            if method.lower() in methods or is_another_path(path, method):
                continue
            assert refused(node, method, path) == "405 wrong_method", f"{method} {path}"
            tried += 1
    assert tried > 100
    assert node.ask("/v1/upgrade")[1]["upgrade"] == "none"
    assert node.status()["pid"] == before["pid"]


def is_another_path(path, method):
    """Whether one with {parameters} stands for that too, as events/{number} for events/follow."""
    parts = path.split("/")
    return any(method.lower() in methods and len(other.split("/")) == len(parts) and
               all(wanted.startswith("{") or wanted == part
                   for wanted, part in zip(other.split("/"), parts))
               for other, methods in API["paths"].items())


def test_a_log_target_that_is_meant_by_several_or_by_none(node):
    for order in ({"level": "debug"}, {"enabled": True}):
        assert refused(node, "POST", "/v1/log", {"target": "stderr", **order}) == \
            "400 ambiguous_target"
        for target in (2, "stdout", ""):
            assert refused(node, "POST", "/v1/log", {"target": target, **order}) == \
                "404 unknown_target"


def test_the_log_command_tells_what_is_wrong(node):
    for words, code, said in ((["stderr", "debug"], 1, "several log targets are called 'stderr'"),
                              (["7", "debug"], 1, "there is no log target 7"),
                              (["nowhere", "off"], 1, "there is no log target 'nowhere'"),
                              (["1", "debug"], 1, "takes no records"),
                              (["0", "loud"], 2, "loud"), (["0"], 2, "log"),
                              (["0", "on", "x"], 2, "x")):
        done = node.command("log", *words)
        assert done.returncode == code and said in done.stderr, (words, done)
        assert done.stdout == ""


def clients_of(node, table):
    tables = node.ask("/v1/tables")[1]["tables"]
    return {each["client"]: each for one in tables if one["name"] == table
            for each in one["clients"]}


def test_each_order_is_an_event_whatever_it_changes(node):
    wait_until(lambda: node.target("web_server/web1")["state"] == "up", 10, "web1 up")
    seen = node.ask("/v1/events")[1]["events"][-1]["number"]
    for word in ("force-up", "ready"):
        assert node.order(STATE, {"state": word})[0] == 200
    assert node.ask("/v1/tables/clients/192.0.2.7", "PUT", {"requests": 5})[0] == 200
    assert node.ask("/v1/tables/clients", "DELETE")[0] == 200
    assert node.ask("/v1/sessions/frontend/http_front", "DELETE")[0] == 200
    events = node.ask(f"/v1/events/{seen}")[1]["events"]
    orders = [(each["id"], each["subject"], each["to"]) for each in events
              if each["cause"] and "ordered by uid 0" in each["cause"]]
    assert orders == [("server-order", "web_server/web1", "force-up"),
                      ("server-order", "web_server/web1", "ready"),
                      ("table-changed", "clients", ""), ("table-changed", "clients", ""),
                      ("session-closed", "frontend http_front", "closed")]
    assert node.order(STATE, {"state": "drain"})[0] == 200
    order, change = node.ask("/v1/events")[1]["events"][-2:]
    assert (order["id"], change["id"]) == ("server-order", "check-state")
    assert change["caused_by"] == order["number"]
    assert "server-order web_server/web1: force-up, ordered by uid 0" in node.log()
    assert node.order(STATE, {"state": "ready"})[0] == 200


def test_tables_are_set_and_cleared(node):
    path = "/v1/tables/clients/192.0.2.7"
    assert node.ask(path, "PUT", {"requests": 5}) == (
        200, {"table": "clients", "client": "192.0.2.7", "change": "set"})
    assert clients_of(node, "clients")["192.0.2.7"]["figures"][0] == 5
    assert node.ask("/v1/tables/stick:web_server/192.0.2.7", "PUT", {"server": "web2"})[0] == 200
    assert clients_of(node, "stick:web_server")["192.0.2.7"]["server"] == "web2"
    assert node.ask(path, "DELETE") == (
        200, {"table": "clients", "client": "192.0.2.7", "change": "cleared"})
    assert refused(node, "DELETE", path) == "404 unknown_client"
    assert node.ask(path, "PUT", {"requests": 1})[0] == 200
    for table in ("clients", "stick:web_server"):
        assert node.ask(f"/v1/tables/{table}", "DELETE") == (
            200, {"table": table, "client": None, "change": "cleared"})
        assert "192.0.2.7" not in clients_of(node, table)


@pytest.mark.parametrize("table,body", [
    ("clients", None), ("clients", b"["), ("clients", {}), ("clients", {"requests": -1}),
    ("clients", {"requests": 1 << 32}), ("clients", {"requests": "5"}), ("clients", {"hits": 5}),
    ("clients", {"errors": 5}), ("clients", {"active": 5}), ("clients", {"server": "web1"}),
    ("clients", b'{"requests": 1, "requests": 2}'), ("stick:web_server", {"server": "web9"}),
    ("stick:web_server", {"server": ""}), ("stick:web_server", {"requests": 5})])
def test_what_a_table_can_not_hold(node, table, body):
    assert refused(node, "PUT", f"/v1/tables/{table}/192.0.2.9", body) == "400 bad_body"
    assert "192.0.2.9" not in clients_of(node, table)


def test_clients_and_tables_that_there_are_not(node):
    assert refused(node, "PUT", "/v1/tables/x/192.0.2.7", {"requests": 5}) == "404 unknown_table"
    assert refused(node, "DELETE", "/v1/tables/x/192.0.2.7") == "404 unknown_table"
    assert refused(node, "DELETE", "/v1/tables/x") == "404 unknown_table"
    for client in ("nobody", "192.0.2.300", "192.0.2.0%2F24"):
        path = f"/v1/tables/clients/{client}"
        assert refused(node, "PUT", path, {"requests": 5}) == "400 bad_client"
        assert refused(node, "DELETE", path) == "400 bad_client"


def followed(node, path, count):
    """The numbers of the first events of a stream."""
    with node.dial(timeout=5) as control:
        control.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        text = b""
        while text.partition(b"\r\n\r\n")[2].count(b"\n") < count:
            text += control.recv(65536)
    lines = text.partition(b"\r\n\r\n")[2].splitlines()
    return [json.loads(line)["number"] for line in lines[:count]]


def test_events_are_followed_from_a_number_on(node):
    assert node.order(STATE, {"state": "drain"})[0] == 200
    assert node.order(STATE, {"state": "ready"})[0] == 200
    numbers = [each["number"] for each in node.ask("/v1/events")[1]["events"]]
    assert len(numbers) > 4
    for after in (0, numbers[1], numbers[-3]):
        later = [number for number in numbers if number > after]
        assert followed(node, f"/v1/events/follow/{after}", len(later)) == later
    told = node.ask(f"/v1/events/{numbers[-3]}")[1]["events"]
    assert [each["number"] for each in told][:2] == numbers[-2:]
    for path in ("/v1/events/follow/x", "/v1/events/follow/-1", "/v1/events/x", "/v1/events/1.5"):
        assert refused(node, "GET", path) == "400 bad_number"
    with node.dial() as control:
        control.sendall(b"GET /v1/events/follow/%d HTTP/1.0\r\n\r\n" % numbers[-1])
        head, _, rest = control.recv(65536).partition(b"\r\n\r\n")
        assert b" 200 " in head
        control.settimeout(0.3)
        with pytest.raises(socket.timeout):  # there is nothing new, and the stream goes on
            while data := control.recv(65536):
                rest += data
        assert all(json.loads(line)["number"] > numbers[-1] for line in rest.splitlines())


# What is asked for as JSON, and a member that the answer has.
COMMANDS = {
    "status": "vips", "servers": "servers", "servers web_server": "servers",
    "sessions": "sessions", "explain": "vips", "explain VI_1": "vips", "why-not": "vips",
    "why-not VI_1": "vips", "events": "number", "errors": "errors", "tables": "tables",
    "tables show clients": "name", "tables set clients 192.0.2.8 requests=1": "change",
    "tables clear clients 192.0.2.8": "change", "tables clear clients": "change",
    "drift": "drift", "log": "targets", "log 0 debug": "targets", "maintenance off": "maintenance",
    "maintenance off VI_1": "vip", "server web_server/web1 ready": "state",
    "drain web_server/web1": "state", "ready web_server/web1": "state",
    "weight web_server/web1 100%": "weight", "announce VI_1": "change", "version": "version",
    "check {config}": "faults", "diff {config}": "changes"}


@pytest.mark.parametrize("words", COMMANDS)
def test_what_commands_print_as_json(shared, node, words):
    verb, *others = words.format(config=shared.config_path).split()
    where = [] if verb in ("version", "check") else ["--runtime-dir", node.runtime_dir]
    if verb == "diff":
        where = ["--socket", node.runtime_dir / "control.sock"]
    if verb == "tables":
        assert node.ask("/v1/tables/clients/192.0.2.8", "PUT", {"requests": 1})[0] == 200
    done = node.hapair(verb, *others, "--json", *where)
    assert done.returncode == 0 and done.stderr == "", done
    documents = ([json.loads(line) for line in done.stdout.splitlines()] if verb == "events"
                 else [json.loads(done.stdout)])
    assert documents and all(COMMANDS[words] in document for document in documents), done.stdout


@pytest.mark.parametrize("words", ["explain x", "why-not x", "maintenance off x", "announce x",
                                   "server web_server/x drain", "weight web_server/x 1",
                                   "log 9 debug", "tables show x", "servers x"])
def test_a_refusal_is_told_in_words_with_json_too(node, words):
    done = node.command(*words.split(), "--json")
    assert done.returncode == 1 and done.stdout == "", done
    assert done.stderr.startswith(f"hapair {words.split()[0]}: "), done


def test_raw_bytes_that_are_no_request_get_an_answer_and_an_end(node):
    with node.dial() as control:
        answer = http.ask_raw(control, b"POST /v1/upgrade HTTP/1.1\r\nHost: a\r\n"
                              b"Content-Length: x\r\n\r\n")
    assert http.status_of(answer) == 400
    assert node.ask("/v1/upgrade")[1]["upgrade"] == "none"
