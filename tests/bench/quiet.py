"""No takeover without a fault: a saturated pair beside busy programs keeps its master."""

import concurrent.futures
import os
import signal
import subprocess
import sys
import time

from lab.topology import NODES, VIP, Lab

from common import add_quantiles, percentile, run_wrk
from record import BARS, QUANTILES

HOGS = 4
SLICE = 10  # seconds of load at a time: some of it is under way all the while


def realtime_allowed():
    """Whether this machine lets a process into the real-time class."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        return True
    except OSError:
        return False


def start_hogs():
    """Programs that only burn processor time, as long as this process lives."""
    burn = "import os\nowner = os.getppid()\nwhile os.getppid() == owner:\n  sum(range(100000))\n"
    return [subprocess.Popen([sys.executable, "-c", burn]) for _ in range(HOGS)]


def load(lab, seconds):
    """Saturates the balancers of both nodes: the master's by the VIP, the backup's by the node's
    own address. Requests a second of each."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        both = [pool.submit(run_wrk, lab, seconds, address) for address in (VIP, NODES["lb2"][0])]
        return [one.result()[0] for one in both]


def quiet(binary, record, interval, seconds):
    """The pair under load and hogs for so long; tells how evenly adverts reach the backup."""
    name = f"{interval * 1e3:.0f}ms"
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(vips__VI_1__advert_interval=name,
                         frontends__http_front__log_format="off",
                         frontends__http_front__bind=[{"vip": "VI_1", "port": 80},
                                                      {"node": True, "port": 80}],
                         log=[{"type": "stderr", "level": "info"}])
        lab.start()
        time.sleep(1.0)
        hogs = start_hogs()
        try:
            since, rates = time.time(), []
            while time.time() - since < seconds:
                rates.append(sum(load(lab, min(SLICE, seconds))))
            until = time.time()
        finally:
            for hog in hogs:
                hog.send_signal(signal.SIGKILL)
                hog.wait()
        adverts = lab.sniffer.adverts(since, until)
        log = "".join(node.log() for node in lab.nodes.values())
    moves = log.count("vrrp-transition") - 3  # both to backup at the start, then one to master
    of_master = [advert.at for advert in adverts if advert.port == "lb1"]
    gaps = [(later - earlier) * 1e3 for earlier, later in zip(of_master, of_master[1:])]
    print(f"{name} adverts, {until - since:.0f} s, {HOGS} hogs, {sum(rates) / len(rates):.0f} "
          f"requests/s: gaps between {len(gaps)} adverts p50 {percentile(gaps, 0.5):.2f}, p99.9 "
          f"{percentile(gaps, 0.999):.2f}, max {max(gaps):.2f} ms")
    case = f"adverts every {name}"
    add_quantiles(record.table("Gaps between the master's adverts", "ms", QUANTILES), case, gaps)
    record.table("Requests a second meanwhile, both nodes", "1/s", BARS).add(case, "hapair", *rates)
    others = {advert.port for advert in adverts} - {"lb1"}
    record.check(f"false-takeovers-{name}", len(others), 0)
    record.check(f"transitions-under-load-{name}", moves, 0)


def run(binary, record, arguments):
    quiet(binary, record, 0.1, arguments.quiet_seconds)
    if realtime_allowed():
        quiet(binary, record, 0.01, arguments.quiet_seconds)
    else:
        record.say("10 ms adverts are left out: this machine gives nobody the real-time class")
