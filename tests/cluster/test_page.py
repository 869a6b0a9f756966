"""The page, its documents, orders on it, metrics and the admin listener, with plain requests."""

import base64
import json
import time

import pytest

from lab import http
from lab.processes import wait_until
from lab.topology import NODES, VIP

URI = "/haproxy?stats"
ADMIN_PORT = 8404


def credentials(user="alice:wonder"):
    return {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}


def ask(lab, path, address=VIP, port=80, method="GET", **fields):
    """(status, headers with small names, body)"""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {address}:{port}", "Connection: close",
             *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    with lab.connect(address, port) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return http.read_response(connection, head_only=method == "HEAD")


def live(lab, suffix="", **fields):
    status, headers, body = ask(lab, f"{URI};json{suffix}", **fields)
    assert status == 200, body
    return headers, json.loads(body)


@pytest.fixture
def guarded(lab):
    """The page is for alice, who may give orders; each node has an admin listener as well."""
    users = lab.write_users(alice="wonder", bob="builder")
    lab.write_config(
        cluster__secret_file=lab.write_secret(),
        users={"ops": {"file": users}},
        frontends__http_front__stats={"uri": URI, "users": "ops", "realm": "the pair",
                                      "admin": True},
        frontends__http_front__metrics="/numbers",
        admin={"bind": [{"node": True, "port": ADMIN_PORT}], "users": "ops"})
    return lab.start()


def test_the_page_is_one_document_under_a_strict_policy(pair):
    status, headers, body = ask(pair, URI)
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'",
                 "connect-src 'self'", "script-src 'sha256-", "style-src 'sha256-"):
        assert rule in policy
    assert "unsafe" not in policy
    text = body.decode()
    assert "<noscript>" in text and "<th scope=\"row\">web_server/web1</th>" in text
    outside = [word for word in ("src=", "http://", "https://", "//cdn") if word in
               text.replace("http://www.w3.org/2000/svg", "")]
    assert not outside


def test_json_tells_the_pair_and_then_what_is_new(pair):
    wait_until(lambda: live(pair)[1]["sample"] > 2, 10, "some samples")
    headers, first = live(pair)
    assert headers["content-type"] == "application/json"
    assert 0 <= int(headers["x-hapair-next"]) <= 1000
    assert first["vips"][0]["holder"]["node"] == "lb1" and first["since"] == 0
    assert [server[1] for server in first["backends"][0]["servers"]] == ["web1", "web2"]
    pair.get("/index.html")
    time.sleep(1.2)
    _, later = live(pair, f";run={first['run']};since={first['sample']}")
    assert later["since"] == first["sample"] < later["sample"]
    assert later["frontends"][0]["requests_total"] > first["frontends"][0]["requests_total"]
    _, other = live(pair, f";run=other;since={first['sample']}")
    assert other["since"] == 0


def test_csv_keeps_its_columns(pair):
    status, headers, body = ask(pair, f"{URI};csv")
    assert status == 200 and body.startswith(b"# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,")
    assert headers["x-content-type-options"] == "nosniff"


def test_what_a_request_gets_wrong_is_told(pair):
    status, _, body = ask(pair, f"{URI};json;since=now")
    assert status == 400 and json.loads(body)["error"]["code"] == "bad_target"
    status, headers, _ = ask(pair, URI, method="DELETE")
    assert status == 405 and headers["allow"] == "GET, HEAD"
    status, headers, _ = ask(pair, f"{URI};order=drain;backend=web_server;server=web1")
    assert status == 405 and headers["allow"] == "POST"
    status, _, body = ask(pair, f"{URI};order=drain;backend=web_server;server=web1",
                          method="POST", Content_Length=0)
    assert status == 403 and json.loads(body)["error"]["code"] == "no_orders"


def test_only_users_see_the_page_and_the_metrics(guarded):
    for path in (URI, f"{URI};json", f"{URI};csv", "/numbers"):
        status, headers, _ = ask(guarded, path)
        assert status == 401, path
        assert headers["www-authenticate"] == 'Basic realm="the pair", charset="UTF-8"'
        assert ask(guarded, path, **credentials())[0] == 200
    assert ask(guarded, URI, **credentials("alice:guess"))[0] == 401
    assert guarded.get("/index.html")[0] == 200


def order(lab, what, token=None, user="alice:wonder", **fields):
    if token is not None:
        fields["X-Hapair-Token"] = token
    status, _, body = ask(lab, f"{URI};{what}", method="POST", Content_Length=0,
                          **credentials(user), **fields)
    return status, json.loads(body)


