"""Checks under TLS against nginx: up, down, hung, lying, and on terms of their own."""

import pytest

from lab import certificates, one_check
from lab.one_check import await_check
from lab.processes import wait_until
from lab.tls_server import NAME, PORT, tls_server
from lab.topology import BACKENDS


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


def start(lab, check, **backend):
    one_check.start(lab, check, f"{BACKENDS['web1']}:{PORT}", **backend)


@pytest.mark.parametrize("kind, good", [("tls", "L6OK"), ("tcp", "L6OK"), ("http", "L7OK")])
def test_a_server_under_tls_is_up_down_and_hung(lab, authority, kind, good):
    with tls_server(lab, authority, authority.issue(NAME)) as server:
        start(lab, {"type": kind}, tls={"ca": str(authority.path), "name": NAME})
        await_check(lab, good)
        server.freeze()
        await_check(lab, "L6TOUT")
        server.thaw()
        await_check(lab, good)
        server.stop()
        await_check(lab, "L4CON", "Connection refused")


def test_a_server_with_another_certificate_is_lying(lab, authority):
    stranger = certificates.Authority(lab.directory / "stranger")
    with tls_server(lab, authority, authority.issue("other.example")):
        start(lab, {"type": "tls"}, tls={"ca": str(authority.path), "name": NAME})
        await_check(lab, "L6RSP", "certificate verify failed: hostname mismatch")
        assert "reason: Layer6 invalid response" in lab.nodes["lb1"].log()
    with tls_server(lab, authority, stranger.issue(NAME)):
        await_check(lab, "L6RSP", "certificate verify failed: unable to get local issuer")
    with tls_server(lab, authority, authority.issue(NAME)):
        await_check(lab, "L6OK")


def test_a_certificate_that_soon_expires_is_a_warning_and_no_outage(lab, authority):
    with tls_server(lab, authority, authority.issue(NAME, days=5)):
        start(lab, {"type": "tls", "certificate_days": 14},
              tls={"ca": str(authority.path), "name": NAME})
        await_check(lab, "L6OK", "the certificate expires in 4 days")
        wait_until(lambda: lab.nodes["lb1"].status()["targets"][0]["state"] == "degraded", 5,
                   "a degraded server")
        assert lab.get("/")[0] == 200


def test_a_check_has_its_own_port_and_terms(lab, authority):
    with tls_server(lab, authority, authority.issue(NAME)):
        terms = {"ca": str(authority.path), "name": NAME}
        lab.write_config(backends__web_server__check={
            "type": "http", "path": "/missing", "expect_status": "404", "interval": "300ms",
            "port": PORT, "tls": terms})
        lab.start()
        assert lab.get("/")[0] == 200, "the server is spoken to in plain text"
