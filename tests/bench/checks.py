"""What 10,000 checked targets cost, each with an address of its own, and HAProxy with the same."""

import dataclasses
import os
import pathlib
import re
import signal
import statistics
import subprocess
import time

from lab import netns, processes
from lab.topology import Lab

from balancers import Balancer, first_and_second_cpu, pin
from common import percentile
from lateness import INTERVAL, check_lateness, lateness
from record import BARS, SHARES, shares

PORT = 9080
EACH = 1000  # servers of a backend
CPU_GOAL = 0.7
SETTLE = 6.0
KINDS = ("http", "tcp")

_TARGETS = """
worker_processes 1; daemon off; master_process off;
pid {directory}/targets.pid; error_log {directory}/targets.log;
events {{ worker_connections 16384; }}
http {{
  client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2;
  fastcgi_temp_path {directory}/t3; uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  log_format probe '$msec $server_addr';
  access_log {directory}/probes probe buffer=256k flush=1s;
  server {{ listen {port} backlog=16384; location / {{ return 200 "here\\n"; }} }}
}}
"""

_HAPROXY = """
global
  nbthread 1
  maxconn 1000
defaults
  mode {mode}
  timeout connect 2s
  timeout client 2s
  timeout server 2s
  timeout check 2s
  default-server inter 2s
frontend all
  bind 127.0.0.1:9081
  default_backend b0
"""


def addresses(count):
    return [f"127.{1 + number // 60000}.{number // 250 % 240}.{1 + number % 250}"
            for number in range(count)]


def groups(count):
    every = addresses(count)
    return [every[at:at + EACH] for at in range(0, count, EACH)]


@dataclasses.dataclass(frozen=True)
class Cost:
    cpu: float      # of one processor
    memory: int     # bytes, of the whole process tree
    rate: float     # probes a second, counted at the targets; of bare connections, as begun
    reached: int    # different targets that were asked
    gap: float      # seconds between two probes of a target, p99


