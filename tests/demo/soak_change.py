"""./dev soak: reloads and upgrades one after another under traffic: nothing is lost, nothing grows.

Kept connections, one connection for each request, long downloads and a WebSocket go on all the
while, also beyond each change. Told at the end: requests and those that failed, the longest gap
between two adverts, memory and descriptors of the worker at the start and at the end.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import http, netns, processes, websocket  # noqa: E402
from lab.odd_server import Connection, OddServer  # noqa: E402
from lab.processes import wait_until  # noqa: E402
from lab.topology import BACKENDS, VIP, Lab  # noqa: E402
from soak_traffic import descriptors, failures_of, resident_kib, start_wrk  # noqa: E402

ROUND = 10       # changes under one load
PAUSE = 0.5      # seconds between two of them
INTERVAL = 0.1   # between adverts
LATE = 1.2       # of it: later than that no advert may be
SOCKET_PORT = 83
SLOW_FILE = 200_000  # bytes; the servers send 20 kB a second of it: 10 s
MAX_GROWTH_KIB = 4096
MAX_MORE_DESCRIPTORS = 40


def configure(lab, turn=0):
    """The same service each time, with a weight and a time-out that differ."""
    lab.write_config(
        log=[{"type": "stderr", "level": "warning"}], process__drain_timeout="1h",
        frontends__http_front__log_format="off",
        frontends__socket_front={"bind": [{"vip": "VI_1", "port": SOCKET_PORT}],
                                 "default_backend": "socket", "log_format": "off"},
        backends__socket={"servers": {"web1": {"address": f"{BACKENDS['web1']}:{SOCKET_PORT}"}}},
        backends__web_server__timeouts={"server": f"{30 + turn % 7}s"},
        backends__web_server__servers={
            name: {"address": f"{address}:80", "weight": 30 + (turn % 5 if name == "web1" else 0)}
            for name, address in BACKENDS.items()})


def order(lab, verb):
    node = lab.nodes["lb1"]
    done = node.command(verb)
    assert done.returncode == 0, f"hapair {verb}: {done.stdout}{done.stderr}"


def worker_of(lab):
    """Of the node that runs now, which after an upgrade is nobody's child here. The youngest: an
    old one may be finishing its requests."""
    shown = subprocess.run(["ip", "netns", "pids", lab.nodes["lb1"].namespace], check=True,
                           capture_output=True, text=True).stdout
    workers = [int(pid) for pid in shown.split()
               if processes.status_fields(int(pid)).get("Name") == "hapair-worker"]
    assert workers, "there is no worker"
    return max(workers, key=lambda pid: os.stat(f"/proc/{pid}").st_mtime)


class Socket:
    """A WebSocket that says something all the while and hears it again."""

    def __init__(self, lab):
        self.echoes, self.fault = 0, None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk, args=(lab,), daemon=True)
        self._thread.start()

    def _talk(self, lab):
        try:
            with lab.connect(port=SOCKET_PORT, timeout=10) as raw:
                connection = Connection(raw)
                head, accept = websocket.handshake()
                connection.send(head)
                assert accept in connection.read_until(b"\r\n\r\n"), "no WebSocket"
                while not self._over.wait(0.1):
                    said = str(self.echoes).encode()
                    connection.send(websocket.frame(said, masked=True))
                    assert websocket.read_frame(connection.read)[1] == said, "another echo"
                    self.echoes += 1
        except (OSError, AssertionError, ValueError) as fault:
            self.fault = fault

    def stop(self):
        self._over.set()
        self._thread.join(timeout=15)
        assert self.fault is None, f"the WebSocket ended after {self.echoes} echoes: {self.fault!r}"


class Downloads:
    """Long ones that overlap the changes; a new one for each that has come whole."""

    def __init__(self, lab, count=3):
        self.whole, self.faults = 0, []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._load, args=(lab,), daemon=True)
                         for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _load(self, lab):
        while not self._over.is_set():
            try:
                with lab.connect(timeout=60) as connection:
                    status, _, body = http.exchange(connection, "/slow/long", close=True)
                if status != 200 or len(body) != SLOW_FILE:
                    self.faults.append(f"status {status}, {len(body)} bytes")
                self.whole += 1
            except OSError as fault:
                self.faults.append(repr(fault))

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)
        assert not self.faults, f"downloads: {self.faults[:3]}"


def longest_gap(lab, since):
    times = sorted(advert.at for advert in lab.sniffer.adverts(since, port="lb1"))
    return max((later - earlier for earlier, later in zip(times, times[1:])), default=0.0)


def one_round(lab, changes, first):
    """(requests, those that failed) of the wrk that ran meanwhile."""
    seconds = int(len(changes) * (PAUSE + 1)) + 2
    loads = [start_wrk(lab, seconds, 16, 80),
             start_wrk(lab, seconds, 4, 80, "/", "-H", "Connection: close")]
    time.sleep(0.5)
    for turn, verb in enumerate(changes):
        configure(lab, first + turn)
        order(lab, verb)
        time.sleep(PAUSE)
    return tuple(map(sum, zip(*(failures_of(load, seconds) for load in loads))))


def soak(lab, reloads, upgrades):
    lab.start()
    time.sleep(2.0)
    kib, few = resident_kib(worker_of(lab)), descriptors(worker_of(lab))
    changes = ["reload"] * reloads
    for turn in range(upgrades):
        changes.insert((turn + 1) * (len(changes) + 1) // (upgrades + 1), "upgrade")
    since, requests, failed, gap = time.time(), 0, 0, 0.0
    held, downloads = Socket(lab), Downloads(lab)
    for first in range(0, len(changes), ROUND):
        began = time.time()
        part = changes[first:first + ROUND]
        done, lost = one_round(lab, part, first)
        requests, failed, gap = requests + done, failed + lost, max(gap, longest_gap(lab, began))
        worker = worker_of(lab)
        print(f"{first + len(part)} changes: {done} requests, {lost} failed; worker "
              f"{resident_kib(worker)} KiB, {descriptors(worker)} descriptors; longest gap between "
              f"adverts {longest_gap(lab, began) * 1e3:.1f} ms", flush=True)
        assert failed == 0, f"{failed} requests failed"
        assert held.fault is None, f"the WebSocket ended: {held.fault!r}"
    held.stop()
    downloads.stop()
    wait_until(lambda: descriptors(worker_of(lab)) <= few + MAX_MORE_DESCRIPTORS, 15,
               "as few descriptors as at the start")
    time.sleep(2.0)
    worker = worker_of(lab)
    print(f"{reloads} reloads and {upgrades} upgrades in {time.time() - since:.0f} s: {requests} "
          f"requests, {failed} failed; {downloads.whole} long downloads, {held.echoes} echoes of a "
          f"WebSocket; worker {kib} KiB before, {resident_kib(worker)} KiB after; descriptors "
          f"{few} and {descriptors(worker)}; longest gap between adverts {gap * 1e3:.1f} ms",
          flush=True)
    assert resident_kib(worker) - kib < MAX_GROWTH_KIB, "the worker grew"
    assert gap <= LATE * INTERVAL, "an advert was late"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--reloads", type=int, default=200)
    parser.add_argument("--upgrades", type=int, default=20)
    arguments = parser.parse_args()
    netns.begin("soak")
    with Lab(binary=arguments.binary.resolve(), log_requests=False) as lab:
        configure(lab)
        for backend in lab.backends.values():
            backend.add_file("long", os.urandom(SLOW_FILE))
        try:
            with OddServer(lab.backends["web1"].namespace, SOCKET_PORT, websocket.echo):
                soak(lab, arguments.reloads, arguments.upgrades)
        except AssertionError as fault:
            print(f"soak: {fault}\n{lab.logs()}", file=sys.stderr)
            return 1
    print(f"soak: changes at {VIP}, all well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
