"""How long a client is without service at each kind of failure, hapair beside keepalived + HAProxy.

A client opens a new connection every millisecond; the outage is the longest time from one that was
answered to the next one that was, with others between them that were not.
A run ends when the client is served again, or at six seconds. For hapair failback is "never", so
that each run has one failure and one takeover, and the nodes take turns as master.
"""

import shutil
import signal
import statistics
import time

from lab import netns
from lab.keepalived_haproxy import KeepalivedHaproxy
from lab.processes import wait_until
from lab.topology import NODES, VIP, VIP6, Lab

from record import RUNS

CUT = 6.0
PROBE = 0.001
SETTLED = 0.5  # seconds without a failure after which the client counts as served again
INTERVALS = {"1s": 1.0, "100ms": 0.1, "10ms": 0.01}
CHECK, FALL = 0.1, 2
PEERS = "keepalived+HAProxy"

# case: (goal in ms for each interval that has one)
GOALS = {
    "worker killed": {"1s": 50, "100ms": 50, "10ms": 50},
    "worker stopped": {"100ms": 350, "10ms": 350},
    "clean stop": {"1s": 20, "100ms": 20, "10ms": 20},
    "link cut": {"100ms": 350, "10ms": 60},
    "pool lost": {"1s": CHECK * FALL * 1e3 + 100, "100ms": CHECK * FALL * 1e3 + 100,
                  "10ms": CHECK * FALL * 1e3 + 100},
}


def blind(lab, name, verb="add"):
    netns.ip_batch([f"route {verb} prohibit {backend.address}/32"
                    for backend in lab.backends.values()], lab.nodes[name].namespace)


# Each breaks the master and gives back what mends it.
def nothing(lab, node):
    return lambda: None


def kill_worker(lab, node):
    node.kill("worker")
    return lambda: None


def stop_worker(lab, node):
    node.kill("worker", signal.SIGSTOP)
    return lambda: None


def kill_everything(lab, node):
    node.kill_tree()
    return node.start


def stop_everything(lab, node):
    node.pause_tree()
    return node.resume_tree


def clean_stop(lab, node):
    node.terminate()

    def mend():
        node.wait()
        node.start()
    return mend


def cut_link(lab, node):
    lab.cut(node.name)
    return lambda: lab.mend(node.name)


def lose_pool(lab, node):
    blind(lab, node.name)
    return lambda: blind(lab, node.name, "del")


CASES = {"nothing": nothing, "worker killed": kill_worker, "worker stopped": stop_worker,
         "all killed": kill_everything, "all stopped": stop_everything,
         "clean stop": clean_stop, "link cut": cut_link,
         "pool lost": lose_pool}
# No single fault, and nobody is left to act: only the kernel's lease ends the VIP then.
WHOLE_NODE = ("all killed", "all stopped")


def is_ready(node):
    """A backup that sees its servers again."""
    status = node.try_status()
    return status and (status["vips"][0]["role"], status["vips"][0]["verdict"]) == ("backup",
                                                                                     "serves")


def both_answer(answers):
    """Seconds from the first answer of the new owner of a VIP to the last of the old one."""
    first, last = {}, {}
    for answer in answers:
        first.setdefault(answer.port, answer.at)
        last[answer.port] = answer.at
    if len(first) < 2:
        return 0.0
    old, new = sorted(first, key=first.get)
    return max(0.0, last[old] - first[new])


def await_service(client, since, at_most):
    """Until an outage since then is over, `at_most` so many seconds if there is none, and never
    beyond the cut. The nodes are asked nothing: it would take the processor from them."""
    time.sleep(0.7)
    while time.monotonic() < since + CUT:
        if client.is_served_again(since, SETTLED):
            return
        if time.monotonic() > since + at_most and not client.failures(since):
            return
        time.sleep(0.1)


def longest_outage(client, began):
    """In ms, at most what a run is cut at."""
    return 1e3 * min(CUT, client.longest_outage(began - 0.05, time.monotonic()))