class Targets:
    """nginx on every address of 127/8, in the node's namespace; it counts who is asked."""

    def __init__(self, lab, namespace, cpus):
        self._log = lab.directory / "probes"
        self._namespace = namespace
        config = lab.directory / "targets.conf"
        config.write_text(_TARGETS.format(directory=lab.directory, port=PORT))
        self._process = subprocess.Popen(
            netns.command(namespace, "nginx", "-e", lab.directory / "targets.log", "-c", config),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        netns.await_listener(namespace, f":{PORT}", what="the targets")

    def close(self):
        processes.kill(processes.tree(self._process.pid))
        self._process.wait()

    def connections(self):
        """That were begun in the namespace so far. A bare TCP check of either is over before the
        target's program could count it."""
        shown = netns.run(self._namespace, "cat", "/proc/net/snmp").stdout
        names, values = (line.split() for line in re.findall(r"^Tcp: .*$", shown, re.M))
        return int(values[names.index("ActiveOpens")])

    def probes(self, since, until):
        """(when, which) of each request."""
        lines = (line.split() for line in self._log.read_text().splitlines())
        return [(float(at), which) for at, which in lines if since <= float(at) < until]


def measure(balancer, targets, seconds, kind):
    pin(balancer.pid, first_and_second_cpu()[0])
    time.sleep(SETTLE)
    begun, cpu, since = targets.connections(), balancer.cpu(), time.time()
    time.sleep(seconds)
    spent, until = balancer.cpu().since(cpu), time.time()
    begun = targets.connections() - begun
    share, memory = spent.total / (until - since), balancer.resident_bytes()
    if kind == "tcp":
        return Cost(share, memory, begun / (until - since), 0, 0.0)
    time.sleep(1.5)  # for what the targets have not written yet
    by_target, count = {}, 0
    for at, which in targets.probes(since, until):
        by_target.setdefault(which, []).append(at)
        count += 1
    gaps = [later - earlier for times in by_target.values()
            for earlier, later in zip(times, times[1:])]
    return Cost(share, memory, count / (until - since), len(by_target),
                percentile(gaps, 0.99) if gaps else 0.0)


def hapair_cost(lab, targets, count, seconds, kind):
    lab.write_config(
        vips__VI_1__advert_interval=f"{INTERVAL * 1000:.0f}ms",
        log=[{"type": "stderr", "level": "warning"}],
        backends={
            ("web_server" if number == 0 else f"b{number}"): {
                "check": {"type": kind, "interval": "2s"},
                "servers": {f"s{place}": {"address": f"{address}:{PORT}"}
                            for place, address in enumerate(group)}}
            for number, group in enumerate(groups(count))})
    node = lab.nodes["lb1"]
    started = time.time()
    node.launch()
    # By what it says on the wire: a status of so many targets is work by itself.
    processes.wait_until(lambda: lab.sniffer.adverts(started, port="lb1"), 20, "lb1 as master")
    since = time.time()
    cost = measure(Balancer("hapair", node.pid, "", {}), targets, seconds, kind)
    adverts = lab.sniffer.adverts(since + SETTLE, time.time() - 0.1, port="lb1")
    up = sum(target["state"] == "up" for target in node.status()["targets"])
    alive = node.roles().get("worker") is not None
    node.stop()
    return cost, adverts, up if alive else None


def haproxy_cost(lab, targets, count, seconds, kind):
    text = _HAPROXY.format(mode=kind)
    for number, group in enumerate(groups(count)):
        text += f"backend b{number}\n" + ("  option httpchk GET /\n" if kind == "http" else "")
        text += "".join(f"  server s{place} {address}:{PORT} check\n"
                        for place, address in enumerate(group))
    config = lab.directory / "checks-haproxy.cfg"
    config.write_text(text)
    process = subprocess.Popen(
        netns.command(lab.nodes["lb1"].namespace, "haproxy", "-db", "-f", config),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True)
    try:
        return measure(Balancer("haproxy", process.pid, "", {}), targets, seconds, kind)
    finally:
        processes.kill(processes.tree(process.pid), signal.SIGKILL)
        process.wait()


def show(name, kind, cost):
    seen = f", {cost.reached} targets reached, p99 {cost.gap:.2f} s apart" if cost.reached else ""
    print(f"{name}, {kind}: {100 * cost.cpu:.1f} % of a processor, {cost.memory / 2**20:.1f} MiB, "
          f"{cost.rate:.0f} probes/s{seen}", flush=True)


def standing_cost(binary, seconds):
    """Of a node with one target: nearly all of it for adverts that come so often."""
    with Lab(binary=pathlib.Path(binary), log_requests=False) as lab:
        targets = Targets(lab, lab.nodes["lb1"].namespace, first_and_second_cpu()[1])
        try:
            return hapair_cost(lab, targets, 1, seconds, "tcp")[0].cpu
        finally:
            targets.close()


def one_round(binary, count, seconds, kind):
    """(cost of hapair, of HAProxy, adverts meanwhile, how many targets hapair found up)."""
    with Lab(binary=pathlib.Path(binary), log_requests=False) as lab:
        targets = Targets(lab, lab.nodes["lb1"].namespace, first_and_second_cpu()[1])
        try:
            ours, adverts, up = hapair_cost(lab, targets, count, seconds, kind)
            theirs = haproxy_cost(lab, targets, count, seconds, kind)
        finally:
            targets.close()
    print(f"{count} targets every 2 s, {kind}: {up} up")
    show("hapair", kind, ours)
    show("haproxy", kind, theirs)
    return ours, theirs, adverts, up


def cpu_table(record):
    return record.table("CPU of the checks", "% of a core", SHARES)


def record_cost(record, kind, name, cost):
    cpu_table(record).add(kind, name, 100 * cost.cpu)
    record.table("Memory of its own", "MiB", BARS).add(kind, name, cost.memory / 2**20)
    record.table("Probes a second", "1/s").add(kind, name, cost.rate)


def compare(binary, record, arguments, kind):
    """All rounds of one kind; gives back the CPU times as shares of HAProxy's."""
    count, seconds = arguments.check_targets, arguments.check_seconds
    late, not_up, left_out, alive = [], 0, 0.0, True
    for _ in range(arguments.check_rounds):
        ours, theirs, adverts, up = one_round(binary, count, seconds, kind)
        record_cost(record, kind, "hapair", ours)
        record_cost(record, kind, "haproxy", theirs)
        late += lateness(adverts)
        alive, not_up = alive and up is not None, max(not_up, count - (up or 0))
        # What is asked less often would be cheaper.
        left_out = max(left_out, max(0.0, 0.5 * count - ours.rate) / count)
    record.check(f"checks_not_up_{kind}", not_up if alive else None, 0)
    record.check(f"checks_left_out_{kind}", left_out, 0.01)
    check_lateness(record, late, f"{kind} checks", f"advert-lateness-p99.9-checks-{kind}")
    cpu = cpu_table(record)
    return shares(cpu.samples(kind, "hapair"), cpu.samples(kind, "haproxy"))


def run(binary, record, arguments):
    standing = standing_cost(binary, arguments.check_seconds)
    record.say(f"hapair with one target takes {100 * standing:.1f} % of a core, nearly all of it "
               "for adverts every 10 ms")
    of_haproxy = {kind: compare(binary, record, arguments, kind) for kind in KINDS}
    worst = max(KINDS, key=lambda kind: statistics.median(of_haproxy[kind]))
    record.check("checks_cpu_vs_haproxy", statistics.median(of_haproxy[worst]), CPU_GOAL,
                 of=(cpu_table(record), worst, "haproxy"), samples=of_haproxy[worst])
