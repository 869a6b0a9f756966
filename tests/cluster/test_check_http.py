"""Checks over HTTP against nginx, and by a script: up, down, hung, lying and slow."""

import pytest

from lab import one_check
from lab.one_check import await_check, last_check
from lab.processes import wait_until
from lab.topology import BACKENDS
from test_notify import make_script

def start(lab, check):
    one_check.start(lab, check, f"{BACKENDS['web1']}:80")


def test_a_page_is_up_down_and_hung(lab):
    start(lab, {"type": "http", "path": "/", "expect_body": {"contains": "web1"}})
    await_check(lab, "L7OK")
    lab.backends["web1"].freeze()
    await_check(lab, "L7TOUT")
    lab.backends["web1"].thaw()
    await_check(lab, "L7OK")
    lab.backends["web1"].stop()
    await_check(lab, "L4CON", "Connection refused")


@pytest.mark.parametrize("expected, code, info", [
    ({"expect_body": {"regex": "^web[0-9]$"}}, "L7OK", ""),
    ({"expect_body": {"contains": "web2"}}, "L7RSP", 'body: expected "web2"'),
    ({"expect_body": {"regex": "web", "not": True}}, "L7RSP", 'expected no match of "web"'),
    ({"expect_headers": [{"name": "Server", "regex": "^nginx"}]}, "L7OK", ""),
    ({"expect_headers": [{"name": "Content-Type", "value": "text/html"}]}, "L7RSP",
     'field Content-Type: expected the line "text/html"'),
    ({"expect_status": "204"}, "L7STS", "OK"),
])
def test_a_page_that_is_not_as_expected_is_lying(lab, expected, code, info):
    start(lab, {"type": "http", "path": "/", **expected})
    await_check(lab, code, info)


def test_a_request_has_the_fields_and_the_body_that_are_given(lab):
    start(lab, {"type": "http", "method": "POST", "path": "/echo", "host": "app.example",
                "headers": ["X-Forwarded-For: 192.0.2.9"], "body": "ping",
                "expect_body": {"contains": "POST 192.0.2.9 app.example"}})
    await_check(lab, "L7OK")
    assert lab.get("/")[0] == 200


def test_a_body_that_comes_too_slowly_is_not_waited_for(lab):
    lab.backends["web1"].add_file("big", b"x" * 120_000 + b"end")
    start(lab, {"type": "http", "path": "/slow/big",
                "expect_body": {"contains": "end", "max_bytes": "128KiB"}})
    await_check(lab, "L7TOUT")


def test_a_script_checks_each_server(lab):
    flag = lab.directory / "broken"
    script = make_script(lab, "check", f'echo "$2 of $1 on port $3"\ntest ! -e {flag} || exit 7\n')
    start(lab, {"type": "script", "command": [script], "port": 8080})
    await_check(lab, "PROCOK", f"{BACKENDS['web1']} of web_server/web1 on port 8080")
    assert lab.get("/")[0] == 200
    flag.touch()
    await_check(lab, "PROCERR")
    assert last_check(lab)["status"] == 7
    wait_until(lambda: lab.get("/")[0] == 503, 5, "no server")
    flag.unlink()
    await_check(lab, "PROCOK")


def test_a_script_that_hangs_fails_and_delays_nothing(lab):
    script = make_script(lab, "check", "sleep 86398\n")
    start(lab, {"type": "script", "command": [script]})
    await_check(lab, "PROCTOUT")
