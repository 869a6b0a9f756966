"""What the control API tells and changes on a running pair: its answers are as docs/openapi.json
says; servers, weights and VIPs at run time; the check of a file; drift; old clients."""

import json
import time

import jsonschema
import pytest

from lab import http
from lab.processes import wait_until
from lab.topology import BACKENDS, ROOT, VIP

API = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
VALUES = {"vip": "VI_1", "backend": "web_server", "server": "web1", "number": "0",
          "frontend": "http_front", "address": "192.0.2.7"}


def code_of(node, path, method, body=None):
    status, answer = node.ask(path, method, body)
    return f"{status} {answer['error']['code']}"


def closed(node, part=False):
    """A schema of which an answer has no member that it doesn't name. Clients must bear new ones
    within /v1, so the document leaves schemas open; what this version tells it must name all the
    same. `part`: it is one of several that an object fits, which is closed around them."""
    if isinstance(node, list):
        return [closed(each, part) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: closed(value, part=key == "allOf") for key, value in node.items()}
    if part and "$ref" in made:
        made["$ref"] = made["$ref"].replace("/components/", "/parts/")
    if not part and ("properties" in node or "allOf" in node) and \
            ("type" in node or "allOf" in node):
        made.setdefault("unevaluatedProperties", False)
    return made


def closed_document():
    """Its schemas twice: as they stand alone, and as parts of others."""
    schemas = API["components"]["schemas"]
    return {"components": {"schemas": closed(schemas)},
            "parts": {"schemas": {name: closed(schema, part=True)
                                  for name, schema in schemas.items()}}}


CLOSED = closed_document()


def validate(schema, document, where):
    whole = {"$ref": "#/schema", "schema": closed(schema), **CLOSED}
    faults = list(jsonschema.Draft202012Validator(whole).iter_errors(document))
    assert not faults, f"{where}: {faults[0].json_path}: {faults[0].message}"


