"""OCSP stapling, as a real client sees it (openssl s_client -status)."""

import pytest

from lab import certificates, netns
from lab.processes import wait_until
from lab.topology import VIP

NAME = "www.example"
NONE = "no response sent"


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


def start(lab, certificate, response):
    lab.write_config(frontends__http_front__bind=[{"vip": "VI_1", "port": 443, "tls": {
        "certificates": [{"certificate": str(certificate.certificate),
                          "key": str(certificate.key), "ocsp": str(response)}]}}])
    lab.start()


def stapled(lab):
    """What s_client says of the response."""
    said = netns.run(lab.client_namespace, "sh", "-c",
                     f"echo | openssl s_client -connect {VIP}:443 -servername {NAME} -status 2>&1")
    return said.stdout


def put(response, made):
    made.rename(response)


def until(said):
    return next((line for line in said.splitlines() if "Next Update" in line), "")


def stapled_until(lab):
    return until(stapled(lab))


def test_a_client_gets_the_response_and_a_refreshed_one_takes_its_place(lab, authority):
    site = authority.issue(NAME)
    response = lab.directory / "site.der"
    put(response, authority.respond(site))
    start(lab, site, response)
    first = stapled(lab)
    assert "OCSP Response Status: successful" in first and "Cert Status: good" in first
    assert "Next Update" in first
    put(response, authority.respond(site, minutes=600))
    wait_until(lambda: stapled_until(lab) != until(first), 15, "the refreshed response")
    assert "Cert Status: good" in stapled(lab)


def test_a_response_that_is_no_good_is_refused_and_the_one_before_stays(lab, authority):
    site, other = authority.issue(NAME), authority.issue("other.example")
    response = lab.directory / "site.der"
    put(response, authority.respond(site))
    start(lab, site, response)
    before = until(stapled(lab))
    node = lab.nodes["lb1"]
    for about, revoked, why in ((other, False, "about another certificate"),
                                (site, True, "the certificate is revoked")):
        put(response, authority.respond(about, revoked=revoked))
        wait_until(lambda: f"{why}; " in node.log(), 15, "the refusal")
        assert until(stapled(lab)) == before
    assert "ocsp-response-refused" in node.log()


def test_a_node_starts_without_a_response_that_is_about_another_certificate(lab, authority):
    site, other = authority.issue(NAME), authority.issue("other.example")
    response = lab.directory / "site.der"
    put(response, authority.respond(other))
    start(lab, site, response)
    assert NONE in stapled(lab)
    checked = lab.nodes["lb1"].hapair("check", "--config", lab.config_path)
    assert checked.returncode == 0
    assert "the OCSP response is about another certificate" in checked.stdout + checked.stderr
