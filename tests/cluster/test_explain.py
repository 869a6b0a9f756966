"""The operator's side of the election: maintenance, explain, why-not, events."""

import json
import signal
import subprocess
import time

from lab import netns, processes
from lab.processes import wait_until
from lab.topology import VIP


def tell(node, *words):
    done = node.command(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_maintenance_hands_over_and_stays_over_restarts(pair):
    node = pair.nodes["lb1"]
    at = time.time()
    assert tell(node, "maintenance", "on") == "maintenance on for all VIPs of this node\n"
    pair.await_master("lb2")
    assert pair.sniffer.adverts(at, port="lb1", priority=0)
    worker = node.roles()["worker"]
    node.kill("worker")
    wait_until(lambda: node.roles().get("worker", worker) != worker, 5, "a new worker")
    wait_until(lambda: node.role_of() == "fault", 5, "still in maintenance")
    node.stop()
    node.start()
    wait_until(lambda: node.role_of() == "fault", 5, "in maintenance after a restart")
    time.sleep(1.5)
    assert pair.nodes["lb2"].holds(VIP) and not node.holds(VIP)
    assert "maintenance: ordered before this start" in tell(node, "why-not", "VI_1")
    tell(node, "maintenance", "off", "VI_1")
    pair.await_master("lb1")
    assert tell(node, "why-not") == "VI_1:\n  lb1 is master of VI_1.\n"


def test_explain_tells_the_truth_on_both_nodes_after_a_failover(pair):
    pair.nodes["lb1"].kill("worker", signal.SIGSTOP)
    pair.await_master("lb2")
    told = tell(pair.nodes["lb2"], "explain")
    assert "lb2 is master of VI_1 since" in told and "10.77.0.11 resigned" in told, told
    wait_until(lambda: pair.nodes["lb1"].role_of() is not None, 5, "a new worker")
    pair.await_master("lb1")
    told = tell(pair.nodes["lb2"], "explain", "VI_1")
    assert "10.77.0.11 has priority 100, this node has 90" in told, told
    assert "10.77.0.11 is master with priority 100" in tell(pair.nodes["lb2"], "why-not")
    wrong = pair.nodes["lb2"].command("explain", "VI_7")
    assert wrong.returncode == 1 and "there is no VIP 'VI_7'" in wrong.stderr


def test_events_name_the_cause_and_can_be_followed(pair):
    node = pair.nodes["lb1"]
    follower = subprocess.Popen(
        netns.command(node.namespace, pair.binary, "events", "-f", "--json", "--runtime-dir",
                      node.runtime_dir), stdout=subprocess.PIPE, text=True)
    try:
        tell(node, "maintenance", "on", "VI_1")
        pair.await_master("lb2")
        seen = {}
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and "fault" not in seen:
            event = json.loads(follower.stdout.readline())
            seen[event["to"] if event["id"] == "vrrp-transition" else event["id"]] = event
        # It goes on with the next worker, where it was.
        node.kill("worker")
        numbers = [event["number"]]
        while event["id"] != "worker-ready":
            event = json.loads(follower.stdout.readline())
            numbers.append(event["number"])
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    finally:
        follower.kill()
        follower.wait()
    fault = seen["fault"]
    assert fault["from"] == "master" and "maintenance: ordered by" in fault["cause"]
    assert fault["figures"]["verdict"] == "unfit"
    changed = seen["vrrp-priority"]
    assert fault["caused_by"] == changed["number"]
    assert changed["caused_by"] == seen["maintenance"]["number"]
    assert "because of #" in tell(node, "events")


def events_of(node):
    return [json.loads(line) for line in tell(node, "events", "--json").splitlines()]


def test_events_survive_a_crash_and_a_restart_and_numbers_go_on(pair):
    node = pair.nodes["lb1"]
    wait_until(lambda: node.role_of() == "master", 5, "a master")
    became = [each for each in events_of(node) if each["to"] == "master"][-1]
    worker = node.roles()["worker"]
    node.kill("worker")
    wait_until(lambda: node.roles().get("worker", worker) != worker, 5, "a new worker")
    pair.await_master("lb1")
    told = events_of(node)
    assert became in told
    starts = [each for each in told if each["id"] == "worker-ready"]
    assert len(starts) == 2 and starts[1]["number"] > became["number"]
    node.kill_tree()
    node.start()
    pair.await_master("lb1")
    assert became in events_of(node)
    node.stop()
    journal = pair.directory / "journal-lb1.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    numbers = [line["number"] for line in lines]
    assert numbers == list(range(1, len(numbers) + 1))
    assert lines[became["number"] - 1] == became
    assert any(line["id"] == "worker-leaving" for line in lines)
    assert journal.stat().st_mode & 0o777 == 0o640


def test_a_journal_that_can_not_be_written_does_no_harm(lab):
    (lab.directory / "taken").write_text("no directory")
    lab.write_config(journal={"directory": str(lab.directory / "taken")})
    lab.start()
    node = lab.nodes["lb1"]
    assert "journal-unwritable" in node.log()
    lab.nodes["lb1"].kill("worker", signal.SIGSTOP)
    lab.await_master("lb2")
    lab.await_master("lb1")
    assert len([each for each in events_of(node) if each["id"] == "worker-ready"]) == 2
    writer = [pid for pid in processes.tree(node.pid)
              if processes.status_fields(pid).get("Name") == "hapair-journal"]
    # A writer that hangs, and one that is gone.
    processes.kill(writer, signal.SIGSTOP)
    worker = node.roles()["worker"]
    at = time.monotonic()
    node.kill("worker")
    wait_until(lambda: node.roles().get("worker", worker) != worker, 5, "a new worker")
    lab.await_master("lb1")
    assert time.monotonic() - at < 5
    processes.kill(writer)
    tell(node, "maintenance", "on")
    lab.await_master("lb2")
    assert node.status()["journal"]["dropped"] > 0
    assert node.stop() == 0


def test_what_guardian_and_supervisor_decide_is_in_the_journal_too(pair):
    node = pair.nodes["lb1"]

    def told(kind, subject):
        found = [each for each in events_of(node)
                 if each["id"] == kind and each["subject"] == subject]
        return found[-1] if found else None

    netns.ip_batch([f"addr del {VIP}/32 dev ens33"], node.namespace)
    taken_off = wait_until(lambda: told("vip-taken-off", "VI_1"), 5, "the address taken off")
    assert f"{VIP}/32 was taken off ens33 by another program" in taken_off["cause"]
    assert taken_off["figures"]["holds"] == "VI_1"
    worker = node.roles()["worker"]
    node.kill("worker")
    wait_until(lambda: node.roles().get("worker", worker) != worker, 5, "a new worker")
    node.await_status()
    failed = wait_until(lambda: told("worker-failed", "guardian"), 5, "the worker's failure")
    assert failed["figures"]["holds"] == "VI_1" and failed["number"] > taken_off["number"]
    ended = wait_until(lambda: told("process-ended", "worker"), 5, "the worker's end")
    assert "signal 9" in ended["cause"]
    pair.await_master("lb1")
    guardian = node.roles()["guardian"]
    node.kill("guardian", signal.SIGSTOP)
    wait_until(lambda: node.roles().get("guardian", guardian) != guardian, 5, "a new guardian")
    node.await_status()
    hung = wait_until(lambda: told("guardian-hung", "supervisor"), 5, "the guardian's failure")
    released = wait_until(lambda: told("released-for-guardian", "supervisor"), 5, "the release")
    assert hung["number"] < released["number"]
    assert hung["monotonic_ns"] <= released["monotonic_ns"]
