"""A client that opens a new connection every few milliseconds and remembers how each one went.

Run as a program it does the asking, inside a namespace, one line of JSON a request; imported, the
class Client runs it and answers questions about what the client saw. A process of its own, so that
nothing the test does delays it. Times are CLOCK_MONOTONIC seconds.
"""

import argparse
import collections
import dataclasses
import errno
import json
import os
import pathlib
import select
import socket
import subprocess
import sys
import threading
import time

if __package__:
    from . import netns
else:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    from lab import netns


@dataclasses.dataclass(frozen=True)
class Request:
    began: float
    ended: float
    outcome: str  # "ok", or what went wrong: "timeout", "reset", "refused", "status 503", ...
    backend: str

    @property
    def ok(self):
        return self.outcome == "ok"


class _Asker:
    """The program's side: an open-loop generator on one epoll."""

    def __init__(self, arguments):
        self._target = (arguments.address, arguments.port)
        self._interval = arguments.interval
        self._timeout = arguments.timeout
        host = f"[{arguments.address}]" if ":" in arguments.address else arguments.address
        self._request = (f"GET {arguments.path} HTTP/1.1\r\nHost: {host}\r\n"
                         "Connection: close\r\n\r\n").encode()
        self._poll = select.epoll()
        self._open = collections.OrderedDict()  # fd -> [socket, began, sent, received]
        self._lines = []

    def run(self):
        due = time.monotonic()
        flushed = due
        while True:
            now = time.monotonic()
            if now >= due:
                self._begin(now)
                due = max(due + self._interval, now - 10 * self._interval)
            for descriptor, events in self._poll.poll(max(0.0, due - time.monotonic())):
                self._progress(descriptor, events)
            self._give_up_on_the_old(time.monotonic())
            if now - flushed > 0.05:
                self._flush()
                flushed = now

    def _flush(self):
        if self._lines:
            os.write(1, "".join(self._lines).encode())
            self._lines.clear()

    def _begin(self, now):
        family = socket.AF_INET6 if ":" in self._target[0] else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        result = connection.connect_ex(self._target)
        if result not in (0, errno.EINPROGRESS):
            self._end([connection, now, True, b""], errno.errorcode.get(result, "failed").lower())
            return
        self._open[connection.fileno()] = [connection, now, False, b""]
        self._poll.register(connection.fileno(), select.EPOLLOUT)

    def _progress(self, descriptor, events):
        state = self._open[descriptor]
        connection = state[0]
        try:
            if not state[2]:
                failed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if failed:
                    raise OSError(failed, "connect")
                connection.send(self._request)
                state[2] = True
                self._poll.modify(descriptor, select.EPOLLIN)
            elif events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                data = connection.recv(65536)
                if data:
                    state[3] += data
                    return
                self._end(self._open.pop(descriptor), self._judge(state[3]))
        except OSError as error:
            names = {errno.ECONNREFUSED: "refused", errno.ECONNRESET: "reset",
                     errno.EPIPE: "reset", errno.EHOSTUNREACH: "unreachable"}
            self._end(self._open.pop(descriptor), names.get(error.errno, f"errno {error.errno}"))

    @staticmethod
    def _judge(received):
        head, separator, body = received.partition(b"\r\n\r\n")
        if not separator:
            return "closed" if not received else "short"
        status = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") else "none"
        if status != "200":
            return f"status {status}"
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and len(body) != int(value):
                return "short"
        return "ok"

    def _end(self, state, outcome):
        connection, began, _, received = state
        connection.close()
        body = received.partition(b"\r\n\r\n")[2][:32].decode("latin-1").strip()
        ended = time.monotonic()
        answer = [began, ended, outcome, body if outcome == "ok" else ""]
        self._lines.append(json.dumps(answer) + "\n")

    def _give_up_on_the_old(self, now):
        while self._open:
            descriptor, state = next(iter(self._open.items()))
            if now - state[1] < self._timeout:
                return
            self._end(self._open.pop(descriptor), "timeout")


class Client:
    """Runs the asker in a namespace and keeps its answers."""

    def __init__(self, namespace, address, port=80, path="/", interval=0.005, timeout=1.0):
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--netns", namespace, "--address", address,
             "--port", str(port), "--path", path, "--interval", str(interval),
             "--timeout", str(timeout)],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self._requests = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        for line in self._process.stdout:
            request = Request(*json.loads(line))
            with self._lock:
                self._requests.append(request)

    def stop(self):
        """Ends the asking; what was answered stays to be asked about."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def requests(self, since=0.0, until=float("inf")):
        """Requests that began in a span of time, in the order of their ends."""
        with self._lock:
            return [one for one in self._requests if since <= one.began <= until]

    def failures(self, since=0.0, until=float("inf")):
        return [one for one in self.requests(since, until) if not one.ok]

    def served_by(self, since=0.0, until=float("inf")):
        return collections.Counter(one.backend for one in self.requests(since, until) if one.ok)

    def longest_outage(self, since=0.0, until=float("inf")):
        """The longest time from the beginning of a good request to that of the next good one, with
        failed ones between them, in seconds: what the client missed, without its own pauses."""
        longest, good, failed = 0.0, since, False
        for one in sorted(self.requests(since, until), key=lambda one: one.began):
            if not one.ok:
                failed = True
                continue
            if failed:
                longest = max(longest, one.began - good)
            good, failed = one.began, False
        if failed and until != float("inf"):
            longest = max(longest, until - good)
        return longest

    def is_served_again(self, since, settled):
        """After failures since a time there were none for `settled` seconds, and answers now."""
        now = time.monotonic()
        requests = self.requests(since)
        failed = max((one.ended for one in requests if not one.ok), default=None)
        answered = max((one.ended for one in requests if one.ok), default=0.0)
        return failed is not None and now - failed > settled and now - answered < 0.15

    def longest_gap(self, since=0.0, until=float("inf")):
        """The longest time in which no request was answered well, in seconds."""
        ends = sorted(one.ended for one in self.requests()
                      if one.ok and since <= one.ended <= until)
        if not ends:
            return float("inf")
        # A service that did not come back within the span is a gap up to its end.
        edges = ends + ([until] if until != float("inf") else [])
        if since > 0.0:
            edges = [since, *edges]
        return max((later - earlier for earlier, later in zip(edges, edges[1:])), default=0.0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--netns", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument("--path", default="/")
    parser.add_argument("--interval", type=float, default=0.005)
    parser.add_argument("--timeout", type=float, default=1.0)
    arguments = parser.parse_args()
    netns.enter(arguments.netns)
    _Asker(arguments).run()


if __name__ == "__main__":
    main()
