"""What a client sees that opens a new connection every five milliseconds."""

import time

from lab.processes import wait_until


def test_killing_the_master_costs_less_than_a_second(pair):
    with pair.client() as client:
        time.sleep(1.0)
        at = time.monotonic()
        pair.nodes["lb1"].kill_tree()
        time.sleep(3.0)
        gap, lost = client.longest_gap(at), len(client.failures(at))
    print(f"kill -9 of the master node: gap {gap * 1e3:.0f} ms, {lost} requests lost")
    assert gap < 1.0
    assert not client.failures(at + 1.5), "all is well again"


def test_a_planned_hand_over_costs_next_to_nothing(pair):
    with pair.client() as client:
        time.sleep(1.0)
        at = time.monotonic()
        pair.nodes["lb1"].stop()
        time.sleep(1.5)
        gap, lost = client.longest_gap(at), len(client.failures(at))
    print(f"SIGTERM of the master: gap {gap * 1e3:.0f} ms, {lost} requests lost")
    assert gap < 0.5


def test_the_return_of_the_preferred_node_is_short(pair):
    pair.nodes["lb1"].stop()
    pair.await_master("lb2")
    with pair.client() as client:
        time.sleep(0.5)
        at = time.monotonic()
        pair.nodes["lb1"].start()
        pair.await_master("lb1")
        time.sleep(1.5)
        gap, lost = client.longest_gap(at), len(client.failures(at))
    print(f"preemption: gap {gap * 1e3:.0f} ms, {lost} requests lost")
    assert gap < 1.0


def test_a_stopped_backend_costs_nothing_once_its_check_fell(pair):
    with pair.client() as client:
        time.sleep(0.5)
        at = time.monotonic()
        pair.backends["web2"].stop()
        time.sleep(2.5)  # two failed checks 200 ms apart, and a margin
        late = client.failures(at + 1.0)
        early = client.failures(at, at + 1.0)
        back = time.monotonic()
        pair.backends["web2"].start()
        wait_until(lambda: client.served_by(back).get("web2", 0) > 20, 5, "web2 in service again")
        after = client.failures(back)
    print(f"backend stopped: {len(early)} requests lost until its check fell")
    assert not late and not after
    assert client.served_by(at + 1.0, back).get("web2", 0) == 0
