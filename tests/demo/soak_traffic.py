"""./dev soak: mixed traffic for as long as you like: no request fails and the worker does not grow.

Well-behaved clients (kept connections, one for each request, long bodies both ways, TCP mode) run
beside bad ones (that go away in the middle, read slowly, talk nonsense). After each round the
traffic rests for a moment and the worker's memory and descriptors are looked at.
"""

import argparse
import contextlib
import os
import pathlib
import random
import re
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import http, netns, processes  # noqa: E402
from lab.topology import BACKENDS, VIP, Lab  # noqa: E402

ROUND = 10  # seconds of load
SINK_PORT = 81
MAX_GROWTH_KIB = 2048  # between the medians of the second and the last third of the rounds
HUGE = 1 << 30
HUGE_GROWTH_KIB = 4096
BLOCK = bytes(1 << 20)
_UPLOAD = """wrk.method = "POST"
wrk.body = string.rep("x", 200000)
"""


class Sink:
    """A server that reads a request's whole body before it answers; one thread a connection."""

    def __init__(self, namespace):
        self._listener = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("0.0.0.0", SINK_PORT))
        self._listener.listen(256)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @staticmethod
    def _serve(connection):
        room = bytearray(1 << 20)
        with connection, contextlib.suppress(OSError, ConnectionError):
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    data = connection.recv(65536)
                    if not data:
                        return
                    received += data
                head, _, body = received.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                left = int(length[1]) - len(body) if length else 0
                while left > 0:
                    got = connection.recv_into(room, min(left, len(room)))
                    if got == 0:
                        return
                    left -= got
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                received = b""

    def close(self):
        self._listener.close()


def configure(lab):
    front = {"bind": [{"vip": "VI_1", "port": 80}], "default_backend": "web_server",
             "log_format": "off"}
    lab.write_config(
        log=[{"type": "stderr", "level": "warning"}], frontends__http_front=front,
        frontends__sink_front={"bind": [{"vip": "VI_1", "port": 81}], "default_backend": "sink",
                               "log_format": "off"},
        frontends__tcp_front={"mode": "tcp", "bind": [{"vip": "VI_1", "port": 82}],
                              "default_backend": "plain", "log_format": "off"},
        backends__sink={"servers": {"web1": {"address": f"{BACKENDS['web1']}:{SINK_PORT}"}}},
        backends__plain={"servers": {"web2": {"address": f"{BACKENDS['web2']}:80"}}})
    for backend in lab.backends.values():
        backend.add_file("1m", os.urandom(1 << 20))
        with open(backend.directory / "files" / "huge", "wb") as huge:
            huge.truncate(HUGE)
    (lab.directory / "upload.lua").write_text(_UPLOAD)


def start_wrk(lab, seconds, connections, port, path="/", *more):
    return subprocess.Popen(
        netns.command(lab.client_namespace, "wrk", "-t", 1, "-c", connections, "-d", f"{seconds}s",
                      "--timeout", "10s", *more, f"http://{VIP}:{port}{path}"),
        stdout=subprocess.PIPE, text=True)


def start_good(lab):
    def wrk(*load):
        return start_wrk(lab, ROUND, *load)
    return [wrk(32, 80), wrk(8, 80, "/", "-H", "Connection: close"), wrk(4, 80, "/files/1m"),
            wrk(4, 81, "/", "-s", lab.directory / "upload.lua"), wrk(8, 82),
            wrk(2, 82, "/files/1m")]


def failures_of(load, seconds=ROUND):
    """(requests, those that failed) of a wrk that runs for so long."""
    shown = load.communicate(timeout=seconds + 30)[0]
    requests = int(re.search(r"(\d+) requests in", shown)[1])
    failed = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", shown)))
    failed += sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", shown)))
    return requests, failed


def leave_at_once(lab, dice):
    with lab.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n"[:dice.randrange(25)])


def reset_within_a_response(lab, dice):
    with lab.connect(port=dice.choice((80, 82))) as connection:
        http.send_request(connection, "/files/1m")
        connection.recv(dice.randrange(1, 100_000))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_within_an_upload(lab, dice):
    with lab.connect(port=81) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" +
                           BLOCK[:dice.randrange(1 << 20)])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read_slowly(lab, dice):
    with lab.connect() as connection:
        http.send_request(connection, "/files/1m")
        for _ in range(20):
            connection.recv(dice.randrange(1, 20_000))
            time.sleep(0.02)


