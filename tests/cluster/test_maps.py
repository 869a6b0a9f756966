"""Maps and answers from files that are edited while clients come, over every version of HTTP."""

import pytest

from lab import certificates
from lab.processes import wait_until
from lab.topology import BACKENDS, VIP

HOST = "www.example"
VERSIONS = {
    "h1": (f"http://{VIP}", ("--http1.1",)),
    "h2": (f"http://{VIP}", ("--http2-prior-knowledge",)),
    "tls": (f"https://{VIP}", ("--http2", "--insecure")),
}


@pytest.fixture
def files(lab):
    """Maps and an answer, replaced in one step."""
    directory = lab.directory / "rules.d"
    directory.mkdir()

    def write(name, text):
        path = directory / name
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").rename(path)
        return str(path)

    return write


def ask(lab, version, path, *options):
    base, how = VERSIONS[version]
    return lab.curl(*how, "-s", "-H", f"Host: {HOST}", *options, f"{base}{path}").stdout.strip()


def wait_for_all(lab, path, wanted, what):
    for version in VERSIONS:
        wait_until(lambda version=version: ask(lab, version, path) == wanted, 15,
                   f"{what} over {version}")


def test_edited_maps_and_answers_count_without_a_reload(lab, files):
    bundle = lab.directory / "site.pem"
    certificates.Authority(lab.directory / "certificates").issue(HOST).bundle(bundle)
    hosts = files("hosts.map", "# who serves whom\nexample second\n")
    lab.write_config(
        maps={"hosts": {"file": hosts, "by": "domain"},
              "moved": {"file": files("moved.map", "/old https://new.example/\n"),
                        "by": "prefix"}},
        frontends__http_front__bind=[
            {"vip": "VI_1", "port": 80, "protocols": ["h2", "http/1.1"]},
            {"vip": "VI_1", "port": 443, "tls": {"certificates": [str(bundle)]}}],
        frontends__http_front__rules=[
            {"match": {"map": {"name": "moved", "key": "path"}},
             "redirect": {"to": "%{map:moved:path}"}},
            {"match": {"path": ["/away"]},
             "answer": {"file": files("away.html", "Back soon.")}},
            {"use_backend": {"map": "hosts", "key": "host", "default": "web_server"}}],
        backends__web_server__servers={"node1": {"address": f"{BACKENDS['web1']}:80"}},
        backends__second={"servers": {"s2": {"address": f"{BACKENDS['web2']}:80"}}})
    lab.start()
    node = lab.nodes["lb1"]
    location = ("-o", "/dev/null", "-w", "%{redirect_url}")
    wait_for_all(lab, "/", "web2", "the map's backend")
    assert ask(lab, "h1", "/away") == "Back soon."
    assert ask(lab, "h2", "/old/page", *location) == "https://new.example/"

    files("hosts.map", "other.example second\n")
    files("away.html", "Back tomorrow.")
    files("moved.map", "/older https://old.example/\n")
    wait_for_all(lab, "/", "web1", "the default")
    wait_for_all(lab, "/away", "Back tomorrow.", "the new text")
    wait_until(lambda: ask(lab, "tls", "/older", *location) == "https://old.example/", 15,
               "the new place")
    assert "map-renewed" in str(node.request("/v1/events")[1])

    files("hosts.map", "www.example second\nother.example nobody\n")
    wait_until(lambda: f"{hosts}:2: " in node.log(), 15, "the refusal")
    assert ask(lab, "h1", "/") == "web1"
    status = {each["name"]: each for each in node.status()["maps"]}
    assert status["hosts"]["keys"] == 1 and "nobody" in status["hosts"]["fault"]
    assert status["moved"]["fault"] is None and len(status["moved"]["digest"]) == 64

    files("hosts.map", "www.example second\n")
    wait_for_all(lab, "/", "web2", "the mended map")
    assert node.status()["maps"][0]["fault"] is None
