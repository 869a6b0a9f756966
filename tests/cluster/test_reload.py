"""A running node takes a changed configuration: nothing that stays is disturbed, and a reload that
can't be done changes nothing."""

import json
import os
import signal
import socket
import threading
import time

import pytest

from lab import http, netns, processes
from lab.processes import wait_until
from lab.topology import BACKENDS, NODES, SECOND_VIP, VIP

RELOADS = int(os.environ.get("HAPAIR_RELOADS", "20"))
ADVERTS_EVERY = 0.1


def hapair(lab, *words, node="lb1"):
    return lab.nodes[node].command(*words)


def reload(lab, node="lb1"):
    done = hapair(lab, "reload", node=node)
    assert done.returncode == 0, done.stderr
    return done.stdout


def longest_pause(lab, since, until, port="lb1"):
    times = [advert.at for advert in lab.sniffer.adverts(since, until, port=port)]
    assert len(times) > 2
    return max(later - earlier for earlier, later in zip(times, times[1:]))


def figures(node):
    """(resident kilobytes, descriptors) of the worker and of the guardian."""
    found = {}
    for role, pid in node.roles().items():
        fields = processes.status_fields(pid)
        found[role] = (int(fields["VmRSS"].split()[0]), len(os.listdir(f"/proc/{pid}/fd")))
    return found


