"""What it costs to be looked at: 1,000 checked servers, a scraper of all metrics each second and
three open pages; then besides one of the CSV and one who opens the page anew each second. The
loop's lag is told since the start alone, and its highest may be of that; so the goal is for the
lag of one beat in a thousand."""

import http.client
import json
import socket
import threading
import time

from lab import netns, processes
from lab.topology import Lab

from common import add_lag
from record import BARS, QUANTILES

SERVERS = 1000
PORT = 8404
TARGET_PORT = 9080
CPU_GOAL = 0.02
TURN_GOAL_MS = 1.0


class Targets:
    """Accepts the checks' connections and closes them, in the node's namespace."""

    def __init__(self, namespace):
        self._sockets = []
        listener = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", TARGET_PORT))
        listener.listen(4096)
        self._listener = listener
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                self._listener.accept()[0].close()
            except OSError:
                return

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def config():
    servers = {f"s{number}": {"address": f"127.1.{number // 250}.{1 + number % 250}:{TARGET_PORT}"}
               for number in range(SERVERS)}
    return {
        "backends__web_server__check": {"type": "tcp", "interval": "2s"},
        "backends__web_server__servers": servers,
        "admin": {"bind": [{"address": "127.0.0.1", "port": PORT}]},
        "log": [{"type": "stderr", "level": "warning"}],
    }


class Client(http.client.HTTPConnection):
    """On a connection that stays, from within the node's namespace."""

    def __init__(self, namespace):
        super().__init__("127.0.0.1", PORT, timeout=10)
        self._namespace = namespace

    def connect(self):
        self.sock = netns.open_socket(self._namespace, socket.AF_INET, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(("127.0.0.1", PORT))

    def ask(self, path):
        self.request("GET", path)
        answer = self.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status)
        return answer, body


def scrape(namespace, path, until, sizes):
    client = Client(namespace)
    while time.monotonic() < until:
        began = time.monotonic()
        sizes.append(len(client.ask(path)[1]))
        time.sleep(max(0, 1 - (time.monotonic() - began)))


def watch(namespace, until, sizes):
    """As an open page does."""
    client = Client(namespace)
    told = json.loads(client.ask("/;json")[1])
    while time.monotonic() < until:
        answer, body = client.ask(f"/;json;run={told['run']};since={told['sample']}")
        sizes.append(len(body))
        told = json.loads(body)
        time.sleep(int(answer.getheader("X-Hapair-Next")) / 1e3 + 0.05)


def measure(node, seconds):
    """The share of a core over so long."""
    worker = node.roles()["worker"]
    before = processes.cpu_seconds(worker)
    node.request("/v1/version")
    time.sleep(seconds)
    return (processes.cpu_seconds(worker) - before) / seconds


def look(node, paths, seconds):
    """The share of a core while three pages are open and each path is asked each second; what came
    of the paths and of the pages, in bytes."""
    pages = []
    scraped = {path: [] for path in paths}
    until = time.monotonic() + seconds + 1
    threads = [*(threading.Thread(target=scrape, args=(node.namespace, path, until, sizes))
                 for path, sizes in scraped.items()),
               *(threading.Thread(target=watch, args=(node.namespace, until, pages))
                 for _ in range(3))]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    share = measure(node, seconds)
    for thread in threads:
        thread.join()
    return share, scraped, pages


def run(binary, record, arguments):
    seconds = arguments.sight_seconds
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(**config())
        node = lab.nodes["lb1"]
        targets = Targets(node.namespace)
        node.start()
        lab.await_master("lb1", timeout=30)
        processes.wait_until(lambda: node.status()["backends"][0]["servers_usable"] == SERVERS, 20,
                             "servers")
        time.sleep(4)
        alone = measure(node, seconds)
        before = node.status()["loop_lag"]
        looked_at, _, _ = look(node, ["/metrics"], seconds)
        all_told, scraped, pages = look(node, ["/metrics", "/;csv", "/"], seconds)
        after = node.status()["loop_lag"]
        targets.close()
    told = "; ".join(f"{path} {len(of)} times {max(of)} bytes" for path, of in scraped.items())
    shares = record.table(f"CPU of the worker, {SERVERS} servers", "% of a core", BARS)
    for case, share in (("alone", alone), ("metrics and three pages", looked_at),
                        ("CSV and new pages besides", all_told)):
        shares.add(case, "hapair", 100 * share)
    lags = record.table("How late the loop's urgent timers are, since the start", "ms", QUANTILES)
    add_lag(lags, "before anybody looks", before)
    add_lag(lags, "at the end", after)
    record.say(f"{told}; {len(pages)} polls of {sum(pages) // len(pages)} bytes")
    print(f"{SERVERS} servers: {alone:.3f} of a core alone, {looked_at:.3f} looked at, "
          f"{all_told:.3f} with CSV and new pages; loop lag before {before}, after {after}")
    record.check("sight-cpu", looked_at - alone, CPU_GOAL)
    record.check("sight-turn", after["p999_ms"], TURN_GOAL_MS, "ms", (lags, "at the end", "p99.9"))