def hapair_outages(binary, interval, case, runs, outages):
    """Appends the outages in ms of one case; gives back how many seconds both nodes answered for
    the VIP."""
    double = 0.0
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(
            cluster__startup_delay="0s", vips__VI_1__advert_interval=interval,
            vips__VI_1__failback="never", vips__VI_1__addresses=[VIP, VIP6],
            vips__VI_1__track=[{"backend": "web_server", "min_up": 1}],
            process__drain_timeout="5s", log=[{"type": "stderr", "level": "info"}],
            backends__web_server__check={"type": "http", "path": "/index.html", "rise": 2,
                                         "interval": f"{CHECK * 1e3:.0f}ms", "fall": FALL},
            **{f"cluster__nodes__{name}__priority": None for name in NODES})
        lab.start_backends()
        for node in lab.nodes.values():
            node.launch()
        wait_until(lambda: any(node.holds(VIP) for node in lab.nodes.values()), 15, "a master")
        time.sleep(1.0)
        for _ in range(runs):
            master = next(node for node in lab.nodes.values() if node.holds(VIP))
            with lab.ask_arp(VIP), lab.ask_neighbours(VIP6), \
                    lab.client(interval=PROBE, timeout=0.25) as client:
                time.sleep(0.3)
                since, began = time.time(), time.monotonic()
                mend = CASES[case](lab, master)
                await_service(client, began, 0.7 + 3.3 * INTERVALS[interval])
                outages.append(longest_outage(client, began))
                until = time.time()
                double += both_answer(lab.sniffer.arps(since, until, operation=2, sender=VIP))
                double += both_answer(lab.sniffer.neighbour_adverts(since, until, address=VIP6,
                                                                    solicited=True))
            mend()
            if case != "nothing":
                wait_until(lambda: is_ready(master), 20, "the old master as a fit backup")
            time.sleep(0.3)
    return double


def peer_outages(interval, case, runs, outages, customer=False):
    """The same of keepalived and HAProxy; runs with a fault that they do not see end at the cut."""
    for _ in range(runs):
        with Lab(binary="/bin/true", log_requests=False) as lab:
            lab.start_backends()
            nodes = [KeepalivedHaproxy(lab, name, priority, INTERVALS[interval], customer)
                     for name, priority in zip(NODES, (100, 90) if customer else (254, 253))]
            for node in nodes:
                node.start()
            wait_until(lambda: lab.nodes["lb1"].holds(VIP), 12, "keepalived as master")
            time.sleep(0.5)
            with lab.client(interval=PROBE, timeout=0.25) as client:
                time.sleep(0.3)
                began = time.monotonic()
                nodes[0].fail(case)
                await_service(client, began, 1.0 if case == "nothing" else CUT)
                outages.append(longest_outage(client, began))
            for node in nodes:
                node.stop()


def shown(outages):
    if not outages:
        return f"{'-':>16}"
    median, worst = statistics.median(outages), max(outages)
    return f"{median:7.0f} {worst:7.0f}{'+' if worst >= CUT * 1e3 else ' '}"


def compare(binary, record, interval, case, runs, peer_runs):
    """One fault at one interval; gives back how many seconds both nodes answered for the VIP."""
    table = record.table("Time without service", "ms", RUNS, CUT * 1e3)
    row = case if case == "nothing" else f"{case}, {interval} adverts"
    ours, theirs = table.samples(row, "hapair"), table.samples(row, PEERS)
    both = hapair_outages(binary, interval, case, runs, ours)
    peer_outages(interval, case, peer_runs, theirs)
    print(f"{interval:>6} {case:17} {shown(ours)} {shown(theirs):>20}"
          f"   both answered {both * 1e3:.2f} ms", flush=True)
    goal = GOALS.get(case, {}).get(interval)
    if goal is not None:
        record.check(f"failover {case} {interval}".replace(" ", "-"), statistics.median(ours), goal,
                     "ms", (table, row, "hapair"), ours)
    return both


def customers_pair(record, runs):
    table = record.table("Time without service, the customer's pair", "ms", RUNS, CUT * 1e3)
    for case in ("all killed", "clean stop", "link cut"):
        theirs = table.samples(f"{case}, 1s adverts", PEERS)
        peer_outages("1s", case, runs, theirs, True)
        print(f"customer {case:15} {'-':>16} {shown(theirs):>20}", flush=True)


def run(binary, record, arguments):
    peers = arguments.peer_runs if shutil.which("haproxy") and shutil.which("keepalived") else 0
    print("the row \"nothing\" is what the measurement itself costs on this machine")
    print(f"outage of a client in ms, median and worst of {arguments.runs} runs of hapair and "
          f"{peers} of the peers; + means cut at {CUT:g} s")
    print(f"{'':24} {'hapair':>16} {'keepalived+HAProxy':>20}")
    double = 0.0
    intervals = arguments.failover_intervals.split(",")
    for interval in intervals:
        for case in CASES:
            if case == "nothing" and interval != intervals[0]:
                continue
            # The cases without a goal show how it stands, with half as many runs.
            share = 2 if case == "nothing" or case in WHOLE_NODE else 1
            both = compare(binary, record, interval, case, -(-arguments.runs // share),
                           -(-peers // share))
            if case not in WHOLE_NODE:
                double += both
    if peers and "1s" in intervals:
        customers_pair(record, peers)
    record.check("failover-both-answer", double * 1e3, 0, "ms")
