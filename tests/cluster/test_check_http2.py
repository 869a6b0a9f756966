"""Checks over HTTP/2: nginx, under TLS and without asking; and the health protocol of gRPC."""

import pytest

from lab import certificates, grpc_health, one_check
from lab.one_check import await_check
from lab.tls_server import NAME, PORT, tls_server
from lab.topology import BACKENDS

def start(lab, check, port, **backend):
    one_check.start(lab, check, f"{BACKENDS['web1']}:{port}", **backend)


def test_a_page_over_http2_under_tls(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    with tls_server(lab, authority, authority.issue(NAME)) as server:
        start(lab, {"type": "http", "protocol": "h2", "path": "/protocol",
                    "expect_headers": [{"name": "X-Protocol", "value": "HTTP/2.0"}],
                    "expect_body": {"contains": "here"}}, PORT,
              tls={"ca": str(authority.path), "name": NAME})
        await_check(lab, "L7OK")
        server.freeze()
        await_check(lab, "L6TOUT")
        server.thaw()
        await_check(lab, "L7OK")
        server.stop()
        await_check(lab, "L4CON")


def test_a_server_of_http1_is_told_apart(lab):
    start(lab, {"type": "http", "protocol": "h2", "path": "/"}, 80)
    await_check(lab, "L7RSP")


@pytest.mark.parametrize("health, code, info", [
    ("serving", "L7OK", "SERVING"), ("not_serving", "L7STS", "NOT_SERVING"),
    ("unknown", "L7STS", "NOT_FOUND"), ("hung", "L7TOUT", ""), ("lying", "L7RSP", "")])
def test_grpc_health(lab, health, code, info):
    with grpc_health.server(lab, health):
        start(lab, {"type": "grpc", "service": "shop.Orders"}, grpc_health.PORT)
        await_check(lab, code, info)
