"""Servers that are spoken to under TLS: nginx behind hapair."""

import contextlib
import subprocess

import pytest

from lab import certificates, netns
from lab.processes import wait_until
from lab.topology import BACKENDS

NAME = "app.example"
NGINX = """
daemon off; master_process off; pid {directory}/tls.pid; error_log {directory}/tls.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {directory}/s1; proxy_temp_path {directory}/s2;
  fastcgi_temp_path {directory}/s3; uwsgi_temp_path {directory}/s4; scgi_temp_path {directory}/s5;
  server {{
    listen 8443 ssl; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    ssl_client_certificate {clients}; ssl_verify_client {verify};
    location / {{
      return 200 "$ssl_server_name $ssl_protocol $ssl_client_verify $ssl_session_reused\\n";
    }}
  }}
}}
"""


@pytest.fixture
def authority(lab):
    return certificates.Authority(lab.directory / "certificates")


@contextlib.contextmanager
def nginx(lab, authority, certificate, verify="off"):
    config = lab.directory / "tls.conf"
    config.write_text(NGINX.format(directory=lab.directory, certificate=certificate.certificate,
                                   key=certificate.key, clients=authority.path, verify=verify))
    namespace = lab.namespace("web1")
    process = subprocess.Popen(
        netns.command(namespace, "nginx", "-e", lab.directory / "tls.log", "-c", config),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: ":8443 " in netns.run(namespace, "ss", "-ltn").stdout, 10, "nginx")
        yield
    finally:
        process.kill()
        process.wait()


def start(lab, tls, **backend):
    lab.write_config(backends__web_server={
        "tls": tls, "check": {"type": "tcp", "interval": "200ms"}, **backend,
        "servers": {"secure": {"address": f"{BACKENDS['web1']}:8443"}}})
    lab.start()


def test_a_server_is_asked_who_it_is_and_sessions_are_resumed(lab, authority):
    with nginx(lab, authority, authority.issue(NAME)):
        start(lab, {"ca": str(authority.path), "name": NAME}, reuse="never")
        wait_until(lambda: lab.get("/")[0] == 200, 5, "an answer")
        assert lab.get("/")[2].decode().split()[:3] == [NAME, "TLSv1.3", "NONE"]
        wait_until(lambda: lab.get("/")[2].decode().split()[3] == "r", 5, "a resumed session")


def test_a_server_with_another_name_gets_no_request(lab, authority):
    with nginx(lab, authority, authority.issue("other.example")):
        start(lab, {"ca": str(authority.path), "name": NAME})
        assert lab.get("/")[0] == 503


def test_a_server_is_shown_our_certificate(lab, authority):
    ours = authority.issue("us")
    with nginx(lab, authority, authority.issue(NAME), verify="on"):
        start(lab, {"ca": str(authority.path), "name": NAME, "certificate": str(ours.certificate),
                    "key": str(ours.key)})
        wait_until(lambda: lab.get("/")[0] == 200, 5, "an answer")
        assert lab.get("/")[2].decode().split()[2] == "SUCCESS"
