"""Who is master, and how the VIP moves."""

import contextlib
import datetime
import shutil
import time

import pytest

from lab import netns
from lab.processes import wait_until
from lab.topology import NODES, SECOND_VIP, VIP


def masters(lab):
    return [node.name for node in lab.nodes.values() if node.running and node.holds(VIP)]


def assert_one_owner(lab, name, seconds=0.5):
    """For a while, exactly this node answers ARP for the VIP and holds it."""
    since = time.time()
    with lab.ask_arp():
        time.sleep(seconds)
    assert lab.sniffer.answerers(VIP, since) == {name}
    assert masters(lab) == [name]


def test_the_preferred_node_is_master_and_alone_answers_for_the_vip(pair):
    assert_one_owner(pair, "lb1")
    assert pair.nodes["lb2"].role_of() == "backup"


def test_adverts_go_out_on_time_in_the_form_of_the_rfc(pair):
    since = time.time()
    time.sleep(2.0)
    adverts = pair.sniffer.adverts(since)
    assert {advert.port for advert in adverts} == {"lb1"}
    gaps = [later.at - earlier.at for earlier, later in zip(adverts, adverts[1:])]
    print(f"advert gaps: {min(gaps) * 1e3:.2f} to {max(gaps) * 1e3:.2f} ms")
    assert 15 <= len(adverts) <= 23 and max(gaps) < 0.25
    one = adverts[0]
    assert (one.version, one.router_id, one.interval, one.addresses) == (3, 51, 10, (VIP,))
    assert (one.ttl, one.tos) == (255, 0xC0)
    assert (one.source, one.destination) == ("10.77.0.11", "224.0.0.18")
    assert one.ethernet_destination == "01:00:5e:00:00:12"


def test_a_new_master_announces_the_vip_five_times(lab):
    lab.start_backends()
    lab.nodes["lb1"].start()
    lab.await_master("lb1")
    wait_until(lambda: len([arp for arp in lab.sniffer.arps(sender=VIP) if arp.gratuitous]) >= 5,
               3, "five gratuitous ARPs")
    arp = next(arp for arp in lab.sniffer.arps(sender=VIP) if arp.gratuitous)
    assert (arp.operation, arp.target) == (1, VIP)
    assert arp.frame[:6] == b"\xff" * 6 and arp.frame[32:38] == b"\xff" * 6


def test_a_node_knows_itself_by_its_address(pair):
    assert [node.status()["node"] for node in pair.nodes.values()] == ["lb1", "lb2"]


def test_a_node_knows_itself_by_the_flag(lab):
    lab.nodes["lb1"].start("--node", "lb1")
    assert lab.nodes["lb1"].status()["node"] == "lb1"


def test_a_node_alone_becomes_master(lab):
    lab.nodes["lb2"].start()
    lab.await_master("lb2")


def test_leaving_on_purpose_hands_over_within_the_skew_time(pair):
    at = time.time()
    assert pair.nodes["lb1"].stop() == 0
    pair.await_master("lb2")
    resignations = pair.sniffer.adverts(at, port="lb1", priority=0)
    assert resignations
    first = next(advert for advert in pair.sniffer.adverts(at, port="lb2"))
    took = first.at - resignations[0].at
    print(f"priority 0 to the peer's first advert: {took * 1e3:.1f} ms")
    assert 0 < took < 0.2
    assert_one_owner(pair, "lb2")


def test_the_preferred_node_takes_over_again_when_it_returns(pair):
    pair.nodes["lb1"].stop()
    pair.await_master("lb2")
    pair.nodes["lb1"].start()
    pair.await_master("lb1")
    wait_until(lambda: masters(pair) == ["lb1"], 2, "lb2 without the VIP")
    assert_one_owner(pair, "lb1")


def test_without_preemption_the_returning_node_stays_backup(lab):
    lab.write_config(vips__VI_1__failback="never")
    lab.start()
    lab.nodes["lb1"].stop()
    lab.await_master("lb2")
    lab.nodes["lb1"].start()
    time.sleep(1.5)
    assert_one_owner(lab, "lb2")


def test_a_delayed_preemption_waits(lab):
    lab.write_config(vips__VI_1__failback="2s")
    lab.nodes["lb2"].start()
    lab.await_master("lb2")
    lab.nodes["lb1"].start()
    began = time.monotonic()
    lab.await_master("lb1")
    assert 1.2 < time.monotonic() - began < 4.0


