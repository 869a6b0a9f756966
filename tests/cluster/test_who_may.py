"""Who may: passwords and an auth service, with curl, under the worker's filter of system calls."""

import re

import pytest

from lab.odd_server import OddServer
from lab.processes import wait_until
from lab.topology import BACKENDS, VIP

PORT = 8000


def answer(status, body=b"", fields=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def lets_alice_in(connection, head):
    """The auth service: whoever has the session of alice is alice."""
    if b"\r\ncookie: session=alice\r\n" in head.lower():
        reply = answer("200 OK", fields=["X-User: alice"])
    else:
        reply = answer("302 Found", fields=["Location: /login", "Set-Cookie: seen=1"])
    connection.send(reply)
    return True


def says_hello(connection, _head):
    connection.send(answer("200 OK", b"hello"))
    return True


@pytest.fixture
def front(lab):
    users = lab.write_users(alice="wonder")
    lab.write_config(
        users={"staff": {"file": users}},
        frontends__http_front={
            "bind": [{"vip": "VI_1", "port": 80, "protocols": ["h2", "http/1.1"]}],
            "default_backend": "web_server", "log_format": "json",
            "rules": [{"match": {"path_prefix": ["/staff/"]},
                       "basic_auth": {"users": "staff", "realm": "staff", "pass": False}},
                      {"match": {"path_prefix": ["/app/"]},
                       "forward_auth": {"backend": "auth", "path": "/verify", "timeout": "1s",
                                        "response_fields": ["X-User"]}}]},
        backends__web_server={"servers": {"s1": {"address": f"{BACKENDS['web1']}:{PORT}"}}},
        backends__auth={"servers": {"a1": {"address": f"{BACKENDS['web2']}:{PORT}"}}})
    with OddServer(lab.namespace("web1"), PORT, says_hello) as app, \
            OddServer(lab.namespace("web2"), PORT, lets_alice_in) as auth:
        lab.start()
        lab.app, lab.auth = app, auth
        yield lab


def ask(lab, path, *options):
    """The status, and where the client is sent."""
    return lab.curl("-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", *options,
                    f"http://{VIP}{path}").stdout.strip()


def served(lab, path):
    """The last request for that path that reached the application."""
    return [head for head in lab.app.heads if head.startswith(f"GET {path} ".encode())][-1]


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_passwords_and_an_auth_service(front, version):
    wait_until(lambda: ask(front, "/", version).startswith("200"), 5, "an answer")
    assert ask(front, "/staff/", version) == "401"
    assert ask(front, "/staff/", version, "-u", "alice:wrong") == "401"
    assert ask(front, "/staff/", version, "-u", "mallory:wonder") == "401"
    for _ in range(2):
        assert ask(front, "/staff/in", version, "-u", "alice:wonder") == "200"
    assert b"uthorization" not in served(front, "/staff/in")
    wait_until(lambda: re.search(r'"user":"alice"', front.nodes["lb1"].log()), 5, "the user's name")

    forged = ["-H", "X-User: root", "-H", "X_User: root"]
    assert ask(front, "/app/", version) == f"302 http://{VIP}/login"
    assert ask(front, "/app/in?x", version, "-b", "session=alice", *forged) == "200"
    heard = served(front, "/app/in?x")
    assert b"\r\nX-User: alice\r\n" in heard
    assert b"root" not in heard
    asked = front.auth.heads[-1]
    assert asked.startswith(b"GET /verify HTTP/1.1\r\n")
    assert b"\r\nX-Forwarded-Uri: /app/in?x\r\n" in asked

    front.auth.close()
    front.auth.behave = lambda *_: False
    wait_until(lambda: ask(front, "/app/", version, "-b", "session=alice") == "503", 10,
               "nobody to get in without the auth service")
    assert ask(front, "/", version) == "200"
    wait_until(lambda: "auth-service-failed" in front.nodes["lb1"].log(), 5, "a word of that")
