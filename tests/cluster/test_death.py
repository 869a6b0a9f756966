"""What happens to the VIP when processes die or hang. Bounds are generous; figures are printed."""

import os
import signal
import statistics
import subprocess
import time

import pytest

from lab import http, netns
from lab.addresses import AddressWatch
from lab.processes import alive, wait_until
from lab.topology import VIP

ROUNDS = 8


def report(what, seconds):
    print(f"{what}: median {statistics.median(seconds) * 1e3:.2f} ms, "
          f"max {max(seconds) * 1e3:.2f} ms (n={len(seconds)})")


def resigned_at(lab, at, timeout=3.0):
    """When lb1's first priority-0 advert after `at` passed the bridge."""
    return wait_until(lambda: lab.sniffer.adverts(at, port="lb1", priority=0), timeout,
                      "lb1's priority-0 advert", period=0.002)[0].at


def vip_gone_at(lab, at, watch):
    """When lb1 no longer held the VIP on any interface, as the kernel tells it."""
    wait_until(lambda: not lab.nodes["lb1"].holds(VIP), 3, "lb1 without the VIP", period=0.002)
    return wait_until(lambda: watch.last_removal(VIP, at, time.time()), 1, "the kernel's word")


@pytest.fixture
def watch(lab):
    with AddressWatch(lab.nodes["lb1"].namespace) as made:
        yield made


def last_answer_of_lb1(lab, at, until):
    """How long after `at` lb1 still answered ARP for the VIP (0 when it did not)."""
    answers = [arp.at for arp in lab.sniffer.arps(at, until, port="lb1", operation=2, sender=VIP)]
    return max(answers, default=at) - at


def test_worker_killed_is_silent_within_ten_milliseconds(pair, watch):
    node = pair.nodes["lb1"]
    resigned, silent, gone = [], [], []
    with pair.ask_arp(period=0.001):
        for _ in range(ROUNDS):
            pair.await_master("lb1")
            time.sleep(0.3)
            old_worker = node.roles()["worker"]
            at = node.kill("worker")
            gone.append(vip_gone_at(pair, at, watch) - at)
            resigned.append(resigned_at(pair, at) - at)
            pair.await_master("lb2")
            silent.append(last_answer_of_lb1(pair, at, at + gone[-1] + 0.2))
            wait_until(lambda: node.roles().get("worker", old_worker) != old_worker, 5,
                       "a new worker")
    report("kill -9 of the worker to priority 0 on the wire", resigned)
    report("kill -9 of the worker to its last ARP answer", silent)
    report("kill -9 of the worker to the VIP deleted", gone)
    assert statistics.median(resigned) < 0.010
    assert statistics.median(silent) < 0.010
    assert statistics.median(gone) < 0.150


def test_worker_stopped_is_found_by_its_heartbeat(pair, watch):
    node = pair.nodes["lb1"]
    hung = node.roles()["worker"]
    with pair.ask_arp(period=0.002):
        at = node.kill("worker", signal.SIGSTOP)
        resigned = resigned_at(pair, at) - at
        gone = vip_gone_at(pair, at, watch) - at
        pair.await_master("lb2")
        # A third of a second later the new worker takes the VIP back, and answers rightly.
        silent = last_answer_of_lb1(pair, at, at + gone + 0.2)
    print(f"SIGSTOP of the worker: priority 0 after {resigned * 1e3:.0f} ms, last ARP answer after "
          f"{silent * 1e3:.0f} ms, VIP deleted after {gone * 1e3:.0f} ms")
    assert resigned < 0.6 and silent < 0.6 and gone < 1.0
    wait_until(lambda: not alive(hung), 3, "the hung worker killed")
    wait_until(lambda: node.roles().get("worker", hung) != hung, 5, "a new worker")
    pair.await_master("lb1")


