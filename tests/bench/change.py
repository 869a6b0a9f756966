"""What a reload costs: hapair beside HAProxy, the same change under the same load.

Both stand before the same servers, in one namespace, and are told to reload a file in which a
server's weight has changed: hapair by `hapair reload`, HAProxy (master and worker, listeners handed
on over its socket) by SIGUSR2. Meanwhile there are kept connections, one connection for each
request and downloads that last longer than all reloads. One of the servers answers its checks with
503 and was taken out long before the first reload; it counts the requests that come all the same.
"""

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time

from lab import http, netns, processes
from lab.odd_server import OddServer
from lab.processes import wait_until
from lab.topology import BACKENDS, NODES, VIP, Lab

from record import BARS

RELOADS = 5
BETWEEN = 2.0  # seconds from one reload to the next
KEPT, NEW, DOWNLOADS = 16, 4, 4
DEAD = (BACKENDS["web2"], 8081)
OTHER_PORT = 8100  # HAProxy's, on the node's own address
SLOW_FILE = 400_000  # bytes; the servers send 20 kB a second of it
MEMORY_LIMIT = 8 * 1024  # KiB, at most in addition, where HAProxy is not there to compare

_HAPROXY = """
global
  nbthread 1
  maxconn 4000
  stats socket {directory}/haproxy.sock mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 500ms
frontend front
  bind {address}:{port}
  default_backend back
backend back
  balance roundrobin
  option httpchk GET /index.html
  default-server check inter 200ms rise 2 fall 3
  server web1 {web1}:80 weight {weight}
  server web2 {web2}:80 weight 30
  server dead {dead} weight 30
"""


@dataclasses.dataclass
class Cost:
    requests: int = 0
    failed: int = 0
    cut: int = 0         # downloads that did not come whole
    dead: int = 0        # requests to the server known to be down
    before: int = 0      # KiB, of the whole process tree
    highest: int = 0     # while reloads went on
    after: int = 0       # when the load has ended
    times: list = dataclasses.field(default_factory=list)  # s, until the order is done with


def resident_kib(pid):
    return sum(int(processes.status_fields(each).get("RssAnon", "0 kB").split()[0])
               for each in processes.tree(pid))


class Hapair:
    name, address, port = "hapair", VIP, 80

    def __init__(self, lab):
        self._lab = lab
        self._node = lab.nodes["lb1"]

    def _write(self, weight):
        where = {"web1": f"{BACKENDS['web1']}:80", "web2": f"{BACKENDS['web2']}:80",
                 "dead": f"{DEAD[0]}:{DEAD[1]}"}
        self._lab.write_config(
            log=[{"type": "stderr", "level": "warning"}], process__drain_timeout="60s",
            frontends__http_front__log_format="off",
            backends__web_server__check={"type": "http", "path": "/index.html", "interval": "200ms",
                                         "rise": 2, "fall": 3},
            backends__web_server__servers={
                name: {"address": address, "weight": weight if name == "web1" else 30}
                for name, address in where.items()})

    def start(self):
        self._write(30)
        self._node.start()
        self._lab.await_master("lb1")

    def knows_the_dead(self):
        servers = self._node.status()["backends"][0]["servers"]
        return next(each for each in servers if each["name"] == "dead")["status"] == "DOWN"

    @property
    def pid(self):
        return self._node.pid

    def reload(self, weight):
        self._write(weight)
        done = self._node.command("reload")
        assert done.returncode == 0, f"hapair reload: {done.stdout}{done.stderr}"

    def stop(self):
        self._node.stop()