def test_orders_are_obeyed_logged_and_guarded(guarded):
    token = live(guarded, **credentials())[0]["x-hapair-token"]
    drain = "order=drain;backend=web_server;server=web1"

    assert order(guarded, drain)[1]["error"]["code"] == "forged_order"
    assert order(guarded, drain, "0" * 64)[0] == 403
    assert order(guarded, drain, token, user="bob:builder")[0] == 403
    assert order(guarded, drain, token, Origin="https://evil.example")[0] == 403
    assert order(guarded, drain, token, Sec_Fetch_Site="cross-site")[0] == 403
    node = guarded.nodes["lb1"]
    assert "page-order-refused web_server/web1: drain by user 'alice'" in node.log()
    assert live(guarded, **credentials())[1]["backends"][0]["usable"] == 2

    status, done = order(guarded, drain, token, Origin=f"http://{VIP}:80",
                         Sec_Fetch_Site="same-origin")
    assert (status, done) == (200, {"done": "drain", "subject": "web_server/web1"})

    def first_server():
        return live(guarded, **credentials())[1]["backends"][0]["servers"][0]

    wait_until(lambda: first_server()[3] == "drain", 5, "the order in the next second's document")
    assert "alice" in first_server()[5]
    assert "page-order web_server/web1: drain, ordered by user alice on the page" in node.log()
    events = live(guarded, **credentials())[1]["events"]
    assert any(event["id"] == "page-order" and "alice" in event["cause"] for event in events)

    assert order(guarded, "order=ready;backend=web_server;server=web1", token)[0] == 200
    assert order(guarded, "order=dance;backend=web_server;server=web1", token)[0] == 400
    assert order(guarded, "order=drain;backend=web_server;server=web9", token)[0] == 404
    assert order(guarded, "order=step-down;vip=VI_9", token)[0] == 404
    wait_until(lambda: order(guarded, "order=step-down;vip=VI_1", token)[0] == 200, 10,
               "a peer that takes over")
    guarded.await_master("lb2")


def test_the_admin_listener_is_on_both_nodes_whatever_their_role(guarded):
    for name, (address, _) in NODES.items():
        assert ask(guarded, "/", address, ADMIN_PORT)[0] == 401
        status, _, body = ask(guarded, "/;json", address, ADMIN_PORT, **credentials())
        told = json.loads(body)
        assert status == 200 and told["node"]["name"] == name
        assert told["vips"][0]["holder"]["node"] == "lb1"
        status, headers, body = ask(guarded, "/metrics", address, ADMIN_PORT, **credentials())
        assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
        assert b"\nhapair_vrrp_state{" in body
        assert ask(guarded, "/healthz", address, ADMIN_PORT)[0] == 200


def test_the_admin_listener_says_what_is_not_there_and_takes_queries(guarded):
    address = NODES["lb2"][0]
    for method in ("GET", "POST"):
        status, _, body = ask(guarded, "/favicon.ico", address, ADMIN_PORT, method)
        error = json.loads(body)["error"]
        assert status == 404 and error["code"] == "unknown_path"
        assert error["remedy"] == "use one of /, /metrics, /healthz, /readyz"
    for path in ("/healthz?verbose", "/readyz?", "/metrics?scope=all"):
        assert ask(guarded, path, address, ADMIN_PORT, **credentials())[0] == 200, path
    assert ask(guarded, "/metrics?scope=all", address, ADMIN_PORT)[0] == 401
    status, _, body = guarded.get("/numbers?x")
    assert status == 200 and b"hapair_" not in body, "a frontend's path is exact: a server has it"
    admin = next(each for each in guarded.nodes["lb2"].status()["frontends"]
                 if each["name"] == "admin")
    assert admin["responses"]["5xx"] == 0


def test_readiness_is_told_with_its_reasons(guarded):
    def reasons(name):
        address = NODES[name][0]
        status, _, body = ask(guarded, "/readyz", address, ADMIN_PORT)
        told = json.loads(body)
        assert (status == 200) == told["ready"]
        return {(reason["code"], reason["subject"]) for reason in told["reasons"]}

    wait_until(lambda: not reasons("lb2"), 10, "a backup that is ready")
    assert guarded.nodes["lb2"].command("maintenance", "on").returncode == 0
    wait_until(lambda: ("maintenance", "VI_1") in reasons("lb2"), 5, "maintenance")
    for backend in guarded.backends.values():
        backend.stop()
    wait_until(lambda: ("backend_down", "web_server") in reasons("lb1"), 10, "servers down")
    status, body = guarded.nodes["lb1"].request("/readyz")
    assert status == 503 and not json.loads(body)["ready"]
    assert guarded.nodes["lb1"].request("/healthz")[0] == 200
