"""What a node knows of its clients: their certificates, the names that they ask for, how many
connections each has."""

import contextlib
import re
import ssl
import subprocess

import pytest

from lab import certificates, http, netns
from lab.h2 import H2Client, get
from lab.odd_server import OddServer
from lab.processes import wait_until
from lab.topology import BACKENDS, CLIENT, VIP

NAME = "www.example"
SPOOFED = ("-H", "X-SSL-Client-Verify: SUCCESS", "-H", "X_SSL_Client_DN: CN=admin", "-H",
           "Client-Cert: :AAAA:")
ECHO = """
daemon off; master_process off; pid {directory}/{name}.pid; error_log {directory}/{name}.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {directory}/{name}1; proxy_temp_path {directory}/{name}2;
  fastcgi_temp_path {directory}/{name}3; uwsgi_temp_path {directory}/{name}4;
  scgi_temp_path {directory}/{name}5;
  server {{
    listen 8443 ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ return 200 "{name} $ssl_server_name\\n"; }}
  }}
}}
"""


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


@pytest.fixture
def clients(lab):
    return certificates.Authority(lab.directory / "clients")


def show_head(connection, head):
    """The answer is the request's own head."""
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(head) + head)
    return True


@pytest.fixture
def server(lab):
    server = OddServer(lab.backends["web1"].namespace, 81, show_head)
    yield server
    server.close()


def start_with_certificates(lab, authority, clients):
    tls = {"certificates": [authority.issue(NAME).bundle(lab.directory / "www.pem")],
           "alpn": ["h2", "http/1.1"],
           "client_certificates": {"verify": "optional", "ca": str(clients.path)}}
    lab.write_config(
        cluster__secret_file=lab.write_secret(),
        frontends__http_front__bind=[{"vip": "VI_1", "port": 443, "tls": tls},
                                     {"vip": "VI_1", "port": 80},
                                     {"vip": "VI_1", "port": 8080, "protocols": ["h2"]}],
        frontends__http_front__pass_client_certificate={"whole": True},
        backends__web_server={"servers": {"s": {"address": f"{BACKENDS['web1']}:81"}}})
    lab.start()


def ask(lab, authority, *options):
    answer = lab.curl("--cacert", authority.path, "--resolve", f"{NAME}:443:{VIP}", *options,
                      *SPOOFED, f"https://{NAME}/echo")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_servers_are_told_of_the_certificate(lab, authority, clients, server, version):
    start_with_certificates(lab, authority, clients)
    mine = clients.issue("me")
    seen = ask(lab, authority, version, "--cert", mine.certificate, "--key", mine.key).lower()
    for line in ("x-ssl-client-verify: success", "x-ssl-client-dn: cn=me",
                 "x-ssl-client-issuer-dn: cn=lab ca", "client-cert: :mii"):
        assert seen.count(line) == 1, (line, seen)
    assert "admin" not in seen and ":aaaa:" not in seen
    fingerprint = certificates.openssl("x509", "-in", mine.certificate, "-noout", "-fingerprint",
                                       "-sha256").split("=")[1].strip().replace(":", "").lower()
    assert f"x-ssl-client-fingerprint: {fingerprint}" in seen
    without = ask(lab, authority, version).lower()
    assert "x-ssl-client-verify: none" in without
    assert "success" not in without and "admin" not in without and "aaaa" not in without


def test_no_plain_client_can_say_that_it_has_one(lab, authority, clients, server):
    start_with_certificates(lab, authority, clients)
    plain = lab.curl(*SPOOFED, f"http://{VIP}/echo").stdout.lower()
    with H2Client(lab.connect(port=8080)) as client:
        spoofed = [("x-ssl-client-verify", "SUCCESS"), ("x_ssl_client_dn", "CN=admin")]
        over_h2 = client.exchange(get("/echo") + spoofed).body.decode().lower()
    for seen in (plain, over_h2):
        assert "x-ssl-client-verify: none" in seen
        assert "success" not in seen and "admin" not in seen


def s_client(lab, *options):
    request = f"GET /echo HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode()
    command = netns.command(lab.client_namespace, "openssl", "s_client", "-connect", f"{VIP}:443",
                            "-ign_eof", *map(str, options))
    done = subprocess.run(command, input=request, capture_output=True, timeout=10, check=False)
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def test_a_resumed_session_has_its_certificate_on_the_other_node_too(lab, authority, clients,
                                                                     server):
    start_with_certificates(lab, authority, clients)
    mine = clients.issue("me")
    for version in ("-tls1_3", "-tls1_2"):
        said = s_client(lab, version, "-cert", mine.certificate, "-key", mine.key, "-sess_out",
                        lab.directory / f"session{version}")
        assert "X-SSL-Client-DN: CN=me" in said
    lab.nodes["lb1"].kill_tree()
    lab.await_master("lb2")
    for version in ("-tls1_3", "-tls1_2"):
        said = s_client(lab, version, "-sess_in", lab.directory / f"session{version}")
        assert "Reused, TLS" in said, version
        assert "X-SSL-Client-Verify: SUCCESS" in said and "X-SSL-Client-DN: CN=me" in said, version


