"""What ./dev bench http sets side by side in one namespace: hapair, HAProxy, nginx and a raw relay.

All stand before the same nginx, on the loopback interface, each on one processor of its own choice
(the first); wrk and the nginx behind them have the other. Each has a frontend without an access
log, one with (to a UDP socket that nobody reads), one for HTTP/2, where it can one that only
carries TCP, and two under TLS 1.3.
"""

import dataclasses
import os
import pathlib
import shutil
import socket
import subprocess

from lab import netns, processes
from lab.certificates import Authority
from lab.topology import NODES, VIP, Lab

ADDRESS = NODES["lb1"][0]
SERVER = ("127.0.0.1", 9000)
SYSLOG = ("127.0.0.1", 5514)
PLAIN, LOGGED, TCP, H2 = "plain", "logged", "tcp", "h2"
TLS, TLS_RSA = "tls", "tls-rsa"  # both TLS 1.3 only, with an ECDSA and an RSA key
MAX_CONNECTIONS = 8000
KB, MB = 1024, 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")

_BACKEND = """
user root;
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {directory}/back.pid;
error_log {directory}/back.log;
events {{ worker_connections 8192; }}
http {{
  client_body_temp_path {directory}/back-body;
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  open_file_cache max=16;
  client_max_body_size 0;
  client_body_buffer_size 2m;
  default_type text/plain;
  server {{
    listen 127.0.0.1:9000 backlog=4096;
    location / {{ return 200 "{kilobyte}"; }}
    location /files/ {{ alias {directory}/files/; }}
    # The body is read to its end, then dropped: a bare "return" would answer before.
    location /upload {{
      proxy_pass http://127.0.0.1:9000/taken;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }}
  }}
}}
"""

_NGINX = """
{modules}
user root;
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{ worker_connections 18000; }}
{stream}
http {{
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_max_body_size 0;
  access_log off;
  upstream back {{
    server 127.0.0.1:9000;
    keepalive 256;
    keepalive_requests 1000000000;
  }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  server {{
    listen {address}:8200 backlog=4096;
    location / {{ proxy_pass http://back; }}
  }}
  server {{
    listen {address}:8201 backlog=4096;
    access_log syslog:server=127.0.0.1:5514 combined;
    location / {{ proxy_pass http://back; }}
  }}
  server {{
    listen {address}:8205 http2 backlog=4096;
    location / {{ proxy_pass http://back; }}
  }}
  ssl_protocols TLSv1.3;
  server {{
    listen {address}:8203 ssl backlog=4096;
    ssl_certificate {directory}/ecdsa.pem;
    ssl_certificate_key {directory}/ecdsa.pem;
    location / {{ proxy_pass http://back; }}
  }}
  server {{
    listen {address}:8204 ssl backlog=4096;
    ssl_certificate {directory}/rsa.pem;
    ssl_certificate_key {directory}/rsa.pem;
    location / {{ proxy_pass http://back; }}
  }}
}}
"""

_NGINX_STREAM = """
stream {{
  server {{ listen {address}:8202 backlog=4096; proxy_pass 127.0.0.1:9000; }}
}}
"""

_HAPROXY = """
global
  nbthread 1
  maxconn {maximum}
  log 127.0.0.1:5514 local0
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 50s
frontend plain
  bind {address}:8100 backlog 4096
  option forwardfor
  default_backend back
frontend h2
  bind {address}:8105 backlog 4096 proto h2
  option forwardfor
  default_backend back
frontend logged
  bind {address}:8101 backlog 4096
  option forwardfor
  log global
  option httplog
  default_backend back
frontend tls
  bind {address}:8103 backlog 4096 ssl crt {directory}/ecdsa.pem ssl-min-ver TLSv1.3 alpn http/1.1
  option forwardfor
  default_backend back
frontend tls-rsa
  bind {address}:8104 backlog 4096 ssl crt {directory}/rsa.pem ssl-min-ver TLSv1.3 alpn http/1.1
  option forwardfor
  default_backend back
backend back
  option httpchk GET /
  server back 127.0.0.1:9000 check
listen tcp
  mode tcp
  bind {address}:8102 backlog 4096
  server back 127.0.0.1:9000 check
"""


@dataclasses.dataclass(frozen=True)
class Cpu:
    """Seconds of processor time of a whole process tree."""

    total: float
    user_share: tuple  # ticks in user and in system mode: only their ratio is exact enough

    def since(self, before):
        return Cpu(self.total - before.total,
                   tuple(now - then for now, then in zip(self.user_share, before.user_share)))


