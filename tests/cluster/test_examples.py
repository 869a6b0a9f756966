"""The example files in configs/, each on two nodes: the file as it is committed, but for addresses,
interfaces and paths, serves what it promises. docs/examples.md tells of them."""

import json
import re
import time

import pytest

from lab import netns, services
from lab.certificates import Authority
from lab.odd_server import OddServer
from lab.processes import wait_until
from lab.topology import BACKENDS, NODES, ROOT, SECOND_VIP, VIP

# The addresses of the files, and what stands for them in the laboratory.
WEB1, WEB2 = BACKENDS["web1"], BACKENDS["web2"]
THIRD = "10.77.0.23"
ADDRESSES = {
    "192.0.2.10": VIP, "192.0.2.101": VIP, "192.0.2.102": SECOND_VIP, "192.168.100.101": VIP,
    "192.0.2.21": WEB1, "192.0.2.22": WEB2, "192.0.2.23": THIRD, "192.0.2.31": WEB1,
    "192.0.2.32": WEB2, "192.168.100.111": WEB1, "192.168.100.112": WEB2,
}
NAME = "shop.example"


def write_example(lab, name, **paths):
    """Writes configs/NAME.json for the laboratory; `paths` are those that the file has, by the last
    part of each."""
    text = (ROOT / "configs" / f"{name}.json").read_text()
    for node, (address, interface) in NODES.items():
        text, count = re.subn(rf'("{node}": {{ "address": ")[^"]*(", "interface": ")[^"]*',
                              rf"\g<1>{address}\g<2>{interface}", text)
        assert count == 1, f"{name}.json has no node {node} on one line"
    text = re.sub(r"\b192\.[\d.]*\d\b(?!\.)", lambda found: ADDRESSES[found[0]], text)
    for path in set(re.findall(r'"(/etc/[^"]*)"', text)):
        text = text.replace(path, str(paths[re.sub(r"\W", "_", path.rpartition("/")[2])]))
    journal = json.dumps({"directory": str(lab.directory)})
    lab.config_path.write_text(text.replace("\n{\n", f'\n{{\n  "journal": {journal},\n', 1))
    lab.config_path.chmod(0o600)


def start(lab, router):
    """Both nodes; lb1 has the VIP when this returns."""
    lab.start_nodes()
    lab.await_master("lb1", router=router)