def test_worker_that_waits_for_the_cpu_is_left_alone(pair):
    """A real-time program takes the worker's CPU for longer than the heartbeat's limit."""
    node = pair.nodes["lb1"]
    worker = node.roles()["worker"]
    everywhere = os.sched_getaffinity(worker)
    cpu = max(everywhere)
    os.sched_setaffinity(worker, {cpu})
    at = time.time()
    subprocess.run(["timeout", "0.6", "taskset", "-c", str(cpu), "chrt", "-f", "1",
                    "sha256sum", "/dev/zero"], check=False)
    took = time.time() - at
    os.sched_setaffinity(worker, everywhere)
    time.sleep(0.5)
    print(f"the CPU was taken for {took:.2f} s")
    assert took > 0.5, "nothing took the CPU"
    assert " worker-starved guardian: " in node.log()
    assert " worker-failed " not in node.log() and node.roles()["worker"] == worker
    assert not pair.sniffer.adverts(at, port="lb2"), "lb2 took over"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_guardian_lost_and_the_supervisor_releases_everything(pair, watch, number):
    node = pair.nodes["lb1"]
    before = node.roles()
    at = node.kill("guardian", number)
    resigned = resigned_at(pair, at) - at
    gone = vip_gone_at(pair, at, watch) - at
    print(f"guardian {number.name}: priority 0 after {resigned * 1e3:.0f} ms, VIP deleted after "
          f"{gone * 1e3:.0f} ms")
    assert resigned < 0.5 and gone < 0.5
    pair.await_master("lb2")
    wait_until(lambda: {"guardian", "worker"} <= set(node.roles())
               and node.roles()["guardian"] != before["guardian"]
               and node.roles()["worker"] != before["worker"], 10, "both started again")
    pair.await_master("lb1", timeout=15)
    assert node.log().count(" worker-ready ") == 2, "one worker for each guardian"
    assert " guardian-unreachable " not in node.log(), "no worker for a dead guardian"


def test_supervisor_killed_and_both_leave_in_order(pair, watch):
    node = pair.nodes["lb1"]
    roles = node.roles()
    at = node.kill("supervisor")
    resigned = resigned_at(pair, at) - at
    gone = vip_gone_at(pair, at, watch) - at
    print(f"supervisor killed: priority 0 after {resigned * 1e3:.0f} ms, VIP deleted after "
          f"{gone * 1e3:.0f} ms")
    pair.await_master("lb2")
    wait_until(lambda: not alive(roles["guardian"]) and not alive(roles["worker"]), 15,
               "guardian and worker gone")


def test_all_killed_at_once_and_the_kernel_takes_the_vip_away(pair, watch):
    node = pair.nodes["lb1"]
    at = node.kill_tree()
    assert node.holds(VIP), "only the kernel's lease can take the address away now"
    pair.await_master("lb2")
    taken = time.time() - at
    wait_until(lambda: not node.holds(VIP), 5, "the end of the lease")
    gone = watch.last_removal(VIP, at, time.time()) - at
    print(f"all killed: the peer is master after {taken * 1e3:.0f} ms, the kernel took the VIP "
          f"away after {gone:.2f} s")
    assert taken < 1.0 and gone < 3.5


def test_a_vip_left_by_an_earlier_run_is_removed_at_start(lab):
    lab.nodes["lb2"].start()
    lab.await_master("lb2")
    node = lab.nodes["lb1"]
    node.start()
    lab.await_master("lb1")
    node.kill_tree()
    # As if the kernel's lease had been lost too: the address stays for ever.
    netns.ip_batch([f"addr replace {VIP}/32 dev {node.interface} valid_lft forever "
                    "preferred_lft forever"], node.namespace)
    lab.write_config(vips__VI_1__failback="never")
    lab.await_master("lb2")
    node.start()
    wait_until(lambda: not node.holds(VIP), 3, "the address left behind removed")
    assert node.role_of() == "backup"


def test_interface_settings_come_back_when_the_node_leaves(lab):
    node = lab.nodes["lb1"]

    def settings():
        return [netns.run(node.namespace, "cat", f"/proc/sys/net/ipv4/conf/{node.interface}/{name}")
                .stdout.strip() for name in ("arp_ignore", "arp_announce")]

    before = settings()
    node.start()
    lab.await_master("lb1")
    assert settings() == ["1", "2"]
    assert node.stop() == 0
    assert settings() == before
    assert not node.holds(VIP)


def test_sigterm_hands_over_in_order(pair):
    pair.backends["web1"].add_file("long.bin", b"x" * 40_000)
    pair.backends["web2"].add_file("long.bin", b"x" * 40_000)
    idle, busy = pair.connect(), pair.connect()
    assert http.exchange(idle)[0] == 200
    http.send_request(busy, "/slow/long.bin")  # two seconds at 20 kB/s
    time.sleep(0.5)
    node = pair.nodes["lb1"]
    at = time.time()
    node.terminate()
    status, headers, body = http.read_response(busy)
    finished = time.time()
    assert (status, len(body)) == (200, 40_000), "a request under way is finished"
    assert node.wait(15) == 0
    resigned = resigned_at(pair, at)
    print(f"SIGTERM: request finished after {finished - at:.2f} s, priority 0 after "
          f"{resigned - at:.2f} s")
    assert resigned > finished - 0.2, "still master until the requests are finished"
    pair.await_master("lb2")
    idle.settimeout(2)
    try:
        rest = idle.recv(100)
    except ConnectionResetError:
        rest = b""
    assert rest == b"", "what is left is closed"
