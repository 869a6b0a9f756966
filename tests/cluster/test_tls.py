"""TLS at the edge, with curl and the openssl command as clients."""

import re
import subprocess

import pytest

from lab import certificates, netns
from lab.processes import wait_until
from lab.topology import VIP

NAME = "www.example"


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


def write_tls_config(lab, tls, **changes):
    secret = lab.directory / "secret"
    if not secret.exists():
        lab.write_secret()
    lab.write_config(cluster__secret_file=str(secret), frontends__http_front__bind=[
        {"vip": "VI_1", "port": 443, "tls": tls}], **changes)


def curl(lab, authority, path="/", name=NAME, *options):
    return lab.curl("--cacert", authority.path, "--resolve", f"{name}:443:{VIP}", *options,
                    f"https://{name}{path}")


def s_client(lab, *options, talk=b"Q\n"):
    """What openssl s_client says of one connection."""
    command = netns.command(lab.client_namespace, "openssl", "s_client", "-connect", f"{VIP}:443",
                            *map(str, options))
    done = subprocess.run(command, input=talk, capture_output=True, timeout=10, check=False)
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curl_is_served_over_each_version(lab, authority, version):
    write_tls_config(lab, {"certificates": [
        authority.issue(NAME).bundle(lab.directory / "www.pem")]})
    lab.start()
    for spoken, option in (("2", "--http2"), ("1.1", "--http1.1")):
        answer = curl(lab, authority, "/echo", NAME, f"--tlsv{version}", "--tls-max", version,
                      option, "-w", "%{http_version} %{ssl_verify_result}")
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.startswith("GET ") and answer.stdout.endswith(f"{spoken} 0")


def test_plain_http_and_old_versions_are_refused(lab, authority):
    write_tls_config(lab, {"certificates": [
        authority.issue(NAME).bundle(lab.directory / "www.pem")], "min_version": "1.3"})
    lab.start()
    assert lab.curl(f"http://{VIP}:443/").returncode != 0
    assert curl(lab, authority, "/", NAME, "--tls-max", "1.2").returncode == 35
    assert curl(lab, authority).returncode == 0


def test_a_directory_serves_many_names_and_both_kinds_of_key(lab, authority):
    directory = lab.directory / "tls.d"
    directory.mkdir()
    authority.issue(NAME).bundle(directory / "a.pem")
    authority.issue(NAME, rsa=True).bundle(directory / "b.pem")
    wild = authority.issue("*.wild.example")
    (directory / "c.crt").write_bytes(wild.certificate.read_bytes())
    (directory / "c.key").write_bytes(wild.key.read_bytes())
    live = directory / "live.example"
    live.mkdir()
    pair = authority.issue("live.example")
    (live / "fullchain.pem").write_bytes(pair.certificate.read_bytes())
    (live / "privkey.pem").write_bytes(pair.key.read_bytes())
    (directory / "README").write_text("left alone\n")
    write_tls_config(lab, {"certificates": [str(directory)], "strict_sni": True})
    lab.start()
    for name in (NAME, "some.wild.example", "live.example"):
        answer = curl(lab, authority, "/", name)
        assert answer.returncode == 0, (name, answer.stderr)
    assert curl(lab, authority, "/", "unknown.example").returncode == 35, "strict"
    for kind in ("ECDSA", "RSA"):
        said = s_client(lab, "-tls1_2", "-servername", NAME, "-cipher",
                        f"ECDHE-{kind}-AES128-GCM-SHA256")
        assert f"Cipher is ECDHE-{kind}-AES128-GCM-SHA256" in said


def test_a_session_is_resumed_and_so_it_is_on_the_other_node(lab, authority):
    write_tls_config(lab, {"certificates": [
        authority.issue(NAME).bundle(lab.directory / "www.pem")]})
    lab.start()
    for version in ("-tls1_3", "-tls1_2"):
        session = lab.directory / f"session{version}"
        request = f"GET / HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode()
        said = s_client(lab, version, "-ign_eof", "-sess_out", session, talk=request)
        assert "HTTP/1.1 200" in said and session.exists()
        assert "Reused, TLS" in s_client(lab, version, "-sess_in", session)
    lab.nodes["lb1"].kill_tree()
    lab.await_master("lb2")
    for version in ("-tls1_3", "-tls1_2"):
        session = lab.directory / f"session{version}"
        assert "Reused, TLS" in s_client(lab, version, "-sess_in", session), version


def test_clients_show_a_certificate(lab, authority):
    clients = certificates.Authority(lab.directory / "clients")
    write_tls_config(lab, {
        "certificates": [authority.issue(NAME).bundle(lab.directory / "www.pem")],
        "client_certificates": {"ca": str(clients.path)}})
    lab.start()
    good, bad = clients.issue("me"), authority.issue("stranger")
    with_certificate = ("--cert", good.certificate, "--key", good.key)
    assert curl(lab, authority, "/", NAME, *with_certificate).returncode == 0
    assert curl(lab, authority).returncode != 0
    assert curl(lab, authority, "/", NAME, "--cert", bad.certificate, "--key",
                bad.key).returncode != 0


def test_a_handshake_that_takes_too_long_is_closed(lab, authority):
    write_tls_config(lab, {
        "certificates": [authority.issue(NAME).bundle(lab.directory / "www.pem")],
        "handshake_timeout": "300ms"})
    lab.start()
    with lab.connect(port=443) as connection:
        connection.sendall(b"\x16\x03\x01\x00")
        assert connection.recv(100) == b"", "closed"


def test_what_is_no_certificate_keeps_a_node_from_starting(lab, authority):
    ours, other = authority.issue(NAME), authority.issue("other.example")
    write_tls_config(lab, {"certificates": [
        {"certificate": str(ours.certificate), "key": str(other.key)}]})
    refused = lab.nodes["lb1"].hapair("check", "--config", lab.config_path)
    assert refused.returncode == 3
    assert re.search(r"bind\[0\]\.tls\.certificates\[0\]: .*the private key is not that of the "
                     rf"certificate CN={NAME}", refused.stderr), refused.stderr


def test_mode_tcp_under_tls(lab, authority):
    write_tls_config(lab, {"certificates": [
        authority.issue(NAME).bundle(lab.directory / "www.pem")]},
        frontends__http_front__mode="tcp", frontends__http_front__stats=None,
        backends__web_server__forwarded_for=None)
    lab.start()
    answer = curl(lab, authority, "/echo")
    assert answer.returncode == 0 and answer.stdout.startswith("GET ")
    wait_until(lambda: " -- " in lab.nodes["lb1"].log(), 5, "the access line")
