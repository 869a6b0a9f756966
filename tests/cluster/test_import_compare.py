"""Inputs of the import through the real HAProxy and through hapair: the same requests get the same
answers, from the same backends, with the same fields."""

import contextlib
import pathlib
import re
import subprocess
import urllib.parse

import pytest

from lab import netns
from lab.named_servers import NamedServers
from lab.processes import alive, kill, tree, wait_until
from lab.topology import BACKENDS, NODES

CASES = pathlib.Path(__file__).resolve().parents[1] / "data/import"
SERVER = BACKENDS["web1"]
FIRST_PORT = 9001


def get(target, host="www.example.com", method="GET", **fields):
    return method, target, host, {name.replace("_", "-"): value for name, value in fields.items()}


HOSTS = [get("/", host) for host in ("shop.example.com", "BLOG.example.com", "www.blog.example.com",
                                     "a.example.com", "b.example.com", "other.example")]
PATHS = [get(path) for path in ("/", "/api", "/api/", "/api/v1?x=1", "/static/a.css", "/images",
                                "/a.JPG", "/x/b.png", "/admin", "/manager/html", "/login")]

# The input, and what is asked of both.
COMPARED = {
    "rules/001-host-routing": HOSTS,
    "rules/002-path-routing": PATHS,
    "rules/003-https-redirect": [get("/"), get("/a/b?c=d"), get("/", method="POST")],
    "rules/005-admin-from-office": PATHS,
    "rules/006-block-bots": [get("/"), get("/", User_Agent="Mozilla/5.0 SemrushBot"),
                             get("/", User_Agent="curl/8"), get("/", User_Agent="x AHREFS, y")],
    "rules/007-rate-limit": [get("/")] * 105,
    "rules/010-websocket": [get("/"), get("/", "ws.example.com"), get("/", Upgrade="other")],
    "rules/014-security-headers": [get("/"), get("/", method="HEAD")],
    "rules/015-forwarded": [get("/"), get("/x", X_Forwarded_Port="1")],
    "rules/016-strip-prefix": [get("/api/users?x=1"), get("/api/"), get("/apis"), get("/a/api/b")],
    "rules/017-www": [get("/", "example.com"), get("/a?b=c", "example.com"), get("/old-news"),
                      get("/docs/a?b"), get("/")],
    "rules/018-maintenance": [get("/"), get("/x?y")],
    "rules/019-health-answer": [get("/ping"), get("/robots.txt"), get("/")],
    "rules/020-map-backends": HOSTS,
    "rules/021-map-deny": [get("/private/x"), get("/tmp/"), get("/a"), get("/c"), get("/d")],
    "rules/022-canary-cookie": [
        get("/"), get("/", Cookie="beta=1"), get("/", Cookie="a=b; beta=0", X_Internal="yes"),
        get("/?beta=1", X_Internal="yes"), get("/?beta=2", X_Internal="yes"),
        get("/", Cookie="beta=1", X_Internal="no")],
    "rules/023-methods": [get("/", method=method)
                          for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")],
    "rules/024-use-server": [get("/reports/1"), get("/")],
    "rules/025-use-server-backend": [get("/", X_Size="big")],
    "rules/029-allow-first": [get("/login", User_Agent="Python-urllib/3"), get("/login"),
                              get("/", User_Agent="python")],
    "rules/030-variables": HOSTS + [get("/", "Blue.example.com"), get("/export/x")],
    "rules/031-named-backends": HOSTS,
    "rules/039-deep-conditions": [
        get(path, method=method, **fields) for path in ("/a", "/b.cgi", "/")
        for method in ("GET", "POST") for fields in ({}, {"X_B": "1"})],
    "rules/041-api-gateway": [
        get("/v1/orders"), get("/v1/orders", X_Api_Key="k"), get("/v2/users/7", X_Api_Key="k"),
        get("/v3/x", X_Api_Key="k"), get("/v1/things", X_Api_Key="k"),
        get("/v1/ordersx", X_Api_Key="k")],
    "rules/050-kubernetes-ingress-like": [
        get(path, host)
        for path in ("/", "/api", "/api/x", "/apis", "/.well-known/acme-challenge/t")
        for host in ("a.apps.example.com", "b.apps.example.com", "x.wild.example.com",
                     "c.example")],
    "haproxy/001-two-web-servers": [get("/"), get("/x?y"), get("/", method="HEAD"),
                                    get("/", method="POST")],
    "haproxy/014-sticky-shop": [get("/", Cookie="SRV=s2"), get("/", Cookie="SRV=s1"),
                                get("/x", Cookie="a=b; SRV=s2; c=d")],
    "haproxy/015-cookie-rewrite-and-prefix": [
        get("/", Cookie="JSESSIONID=tc1~0815"), get("/", Cookie="a=b; JSESSIONID=tc2~x~y")],
    "haproxy/021-stats-in-defaults": [get("/"), get("/admin?stats"), get("/admin"),
                                      get("/admin?stats", Authorization="Basic b3BzOndyb25n")],
    "haproxy/026-balance-kinds": [get(f"/{number}/a?user=u", Cookie="sid=1")
                                  for number in range(1, 9)],
    "haproxy/030-named-defaults": [get("/"), get("/x", method="POST")],
    "haproxy/031-several-defaults": [get("/"), get("/up")],
    "haproxy/047-wordpress": [get("/"), get("/wp-login.php?a=b", "blog.example"),
                              get("/.well-known/acme-challenge/t"), get("/.well-known/acme")],
    "haproxy/048-websocket": [get("/"), get("/chat"), get("/chats/1"), get("/cha"),
                              get("/", Upgrade="other")],
}

# What is not answered alike: the input, a request, one that is, and what the report says of it.
DIFFERENT = {
    "haproxy/030-named-defaults": (
        get("/", X_Forwarded_For="192.0.2.1"), get("/"), "option forwardfor",
        "what clients say by that name is taken off, but for that of `trusted_proxies`"),
}


class Input:
    """A config whose servers are ours, and whose files are in the lab's folder."""

    def __init__(self, lab, case):
        source = CASES / case
        self.folder = lab.directory / "input"
        self.folder.mkdir(exist_ok=True)
        for each in source.iterdir():
            if each.name not in ("haproxy.cfg", "expected.json", "expected.report"):
                (self.folder / each.name).write_text(each.read_text())
        self.servers = {}
        text = (source / "haproxy.cfg").read_text().replace("/etc/haproxy/", f"{self.folder}/")
        wanted = set(re.findall(r"(?m)^\s*use-server\s+(\S+)", text))
        section = ""
        lines = []
        for line in text.splitlines():
            if found := re.match(r"(?:backend|listen|frontend)\s+(\S+)", line):
                section = found[1]
            if found := re.match(r"(\s*server\s+(\S+)\s+)\S+(.*)", line):
                port = FIRST_PORT + len(self.servers)
                told = found[2] in wanted or " cookie " in line
                self.servers[port] = f"{section}/{found[2]}" if told else section
                line = f"{found[1]}{SERVER}:{port}{found[3]}"
            lines.append(line)
        self.path = self.folder / "haproxy.cfg"
        self.path.write_text("\n".join(lines) + "\n")
        self.port = int(re.search(r"(?m)^\s*bind\s+\S*:(\d+)", text)[1])


def answer_of(lab, address, port, method, target, host, fields):
    """What a client sees: status, where it is sent, fields of the response and the body."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close",
             *(f"{name}: {value}" for name, value in fields.items())]
    if method in ("POST", "PUT"):
        lines.append("Content-Length: 0")
    with lab.connect(address, port) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        received = b""
        try:
            while data := connection.recv(65536):
                received += data
        except ConnectionResetError:
            pass
    if not received:
        return "nothing"
    head, _, body = received.partition(b"\r\n\r\n")
    status, *rest = head.decode("latin-1").split("\r\n")
    response = {name.lower(): value.strip()
                for name, _, value in (each.partition(":") for each in rest)}
    code = int(status.split(" ")[1])
    said = sorted((name, value) for name, value in response.items()
                  if name.startswith("x-") or name in ("server", "location",
                                                       "strict-transport-security"))
    own = code >= 400 and "x-cache" not in response  # each product has pages of its own
    return code, said, "" if own else body.decode("latin-1")


def run(namespace, log, *words):
    with open(log, "ab") as out:
        return subprocess.Popen(netns.command(namespace, *words), stdin=subprocess.DEVNULL,
                                stdout=out, stderr=out, start_new_session=True)


def is_up(lab, address, port):
    try:
        with lab.connect(address, port, timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def both():
    """One lab for all: HAProxy on lb1, hapair on lb2."""
    from lab.topology import Lab
    with Lab() as lab:
        yield lab


@contextlib.contextmanager
def answers_of_both(lab, case):
    """A function: what HAProxy and what hapair answer to the same request."""
    config = Input(lab, case)
    haproxy_at, hapair_at = (NODES[name][0] for name in ("lb1", "lb2"))
    runtime = lab.directory / "runtime"
    runtime.mkdir(exist_ok=True)
    log = lab.directory / f"{urllib.parse.quote(case, safe='')}.log"
    started = []
    with NamedServers(lab.backends["web1"].namespace, config.servers):
        try:
            started.append(run(lab.nodes["lb1"].namespace, log, "haproxy", "-db", "-f",
                               config.path))
            started.append(run(lab.nodes["lb2"].namespace, log, lab.binary, "run", "--haproxy",
                               config.path, "--runtime-dir", runtime))
            for address in (haproxy_at, hapair_at):
                wait_until(lambda address=address: is_up(lab, address, config.port), 15,
                           f"a listener at {address}:\n{log.read_text()[-3000:]}")
            yield lambda asked: [answer_of(lab, address, config.port, *asked)
                                 for address in (haproxy_at, hapair_at)]
        finally:
            for process in started:
                running = tree(process.pid)
                kill(running)
                process.wait(10)
                wait_until(lambda running=running: not any(map(alive, running)), 10, "the end")


@pytest.mark.parametrize("case", COMPARED)
def test_same_answers(both, case):
    with answers_of_both(both, case) as answers:
        # Servers are up for HAProxy from the start; both are asked equally often meanwhile.
        first, *others = COMPARED[case]
        wait_until(lambda: len(set(map(str, answers(first)))) == 1, 5, "the first answer")
        for asked in others:
            expected, got = answers(asked)
            assert got == expected, asked


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_differs_is_in_the_report(both, case):
    asked, same, line, words = DIFFERENT[case]
    with answers_of_both(both, case) as answers:
        wait_until(lambda: len(set(map(str, answers(same)))) == 1, 5, "the first answer")
        expected, got = answers(asked)
        assert got != expected
    told = subprocess.run([both.binary, "import", "--haproxy", CASES / case / "haproxy.cfg"],
                          capture_output=True, text=True, timeout=20).stderr
    assert re.search(rf"haproxy\.cfg:\d+: {re.escape(line)}\n +{re.escape(words)}", told), told
