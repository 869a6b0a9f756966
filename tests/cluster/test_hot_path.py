"""What a request and a waiting connection cost, as far as it can be counted exactly."""

import re
import resource
import subprocess
import time

import pytest

from lab import http, netns, processes
from lab.topology import BACKENDS

REQUESTS = 100
DATA_CALLS = "read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,splice"
IDLE = 10_000
BYTES_EACH = 1000  # the allocator's and the loop's share included; the bench has the tight figure


def traced(lab, worker, work):
    """The system calls on TCP connections that the worker makes while work() is done."""
    path = lab.directory / "calls"
    # Inside the namespace: there strace can tell which sockets are TCP.
    words = netns.command(lab.nodes["lb1"].namespace, "strace", "-f", "-yy", "-e",
                          f"trace={DATA_CALLS},epoll_ctl", "-o", path, "-p", worker)
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            assert "attached" in tracer.stderr.readline()
            work()
            time.sleep(0.2)
        finally:
            processes.kill([tracer.pid], 2)
    return [line for line in path.read_text().splitlines() if re.search(r"<TCP(v6)?:\[", line)]


@pytest.mark.parametrize("mode", ["http", "tcp"])
def test_a_request_on_kept_connections_costs_four_data_calls_and_no_registration(lab, mode):
    more = {"frontends__http_front__stats": None,
            "backends__web_server__forwarded_for": None} if mode == "tcp" else {}
    lab.write_config(frontends__http_front__mode=mode,
                     process__heartbeat_limit="10s",  # the tracer stops the worker for a while
                     backends__web_server__check=None, frontends__http_front__log_format="off",
                     backends__web_server__servers={"web1": {"address": BACKENDS["web1"] + ":80"}},
                     **more)
    lab.start()
    with lab.connect() as connection:
        def ask(count):
            for _ in range(count):
                assert http.exchange(connection)[0] == 200

        ask(10)
        calls = traced(lab, lab.nodes["lb1"].roles()["worker"], lambda: ask(REQUESTS))
    assert not [line for line in calls if "epoll_ctl" in line]
    # On a busy machine a wake-up may find that another one has done its work: one call for nothing.
    assert 4 * REQUESTS <= len(calls) <= 4 * REQUESTS + REQUESTS // 20, calls[-20:]


def test_ten_thousand_idle_connections_take_little_memory(lab):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(IDLE, hard // 2 - 500)  # a half is kept for connections to servers
    lab.write_config(process__max_connections=2 * IDLE, frontends__http_front__log_format="off",
                     frontends__http_front__max_connections=2 * IDLE,
                     frontends__http_front__timeouts={"client": "300s", "http_request": "300s",
                                                      "http_keep_alive": "300s"})
    lab.start()
    worker = lab.nodes["lb1"].roles()["worker"]

    def own_bytes():
        return int(processes.status_fields(worker)["RssAnon"].split()[0]) * 1024

    assert lab.get()[0] == 200
    before = own_bytes()
    held = []
    try:
        for _ in range(count):
            held.append(lab.connect())
            if len(held) % 10 == 0:  # among those that were never used
                assert http.exchange(held[-1])[0] == 200
        grown = own_bytes() - before
        print(f"{count} idle connections: {grown / count:.0f} bytes each")
        assert grown < BYTES_EACH * count
        assert all(http.exchange(connection)[0] == 200 for connection in held[::100])
        assert lab.nodes["lb1"].role_of() == "master"
    finally:
        for connection in held:
            connection.close()
    assert lab.get()[0] == 200
