"""An nginx under TLS in the namespace of a backend, beside its plain one."""

import contextlib
import signal
import subprocess

from . import netns

NAME = "app.example"
PORT = 8443

_CONFIG = """
daemon off; master_process off; pid {directory}/tls.pid; error_log {directory}/tls.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {directory}/s1; proxy_temp_path {directory}/s2;
  fastcgi_temp_path {directory}/s3; uwsgi_temp_path {directory}/s4; scgi_temp_path {directory}/s5;
  server {{
    listen {port} ssl http2; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    ssl_client_certificate {clients}; ssl_verify_client {verify};
    location / {{
      return 200 "$ssl_server_name $ssl_protocol $ssl_client_verify $ssl_session_reused\\n";
    }}
    location /missing {{ return 404 "none\\n"; }}
    location /protocol {{ add_header X-Protocol $server_protocol; return 200 "here\\n"; }}
    location /slow {{ limit_rate 1; alias {directory}/; }}
  }}
}}
"""


class TlsServer:
    def __init__(self, process):
        self._process = process

    def stop(self):
        self._process.kill()
        self._process.wait()

    def freeze(self):
        """It hangs: the kernel accepts connections, and nobody answers."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def tls_server(lab, authority, certificate, verify="off", machine="web1"):
    """Shows `certificate`; with verify "on" it wants one of the client, signed by `authority`."""
    config = lab.directory / "tls.conf"
    config.write_text(_CONFIG.format(
        directory=lab.directory, port=PORT, certificate=certificate.certificate,
        key=certificate.key, clients=authority.path, verify=verify))
    namespace = lab.namespace(machine)
    server = TlsServer(subprocess.Popen(
        netns.command(namespace, "nginx", "-e", lab.directory / "tls.log", "-c", config),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    try:
        netns.await_listener(namespace, f":{PORT}", what="nginx")
        yield server
    finally:
        server.stop()
