"""Which server a request goes to: the same for the same key on both nodes, and backup servers
only while no other can serve."""

import pytest

from lab.processes import wait_until
from lab.topology import BACKENDS, NODES


def server_of(lab, node, *, user=None, http2=False):
    """The server's name, as a node's own address answers."""
    options = ["--http2-prior-knowledge"] if http2 else []
    if user is not None:
        options += ["-H", f"X-User: {user}"]
    return lab.curl(*options, f"http://{NODES[node][0]}:8080/", check=True).stdout.strip()


def start(lab, **backend):
    lab.write_config(
        frontends__http_front__bind=[{"vip": "VI_1", "port": 80},
                                     {"node": True, "port": 8080, "protocols": ["h2", "http/1.1"]}],
        **{f"backends__web_server__{key}": value for key, value in backend.items()})
    lab.start()


@pytest.mark.parametrize("method", ["consistent", "map"])
def test_a_key_goes_to_the_same_server_on_both_nodes(lab, method):
    start(lab, balance={"on": ["header:X-User"], "method": method})
    users = [f"user{number}" for number in range(12)]
    first = {user: server_of(lab, "lb1", user=user) for user in users}
    assert set(first.values()) == set(BACKENDS)
    assert first == {user: server_of(lab, "lb2", user=user, http2=True) for user in users}
    # Without a key requests take turns.
    assert {server_of(lab, "lb1") for _ in range(4)} == set(BACKENDS)
    lab.backends["web2"].stop()
    wait_until(lambda: {server_of(lab, "lb2", user=user) for user in users} == {"web1"}, 5,
               "all keys at the server that is left")
    lab.backends["web2"].start()
    wait_until(lambda: first == {user: server_of(lab, "lb2", user=user) for user in users}, 5,
               "each key back at its own server")


def test_backup_servers_serve_only_while_no_other_can(lab):
    start(lab, servers={"web1": {"address": f"{BACKENDS['web1']}:80", "backup": True},
                        "web2": {"address": f"{BACKENDS['web2']}:80"}})
    assert {server_of(lab, "lb1") for _ in range(4)} == {"web2"}
    lab.backends["web2"].stop()
    wait_until(lambda: server_of(lab, "lb1") == "web1", 5, "the backup server serves")
    lab.backends["web2"].start()
    wait_until(lambda: server_of(lab, "lb1") == "web2", 5, "the other serves again")
    assert {server_of(lab, "lb1") for _ in range(4)} == {"web2"}
