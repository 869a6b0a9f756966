"""What the sockets to clients and servers are told, as the kernel shows it."""

import re

from lab import http, netns
from lab.processes import wait_until
from lab.topology import BACKENDS, address6

ALIVE = {"idle": "30s", "interval": "5s", "count": 3}


def sockets(lab, *filters):
    return netns.run(lab.nodes["lb1"].namespace, "ss", "-H", "-t", "-n", "-o", "state",
                     "established", *filters).stdout.splitlines()


def test_both_sides_have_tcp_keepalive_where_it_is_wanted(lab):
    lab.write_config(
        frontends__http_front__bind=[
            {"vip": "VI_1", "port": 80, "tcp_keepalive": ALIVE, "backlog": 7},
            {"vip": "VI_1", "port": 81}],
        backends__web_server__check=None,
        backends__web_server__tcp_keepalive=ALIVE)
    lab.start()
    with lab.connect() as kept, lab.connect(port=81) as plain:
        for connection in kept, plain:
            assert http.exchange(connection)[0] == 200
        servers = sockets(lab, "dport", "=", ":80")
        clients = sockets(lab, "sport", "=", ":80")
        assert servers and clients
        for line in servers + clients:
            left = re.search(r"timer:\(keepalive,(\d+)sec,0\)", line)
            assert left and 20 <= int(left[1]) <= 30, line
        assert not any("keepalive" in line for line in sockets(lab, "sport", "=", ":81"))
    listening = netns.run(lab.nodes["lb1"].namespace, "ss", "-H", "-l", "-t", "-n",
                          "sport", "=", ":80").stdout
    assert listening.split()[2] == "7", listening


def test_connections_and_checks_leave_from_the_source_of_their_family(lab):
    node = lab.nodes["lb1"]
    for address in "10.77.0.55/24", "fd77::55/64":
        netns.run(node.namespace, "ip", "address", "add", address, "dev", node.interface,
                  *(("nodad",) if ":" in address else ()))
    lab.write_config(
        backends__web_server__source={"address": "10.77.0.55"},
        backends__web_server__timeouts={"keep_alive": "10s"},
        backends__web_server__servers={
            "four": {"address": f"{BACKENDS['web1']}:80"},
            "six": {"address": f"[{address6(BACKENDS['web2'])}]:80",
                    "source": {"address": "fd77::55"}}})
    lab.start()
    wait_until(lambda: all(lab.get("/")[0] == 200 for _ in range(2)), 5, "both servers up")
    for _ in range(4):
        assert lab.get("/")[0] == 200
    lines = sockets(lab, "dport", "=", ":80")
    there = {line.split()[3].rsplit(":", 1)[0]: line.split()[2].rsplit(":", 1)[0]
             for line in lines}
    assert there == {BACKENDS["web1"]: "10.77.0.55",
                     f"[{address6(BACKENDS['web2'])}]": "[fd77::55]"}, lines


def test_a_source_that_is_not_here_is_this_nodes_own_failure(lab):
    lab.write_config(backends__web_server__check=None,
                     backends__web_server__retries=0,
                     backends__web_server__source={"address": "10.77.0.99"})
    lab.start()
    assert lab.get("/")[0] == 503
    wait_until(lambda: " 503 " in lab.logs() and " RC-- " in lab.logs(), 2, "the code in the log")
    assert "connect-exhausted" in lab.logs()
    assert lab.nodes["lb1"].status()["backends"][0]["errors"]["internal"] == 1
