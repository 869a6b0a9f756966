"""The usual pair on one node: keepalived beside HAProxy, glued by a check script."""

import signal
import subprocess

from . import netns, processes
from .keepalived import config_text, password_block
from .topology import VIP

_ALIVE = """
vrrp_script alive {{
  script "/usr/bin/pgrep -F {directory}/haproxy.pid"
  interval 1
}}
"""

_HAPROXY = """
global
  maxconn 4000
  pidfile {directory}/haproxy.pid
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend front
  bind {vip}:80 transparent
  default_backend back
backend back
  balance roundrobin
  option httpchk GET /index.html
{servers}
"""


class KeepalivedHaproxy:
    def __init__(self, lab, name, priority, interval, customer=False):
        self._lab = lab
        self._node = lab.nodes[name]
        self._directory = lab.directory / f"pair-{name}"
        self._directory.mkdir(exist_ok=True)
        more = password_block("1111") if customer else "track_script {\n alive\n }"
        (self._directory / "keepalived.conf").write_text(config_text(
            self._node, priority, 2 if customer else 3, f"{interval:g}", [more],
            scripts=_ALIVE.format(directory=self._directory)))
        servers = "\n".join(f"  server {each} {backend.address}:80 check inter 100ms rise 2 fall 2"
                            for each, backend in lab.backends.items())
        (self._directory / "haproxy.cfg").write_text(
            _HAPROXY.format(directory=self._directory, vip=VIP, servers=servers))
        self._keepalived = self._haproxy = None

    def _run(self, *words):
        with open(self._directory / "log", "ab") as log:
            return subprocess.Popen(netns.command(self._node.namespace, *words),
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    start_new_session=True)

    def start(self):
        self._haproxy = self._run("haproxy", "-db", "-f", self._directory / "haproxy.cfg")
        (self._directory / "haproxy.pid").write_text(f"{self._haproxy.pid}\n")
        self._keepalived = self._run(
            "keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file",
            self._directory / "keepalived.conf", "--pid", self._directory / "keepalived.pid",
            "--vrrp_pid", self._directory / "vrrp.pid")

    def fail(self, case):
        """The same fault as the bench makes at hapair, as near as two daemons have it."""
        if case == "worker killed":
            processes.kill(processes.tree(self._keepalived.pid))
        elif case == "worker stopped":
            processes.kill(processes.tree(self._haproxy.pid), signal.SIGSTOP)
        elif case == "all killed":
            processes.kill(processes.tree(self._keepalived.pid))
            processes.kill(processes.tree(self._haproxy.pid))
        elif case == "all stopped":
            processes.kill(processes.tree(self._keepalived.pid), signal.SIGSTOP)
            processes.kill(processes.tree(self._haproxy.pid), signal.SIGSTOP)
        elif case == "clean stop":
            self._keepalived.terminate()
        elif case == "link cut":
            self._lab.cut(self._node.name)
        elif case == "pool lost":
            netns.ip_batch([f"route add prohibit {backend.address}/32"
                            for backend in self._lab.backends.values()], self._node.namespace)

    def stop(self):
        for process in (self._keepalived, self._haproxy):
            if process and process.poll() is None:
                processes.kill(processes.tree(process.pid))
                process.wait(10)
