"""The PROXY protocol with real neighbours: HAProxy before hapair, nginx and HAProxy behind it."""

import contextlib
import re
import subprocess

import pytest

from lab import http, netns
from lab.processes import wait_until
from lab.topology import BACKENDS, CLIENT, VIP

NGINX = """
daemon off; master_process off; pid {directory}/told.pid; error_log {directory}/told.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2;
  fastcgi_temp_path {directory}/t3; uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  server {{
    listen 8081 proxy_protocol;
    location / {{
      return 200 "$proxy_protocol_addr $proxy_protocol_server_addr $proxy_protocol_server_port\n";
    }}
  }}
}}
"""
HAPROXY = """
global
  maxconn 100
defaults
  mode {mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen front
  bind {bind}
  server next {server}
"""


@contextlib.contextmanager
def running(namespace, port, *command):
    process = subprocess.Popen(netns.command(namespace, *command), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        netns.await_listener(namespace, f":{port}", what=command[0])
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def haproxy(lab, machine, port, **options):
    config = lab.directory / f"haproxy-{port}.cfg"
    config.write_text(HAPROXY.format(**options))
    with running(lab.namespace(machine), port, "haproxy", "-db", "-f", config):
        yield


@contextlib.contextmanager
def told_nginx(lab):
    """An nginx behind web1's address that answers whom the PROXY header named."""
    config = lab.directory / "told.conf"
    config.write_text(NGINX.format(directory=lab.directory))
    with running(lab.namespace("web1"), 8081, "nginx", "-e", lab.directory / "told.log", "-c",
                 config):
        yield


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("mode", ["http", "tcp"])
def test_nginx_learns_the_client(lab, version, mode):
    backend = {"send_proxy": version,
               "check": {"type": "http", "path": "/", "interval": "200ms"},
               "servers": {"told": {"address": f"{BACKENDS['web1']}:8081"}}}
    lab.write_config(frontends__http_front__mode=mode,
                     frontends__http_front__stats=None if mode == "tcp" else "/haproxy?stats",
                     backends__web_server=backend)
    with told_nginx(lab):
        lab.start()
        wait_until(lambda: "web_server/told is UP" in lab.nodes["lb1"].log(), 5,
                   "a check that passes, with its own header")
        for _ in range(3):
            assert lab.get("/")[2].decode().split() == [CLIENT, VIP, "80"]
        with lab.connect() as connection:
            for _ in range(3):
                assert http.exchange(connection, "/")[2].decode().split()[0] == CLIENT


@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2"])
def test_the_client_of_a_haproxy_before_us_is_known(lab, send):
    lab.write_config(frontends__http_front__bind=[
        {"vip": "VI_1", "port": 80, "accept_proxy": {"from": [f"{CLIENT}/32"]}}])
    with haproxy(lab, "client", 9000, mode="tcp", bind="127.0.0.1:9000",
                 server=f"{VIP}:80 {send}"):
        lab.start()
        answer = lab.curl("http://127.0.0.1:9000/echo", check=True).stdout
        assert answer.split()[:2] == ["GET", "127.0.0.1"], "HAProxy's client, not HAProxy"
        wait_until(lambda: re.search(r"127\.0\.0\.1:\d+ \[", lab.nodes["lb1"].log()), 5,
                   "its address in the access log")
        with lab.connect() as connection:  # no header, though its address has to send one
            assert http.ask_raw(connection, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""


def test_who_is_named_to_us_is_named_to_the_server(lab):
    """HAProxy before us names its client, and we name it to nginx behind us."""
    lab.write_config(
        frontends__http_front__bind=[{"vip": "VI_1", "port": 80, "accept_proxy": True}],
        backends__web_server={"servers": {"told": {
            "address": f"{BACKENDS['web1']}:8081", "send_proxy": "v2"}}})
    with told_nginx(lab), haproxy(lab, "client", 9000, mode="http", bind="127.0.0.1:9000",
                                  server=f"{VIP}:80 send-proxy-v2"):
        lab.start()
        answer = lab.curl("http://127.0.0.1:9000/", check=True).stdout
        assert answer.split() == ["127.0.0.1", "127.0.0.1", "9000"]