def test_equal_priorities_are_decided_by_the_address(lab):
    lab.write_config(vips__VI_1__priorities={"lb1": 100, "lb2": 100})
    for node in lab.nodes.values():
        node.launch()
    wait_until(lambda: masters(lab) in (["lb1"], ["lb2"]), 10, "one master, whichever began")
    time.sleep(1.0)
    assert masters(lab) in (["lb1"], ["lb2"])
    # Both masters at once (a switch that passes nothing on), then the higher address wins.
    lab.isolate("lb1")
    wait_until(lambda: masters(lab) == ["lb1", "lb2"], 3, "both as master while cut off")
    lab.rejoin("lb1")
    wait_until(lambda: masters(lab) == ["lb2"], 5, "the higher address as the only master")


def test_a_pulled_cable_moves_the_vip_and_its_return_heals(pair):
    with pair.ask_arp():
        pair.cut("lb1")
        pair.await_master("lb2")
        pair.mend("lb1")
        wait_until(lambda: masters(pair) == ["lb1"], 10, "lb1 as the only master again")
        time.sleep(0.3)
    assert_one_owner(pair, "lb1")
    # The port behind the link may have been still coming up: it listened for startup_delay (1 s).
    assert said_at(pair.nodes["lb1"], "backup -> master") - said_at(
        pair.nodes["lb1"], "fault -> backup") > 0.95


def said_at(node, words):
    """When the log last held these words, in seconds since the epoch."""
    line = [line for line in node.log().splitlines() if words in line][-1]
    return datetime.datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp()


@contextlib.contextmanager
def blinded(lab, *names):
    """The named nodes can't reach the backends."""
    blind = [f"route add prohibit {backend.address}/32" for backend in lab.backends.values()]
    for name in names:
        netns.ip_batch(blind, lab.nodes[name].namespace)
    yield
    for name in names:
        netns.ip_batch([line.replace("add", "del") for line in blind], lab.nodes[name].namespace)


@pytest.mark.parametrize("track", [{}, {"penalty": 20}, {"fault": True}],
                         ids=["verdict", "penalty", "fault"])
def test_the_node_that_sees_fewer_servers_gives_the_vip_away(lab, track):
    lab.write_config(vips__VI_1__track=[{"backend": "web_server", "min_up": 1, **track}])
    lab.start()
    with blinded(lab, "lb1"):
        lab.await_master("lb2")
        wait_until(lambda: masters(lab) == ["lb2"], 3, "lb1 without the VIP")
    lab.await_master("lb1")


def test_a_better_view_moves_the_vip_whatever_the_failback_and_equal_ones_do_not(lab):
    lab.write_config(vips__VI_1__failback="never",
                     vips__VI_1__track=[{"backend": "web_server", "min_up": 1}])
    lab.start()
    with blinded(lab, "lb1"):
        lab.await_master("lb2")
        assert lab.nodes["lb1"].status()["vips"][0]["verdict"] == "backends short"
        taken = lab.nodes["lb2"].status()["vips"][0]["reason"]
        assert "backends short" in taken, taken
        # Now both are blind: nothing moves.
        with blinded(lab, "lb2"):
            wait_until(lambda: lab.nodes["lb2"].status()["vips"][0]["verdict"] != "serves", 5,
                       "lb2 without servers")
            time.sleep(1.0)
            assert masters(lab) == ["lb2"]
        wait_until(lambda: lab.nodes["lb2"].status()["vips"][0]["verdict"] == "serves", 5,
                   "lb2 with servers")
    time.sleep(1.5)
    assert_one_owner(lab, "lb2")


def test_two_vips_are_shared_by_priority(lab):
    lab.write_config(vips__VI_2={"router_id": 52, "addresses": [SECOND_VIP],
                                 "priorities": {"lb1": 100, "lb2": 200}})
    lab.start()
    wait_until(lambda: lab.nodes["lb2"].holds(SECOND_VIP), 5, "lb2 with the second VIP")
    assert lab.nodes["lb1"].holds(VIP) and not lab.nodes["lb1"].holds(SECOND_VIP)
    assert not lab.nodes["lb2"].holds(VIP)
    lab.nodes["lb2"].stop()
    wait_until(lambda: lab.nodes["lb1"].holds(SECOND_VIP), 3, "lb1 with both")


