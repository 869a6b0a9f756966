"""An nginx in its own namespace: says its name, keeps a log of who asked for what."""

import dataclasses
import signal
import subprocess

from . import netns, processes

_CONFIG = """
user root;
worker_processes 1;
daemon off;
master_process on;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  default_type text/plain;
  keepalive_requests 10000000;
  log_format lab '$msec|$remote_addr|$request|$status|$http_x_forwarded_for|$http_user_agent';
  access_log {access_log};
  server {{
    listen 80 backlog=4096;
    listen [::]:80 backlog=4096;
    location / {{ return 200 "{name}\\n"; }}
    location /files/ {{ alias {directory}/files/; }}
    location /slow/ {{ alias {directory}/files/; limit_rate 20k; }}
    location /missing {{ return 404 "none\\n"; }}
    location /echo {{ return 200 "$request_method $http_x_forwarded_for $http_host\\n"; }}
  }}
}}
"""


@dataclasses.dataclass(frozen=True)
class LoggedRequest:
    at: float
    client: str
    request: str
    status: int
    forwarded_for: str
    agent: str


class Backend:
    def __init__(self, lab, name, address, log_requests=True):
        self.name = name
        self.address = address
        self.namespace = lab.namespace(name)
        self.directory = lab.directory / name
        (self.directory / "files").mkdir(parents=True, exist_ok=True)
        self._log = self.directory / "access.log"
        access_log = f"{self._log} lab" if log_requests else "off"
        (self.directory / "nginx.conf").write_text(
            _CONFIG.format(directory=self.directory, name=name, access_log=access_log))
        self._process = None

    def add_file(self, name, content):
        (self.directory / "files" / name).write_bytes(content)

    def start(self):
        self._process = subprocess.Popen(
            netns.command(self.namespace, "nginx", "-p", self.directory, "-e",
                          self.directory / "error.log", "-c", self.directory / "nginx.conf"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        netns.await_listener(self.namespace, " 0.0.0.0:80", what=f"{self.name}'s nginx")
        return self

    def stop(self):
        """Stops at once: connections are reset, new ones refused."""
        if self._process:
            processes.kill(processes.tree(self._process.pid))
            self._process.wait()
            self._process = None

    def freeze(self):
        processes.kill(processes.tree(self._process.pid), signal.SIGSTOP)

    def thaw(self):
        processes.kill(processes.tree(self._process.pid), signal.SIGCONT)

    def requests(self, since=0.0):
        if not self._log.exists():
            return []
        fields = (line.split("|") for line in self._log.read_text().splitlines())
        logged = [LoggedRequest(float(f[0]), f[1], f[2], int(f[3]), f[4], f[5])
                  for f in fields if len(f) == 6]
        return [one for one in logged if one.at >= since]