def answer_schema(path, method, status):
    answers = API["paths"][path][method]["responses"]
    answer = answers.get(str(status), answers["default"])
    if "$ref" in answer:
        answer = API["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return next(iter(answer["content"].items()))


def documented(node, template, method="GET", body=None, status=None, **values):
    """The answer, as it must be by the document; without `status` it is no refusal."""
    path = template.format(**{**VALUES, **values})
    got, answer = node.request(path, method, body)
    if status is None:
        assert got < 400 or template == "/readyz", f"{method} {path}: {got} {answer}"
    else:
        assert got == status, f"{method} {path}: {got} {answer}"
    kind, schema = answer_schema(template, method.lower(), got)
    if kind != "application/json":
        return answer.decode()
    document = json.loads(answer)
    validate(schema["schema"], document, f"{method} {path}")
    return document


def servers_of(node):
    return {each["name"]: each for each in node.ask("/v1/servers/web_server")[1]["servers"]}


def served_by(lab, count=8):
    return {body.decode().strip() if status == 200 else status
            for status, _, body in (lab.get("/") for _ in range(count))}


def test_every_answer_is_as_the_document_says(pair):
    node = pair.nodes["lb1"]
    pair.get("/")
    with node.dial() as control:  # what is told must be told of something
        control.sendall(b"\x00\xff\r\n\r\n")
    node.ask("/v1/servers/web_server/web2/state", "POST", {"state": "drain"})
    node.ask("/v1/servers/web_server/web2/weight", "POST", {"weight": 5})
    for template, methods in API["paths"].items():
        if "get" not in methods or "follow" in template:
            continue
        answer = documented(node, template)
        assert answer, template
    for path, status, code in (("/v1/explain/{vip}", 404, "unknown_vip"),
                               ("/v1/events/{number}", 400, "bad_number"),
                               ("/v1/servers/{backend}", 404, "unknown_backend"),
                               ("/v1/servers/{backend}/{server}", 404, "unknown_server")):
        wrong = documented(node, path, status=status, vip="x", number="x", backend="x")
        assert wrong["error"]["code"] == code
    assert documented(node, "/v1/vips")["vips"][0]["name"] == "VI_1"
    backup = pair.nodes["lb2"]
    for template in ("/v1/status", "/v1/servers", "/v1/loop", "/v1/drift", "/v1/vips"):
        documented(backup, template)


def test_the_events_that_are_followed_are_as_the_document_says(pair):
    node = pair.nodes["lb1"]
    with node.dial(timeout=5) as control:
        control.sendall(b"GET /v1/events/follow HTTP/1.0\r\n\r\n")
        text = b""
        while text.count(b"\n") < 8:
            text += control.recv(65536)
    head, _, lines = text.partition(b"\r\n\r\n")
    assert b"application/x-ndjson" in head
    event = json.loads(lines.splitlines()[0])
    validate({"$ref": "#/components/schemas/Event"}, event, "an event")


def test_weights_steer_traffic_until_a_reload(pair):
    node = pair.nodes["lb1"]
    weight = "/v1/servers/{backend}/{server}/weight"
    assert documented(node, weight, "POST", {"weight": "50%"}) == {
        "backend": "web_server", "server": "web1", "weight": 15}
    assert documented(node, weight, "POST", {"weight": "200%"})["weight"] == 60, "of the file's"
    assert documented(node, weight, "POST", {"weight": 0})["weight"] == 0
    assert servers_of(node)["web1"]["weight"] == 0
    assert served_by(pair) == {"web2"}
    drift = documented(node, "/v1/drift")["drift"]
    assert [(one["kind"], one["file"], one["now"]) for one in drift] == [("weight", "30", "0")]
    assert node.status()["drift"] == 1
    assert "server-weight" in json.dumps(node.ask("/v1/events")[1])
    for body in ({"weight": 257}, {"weight": "x%"}, {}, {"weight": 1, "x": 1}):
        wrong = documented(node, weight, "POST", body, status=400)
        assert wrong["error"]["code"] == "bad_body"
    assert code_of(node, "/v1/servers/web_server/x/weight", "POST", {"weight": 1}) == \
        "404 unknown_server"
    assert documented(node, weight, "POST", {"weight": "100%"})["weight"] == 30
    assert node.status()["drift"] == 0, "it is as in the file again"
    assert documented(node, weight, "POST", {"weight": 0})["weight"] == 0
    assert node.command("reload").returncode == 0
    assert servers_of(node)["web1"]["weight"] == 30
    assert node.status()["drift"] == 0
    assert served_by(pair) == {"web1", "web2"}
    assert pair.nodes["lb2"].status()["drift"] == 0, "the other node has never heard of it"


def test_servers_come_and_go_while_all_runs(pair):
    node = pair.nodes["lb1"]
    server = "/v1/servers/{backend}/{server}"
    assert documented(node, server, "DELETE")["change"] == "removed"
    assert served_by(pair) == {"web2"}
    assert code_of(node, "/v1/servers/web_server/web1", "DELETE") == "404 unknown_server"
    added = {"address": f"{BACKENDS['web1']}:80", "weight": 7}
    assert documented(node, server, "PUT", added, server="web9")["change"] == "added"
    wait_until(lambda: servers_of(node)["web9"]["state"] == "up", 5, "its check")
    assert servers_of(node)["web9"]["added"] is True
    assert served_by(pair) == {"web1", "web2"}, "the one that is added has web1's address"
    kinds = [(one["kind"], one["subject"]) for one in documented(node, "/v1/drift")["drift"]]
    assert kinds == [("added", "web_server/web9"), ("removed", "web_server/web1")]
    for name, body, code in (("web2", added, "409 server_exists"), ("web9", added,
                             "409 server_exists"), ("-x", added, "400 bad_name"),
                             ("web8", {"address": f"{VIP}:80"}, "409 own_address"),
                             ("web8", {"address": "224.0.0.1:80"}, "400 bad_body"),
                             ("web8", {"address": "web:80"}, "400 bad_body"),
                             ("web1", {"address": "10.77.0.99:80"}, "409 server_exists")):
        assert code_of(node, f"/v1/servers/web_server/{name}", "PUT", body) == code
    assert code_of(node, "/v1/servers/nothing/web9", "PUT", added) == "404 unknown_backend"
    assert documented(node, server, "DELETE", server="web9")["change"] == "removed"
    assert documented(node, server, "PUT", {"address": f"{BACKENDS['web1']}:80"})["change"] == \
        "added"
    assert node.status()["drift"] == 0, "it is as in the file again"
    wait_until(lambda: servers_of(node)["web1"]["state"] == "up", 5, "its check")
    assert servers_of(node)["web1"]["weight"] == 30

    assert documented(node, server, "PUT", added, server="web9")["change"] == "added"
    assert documented(node, server, "DELETE", server="web2")["change"] == "removed"
    node.ask("/v1/servers/web_server/web1/state", "POST", {"state": "drain"})
    assert node.command("reload").returncode == 0
    assert set(servers_of(node)) == {"web1", "web2"}
    assert servers_of(node)["web1"]["order"] == "drain", "orders stay"
    drift = documented(node, "/v1/drift")["drift"]
    assert [(one["kind"], one["writable"]) for one in drift] == [("order", False)]
    wait_until(lambda: servers_of(node)["web2"]["state"] == "up", 5, "its check")


def test_a_request_that_runs_is_finished_by_a_server_that_is_removed(pair):
    node = pair.nodes["lb1"]
    content = bytes(range(256)) * 240  # three seconds' worth
    for backend in pair.backends.values():
        backend.add_file("long", content)
    with pair.connect(timeout=10) as connection:
        connection.sendall(b"GET /slow/long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(1024)
        assert answer.startswith(b"HTTP/1.1 200 ") and len(answer) < len(content)
        for name in BACKENDS:
            assert node.ask(f"/v1/servers/web_server/{name}", "DELETE")[0] == 200
        assert served_by(pair, 2) == {503}
        while data := connection.recv(65536):
            answer += data
        assert answer.partition(b"\r\n\r\n")[2] == content
    assert node.ask("/v1/backends")[1]["backends"][0]["servers_usable"] == 0


def test_what_rules_or_others_need_is_not_removed(lab):
    lab.write_config(backends__api={"servers": {
        "a": {"address": f"{BACKENDS['web1']}:80", "track": "web_server/web1"}}})
    lab.start()
    node = lab.nodes["lb1"]
    assert code_of(node, "/v1/servers/web_server/web1", "DELETE") == "409 server_in_use"
    assert node.ask("/v1/servers/api/a", "DELETE")[0] == 200
    assert node.ask("/v1/servers/web_server/web1", "DELETE")[0] == 200
    back = {"address": f"{BACKENDS['web1']}:80"}
    assert code_of(node, "/v1/servers/api/a", "PUT", back) == "409 server_in_use"
    assert code_of(node, "/v1/servers/web_server/web1", "DELETE", {"x": 1}) == "400 bad_body"
    assert node.command("reload").returncode == 0
    assert {each["name"] for each in node.ask("/v1/servers")[1]["servers"]} == \
        {"web1", "web2", "a"}


def test_the_master_announces_its_vip_again_and_nobody_else_does(pair):
    began = time.monotonic()
    announce = "/v1/vips/{vip}/announce"
    assert documented(pair.nodes["lb1"], announce, "POST") == {
        "vip": "VI_1", "change": "announced"}
    wait_until(lambda: any(arp.gratuitous for arp in pair.sniffer.arps(began, port="lb1")), 3,
               "a gratuitous ARP")
    refused = documented(pair.nodes["lb2"], announce, "POST", {}, status=409)
    assert refused["error"]["code"] == "not_master"
    unknown = documented(pair.nodes["lb1"], announce, "POST", status=404, vip="x")
    assert unknown["error"]["code"] == "unknown_vip"


def checked(node):
    order = documented(node, "/v1/config/check", "POST")
    return wait_until(lambda: (told := documented(node, "/v1/config/check"))["number"] >=
                      order["number"] and not told["running"] and told, 10, "the check")


def test_a_file_is_checked_and_nothing_changes(pair):
    node = pair.nodes["lb1"]
    before = node.status()["config_hash"]
    same = checked(node)
    assert same["good"] is True and not same["changes"] and not same["refusals"]
    pair.write_config(backends__web_server__servers__web1__weight=77)
    other = checked(node)
    assert other["good"] is True and len(other["changes"]) == 1
    assert "77" in other["changes"][0]["text"]
    pair.write_config(vips__VI_1__router_id=52)
    refused = checked(node)
    assert refused["good"] is False
    assert "router_id" in refused["refusals"][0]["path"] and refused["faults"]
    pair.config_path.write_text("{")
    bad = checked(node)
    assert bad["good"] is False and "hapair.json" in bad["faults"][0]
    assert not bad["changes"]
    status = node.status()
    assert status["config_hash"] == before and status["reload"]["number"] == 0
    assert "reload-refused" not in node.log()
    pair.write_config()
    assert node.command("reload").returncode == 0, "a reload goes on as ever"
    assert checked(node)["good"] is True


COMMENTED = """    "web_server": {
      "balance": "roundrobin",  // in turn
      "check": { "type": "http", "path": "/index.html", "interval": "200ms" },
      "servers": {
        // the first one
        "web1": { "address": "10.77.0.21:80", "weight": 30 },
        "web2": { "address": "10.77.0.22:80", "weight": 30 }
      }
    }
"""


@pytest.fixture
def commented(lab):
    config = lab.write_config()
    config["backends"] = {}
    text = json.dumps(config, indent=2).replace('"backends": {}',
                                                '"backends": {\n' + COMMENTED + "  }")
    lab.config_path.write_text(text)
    lab.config_path.chmod(0o640)
    return lab.start()


def drift_command(node, *words):
    return node.command("drift", *words)


def test_drift_is_shown_and_written_into_the_file(commented):
    node = commented.nodes["lb1"]
    config = commented.config_path
    none = drift_command(node)
    assert none.returncode == 0 and "what the file said" in none.stdout
    node.ask("/v1/servers/web_server/web1/weight", "POST", {"weight": "50%"})
    node.ask("/v1/servers/web_server/web2", "DELETE")
    node.ask("/v1/servers/web_server/web3", "PUT", {"address": "10.77.0.22:80", "weight": 3})
    node.ask("/v1/servers/web_server/web1/state", "POST", {"state": "force-up"})
    shown = drift_command(node)
    assert shown.returncode == 10
    assert "web_server/web1: weight 15, 30 in the file, ordered by uid 0" in shown.stdout
    assert "web_server/web1: order force-up" in shown.stdout
    assert "the file can't say that" in shown.stdout
    assert json.loads(drift_command(node, "--json").stdout)["count"] == 4
    assert drift_command(node, "--reload").returncode == 2
    before = config.read_text()
    done = drift_command(node, "--write", "-c", config)
    assert done.returncode == 0, done.stderr
    after = config.read_text()
    assert after == before.replace('"weight": 30 },\n        "web2": { "address": '
                                   '"10.77.0.22:80", "weight": 30 }',
                                   '"weight": 15 },\n        "web3": { "address": '
                                   '"10.77.0.22:80", "weight": 3 }')
    assert config.stat().st_mode & 0o7777 == 0o640
    assert "hapair reload" in done.stderr
    assert [path.name for path in config.parent.glob("*hapair-new*")] == []
    wait_until(lambda: servers_of(node)["web3"]["state"] == "up", 5, "its check")
    reloaded = drift_command(node, "--write", "--reload", "-c", config)
    assert reloaded.returncode == 0, reloaded.stderr
    assert config.read_text() == after, "it was there already"
    servers = servers_of(node)
    assert set(servers) == {"web1", "web3"} and servers["web1"]["weight"] == 15
    assert servers["web3"]["state"] == "up" and not servers["web3"]["added"], "nothing is lost"
    assert node.status()["drift"] == 1, "the order, which stays"
    left = drift_command(node, "--write", "-c", config)
    assert left.returncode == 10 and "nothing to write" in left.stderr, "the file can't say it"


def test_drift_that_would_be_a_fault_is_not_written(commented):
    node = commented.nodes["lb1"]
    node.ask("/v1/servers/web_server/web1/weight", "POST", {"weight": 5})
    config = commented.config_path
    config.write_text(config.read_text().replace('"weight": 30 },', '"weight": 30, "wieght": 1 },'))
    before = config.read_text()
    refused = drift_command(node, "--write", "-c", config)
    assert refused.returncode == 3 and "wieght" in refused.stderr
    config.write_text(before.replace(', "wieght": 1', "").replace('"web_server"', '"other"'))
    before = config.read_text()
    refused = drift_command(node, "--write", "-c", config)
    assert refused.returncode != 0 and config.read_text() == before
    assert drift_command(node, "--write", "-c", "/nonexistent").returncode == 4


def raw(node, line):
    with node.dial() as control:
        return http.ask_raw(control, line).decode()


def test_clients_of_haproxys_socket_are_answered(pair):
    node = pair.nodes["lb1"]
    pair.get("/")
    both = raw(node, b"show info;show stat\n")
    info, rows, end = both.split("\n\n")
    assert end == ""
    names = dict(line.split(": ", 1) for line in info.splitlines())
    assert names["Name"] == "hapair" and int(names["Uptime_sec"]) >= 0
    assert names["node"] == "lb1" and int(names["CumReq"]) >= 1
    header, *lines = rows.splitlines()
    columns = header.removeprefix("# ").split(",")
    assert columns[:4] == ["pxname", "svname", "qcur", "qmax"]
    servers = {row[1]: row for row in (line.split(",") for line in lines)}
    assert {"FRONTEND", "BACKEND", "web1", "web2"} <= set(servers)
    assert servers["web1"][columns.index("status")] == "UP"
    assert documented(node, "/v1/stats.csv").splitlines()[0] == header
    assert documented(node, "/v1/info").splitlines()[0] == "Name: hapair"
    for line in (b"show sess\n", b"set weight web_server/web1 0\n", b"show stat typed\n"):
        assert raw(node, line).startswith("Unknown command: '")
    assert node.status()["drift"] == 0
    assert raw(node, b"show / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(
        "HTTP/1.1 405 ")
