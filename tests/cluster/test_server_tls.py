"""Servers that are spoken to under TLS: nginx behind hapair."""

import pytest

from lab import certificates
from lab.processes import wait_until
from lab.tls_server import NAME, tls_server
from lab.topology import BACKENDS


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


def start(lab, tls, **backend):
    lab.write_config(backends__web_server={
        "tls": tls, "check": {"type": "tcp", "interval": "200ms"}, **backend,
        "servers": {"secure": {"address": f"{BACKENDS['web1']}:8443"}}})
    lab.start()


def test_a_server_is_asked_who_it_is_and_sessions_are_resumed(lab, authority):
    with tls_server(lab, authority, authority.issue(NAME)):
        start(lab, {"ca": str(authority.path), "name": NAME}, reuse="never")
        wait_until(lambda: lab.get("/")[0] == 200, 5, "an answer")
        assert lab.get("/")[2].decode().split()[:3] == [NAME, "TLSv1.3", "NONE"]
        wait_until(lambda: lab.get("/")[2].decode().split()[3] == "r", 5, "a resumed session")


def test_a_server_with_another_name_gets_no_request(lab, authority):
    with tls_server(lab, authority, authority.issue("other.example")):
        start(lab, {"ca": str(authority.path), "name": NAME})
        assert lab.get("/")[0] == 503


def test_a_server_is_shown_our_certificate(lab, authority):
    ours = authority.issue("us")
    with tls_server(lab, authority, authority.issue(NAME), verify="on"):
        start(lab, {"ca": str(authority.path), "name": NAME, "certificate": str(ours.certificate),
                    "key": str(ours.key)})
        wait_until(lambda: lab.get("/")[0] == 200, 5, "an answer")
        assert lab.get("/")[2].decode().split()[2] == "SUCCESS"