@contextlib.contextmanager
def tls_server(lab, machine, certificate):
    config = lab.directory / f"{machine}-tls.conf"
    config.write_text(ECHO.format(directory=lab.directory, name=machine,
                                  certificate=certificate.certificate, key=certificate.key))
    namespace = lab.namespace(machine)
    process = subprocess.Popen(
        netns.command(namespace, "nginx", "-e", lab.directory / f"{machine}.log", "-c", config),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        netns.await_listener(namespace, ":8443", what="nginx")
        yield
    finally:
        process.kill()
        process.wait()


def is_closed(connection):
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_the_name_that_a_client_asks_for_chooses_its_backend(lab, authority):
    backend = {"check": {"type": "tcp", "interval": "200ms"}}
    lab.write_config(
        backends__web_server={**backend, "servers": {"s": {"address": f"{BACKENDS['web1']}:8443"}}},
        backends__shop={**backend, "servers": {"s": {"address": f"{BACKENDS['web2']}:8443"}}},
        frontends__http_front={
            "mode": "tcp", "bind": [{"vip": "VI_1", "port": 443}], "default_backend": "web_server",
            "inspect_tls": {"timeout": "1s", "routes": [
                {"sni": ["shop.example", "*.shop.example"], "backend": "shop"}]}})
    certificate = authority.issue(NAME, "shop.example", "*.shop.example")
    with tls_server(lab, "web1", certificate), tls_server(lab, "web2", certificate):
        lab.start()
        for name, server in ((NAME, "web1"), ("shop.example", "web2"), ("a.shop.example", "web2")):
            answer = lab.curl("--cacert", authority.path, "--resolve", f"{name}:443:{VIP}",
                              f"https://{name}/")
            assert answer.stdout == f"{server} {name}\n", answer.stderr
        assert lab.curl("-k", f"https://{VIP}/").stdout.startswith("web1 "), "an address is no name"
        with lab.connect(port=443) as plain:
            http.send_request(plain, "/")
            assert is_closed(plain), "what is no TLS"
        with lab.connect(port=443) as silent:
            assert is_closed(silent), "who says nothing"
        log = lab.nodes["lb1"].log
        wait_until(lambda: "{a.shop.example}" in log() and " shop/s " in log(), 5, "access lines")
        wait_until(lambda: " PR " in log(), 5, "the refusal's line")


def test_rules_choose_by_name_and_by_the_client_that_a_proxy_names(lab, authority):
    backend = {"check": {"type": "tcp", "interval": "200ms"}}
    lab.write_config(
        matches={"shop": {"sni": ["*.shop.example"]}},
        backends__web_server={**backend, "servers": {"s": {"address": f"{BACKENDS['web1']}:8443"}}},
        backends__shop={**backend, "servers": {"s": {"address": f"{BACKENDS['web2']}:8443"}}},
        frontends__http_front={
            "mode": "tcp", "default_backend": "web_server",
            "bind": [{"vip": "VI_1", "port": 443},
                     {"vip": "VI_1", "port": 444, "accept_proxy": True}],
            "rules": [{"match": {"source": ["203.0.113.0/24"]}, "deny": {}},
                      {"match": {"source": ["198.51.100.0/24"]}, "use_server": "shop/s"},
                      {"match": {"is": ["shop"]}, "use_backend": "shop"}]})
    certificate = authority.issue(NAME, "a.shop.example")
    log = lab.nodes["lb1"].log
    with tls_server(lab, "web1", certificate), tls_server(lab, "web2", certificate):
        lab.start()
        for name, server in ((NAME, "web1"), ("a.shop.example", "web2")):
            answer = lab.curl("--cacert", authority.path, "--resolve", f"{name}:443:{VIP}",
                              f"https://{name}/")
            assert answer.stdout == f"{server} {name}\n", answer.stderr
        with lab.connect(port=444) as told:
            told.sendall(f"PROXY TCP4 198.51.100.7 {VIP} 4000 444\r\n".encode())
            context = ssl.create_default_context(cafile=str(authority.path))
            with context.wrap_socket(told, server_hostname=NAME) as client:
                client.sendall(f"GET / HTTP/1.0\r\nHost: {NAME}\r\n\r\n".encode())
                answer = b"".join(iter(lambda: client.recv(4096), b""))
            assert answer.endswith(f"web2 {NAME}\n".encode())
        with lab.connect(port=444) as refused:
            refused.sendall(f"PROXY TCP4 203.0.113.7 {VIP} 4000 444\r\n".encode())
            assert is_closed(refused)
        for line in (r" shop/s .* \{a\.shop\.example\}", r"\b198\.51\.100\.7:4000 .* shop/s ",
                     r"\b203\.0\.113\.7:4000 .* http_front/<NOSRV> .* PR "):
            wait_until(lambda line=line: re.search(line, log()), 5, line)


def test_an_address_has_its_number_of_connections(lab):
    lab.write_config(frontends__http_front__per_address={"max_connections": 3})
    lab.start()
    held = [lab.connect() for _ in range(3)]
    assert all(http.exchange(connection)[0] == 200 for connection in held)
    with pytest.raises(ConnectionError):
        lab.get("/")
    node = lab.nodes["lb1"]
    assert node.status()["frontends"][0]["denied"]["connections"] == 1
    assert "connection-denied" in node.log() and f"{CLIENT} has its number" in node.log()
    held.pop().close()
    wait_until(lambda: node.status()["frontends"][0]["sessions"]["current"] == 2, 5, "a free place")
    assert lab.get("/")[0] == 200
    for connection in held:
        connection.close()
