"""Routes and rules that move with a VIP."""

import json

from lab import netns
from lab.processes import wait_until
from lab.topology import VIP, VIP6

ROUTES = [{"to": "198.51.100.0/24", "via": "10.77.0.1"},
          {"to": "default", "via": "10.77.0.1", "source": VIP, "table": 100},
          {"to": "2001:db8:2::/48", "via": "fd77::1"}]
RULES = [{"from": VIP, "table": 100, "priority": 1000},
         {"to": "2001:db8:2::/48", "table": 254, "priority": 1001}]
EXPECTED = {f"198.51.100.0/24 via 10.77.0.1 table 254 src {{own}}",
            f"default via 10.77.0.1 table 100 src {VIP}",
            "2001:db8:2::/48 via fd77::1 table 254 src none",
            f"rule {VIP} -> all 1000", "rule all -> 2001:db8:2::/48 1001"}


def shown(node, *arguments):
    return json.loads(netns.run(node.namespace, "ip", "-j", "-N", *arguments).stdout or "[]")


def ours(node):
    """What bears our protocol number, in one form for all."""
    found = set()
    for family in ("-4", "-6"):
        for route in shown(node, family, "route", "show", "table", "all"):
            if route.get("protocol") == "112":
                found.add(f"{route['dst']} via {route.get('gateway')} table "
                          f"{route.get('table', '254')} src {route.get('prefsrc', 'none')}")
        for rule in shown(node, family, "rule", "show"):
            if rule.get("protocol") == "112":
                length = f"/{rule['dstlen']}" if "dstlen" in rule else ""
                found.add(f"rule {rule['src']} -> {rule.get('dst', 'all')}{length} "
                          f"{rule['priority']}")
    return found


def expected(node):
    return {entry.format(own=node.address) for entry in EXPECTED}


def start(lab):
    lab.write_config(vips__VI_1__addresses=[VIP, VIP6], vips__VI_1__routes=ROUTES,
                     vips__VI_1__rules=RULES)
    lab.start()
    wait_until(lambda: ours(lab.nodes["lb1"]) == expected(lab.nodes["lb1"]), 3, "lb1's routes")


def test_routes_and_rules_move_with_the_vip_and_are_put_back(lab):
    start(lab)
    first, second = lab.nodes["lb1"], lab.nodes["lb2"]
    assert not ours(second)
    netns.ip_batch([f"addr del {VIP}/32 dev ens33"], first.namespace)  # and a route with it
    wait_until(lambda: ours(first) == expected(first), 3, "the routes behind the VIP")
    netns.ip_batch(["route del 198.51.100.0/24", "rule del priority 1000"], first.namespace)
    wait_until(lambda: ours(first) == expected(first), 3, "the routes again")
    assert "route-taken-off" in first.log()
    first.kill("worker")
    wait_until(lambda: ours(second) == expected(second), 3, "lb2's routes")
    wait_until(lambda: not ours(first) or ours(first) == expected(first), 3, "all or none on lb1")
    lab.await_master("lb1")
    wait_until(lambda: ours(first) == expected(first) and not ours(second), 3, "them back on lb1")
    first.kill("guardian")
    lab.await_master("lb2")
    wait_until(lambda: not ours(first), 3, "nothing on lb1")
    lab.await_master("lb1", timeout=20)
    assert first.stop() == 0
    assert not ours(first)


def test_what_is_in_the_way_is_named_and_left_overs_go_at_the_next_start(lab):
    start(lab)
    first = lab.nodes["lb1"]
    first.kill_tree()
    wait_until(lambda: not first.holds(VIP), 5, "no VIP on lb1")
    left = ours(first)
    assert left, "nobody was there to take the rules off"
    foreign = "198.51.100.0/24 via 10.77.0.1 dev ens33 proto static"
    netns.run(first.namespace, "ip", "route", "del", "198.51.100.0/24", check=False)
    netns.ip_batch([f"route add {foreign}"], first.namespace)
    first.start()
    assert "of an earlier run have been taken off" in first.log()
    wait_until(lambda: len(ours(first)) == 4, 10, "the others")
    fault = first.status()["vips"][0]["routes_fault"]
    assert "there is route 198.51.100.0/24 via 10.77.0.1" in fault and "proto 4" in fault
    assert "route-put-failed" in first.log()
    netns.ip_batch([f"route del {foreign}"], first.namespace)
    wait_until(lambda: ours(first) == expected(first), 5, "the route, tried again")
    assert first.status()["vips"][0]["routes_fault"] is None