class Haproxy:
    name, address, port = "haproxy", NODES["lb1"][0], OTHER_PORT

    def __init__(self, lab):
        self._lab = lab
        self._namespace = lab.nodes["lb1"].namespace
        self._path = lab.directory / "haproxy.cfg"
        self._process = None

    def _write(self, weight):
        self._path.write_text(_HAPROXY.format(
            directory=self._lab.directory, address=self.address, port=self.port, weight=weight,
            dead=f"{DEAD[0]}:{DEAD[1]}", **BACKENDS))

    def start(self):
        self._write(30)
        with open(self._lab.directory / "haproxy.log", "ab") as log:
            self._process = subprocess.Popen(
                netns.command(self._namespace, "haproxy", "-W", "-db", "-f", self._path),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        netns.await_listener(self._namespace, f"{self.address}:{self.port}", what="HAProxy")

    def _ask(self, command):
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as control:
            control.settimeout(3)
            control.connect(str(self._lab.directory / "haproxy.sock"))
            control.sendall(command.encode() + b"\n")
            answer = b""
            while data := control.recv(65536):
                answer += data
        return answer.decode()

    def knows_the_dead(self):
        row = next(line for line in self._ask("show stat").splitlines()
                   if line.startswith("back,dead,"))
        return row.split(",")[17] == "DOWN"

    @property
    def pid(self):
        return self._process.pid

    def _workers(self):
        return set(processes.children(self.pid))

    def reload(self, weight):
        self._write(weight)
        before = self._workers()
        os.kill(self.pid, signal.SIGUSR2)
        wait_until(lambda: self._workers() - before, 10, "a new worker of HAProxy", period=0.005)

    def stop(self):
        processes.kill(processes.tree(self.pid))
        self._process.wait()


class DeadServer(OddServer):
    """Well enough to answer, and says to whoever checks that it is not to be used."""

    def __init__(self, namespace):
        self.served = 0
        super().__init__(namespace, DEAD[1], self._answer)

    def _answer(self, connection, head):
        if head.startswith(b"GET /index.html"):
            connection.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            self.served += 1
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ndead\n")
        return True


class Downloads:
    """Long ones that are under way all the while; how many did not come whole."""

    def __init__(self, lab, balancer):
        self._results = []
        self._threads = [threading.Thread(target=self._one, args=(lab, balancer), daemon=True)
                         for _ in range(DOWNLOADS)]
        for thread in self._threads:
            thread.start()

    def _one(self, lab, balancer):
        try:
            with lab.connect(balancer.address, balancer.port, timeout=60) as connection:
                status, _, body = http.exchange(connection, "/slow/long")
                self._results.append(status == 200 and len(body) == SLOW_FILE)
        except OSError:
            self._results.append(False)

    def failed(self):
        for thread in self._threads:
            thread.join(timeout=90)
        return DOWNLOADS - sum(self._results)


class Watcher:
    """The most memory that a process tree ever had."""

    def __init__(self, pid):
        self.highest = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        self._thread.start()

    def _look(self, pid):
        while not self._over.wait(0.05):
            self.highest = max(self.highest, resident_kib(pid))

    def stop(self):
        self._over.set()
        self._thread.join()


def start_load(lab, balancer, seconds, connections, *more):
    return subprocess.Popen(
        netns.command(lab.client_namespace, "wrk", "-t", 1, "-c", connections, "-d", f"{seconds}s",
                      "--timeout", "10s", *more, f"http://{balancer.address}:{balancer.port}/"),
        stdout=subprocess.PIPE, text=True)


def end_load(load):
    """(requests, failures of any kind)."""
    shown = load.communicate(timeout=90)[0]
    failed = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", shown)))
    failed += sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", shown)))
    return int(re.search(r"(\d+) requests in", shown)[1]), failed


def measure(lab, balancer, dead):
    balancer.start()
    wait_until(balancer.knows_the_dead, 10, f"{balancer.name} that knows which server is down")
    time.sleep(1.0)
    served, cost = dead.served, Cost()
    length = int((RELOADS + 1) * BETWEEN + 1)
    loads = [start_load(lab, balancer, length, KEPT),
             start_load(lab, balancer, length, NEW, "-H", "Connection: close")]
    downloads = Downloads(lab, balancer)
    time.sleep(BETWEEN)
    cost.before = resident_kib(balancer.pid)
    watcher = Watcher(balancer.pid)
    for turn in range(RELOADS):
        began = time.monotonic()
        balancer.reload(31 + turn)
        cost.times.append(time.monotonic() - began)
        time.sleep(max(0.0, BETWEEN - cost.times[-1]))
    for load in loads:
        requests, failed = end_load(load)
        cost.requests, cost.failed = cost.requests + requests, cost.failed + failed
    watcher.stop()
    cost.highest = watcher.highest
    cost.cut = downloads.failed()
    time.sleep(2.0)
    cost.after = resident_kib(balancer.pid)
    cost.dead = dead.served - served
    balancer.stop()
    return cost


def tell(name, cost):
    print(f"{name:8} {cost.requests} requests, {cost.failed} failed, {cost.cut} of {DOWNLOADS} "
          f"downloads cut, {cost.dead} requests to the server known to be down; a reload takes "
          f"{statistics.median(cost.times) * 1e3:.0f} ms; {cost.before} KiB before, at most "
          f"{cost.highest - cost.before} more meanwhile, {cost.after - cost.before} more after",
          flush=True)


def record_cost(record, name, cost):
    counts = record.table("What the reloads cost", "count")
    counts.add("requests", name, cost.requests)
    counts.add("failed requests", name, cost.failed)
    counts.add(f"downloads cut, of {DOWNLOADS}", name, cost.cut)
    counts.add("requests to the server known to be down", name, cost.dead)
    record.table("What a reload takes", "ms", BARS).add(
        "until the order is done with", name, *(1e3 * took for took in cost.times))
    memory = record.table("Memory of the processes", "KiB", BARS)
    memory.add("before", name, cost.before)
    memory.add("more meanwhile", name, max(0, cost.highest - cost.before))


def run(binary, record, _arguments):
    kinds = [Hapair] + ([Haproxy] if shutil.which("haproxy") else [])
    costs = {}
    for kind in kinds:
        with Lab(binary=binary, log_requests=False) as lab:
            for backend in lab.backends.values():
                backend.add_file("long", os.urandom(SLOW_FILE))
            lab.start_backends()
            with DeadServer(lab.backends["web2"].namespace) as dead:
                costs[kind.name] = measure(lab, kind(lab), dead)
            tell(kind.name, costs[kind.name])
            record_cost(record, kind.name, costs[kind.name])
    ours, theirs = costs["hapair"], costs.get("haproxy")
    record.check("change-failed", ours.failed + ours.cut, 0)
    record.check("change-to-dead-server", ours.dead, 0)
    extra = max(0, ours.highest - ours.before)
    if theirs:
        record.check("change-memory-of-haproxy",
                    extra / max(1, theirs.highest - theirs.before), 1.0)
    else:
        record.check("change-memory", extra, MEMORY_LIMIT, "KiB")
