"""The privileged side: crashes, addresses and interfaces that others change, systemd."""

import re
import signal
import socket
import time

from lab import http, netns
from lab.processes import wait_until
from lab.topology import VIP


def resignation(lab, at):
    return wait_until(lambda: lab.sniffer.adverts(at, port="lb1", priority=0), 3,
                      "lb1's priority-0 advert", period=0.002)[0].at


def test_a_crashing_worker_resigns_before_it_is_dead(pair):
    node = pair.nodes["lb1"]
    crashed = node.roles()["worker"]
    at = node.kill("worker", signal.SIGSEGV)
    after = resignation(pair, at) - at
    print(f"SIGSEGV of the worker: priority 0 after {after * 1e3:.2f} ms")
    assert after < 0.1
    wait_until(lambda: node.roles().get("worker", crashed) != crashed, 5, "a new worker")
    # The guardian sees the last gasp or, when it comes to look late, the death itself.
    assert re.search("worker-failed guardian: the worker (is crashing|died)", node.log())
    assert "signal 11" in node.log()


def test_an_interface_made_anew_is_taken_up_again(pair):
    node = pair.nodes["lb1"]
    netns.ip_batch(["link del p-lb1"], pair.switch)
    pair.await_master("lb2")
    time.sleep(1)
    netns.ip_batch([f"link add p-lb1 type veth peer name {node.interface} netns {node.namespace}",
                    "link set p-lb1 master br0 up"], pair.switch)
    netns.ip_batch([f"addr add {node.address}/24 brd + dev {node.interface}",
                    f"link set {node.interface} up"], node.namespace)
    pair.await_master("lb1", timeout=20)
    assert "interface-replaced" in node.log()
    wait_until(lambda: not pair.nodes["lb2"].holds(VIP), 3, "one master")
    assert pair.get()[0] == 200


def test_a_crash_loop_is_told_and_ends_well(pair):
    node = pair.nodes["lb1"]
    for _ in range(6):
        worker = wait_until(lambda: node.roles().get("worker"), 10, "a worker")
        node.kill("worker")
        wait_until(lambda: node.roles().get("worker") != worker, 5, "its end")
    wait_until(lambda: "crash-loop worker" in node.log(), 5, "the crash loop in the log")
    pair.await_master("lb1", timeout=15)


def test_told_to_leave_twice_it_leaves_at_once(pair):
    node = pair.nodes["lb1"]
    for backend in pair.backends.values():
        backend.add_file("long.bin", b"x" * 200_000)  # ten seconds at 20 kB/s
    busy = pair.connect()
    http.send_request(busy, "/slow/long.bin")
    time.sleep(0.5)
    node.terminate()
    time.sleep(0.5)
    assert node.running, "a request under way is waited for"
    at = time.time()
    node.terminate()
    assert node.wait(5) == 0
    print(f"second SIGTERM: gone after {(time.time() - at) * 1e3:.0f} ms")
    assert time.time() - at < 1.5
    assert not node.holds(VIP)
    pair.await_master("lb2")


def test_sighup_reloads_and_leaves_every_process_where_it_is(pair):
    node = pair.nodes["lb1"]
    before = node.roles()
    node.kill("supervisor", signal.SIGHUP)
    wait_until(lambda: "config-reloaded" in node.log(), 5, "the word in the log")
    assert node.roles() == before


def test_systemd_is_told_when_the_node_serves_and_when_it_leaves(lab, monkeypatch):
    path = str(lab.directory / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        node = lab.nodes["lb1"]
        node.launch()
        assert notify.recv(1000).decode().startswith("READY=1")
        node.await_status()
        node.terminate()
        leaving = notify.recv(1000).decode().splitlines()
        assert leaving[0] == "STOPPING=1"
        # Longer than the drain time (10 s), whatever the unit says.
        extension = int(leaving[-1].removeprefix("EXTEND_TIMEOUT_USEC="))
        assert 10_000_000 < extension < 20_000_000
        assert node.wait() == 0
