"""What VIPs track besides backends: a node without it gives way; each change names its cause."""

import json
import subprocess

from lab import netns
from lab.processes import wait_until


ADD_SIDE = ["link add side0 type veth peer name side1", "link set side0 up", "link set side1 up"]


def add_side_links(lab):
    """Each node gets one more interface, to lose."""
    for node in lab.nodes.values():
        netns.ip_batch(ADD_SIDE, node.namespace)


def start(lab, **targets):
    lab.write_config(vips__VI_1__track=[{"target": name} for name in targets], targets=targets)
    return lab.start()


def explain(node):
    done = node.command("explain", "VI_1")
    assert done.returncode == 0, done.stderr
    return done.stdout


def events_of(node):
    done = node.command("events", "--json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_lost_interface_moves_the_vip_and_a_flap_does_not(lab):
    add_side_links(lab)
    start(lab, side={"type": "interface", "interface": "side0", "debounce": "400ms"})
    lb1, lb2 = lab.nodes["lb1"], lab.nodes["lb2"]
    netns.ip_batch(["link set side0 down", "link set side0 up"], lb1.namespace)
    netns.ip_batch(["link set side0 down"], lb2.namespace)  # of the backup: nothing moves
    wait_until(lambda: lb2.role_of() == "fault", 5, "lb2 can't serve")
    netns.ip_batch(["link set side0 up"], lb2.namespace)
    wait_until(lambda: lb2.role_of() == "backup", 5, "lb2 can serve again")
    assert lb1.target("side")["times_down"] == 0 and lb1.role_of() == "master"
    netns.ip_batch(["link del side0"], lb1.namespace)
    lab.await_master("lb2")
    assert lb1.role_of() == "fault"
    assert "It tracks interface side: there is no side0, so it is unfit" in explain(lb1)
    assert "Target side is DOWN (was UP), reason: there is no side0" in lb1.log()
    events = events_of(lb1)
    cause = next(each for each in events if each["id"] == "check-state" and each["to"] == "down")
    assert any(each["caused_by"] == cause["number"] for each in events)
    netns.ip_batch(ADD_SIDE, lb1.namespace)
    lab.await_master("lb1")


ROUTER = "10.77.0.1"  # the client's machine stands for it
GATEWAY = {"type": "gateway", "address": ROUTER, "interval": "200ms", "fall": 2}


def test_a_node_that_loses_its_gateway_hands_over_and_says_so(lab):
    start(lab, router=GATEWAY)
    lb1, lb2 = lab.nodes["lb1"], lab.nodes["lb2"]
    wait_until(lambda: lb1.target("router")["state"] == "up", 5, "the gateway answers")
    netns.ip_batch(["route add blackhole 10.77.0.11/32"], lab.client_namespace)
    lab.await_master("lb2")
    told = explain(lb1)
    assert 'its verdict is "gateway lost"' in told and "priority 85 (100 when" in told
    assert "It tracks gateway router: Layer3 timeout" in told
    assert lb2.target("router")["state"] == "up"
    done = lb1.command("why-not", "VI_1")
    assert "gateway router" in done.stdout
    netns.ip_batch(["route del blackhole 10.77.0.11/32"], lab.client_namespace)
    lab.await_master("lb1")


def test_a_gateway_that_nobody_finds_moves_nothing(lab):
    start(lab, router={**GATEWAY, "by": "neighbour"})
    nodes = lab.nodes.values()
    for node in nodes:
        wait_until(lambda: node.target("router")["state"] == "up", 5, "the neighbour answers")
    netns.ip_batch(["link set eth0 arp off"], lab.client_namespace)
    for node in nodes:
        wait_until(lambda: node.target("router")["state"] == "down", 10, "the neighbour is lost")
    lab.await_master("lb1")
    assert lab.nodes["lb2"].role_of() == "backup"
    assert 'its verdict is "gateway lost"' in explain(lab.nodes["lb1"])
    netns.ip_batch(["link set eth0 arp on"], lab.client_namespace)
    for node in nodes:
        wait_until(lambda: node.target("router")["state"] == "up", 10, "the neighbour is back")


def test_scripts_files_and_processes_are_tracked(lab):
    """Both nodes see the same files and processes; only the script knows which node it is on."""
    flag, full = lab.directory / "flag", lab.directory / "full"
    script = lab.directory / "check"
    script.write_text("#!/bin/sh\n"
                      f"grep -q '10.77.0.11$' /proc/net/fib_trie && test -e {full} || exit 0\n"
                      "echo disk full\nexit 3\n")
    script.chmod(0o755)
    helper = subprocess.Popen(["sleep", "60"])
    pid_file = lab.directory / "helper.pid"
    pid_file.write_text(f"{helper.pid}\n")
    quick = {"interval": "400ms", "rise": 1, "fall": 2}
    start(lab,
          opinion={"type": "script", "command": [str(script)], **quick},
          flag={"type": "file", "path": str(flag), "absent": True, **quick},
          helper={"type": "process", "pid_file": str(pid_file), **quick})
    lb1, lb2 = lab.nodes["lb1"], lab.nodes["lb2"]
    wait_until(lambda: all(lb1.target(name)["state"] == "up"
                           for name in ("opinion", "flag", "helper")), 5, "all is well")
    full.touch()
    lab.await_master("lb2")
    assert 'tracks script opinion: External check error, code: 3, info: "disk full"' in explain(lb1)
    full.unlink()
    lab.await_master("lb1")
    flag.touch()
    for node in (lb1, lb2):
        wait_until(lambda: node.role_of() == "fault", 5, "nobody serves with the flag set")
    assert f"It tracks file flag: {flag} is there, so it is unfit" in explain(lb1)
    flag.unlink()
    lab.await_master("lb1")
    helper.kill()  # and left as a zombie
    wait_until(lambda: lb1.target("helper")["state"] == "down", 5, "the process is missing")
    assert f"It tracks process helper: process {helper.pid} is gone" in explain(lb1)
    helper.wait()


def test_the_death_of_a_process_is_seen_before_the_next_check(lab):
    helper = subprocess.Popen(["sleep", "60"])
    pid_file = lab.directory / "helper.pid"
    pid_file.write_text(f"{helper.pid}\n")
    lab.write_config(targets={"helper": {"type": "process", "pid_file": str(pid_file),
                                         "interval": "20s", "fall": 1}})
    lb1 = lab.nodes["lb1"].start()
    wait_until(lambda: lb1.target("helper")["state"] == "up", 30, "the first check")
    assert lb1.target("helper")["checks"] == 1
    helper.kill()
    wait_until(lambda: lb1.target("helper")["state"] == "down", 5, "the death")
    assert lb1.target("helper")["reason"] == f"process {helper.pid} is gone"
    helper.wait()
