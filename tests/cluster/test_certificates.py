"""Certificates that change while they serve."""

import shutil
import ssl

import pytest

from lab import certificates, http, netns
from lab.processes import wait_until
from lab.topology import VIP

NAME = "www.example"


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


@pytest.fixture
def directory(lab):
    path = lab.directory / "tls.d"
    path.mkdir()
    return path


def start(lab, directory):
    lab.write_config(frontends__http_front__bind=[
        {"vip": "VI_1", "port": 443, "tls": {"certificates": [str(directory)]}}])
    lab.start()


def serial(lab, name=NAME):
    """Of the certificate that serves."""
    command = netns.run(lab.client_namespace, "sh", "-c",
                        f"echo | openssl s_client -connect {VIP}:443 -servername {name} 2>/dev/null"
                        " | openssl x509 -noout -serial -subject")
    return command.stdout.strip()


def put(certificate, path):
    """As ACME clients do: beside, then in one step."""
    certificate.bundle(path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)


def status_of(lab):
    return lab.nodes["lb1"].status()["certificates"]


def test_a_renewed_certificate_serves_without_a_lost_connection(lab, authority, directory):
    put(authority.issue(NAME, days=10), directory / "www.pem")
    start(lab, directory)
    before = serial(lab)
    assert [each["subject"] for each in status_of(lab)] == [f"CN={NAME}"]
    assert 9 * 86400 < status_of(lab)[0]["expires_in_seconds"] < 10 * 86400 + 60
    wait_until(lambda: "certificate-expires" in lab.nodes["lb1"].log(), 5, "the warning")
    context = ssl.create_default_context(cafile=authority.path)
    with context.wrap_socket(lab.connect(port=443), server_hostname=NAME) as kept:
        assert http.exchange(kept)[0] == 200
        put(authority.issue(NAME, days=20), directory / "www.pem")
        wait_until(lambda: serial(lab) not in ("", before), 15, "the new certificate")
        assert http.exchange(kept)[0] == 200, "the connection of before"
    assert status_of(lab)[0]["expires_in_seconds"] > 19 * 86400
    assert "certificate-renewed" in str(lab.nodes["lb1"].request("/v1/events")[1])


def test_a_bad_one_is_refused_and_the_old_stays(lab, authority, directory):
    put(authority.issue(NAME), directory / "www.pem")
    put(authority.issue("other.example"), directory / "other.pem")
    start(lab, directory)
    before = serial(lab)
    (directory / "www.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    put(authority.issue("other.example", days=30), directory / "other.pem")
    wait_until(lambda: "certificate-refused" in lab.nodes["lb1"].log(), 15, "the refusal")
    wait_until(lambda: any(each["expires_in_seconds"] > 25 * 86400 for each in status_of(lab)), 15,
               "the good one beside it")
    assert serial(lab) == before
    lab.nodes["lb1"].kill("worker")
    wait_until(lambda: lab.nodes["lb1"].try_status() is not None, 15, "another worker")
    wait_until(lambda: serial(lab) == before, 20, "what was good at the start, or its peer's")


def test_a_certificate_that_comes_later_serves_its_name(lab, authority, directory):
    put(authority.issue(NAME), directory / "www.pem")
    start(lab, directory)
    live = directory / "late.example"
    live.mkdir()
    late = authority.issue("late.example")
    shutil.copy(late.key, live / "privkey.pem")
    shutil.copy(late.certificate, live / "fullchain.pem")
    wait_until(lambda: "CN = late.example" in serial(lab, "late.example"), 15, "the new name")
    shutil.rmtree(live)
    wait_until(lambda: f"CN = {NAME}" in serial(lab, "late.example"), 15, "the first one again")
