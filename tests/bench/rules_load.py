"""CPU of a request under 500 hosts and 1,000 rules: hapair beside HAProxy with the same ones.

HAProxy has them twice: as the list of conditions that they are, one `use_backend` for each rule,
which is what the goal compares with; and as maps, which its administrator would have to make of
them, with one label in place of any name below a host. Each of the two also has a frontend without
rules: what is above it is what the rules cost.
"""

import dataclasses
import random
import statistics

from lab import http

from balancers import ADDRESS, MAX_CONNECTIONS, VIP, Balancer, Bench, pin
from http_load import read_load
from record import SHARES, shares

HOSTS = 500
BACKENDS = 10
REQUESTS = 4096  # different ones, in turn
COMPARED = 500   # of them, that all have to send to the same server
CONNECTIONS = 64
PORT = 9100      # of the servers
GOAL = 1.0
NONE, RULES, LIST, MAPS = "none", "rules", "list", "maps"
# What each load is called in the report: case, product.
SHOWN = {("hapair", NONE): ("no rules", "hapair"), ("haproxy", NONE): ("no rules", "haproxy"),
         ("hapair", RULES): ("with the rules", "hapair"),
         ("haproxy", LIST): ("with the rules", "haproxy, list"),
         ("haproxy", MAPS): ("with the rules", "haproxy, maps")}
_DOMAIN = "customers.example.com"

_SERVERS = """
user root;
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {directory}/servers.pid;
error_log {directory}/servers.log;
events {{ worker_connections 8192; }}
http {{
  client_body_temp_path {directory}/servers-body;
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  default_type text/plain;
  server {{
    {listens}
    add_header Served-By $server_addr;
    location / {{ return 200 "{kilobyte}"; }}
  }}
}}
"""

_HAPROXY = """
global
  nbthread 1
  maxconn {maximum}
defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 600s
  timeout server 50s
  default_backend b0
frontend none
  bind {address}:8100 backlog 4096
frontend list
  bind {address}:8101 backlog 4096
{conditions}
frontend maps
  bind {address}:8102 backlog 4096
  acl found var(txn.to) -m found
  http-request set-var(txn.to) base,map_str({directory}/exact.map)
  http-request set-var(txn.to) base,map_beg({directory}/prefix.map) unless found
  http-request set-var(txn.to) base,field(2,.,0),map_str({directory}/exact-below.map) unless found
  http-request set-var(txn.to) base,field(2,.,0),map_beg({directory}/prefix-below.map) unless found
  use_backend %[var(txn.to)] if found
{backends}
"""