def first_and_second_cpu():
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[0]}, {allowed[-1]}


def pin(pid, cpus):
    for each in processes.tree(pid):
        for thread in processes.threads(each):
            os.sched_setaffinity(thread, cpus)


class Balancer:
    """One of those under test, running; `ports` says where which of its frontends is."""

    def __init__(self, name, pid, address, ports):
        self.name, self.pid, self.address, self.ports = name, pid, address, ports

    def url(self, frontend, path):
        scheme = "https" if frontend in (TLS, TLS_RSA) else "http"
        return f"{scheme}://{self.address}:{self.ports[frontend]}{path}"

    def cpu(self):
        total, user, system = 0, 0, 0
        for pid in processes.tree(self.pid):
            for thread in processes.threads(pid):
                total += int(pathlib.Path(f"/proc/{pid}/task/{thread}/schedstat")
                             .read_text().split()[0])
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user, system = user + int(fields[11]), system + int(fields[12])
        return Cpu(total / 1e9, (user / _TICKS, system / _TICKS))

    def resident_bytes(self):
        """Memory of its own: without what the kernel keeps for it, and without files."""
        return sum(int(processes.status_fields(pid).get("RssAnon", "0 kB").split()[0]) * KB
                   for pid in processes.tree(self.pid))


class Bench:
    """The lab with everything started in one namespace; a context manager."""

    def __init__(self, binary, relay=None, peers=True, advert_interval="100ms"):
        self.lab = Lab(binary=binary, log_requests=False)
        self.node = self.lab.nodes["lb1"]
        self.directory = self.lab.directory
        self.balancer_cpus, self.load_cpus = first_and_second_cpu()
        self._relay = relay
        self._peers = peers
        self._advert_interval = advert_interval
        self._started = []
        self._syslog = None
        self.balancers = {}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self._started:
            processes.kill(processes.tree(process.pid))
            process.wait()
        if self._syslog:
            self._syslog.close()
        self.lab.close()

    def _run(self, *words, cpus):
        with open(self.directory / "peers.log", "ab") as log:
            process = subprocess.Popen(netns.command(self.node.namespace, *words),
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True,
                                       preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        self._started.append(process)
        return process

    def _nginx(self, name, text, cpus):
        path = self.directory / f"{name}.conf"
        path.write_text(text)
        return self._run("nginx", "-p", self.directory, "-e", self.directory / f"{name}.error",
                         "-c", path, cpus=cpus)

    def _start(self):
        netns.run(self.node.namespace, "sysctl", "-q", "-w",
                  "net.ipv4.ip_local_port_range=10000 65000")
        self._syslog = netns.open_socket(self.node.namespace, socket.AF_INET, socket.SOCK_DGRAM)
        self._syslog.bind(SYSLOG)
        files = self.directory / "files"
        files.mkdir()
        (files / "64k").write_bytes(os.urandom(64 * KB))
        (files / "1m").write_bytes(os.urandom(MB))
        authority = Authority(self.directory / "certificates")
        for rsa, name in ((False, "ecdsa.pem"), (True, "rsa.pem")):
            authority.issue("bench.example", rsa=rsa).bundle(self.directory / name)
        self._nginx("back", _BACKEND.format(directory=self.directory, kilobyte="x" * KB),
                    self.load_cpus)
        self._await(SERVER)
        self._start_hapair()
        if self._peers:
            self._start_haproxy()
            self._start_nginx()
        if self._relay:
            relay = self._run(self._relay, f"{ADDRESS}:8300", f"{SERVER[0]}:{SERVER[1]}",
                              cpus=self.balancer_cpus)
            self.balancers["relay"] = Balancer("relay", relay.pid, ADDRESS,
                                               {PLAIN: 8300, TCP: 8300})
        for balancer in self.balancers.values():
            for port in balancer.ports.values():
                self._await((balancer.address, port))

    def _start_hapair(self):
        def front(port, **more):
            return {"bind": [{"vip": "VI_1", "port": port}], "default_backend": "back",
                    "max_connections": MAX_CONNECTIONS, **more}

        def back():
            return {"check": {"type": "tcp", "interval": "2s"},
                    "servers": {"back": {"address": f"{SERVER[0]}:{SERVER[1]}"}}}

        def secure(port, name):
            return front(port, log_format="off", timeouts=patient, bind=[
                {"vip": "VI_1", "port": port, "tls": {
                    "certificates": [str(self.directory / name)], "min_version": "1.3"}}])

        patient = {"client": "600s", "http_keep_alive": "600s"}
        self.lab.write_config(
            log=[{"type": "stderr", "level": "warning"},
                 {"type": "syslog", "address": f"{SYSLOG[0]}:{SYSLOG[1]}", "level": "info"}],
            process__max_connections=MAX_CONNECTIONS,
            process__heartbeat_limit="10s",  # a tracer may stop the worker for a while
            vips__VI_1__advert_interval=self._advert_interval,
            frontends={PLAIN: front(8000, log_format="off", timeouts=patient),
                       LOGGED: front(8001, log_format="httplog", timeouts=patient),
                       H2: front(8005, log_format="off", timeouts=patient,
                                 bind=[{"vip": "VI_1", "port": 8005, "protocols": ["h2"]}]),
                       TCP: front(8002, log_format="off", mode="tcp", default_backend="tcp_back"),
                       TLS: secure(8003, "ecdsa.pem"), TLS_RSA: secure(8004, "rsa.pem")},
            backends={"back": {"forwarded_for": True, **back()}, "tcp_back": back()})
        self.node.start()
        self.lab.await_master("lb1")
        pin(self.node.pid, self.balancer_cpus)
        self.balancers["hapair"] = Balancer("hapair", self.node.pid, VIP,
                                            {PLAIN: 8000, LOGGED: 8001, TCP: 8002, TLS: 8003,
                                             TLS_RSA: 8004, H2: 8005})

    def _start_haproxy(self):
        path = self.directory / "haproxy.cfg"
        path.write_text(_HAPROXY.format(address=ADDRESS, maximum=MAX_CONNECTIONS,
                                        directory=self.directory))
        process = self._run("haproxy", "-db", "-f", path, cpus=self.balancer_cpus)
        self.balancers["haproxy"] = Balancer("haproxy", process.pid, ADDRESS,
                                             {PLAIN: 8100, LOGGED: 8101, TCP: 8102, TLS: 8103,
                                              TLS_RSA: 8104, H2: 8105})

    def _start_nginx(self):
        module = next((path for path in (pathlib.Path("/usr/lib/nginx/modules"),
                                         pathlib.Path("/usr/lib64/nginx/modules"))
                       if (path / "ngx_stream_module.so").exists()), None)
        modules, stream = "", ""
        ports = {PLAIN: 8200, LOGGED: 8201, TLS: 8203, TLS_RSA: 8204, H2: 8205}
        if module:
            modules = f"load_module {module}/ngx_stream_module.so;"
            stream = _NGINX_STREAM.format(address=ADDRESS)
            ports[TCP] = 8202
        process = self._nginx("nginx", _NGINX.format(directory=self.directory, address=ADDRESS,
                                                     modules=modules, stream=stream),
                              self.balancer_cpus)
        self.balancers["nginx"] = Balancer("nginx", process.pid, ADDRESS, ports)

    def _await(self, where):
        def answers():
            try:
                self.connect(where, 1.0).close()
                return True
            except OSError:
                return False
        try:
            processes.wait_until(answers, 10, f"somebody at {where[0]}:{where[1]}")
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{(self.directory / 'peers.log').read_text()}"
                                 f"{self.node.log()[-2000:]}") from None

    def connect(self, where, timeout=10.0):
        connection = netns.open_socket(self.node.namespace, socket.AF_INET, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        try:
            connection.connect(where)
        except OSError:
            connection.close()
            raise
        return connection

    def run_load(self, *words):
        """What the load generator printed, run beside the balancers on the other processor."""
        return subprocess.run(netns.command(self.node.namespace, *words), check=True,
                              capture_output=True, text=True, timeout=60,
                              preexec_fn=lambda: os.sched_setaffinity(0, self.load_cpus)).stdout


    def talk(self, text, *words):
        """What a client printed that was given the text."""
        return subprocess.run(netns.command(self.node.namespace, *words), input=text, check=False,
                              capture_output=True, timeout=20,
                              preexec_fn=lambda: os.sched_setaffinity(0, self.load_cpus)).stdout


def peers_there():
    return all(map(shutil.which, ("haproxy", "nginx")))