def test_a_sync_group_moves_as_one(lab):
    lab.write_config(vips__VI_2={"router_id": 52, "addresses": [SECOND_VIP]},
                     sync_groups={"site": {"members": ["VI_1", "VI_2"]}},
                     vips__VI_1__track=[{"backend": "web_server", "min_up": 1, "fault": True}])
    lab.start()

    def owners():
        return [name for name, node in lab.nodes.items()
                if node.holds(VIP) and node.holds(SECOND_VIP)]

    wait_until(lambda: owners() == ["lb1"], 5, "lb1 with both")
    with blinded(lab, "lb1"):
        wait_until(lambda: owners() == ["lb2"], 8, "lb2 with both")
        wait_until(lambda: not lab.nodes["lb1"].holds(SECOND_VIP), 2, "lb1 with neither")
        role = lab.nodes["lb1"].status()["vips"][1]
        assert role["role"] == "fault" and "VI_1: backend web_server" in role["reason"], role
    wait_until(lambda: owners() == ["lb1"], 10, "lb1 with both again")
    wait_until(lambda: not lab.nodes["lb2"].holds(SECOND_VIP), 2, "lb2 with neither")


def test_a_paused_master_that_wakes_does_not_take_back_what_it_may_not(lab):
    lab.write_config(vips__VI_1__failback="never")
    lab.start()
    lab.nodes["lb1"].pause_tree()
    lab.await_master("lb2")
    time.sleep(1.0)
    lab.nodes["lb1"].resume_tree()
    wait_until(lambda: masters(lab) == ["lb2"], 3, "lb1 without the VIP")
    time.sleep(1.0)
    assert_one_owner(lab, "lb2")


@pytest.mark.parametrize("interval", ["10ms", "100ms", "1s"])
def test_a_master_that_wakes_just_after_its_replacement_says_nothing(lab, interval):
    lab.write_config(vips__VI_1__failback="never", vips__VI_1__advert_interval=interval)
    lab.start()
    lab.nodes["lb1"].pause_tree()
    lab.await_master("lb2")
    time.sleep(0.05)
    at = time.time()
    lab.nodes["lb1"].resume_tree()
    wait_until(lambda: masters(lab) == ["lb2"], 3, "lb1 without the VIP")
    time.sleep(1.2)
    assert_one_owner(lab, "lb2")
    assert {advert.priority for advert in lab.sniffer.adverts(at, port="lb1")} <= {0}
    assert "vrrp-transition VI_1: master -> " not in lab.nodes["lb2"].log()


def test_unicast_needs_no_multicast(lab):
    lab.write_config(vips__VI_1__transport="unicast")
    lab.start()
    adverts = lab.sniffer.adverts(port="lb1")
    assert {advert.destination for advert in adverts} == {NODES["lb2"][0]}
    lab.nodes["lb1"].kill_tree()
    lab.await_master("lb2")


def test_version_two_with_a_password(lab):
    lab.write_config(vips__VI_1={"router_id": 51, "addresses": [VIP], "version": 2,
                                 "advert_interval": "1s",
                                 "auth": {"type": "pass", "password": "1111"}})
    lab.start_backends()
    for node in lab.nodes.values():
        node.launch()
    lab.await_master("lb1", timeout=15)
    advert = wait_until(lambda: lab.sniffer.adverts(port="lb1"), 3, "an advert")[0]
    assert (advert.version, advert.interval, advert.raw[4]) == (2, 1, 1)
    assert advert.raw[-8:] == b"1111\0\0\0\0"
    lab.nodes["lb1"].stop()
    lab.await_master("lb2")


def test_a_changed_host_name_is_how_a_node_may_know_itself(lab):
    if not shutil.which("unshare"):
        pytest.skip("unshare is missing")
    config = lab.write_config(cluster__nodes__lb1__address="10.77.0.111")
    assert config["cluster"]["nodes"]["lb1"]["address"] == "10.77.0.111"
    checked = netns.run(lab.nodes["lb1"].namespace, "unshare", "--uts", "sh", "-c",
                        f"hostname lb1 && exec {lab.binary} check --json {lab.config_path}",
                        check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "lb1" in checked.stdout
