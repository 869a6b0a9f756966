"""Health: one probe for all who ask, state changes with their reason, in one registry."""

import time

from lab.processes import wait_until
from lab.topology import BACKENDS


def probes(backend, since, node="10.77.0.11"):
    return [one for one in backend.requests(since)
            if one.client == node and "/index.html" in one.request]


def test_a_target_shared_by_a_backend_and_a_vip_gets_one_probe_an_interval(lab):
    lab.write_config(
        vips__VI_1__track=[{"backend": "web_server", "min_up": 1, "penalty": 20},
                           {"backend": "second", "min_up": 1, "penalty": 20}],
        backends__second={
            "balance": "roundrobin",
            "check": {"type": "http", "path": "/index.html", "interval": "200ms", "rise": 2,
                      "fall": 2},
            "servers": {"other": {"address": f"{BACKENDS['web1']}:80"}}})
    lab.start()
    time.sleep(0.5)
    since = time.time()
    time.sleep(4.0)
    seen = probes(lab.backends["web1"], since)
    print(f"{len(seen)} probes in 4 s at an interval of 200 ms")
    assert 17 <= len(seen) <= 22
    gaps = [later.at - earlier.at for earlier, later in zip(seen, seen[1:])]
    assert min(gaps) > 0.1, "two probes at once"


def test_both_nodes_check_for_themselves(pair):
    since = time.time()
    time.sleep(1.0)
    for node in ("10.77.0.11", "10.77.0.12"):
        assert probes(pair.backends["web1"], since, node)


def test_a_server_going_down_is_logged_with_the_reason(pair):
    node = pair.nodes["lb1"]
    pair.backends["web2"].stop()
    wait_until(lambda: "web2 is DOWN (was UP), reason: Layer4 connection problem, info: "
               "\"Connection refused\"" in node.log(), 5, "web2 logged as down")
    pair.backends["web2"].start()
    wait_until(lambda: "web2 is UP (was DOWN)" in node.log(), 5, "web2 logged as up")


def test_an_unexpected_status_takes_a_server_out(lab):
    lab.write_config(backends__web_server__check__path="/missing")
    lab.start_backends()
    for node in lab.nodes.values():
        node.launch()
    lab.await_master("lb1")
    wait_until(lambda: lab.get("/")[0] == 503, 5, "no server in service")
    assert all("404" in str(target["last_checks"][0])
               for target in lab.nodes["lb1"].status()["targets"])