def talk_nonsense(lab, dice):
    with lab.connect() as connection:
        connection.sendall(dice.randbytes(dice.randrange(1, 3000)))
        connection.settimeout(0.2)
        connection.recv(1000)


BAD = (leave_at_once, reset_within_a_response, reset_within_an_upload, read_slowly, talk_nonsense)


def misbehave(lab, until, seed):
    dice = random.Random(seed)
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            dice.choice(BAD)(lab, dice)


def one_round(lab, seed):
    """(requests of good clients, those that failed)."""
    good = start_good(lab)
    until = time.monotonic() + ROUND
    bad = [threading.Thread(target=misbehave, args=(lab, until, seed + i)) for i in range(4)]
    for thread in bad:
        thread.start()
    results = [failures_of(load) for load in good]
    for thread in bad:
        thread.join()
    return tuple(map(sum, zip(*results)))


def resident_kib(pid):
    return int(processes.status_fields(pid)["RssAnon"].split()[0])


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def download(lab, size):
    room, got = bytearray(1 << 20), 0
    with lab.connect(timeout=60) as connection:
        http.send_request(connection, "/files/huge", close=True)
        while count := connection.recv_into(room):
            got += count
    return got > size  # the head comes on top


def upload(lab, size):
    with lab.connect(port=81, timeout=60) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // len(BLOCK)):
            connection.sendall(BLOCK)
        return http.read_response(connection)[0] == 200


def huge_bodies(lab, worker):
    """A gigabyte down and one up; says by how much the worker grew at most."""
    before, highest, over = resident_kib(worker), [0], threading.Event()

    def look():
        while not over.wait(0.05):
            highest[0] = max(highest[0], resident_kib(worker))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for name, carry in (("down", download), ("up", upload)):
            began = time.monotonic()
            assert carry(lab, HUGE), f"a gigabyte {name} did not arrive whole"
            print(f"1 GiB {name} in {time.monotonic() - began:.1f} s", flush=True)
    finally:
        over.set()
        watcher.join()
    return max(0, highest[0] - before)


def check_growth(curve):
    third = len(curve) // 3
    if third == 0:
        return
    early, late = statistics.median(curve[third:2 * third]), statistics.median(curve[-third:])
    print(f"worker: {early:.0f} KiB in the second third, {late:.0f} KiB in the last; "
          "round by round", *curve)
    assert late - early < MAX_GROWTH_KIB, f"the worker grew: {curve}"


def soak(lab, minutes, seed, memory):
    lab.start()
    worker = lab.nodes["lb1"].roles()["worker"]
    curve, few = [], descriptors(worker)
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        requests, failed = one_round(lab, seed + 100 * len(curve))
        time.sleep(6.0)  # longer than a server connection is kept
        assert lab.nodes["lb1"].roles().get("worker") == worker, "the worker was replaced"
        curve.append(resident_kib(worker))
        now = descriptors(worker)
        print(f"{requests} requests, {failed} failed; worker {curve[-1]} KiB, {now} descriptors",
              flush=True)
        assert failed == 0
        assert now < few + 80, f"{now} descriptors, {few} at the start"  # spare pipes among them
    grown = huge_bodies(lab, worker)
    print(f"a gigabyte down and up: the worker grew by {grown} KiB at most")
    if memory:
        assert grown < HUGE_GROWTH_KIB
        check_growth(curve)
    for node in lab.nodes.values():
        node.stop()
    log = "".join(node.log() for node in lab.nodes.values())
    assert "Sanitizer" not in log and "runtime error:" not in log, log[-5000:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--sanitized", action="store_true",
                        help="a build with sanitizers, whose memory says nothing: a third as long")
    arguments = parser.parse_args()
    # What leaks is looked for in the unit tests: a worker may not trace itself at its end.
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    netns.begin("soak")
    minutes = arguments.minutes / 3 if arguments.sanitized else arguments.minutes
    print(f"mixed traffic for {minutes:g} minutes, seed {arguments.seed}")
    with Lab(binary=arguments.binary.resolve(), log_requests=False) as lab:
        configure(lab)
        sink = Sink(lab.backends["web1"].namespace)
        try:
            soak(lab, minutes, arguments.seed, not arguments.sanitized)
        except AssertionError as fault:
            print(f"soak: {fault}\n{lab.logs()}", file=sys.stderr)
            return 1
        finally:
            sink.close()
    print("soak: mixed traffic, all well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