class KeptConnection(threading.Thread):
    """Asks again and again on one connection, and on another when it is told that it is over."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self._lab = lab
        self.stopped = threading.Event()
        self.answers = 0
        self.connections = 0
        self.failures = []

    def run(self):
        while not self.stopped.is_set():
            try:
                with self._lab.connect() as connection:
                    self.connections += 1
                    self._ask_on(connection)
            except (OSError, AssertionError, ValueError) as fault:
                self.failures.append(repr(fault))

    def _ask_on(self, connection):
        while not self.stopped.is_set():
            status, head, _ = http.exchange(connection)
            if status != 200:
                self.failures.append(status)
            self.answers += 1
            if head.get("connection") == "close":
                return
            time.sleep(0.002)


class Download(threading.Thread):
    """One long answer, in the time that the server takes for it."""

    def __init__(self, lab, size):
        super().__init__(daemon=True)
        self._lab = lab
        self._size = size
        self.got = 0

    def run(self):
        with self._lab.connect(timeout=30) as connection:
            _, _, body = http.exchange(connection, "/slow/big")
            self.got = len(body)

    @property
    def whole(self):
        return self.got == self._size


def changed(number):
    """Another configuration for each reload; what it changes is there again two reloads later."""
    odd = number % 2
    changes = {
        "backends__web_server__servers": {
            name: {"address": f"{address}:80", "weight": 30 + odd * (10 + index)}
            for index, (name, address) in enumerate(BACKENDS.items())},
        "frontends__http_front__timeouts": {"client": "40s" if odd else "50s"},
    }
    if odd:
        changes["frontends__more"] = {"bind": [{"vip": "VI_1", "port": 8081}],
                                      "default_backend": "web_server"}
        changes["backends__web_server__servers"]["web3"] = {"address": "10.77.0.21:80"}
    return changes


def test_reloads_under_load_lose_no_request_and_no_advert(lab):
    size = 120_000
    for backend in lab.backends.values():
        backend.add_file("big", b"x" * size)
    lab.start()
    lb1 = lab.nodes["lb1"]
    reload(lab)
    lab.backends["web2"].stop()
    wait_until(lambda: lb1.target("web_server/web2")["state"] == "down", 5, "web2 down")
    kept = [KeptConnection(lab) for _ in range(4)]
    download = Download(lab, size)
    with lab.client(interval=0.01) as client:
        for thread in [*kept, download]:
            thread.start()
        wait_until(lambda: len(client.requests()) > 50, 5, "some requests")
        before = figures(lb1)
        began = time.time()
        for number in range(1, RELOADS + 1):
            lab.write_config(**changed(number))
            reload(lab)
            assert lb1.target("web_server/web2")["state"] == "down", "health is not forgotten"
            time.sleep(0.05)
        ended = time.time()
        time.sleep(0.5)
        assert not client.failures(), client.failures()[:5]
    for thread in kept:
        thread.stopped.set()
    for thread in kept:
        thread.join(10)
        assert not thread.failures, thread.failures[:5]
    download.join(30)
    assert download.whole, f"{download.got} of {size} bytes"
    pause = longest_pause(lab, began, ended)
    after = figures(lb1)
    print(f"{RELOADS} reloads in {ended - began:.1f} s, longest time between adverts "
          f"{pause * 1000:.0f} ms; {sum(one.answers for one in kept)} answers on "
          f"{sum(one.connections for one in kept)} kept connections, "
          f"{len(client.requests())} on new ones; (RSS KiB, descriptors) before {before}, "
          f"after {after}")
    assert pause <= ADVERTS_EVERY * 1.2
    assert not lab.sniffer.adverts(began, ended, port="lb2"), "nobody else became master"
    for role in ("worker", "guardian"):
        wait_until(lambda role=role: figures(lb1)[role][1] <= before[role][1] + 8, 12,
                   f"descriptors of the {role} are back")
        assert figures(lb1)[role][0] < before[role][0] * 1.5 + 8192


def test_a_refused_file_changes_nothing_and_all_its_faults_are_told(pair):
    lb1 = pair.nodes["lb1"]
    running = lb1.status()["config_hash"]
    began = time.time()
    with pair.client() as client:
        pair.write_config(frontends__http_front__mod="http", vips__VI_1__router_id=300,
                          backends__web_server__balance="rondrobin")
        refused = hapair(pair, "reload")
        assert refused.returncode == 3
        for fault in ('did you mean "mode"', "vips.VI_1.router_id", "balance"):
            assert fault in refused.stderr, refused.stderr
        status = lb1.status()
        assert status["config_hash"] == running
        assert status["reload"]["good"] is False
        assert len(status["reload"]["faults"]) == 3
        shown = hapair(pair, "status").stdout
        assert "reload refused at" in shown and "router_id" in shown
        events = json.loads(lb1.request("/v1/events")[1])["events"]
        assert sum(event["id"] == "reload-refused" for event in events) == 3
        assert "reload-refused" in lb1.log()
        pair.write_config()
        assert "nothing has changed" in reload(pair)
        assert lb1.status()["reload"]["good"] is True
        assert "reload refused" not in hapair(pair, "status").stdout
        assert not client.failures()
    time.sleep(0.5)
    assert longest_pause(pair, began, time.time()) <= ADVERTS_EVERY * 1.2


@pytest.mark.parametrize("stage", ["a port that is taken", "a certificate that is none",
                                   "another virtual router", "another interface"])
def test_whatever_stage_fails_nothing_has_changed(pair, stage):
    lb1 = pair.nodes["lb1"]
    running = lb1.status()["config_hash"]
    before = figures(lb1)
    address, _ = NODES["lb1"]
    new_server = {name: {"address": f"{one}:80"} for name, one in BACKENDS.items()} | {
        "web9": {"address": "10.77.0.29:80"}}
    changes = {"backends__web_server__servers": new_server}
    taken = netns.open_socket(lb1.namespace, socket.AF_INET, socket.SOCK_STREAM)
    with taken, pair.client() as client:
        if stage == "a port that is taken":
            taken.bind((address, 9999))
            taken.listen()
            changes["frontends__more"] = {
                "bind": [{"node": True, "port": 9998}, {"node": True, "port": 9999}],
                "default_backend": "web_server"}
            words = ["9999", "in use"]
        elif stage == "a certificate that is none":
            path = pair.directory / "broken.pem"
            path.write_text("nothing\n")
            changes["frontends__more"] = {
                "bind": [{"vip": "VI_1", "port": 443, "tls": {"certificates": [str(path)]}}],
                "default_backend": "web_server"}
            words = ["broken.pem"]
        elif stage == "another virtual router":
            changes["vips__VI_1__router_id"] = 77
            words = ["router_id", "restart hapair on all nodes"]
        else:
            changes["vips__VI_2"] = {"router_id": 52, "network": "back",
                                     "addresses": ["10.99.0.100"]}
            for name in NODES:
                changes[f"cluster__nodes__{name}__networks"] = {
                    "back": {"interface": "absent0", "address": "10.99.0." + name[-1]}}
            words = ["absent0"]
        began = time.time()
        pair.write_config(**changes)
        refused = hapair(pair, "reload")
        assert refused.returncode == 3, refused.stdout
        for word in words:
            assert word in refused.stderr, refused.stderr
        status = lb1.status()
        assert status["config_hash"] == running
        assert all(target["name"] != "web_server/web9" for target in status["targets"])
        assert not client.failures()
        time.sleep(0.5)
        assert longest_pause(pair, began, time.time()) <= ADVERTS_EVERY * 1.2
    for role in ("worker", "guardian"):
        wait_until(lambda role=role: figures(lb1)[role][1] <= before[role][1] + 1, 5,
                   f"descriptors of the {role} are back")
    pair.write_config(backends__web_server__servers=new_server)
    assert "server web9 at 10.77.0.29:80 comes" in reload(pair)


def test_diff_says_beforehand_what_a_reload_would_do(pair):
    same = hapair(pair, "diff", pair.config_path)
    assert (same.returncode, same.stdout) == (0, "nothing changes\n")
    old = pair.directory / "old.json"
    old.write_text(pair.config_path.read_text())
    old.chmod(0o600)
    pair.write_config(backends__web_server__servers={"web1": {"address": "10.77.0.21:80"}},
                      cluster__nodes__lb1__priority=150)
    shown = hapair(pair, "diff", pair.config_path)
    assert shown.returncode == 10, shown.stderr
    assert "node lb1: priority 100 becomes 150" in shown.stdout
    assert "backend web_server: server web2 at 10.77.0.22:80 goes" in shown.stdout
    offline = hapair(pair, "diff", "--node", "lb1", old, pair.config_path)
    assert offline.returncode == 10, offline.stderr
    assert reload(pair).splitlines() == shown.stdout.splitlines()
    pair.write_config(vips__VI_1__router_id=52)
    refused = hapair(pair, "diff", pair.config_path)
    assert refused.returncode == 11
    assert "refused: vips.VI_1.router_id" in refused.stdout


def test_vips_come_move_and_go_while_the_others_stay(pair):
    lb1, lb2 = pair.nodes["lb1"], pair.nodes["lb2"]
    third = "10.77.0.102"
    second = {"router_id": 52, "addresses": [SECOND_VIP, third], "advert_interval": "100ms"}
    began = time.time()
    with pair.client() as client:
        pair.write_config(vips__VI_2=second)
        assert "VIP VI_2: comes" in reload(pair)
        wait_until(lambda: lb1.role_of("VI_2") == "master", 5, "lb1 as master of VI_2")
        wait_until(lambda: lb1.holds(SECOND_VIP) and lb1.holds(third), 2, "its addresses")
        assert not lb2.holds(SECOND_VIP), "the peer does not know of it"
        reload(pair, "lb2")
        time.sleep(1.0)
        assert lb2.role_of("VI_2") == "backup" and not lb2.holds(SECOND_VIP)

        # The third address moves: it is on the host all the while.
        gone = threading.Event()
        stop = threading.Event()

        def watch():
            while not stop.is_set():
                if not lb1.holds(third):
                    gone.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        pair.write_config(vips__VI_1__addresses=[VIP, third],
                          vips__VI_2={**second, "addresses": [SECOND_VIP]},
                          cluster__nodes__lb1__priority=120)
        reload(pair)
        time.sleep(0.5)
        stop.set()
        watcher.join()
        assert not gone.is_set()
        assert lb1.role_of() == "master" and lb1.role_of("VI_2") == "master"
        reload(pair, "lb2")
        wait_until(lambda: any(third in advert.addresses for advert in
                               pair.sniffer.adverts(began, port="lb1", router_id=51)), 2,
                   "its adverts")

        pair.write_config()
        assert "VIP VI_2: goes" in reload(pair)
        assert not lb1.holds(SECOND_VIP) and not lb1.holds(third)
        assert lb1.holds(VIP)
        wait_until(lambda: lb2.role_of("VI_2") == "master", 5, "the peer still has it")
        reload(pair, "lb2")
        assert not lb2.holds(SECOND_VIP)
        assert not client.failures()
    times = [advert.at for advert in pair.sniffer.adverts(began, port="lb1", router_id=51)]
    assert max(later - earlier for earlier, later in zip(times, times[1:])) <= ADVERTS_EVERY * 1.2
    assert lb1.role_of() == "master"


def test_orders_from_all_sides_are_all_answered(pair):
    lb1 = pair.nodes["lb1"]
    results = []

    def ask():
        for _ in range(5):
            results.append(hapair(pair, "reload"))

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    while any(thread.is_alive() for thread in asking):
        os.kill(lb1.pid, signal.SIGHUP)
        time.sleep(0.02)
    for thread in asking:
        thread.join()
    busy = [done for done in results if done.returncode != 0]
    assert all("under way" in done.stderr for done in busy), busy
    assert len(busy) < len(results)
    wait_until(lambda: not lb1.status()["reload"]["running"], 5, "the end of the last")
    assert "nothing has changed" in reload(pair)


def test_a_label_changes_in_place(pair):
    lb1 = pair.nodes["lb1"]
    pair.write_config(vips__VI_1__addresses=[{"address": VIP, "label": "vip:1"}])
    reload(pair)
    shown = netns.run(lb1.namespace, "ip", "address", "show", "to", VIP).stdout
    assert "vip:1" in shown, shown
    assert lb1.role_of() == "master" and pair.get("/")[0] == 200


def test_sighup_reloads_too_and_a_worker_that_is_killed_comes_back_with_the_new_file(pair):
    lb1 = pair.nodes["lb1"]
    before = lb1.status()["config_hash"]
    pair.write_config(frontends__more={"bind": [{"address": "*", "port": 8081}],
                                       "default_backend": "web_server"})
    os.kill(lb1.pid, signal.SIGHUP)
    wait_until(lambda: lb1.status()["config_hash"] != before, 5, "the reload")
    after = lb1.status()
    assert after["reload"]["by"] == "SIGHUP"
    assert pair.get(port=8081)[0] == 200
    lb1.kill("worker")
    wait_until(lambda: (status := lb1.try_status()) and status["pid"] != after["pid"], 5,
               "a new worker")
    assert lb1.status()["config_hash"] == after["config_hash"]
    wait_until(lambda: pair.get(address=NODES["lb1"][0], port=8081)[0] == 200, 5, "its bind")
