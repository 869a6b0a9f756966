"""Clients stay on their servers, over a failover too, and those that ask too often are told so."""

import json

import pytest

from lab import http
from lab.processes import wait_until
from lab.topology import VIP


def ask(lab, cookie=None):
    """(the server that answered, the cookie that it set or None)."""
    with lab.connect() as connection:
        headers = [f"Cookie: theme=dark; {cookie}"] if cookie else []
        status, fields, body = http.exchange(connection, close=True, headers=headers)
    assert status == 200
    given = fields.get("set-cookie")
    return body.decode().strip(), given.partition(";")[0] if given else None


@pytest.fixture
def shop(lab):
    lab.write_config(
        cluster__secret_file=lab.write_secret(),
        backends__web_server__cookie={"name": "SRV", "max_idle": "1h", "same_site": "Lax"})
    return lab.start()


def test_a_client_stays_on_its_server_over_a_failover(shop):
    server, cookie = ask(shop)
    assert cookie.startswith("SRV=") and server not in cookie
    assert [ask(shop, cookie) for _ in range(4)] == [(server, None)] * 4
    shop.nodes["lb1"].kill_tree()
    shop.await_master("lb2")
    assert [ask(shop, cookie) for _ in range(4)] == [(server, None)] * 4
    forged = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    assert ask(shop, forged)[1] not in (None, forged)
    wait_until(lambda: " --VN " in shop.nodes["lb2"].log() and " --II " in
               shop.nodes["lb2"].log(), what="the cookies' letters in the access log")


def test_a_server_that_drains_keeps_its_clients_and_one_that_is_lost_does_not(shop):
    server, cookie = ask(shop)
    node = shop.nodes["lb1"]
    node.command("server", f"web_server/{server}", "drain")
    assert ask(shop, cookie) == (server, None)
    assert ask(shop)[0] != server
    node.command("server", f"web_server/{server}", "maintenance")
    other, moved = ask(shop, cookie)
    assert other != server and moved != cookie
    assert ask(shop, moved) == (other, None)


def test_an_address_stays_on_its_server(lab):
    lab.write_config(backends__web_server__stick={"on": "source", "expire": "1h"})
    lab.start()
    assert len({ask(lab)[0] for _ in range(6)}) == 1


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_a_client_that_asks_too_often_is_told_when_to_come_again(lab, version):
    lab.write_config(
        frontends__http_front__bind=[{"vip": "VI_1", "port": 80, "protocols": ["h2", "http/1.1"]}],
        frontends__http_front__rate_limit={"requests": 3, "per": "1m", "by": "source"})
    lab.start()
    heads = [lab.curl(version, "-o", "/dev/null", "-D", "-", f"http://{VIP}/{number}",
                      check=True).stdout.lower() for number in range(5)]
    assert [head.split(" ")[1] for head in heads] == ["200"] * 3 + ["429"] * 2
    waits = [line.partition(": ")[2] for head in heads for line in head.splitlines()
             if line.startswith("retry-after: ")]
    assert len(waits) == 2 and all(0 < int(wait) <= 68 for wait in waits)
    assert lab.get()[0] == 429
    wait_until(lambda: lab.nodes["lb1"].log().count(" PR-- ") == 3, what="the refused in the log")


def test_a_rule_turns_away_who_does_too_much_until_the_operator_clears_it(lab):
    lab.write_config(
        tables={"clients": {"requests": "1h", "active": True}},
        frontends__http_front__count_in=["clients"],
        frontends__http_front__rules=[
            {"match": {"rate_over": {"table": "clients", "requests": 3}}, "deny": {}}])
    node = lab.start().nodes["lb1"]

    def tables(*words):
        return node.command("tables", *words)

    assert [lab.get()[0] for _ in range(4)] == [200, 200, 200, 403]
    listed = json.loads(tables("--json").stdout)["tables"]
    client = listed[0]["clients"][0]
    assert (listed[0]["name"], client["figures"][0]) == ("clients", 4)
    assert tables("clear", "clients", client["client"]).returncode == 0
    assert lab.get()[0] == 200
    assert tables("set", "clients", client["client"], "requests=100").returncode == 0
    assert lab.get()[0] == 403
    assert client["client"] in tables("show", "clients").stdout
    assert "there is no table 'client'" in tables("clear", "client").stderr
    assert tables("clear", "clients").returncode == 0
    assert lab.get()[0] == 200