_WRK = """
local requests, at = {{}}, 0
function init(args)
  for line in io.lines("{requests}") do
    local host, target = line:match("(%S+) (%S+)")
    requests[#requests + 1] = wrk.format("GET", target, {{ Host = host }})
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""


@dataclasses.dataclass(frozen=True)
class Rule:
    """Requests to a host, or to all below it, and below a path or with that one go to a backend."""

    host: str
    below: bool
    path: str  # empty: any
    exact: bool
    backend: str

    def as_hapair(self):
        match = {"host": [f"*.{self.host}" if self.below else self.host]}
        if self.path:
            match["path" if self.exact else "path_prefix"] = [self.path]
        return {"match": match, "use_backend": self.backend}

    def as_condition(self):
        host = f"hdr_end(host) -i .{self.host}" if self.below else f"hdr(host) -i {self.host}"
        path = f" {{ {'path' if self.exact else 'path_beg'} {self.path} }}" if self.path else ""
        return f"  use_backend {self.backend} if {{ {host} }}{path}"

    def map_name(self):
        kind = "exact" if self.path and self.exact else "prefix"
        return f"{kind}-below.map" if self.below else f"{kind}.map"

    def as_map_line(self):
        return f"{self.host}{self.path or '/'} {self.backend}"


def make_rules():
    """Those of rules.cpp: each host has one for a path, and one for all else."""
    rules = []
    for number in range(HOSTS):
        host, below = f"app-{number}.{_DOMAIN}", number % 5 == 0
        rules.append(Rule(host, below, f"/api/v{number % 3}/items", number % 2 == 1,
                          f"b{number % BACKENDS}"))
        rules.append(Rule(host, below, "", False, f"b{(number + 1) % BACKENDS}"))
    return rules


def make_requests():
    """(host, target) of each."""
    draw = random.Random(1)
    requests = []
    for _ in range(REQUESTS):
        number = draw.randrange(HOSTS)
        host = f"{'www.' if number % 5 == 0 else ''}app-{number}.{_DOMAIN}"
        below = draw.choice(["", f"/{number}"])
        requests.append((host, f"/api/v{draw.randrange(4)}/items{below}?page=2"))
    return requests


class RulesBench(Bench):
    """Both with the rules, before one nginx that says by which address it was asked."""

    def __init__(self, binary):
        super().__init__(binary, peers=False)
        self.rules, self.requests = make_rules(), make_requests()
        self.script = self.directory / "rules.lua"

    def _start_hapair(self):
        servers = [f"127.0.1.{number + 1}:{PORT}" for number in range(BACKENDS)]
        self._nginx("servers", _SERVERS.format(
            directory=self.directory, kilobyte="x" * 1024,
            listens="\n    ".join(f"listen {each} backlog=4096;" for each in servers)),
            self.load_cpus)
        self._await(("127.0.1.1", PORT))
        listed = self.directory / "requests"
        listed.write_text("".join(f"{host} {target}\n" for host, target in self.requests))
        self.script.write_text(_WRK.format(requests=listed))
        self._start_hapair_with(servers)
        self._start_haproxy_with(servers)

    def _start_hapair_with(self, servers):
        def front(port, **more):
            return {"bind": [{"vip": "VI_1", "port": port}], "default_backend": "b0",
                    "max_connections": MAX_CONNECTIONS, "log_format": "off", **more}

        self.lab.write_config(
            log=[{"type": "stderr", "level": "warning"}],
            process__max_connections=MAX_CONNECTIONS,
            frontends={NONE: front(8000),
                       RULES: front(8001, rules=[rule.as_hapair() for rule in self.rules])},
            backends={f"b{number}": {"forwarded_for": True, "servers": {"s": {"address": server}}}
                      for number, server in enumerate(servers)})
        self.node.start()
        self.lab.await_master("lb1")
        pin(self.node.pid, self.balancer_cpus)
        self.balancers["hapair"] = Balancer("hapair", self.node.pid, VIP, {NONE: 8000, RULES: 8001})

    def _start_haproxy_with(self, servers):
        for name in sorted({rule.map_name() for rule in self.rules}):
            (self.directory / name).write_text("".join(
                f"{rule.as_map_line()}\n" for rule in self.rules if rule.map_name() == name))
        path = self.directory / "rules.cfg"
        path.write_text(_HAPROXY.format(
            address=ADDRESS, maximum=MAX_CONNECTIONS, directory=self.directory,
            conditions="\n".join(rule.as_condition() for rule in self.rules),
            backends="\n".join(f"backend b{number}\n  server s {server}"
                               for number, server in enumerate(servers))))
        process = self._run("haproxy", "-db", "-f", path, cpus=self.balancer_cpus)
        self.balancers["haproxy"] = Balancer("haproxy", process.pid, ADDRESS,
                                             {NONE: 8100, LIST: 8101, MAPS: 8102})

    def choices(self, balancer, frontend):
        """Which server answers each of the compared requests."""
        served = []
        with self.connect((balancer.address, balancer.ports[frontend])) as connection:
            for host, target in self.requests[:COMPARED]:
                connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                served.append(http.read_response(connection)[1]["served-by"])
        return served

    def measure(self, balancer, frontend, seconds):
        """(CPU seconds a request, errors)."""
        before = balancer.cpu()
        requests, _rate, _p99, errors = read_load(self.run_load(
            "wrk", "-t", 1, "-c", CONNECTIONS, "-d", f"{seconds}s", "--latency", "--timeout", "10s",
            "-s", self.script, balancer.url(frontend, "/")))
        return balancer.cpu().since(before).total / max(1, requests), errors


def run(binary, record, seconds, rounds):
    table = record.table("CPU of a request", "us", SHARES)
    loads = tuple(SHOWN)
    samples = {load: [] for load in loads}
    with RulesBench(binary) as bench:
        choices = {(name, frontend): bench.choices(bench.balancers[name], frontend)
                   for name, frontend in loads if frontend != NONE}
        ours = choices["hapair", RULES]
        different = sum(one != other for theirs in choices.values()
                        for one, other in zip(ours, theirs))
        for _ in range(rounds):
            for name, frontend in loads:
                used, failed = bench.measure(bench.balancers[name], frontend, seconds)
                samples[name, frontend].append((used, failed))
                table.add(*SHOWN[name, frontend], used * 1e6)
    print(f"{2 * HOSTS} rules for {HOSTS} hosts, CPU of all processes of each; medians of {rounds} "
          f"rounds of {seconds} s; {len(set(ours))} of {BACKENDS} backends were chosen")
    cpu = {load: statistics.median(used for used, _ in of_one)
           for load, of_one in samples.items()}
    for (name, frontend), used in cpu.items():
        print(f"{name:8} {frontend:6} {used * 1e6:9.2f} us a request, "
              f"{(used - cpu[name, NONE]) * 1e6:+.2f} by the rules")
    print(f"of HAProxy with maps: {cpu['hapair', RULES] / cpu['haproxy', MAPS]:.3f}")
    record.check("rules_cpu_vs_haproxy", cpu["hapair", RULES] / cpu["haproxy", LIST], GOAL,
                 of=(table, *SHOWN["haproxy", LIST]),
                 samples=shares(*(table.samples(*SHOWN[load])
                                  for load in (("hapair", RULES), ("haproxy", LIST)))))
    record.check("rules-choices-unlike-haproxy", different, 0)
    record.check("errors-rules",
                 sum(errors for of_one in samples.values() for _, errors in of_one), 0)