def named_server(lab, machine, port, status=lambda path, address: 200, context=None):
    """Answers with the machine's name, with the status that `status(path, own address)` gives."""
    def behave(connection, head):
        path = head.split()[1].decode()
        body = f"{machine} {path}\n".encode()
        code = status(path, connection.socket.getsockname()[0])
        connection.send(f"HTTP/1.1 {code} So\r\nConnection: close\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    class Server(OddServer):
        def serve(self, accepted):
            if context is None:
                return super().serve(accepted)
            with context.wrap_socket(accepted, server_side=True) as secured:
                return super().serve(secured)

    return Server(lab.namespace(machine), port, behave)


def app_servers(lab, port=8080, **options):
    return [named_server(lab, machine, port, **options) for machine in BACKENDS]


def who_answers(lab, address=VIP, times=4):
    """The servers that answer, by the first word of what they say; the status of other answers."""
    answers = [lab.get("/", address) for _ in range(times)]
    return {body.split()[0].decode() if status == 200 else status for status, _, body in answers}


def test_minimal_serves_from_both_servers_and_takes_one_out(lab):
    servers = app_servers(lab)
    write_example(lab, "minimal")
    start(lab, "web")
    wait_until(lambda: who_answers(lab) == {"web1", "web2"}, 5, "both servers")
    servers[0].close()
    assert who_answers(lab) == {"web2"}, "a connection that is refused goes on to the other one"


def test_the_pair_serves_and_fails_over(lab):
    lab.start_backends()
    write_example(lab, "pair")
    start(lab, "VI_1")
    wait_until(lambda: who_answers(lab) == {"web1", "web2"}, 5, "both servers")
    assert lab.get("/echo")[2].split()[1] == b"10.77.0.1", "X-Forwarded-For"
    status, _, page = lab.get("/haproxy?stats;csv")
    assert status == 200 and b"web_server,node1" in page
    died = lab.nodes["lb1"].kill_tree()
    lab.await_master("lb2")
    assert who_answers(lab) == {"web1", "web2"}
    assert time.time() - died < 3


@pytest.fixture
def authority(lab):
    return Authority(lab.directory / "certificates")


def test_the_tls_site_redirects_and_serves_by_https(lab, authority):
    lab.start_backends()
    app_servers(lab)
    live = lab.directory / "live" / NAME
    live.mkdir(parents=True)
    issued = authority.issue(NAME)
    for name, made in (("fullchain.pem", issued.certificate), ("privkey.pem", issued.key)):
        (live / name).write_bytes(made.read_bytes())
    write_example(lab, "tls-site", live=live.parent, secret=lab.write_secret())
    start(lab, "site")

    def curl(url, *options):
        return lab.curl("--cacert", authority.path, "--resolve", f"{NAME}:443:{VIP}", "--resolve",
                        f"{NAME}:80:{VIP}", "-w", "%{http_code} %{http_version}", *options, url)

    wait_until(lambda: curl(f"https://{NAME}/").stdout.endswith("200 2"), 5, "the site")
    moved = lab.get("/a?b=c")
    assert moved[0] in (301, 308) and moved[1]["location"] == "https://www.example/a?b=c"
    followed = curl(f"http://{NAME}/here", "--location").stdout
    assert re.fullmatch(r"web[12] /here\n200 2", followed), followed
    head = curl(f"https://{NAME}/", "--include", "--http1.1").stdout.lower()
    for field in ("strict-transport-security: max-age=", "set-cookie: srv="):
        assert field in head, head
    assert curl(f"https://{NAME}/static/x").stdout.endswith("200 2")
    too_many = curl(f"https://{NAME}/[1-120]", "-o", "/dev/null").stdout
    assert "200 2" in too_many and "429 2" in too_many


def test_the_kubernetes_api_is_reached_by_tls_that_goes_through(lab, authority):
    certificate = authority.issue("kubernetes")
    context = certificate.server_context()
    ready = {"web1": 200}
    named_server(lab, "web1", 6443, lambda path, _: ready["web1"], context)
    named_server(lab, "web2", 6443, context=context)
    write_example(lab, "kubernetes-api", kubernetes_ca_crt=authority.path)
    start(lab, "api")

    def ask():
        asked = lab.curl("--cacert", authority.path, "--resolve", f"kubernetes:6443:{VIP}",
                         "https://kubernetes:6443/readyz")
        return asked.stdout

    wait_until(lambda: ask() == "web1 /readyz\n", 5, "the first API server")
    wait_until(lambda: ask() == "web2 /readyz\n", 5, "the other one")
    ready["web1"] = 500
    node = lab.nodes["lb1"]
    wait_until(lambda: node.target("control_plane/cp1")["state"] == "down", 8, "cp1 as down")
    assert {ask() for _ in range(4)} == {"web2 /readyz\n"}
    # Nobody is there, so the state is known, and an impostor would be found out by its name.
    assert node.target("control_plane/cp3")["state"] == "down"


def test_postgresql_writes_to_the_primary_and_reads_from_replicas(lab, authority):
    lab.certificate = authority.issue("app.example")
    # One server with two addresses stands for the primary and a replica: it tells which was asked.
    netns.ip_batch([f"addr add {THIRD}/24 dev eth0"], lab.namespace("web1"))
    primary = {"address": WEB1}

    def patroni(path, address):
        return 200 if (path == "/primary") == (address == primary["address"]) else 503

    named_server(lab, "web1", 8008, patroni)

    def asked(port):
        done = netns.run(lab.client_namespace, "psql", "-h", VIP, "-p", port, "-U", "check", "-d",
                         "postgres", "-Atc", "select host(inet_server_addr())", check=False)
        return done.stdout.strip()

    with services.postgresql(lab):
        write_example(lab, "postgresql", secret=lab.write_secret())
        start(lab, "db")
        wait_until(lambda: asked(5000) == WEB1, 5, "the primary")
        wait_until(lambda: asked(5001) == THIRD, 5, "the replica")
        with lab.connect(VIP, 5000) as session:
            primary["address"] = THIRD
            wait_until(lambda: asked(5000) == THIRD, 8, "the new primary")
            with pytest.raises(ConnectionResetError):
                session.recv(1)
        wait_until(lambda: asked(5001) == WEB1, 8, "the new replica")
    assert lab.nodes["lb1"].role_of("db") == "master", "a new leader moves no address"
    assert lab.nodes["lb2"].log().count("vrrp-transition") == 1


def test_active_active_has_one_address_on_each_node_and_both_on_the_last(lab):
    app_servers(lab)
    write_example(lab, "active-active")
    start(lab, "first")
    lab.await_master("lb2", vip=SECOND_VIP, router="second")
    wait_until(lambda: not lab.nodes["lb1"].holds(SECOND_VIP) and not lab.nodes["lb2"].holds(VIP),
               5, "one address on each node")
    for address in (VIP, SECOND_VIP):
        wait_until(lambda at=address: who_answers(lab, at) == {"web1", "web2"}, 5, "both servers")
    assert lab.nodes["lb1"].stop() == 0
    lab.await_master("lb2", router="first")
    for address in (VIP, SECOND_VIP):
        assert who_answers(lab, address) == {"web1", "web2"}
