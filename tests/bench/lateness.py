"""How late adverts leave and timers fire while the loop is saturated."""

import shlex
import time

from lab import floods
from lab.topology import BACKENDS, Lab

from balancers import H2, TLS, TLS_RSA, Bench
from common import add_lag, add_quantiles, percentile, run_wrk
from http_load import CASES, load_words
from record import BARS, QUANTILES

INTERVAL = 0.01
ADVERT_GOAL_MS = 2
# What clients send that means harm: name, frontend, kind.
FLOODS = (("flood-handshakes", TLS, "handshakes"), ("flood-handshakes-rsa", TLS_RSA, "handshakes"),
          ("flood-garbage-hellos", TLS, "garbage"), ("flood-silent", TLS, "silent"),
          ("flood-h2-resets", H2, "resets"), ("flood-h2-head", H2, "head"),
          ("flood-h2-settings", H2, "settings"), ("flood-h2-pings", H2, "pings"))


def lateness(adverts):
    """How late each of the adverts was, in ms, by the kernel's stamps on the wire."""
    return [max(0.0, later.at - earlier.at - INTERVAL) * 1e3
            for earlier, later in zip(adverts, adverts[1:])]


def check_lateness(record, late, load, goal):
    """Tells it of all adverts under a load, and checks p99.9."""
    print(f"lateness of {len(late)} adverts every {INTERVAL * 1e3:.0f} ms under {load}: "
          f"p50 {percentile(late, 0.5):.3f}, p99 {percentile(late, 0.99):.3f}, "
          f"p99.9 {percentile(late, 0.999):.3f}, max {max(late):.3f} ms", flush=True)
    table = record.table("How late adverts are on the wire", "ms", QUANTILES)
    add_quantiles(table, load, late)
    record.check(goal, percentile(late, 0.999), ADVERT_GOAL_MS, "ms", (table, load, "p99.9"))


def advert_jitter(binary, record, seconds):
    """How late adverts leave while the loop is saturated."""
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(vips__VI_1__advert_interval=f"{INTERVAL * 1000:.0f}ms",
                         frontends__http_front__log_format="off",
                         log=[{"type": "stderr", "level": "warning"}])
        lab.start_backends()
        node = lab.nodes["lb1"].start()
        lab.await_master("lb1")
        time.sleep(1.0)
        direct, _ = run_wrk(lab, 3, BACKENDS["web1"])
        since = time.time()
        rate, errors = run_wrk(lab, seconds)
        adverts = lab.sniffer.adverts(since + 0.5, time.time() - 0.1, port="lb1")
        status = node.status()
    print(f"{rate:.0f} requests/s through the node, {direct:.0f} to one nginx directly")
    rates = record.table("Requests a second meanwhile", "1/s", BARS)
    rates.add("one node, no access log", "hapair", rate)
    rates.add("straight to one server", "nginx", direct)
    check_lateness(record, lateness(adverts), "64 kept connections", "advert-lateness-p99.9")
    lag = status["loop_lag"]
    print(f"lateness of the loop's own urgent timers: {lag}")
    timers = record.table("How late the loop's urgent timers are", "ms", QUANTILES)
    add_lag(timers, "64 kept connections", lag)
    record.check("loop-timer-lateness-p99.9", lag["p999_ms"], 5, "ms",
                 (timers, "64 kept connections", "p99.9"))
    record.check("load-errors-alone", errors, 0)


def pair_under_load(binary, record, seconds):
    """The pair as configured by default: load costs no error and moves no VIP."""
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(log=[{"type": "stderr", "level": "warning"}])
        lab.start()
        time.sleep(1.0)
        since = time.time()
        rate, errors = run_wrk(lab, seconds)
        speakers = {advert.port for advert in lab.sniffer.adverts(since)}
    print(f"{rate:.0f} requests/s through the master of a pair, with access log")
    record.table("Requests a second meanwhile", "1/s", BARS).add("a pair, with access log",
                                                                 "hapair", rate)
    record.check("load-errors-pair", errors, 0)
    record.check("masters-under-load", len(speakers), 1)


def flood_words(kind, balancer, frontend, seconds):
    """Four of it at once, each as fast as it can."""
    one = shlex.join(map(str, floods.words(kind, balancer.address, balancer.ports[frontend],
                                           seconds)))
    return ["sh", "-c", f"{one} & {one} & {one} & {one} & wait"]


def under_each_load(binary, record, seconds):
    """The same under each load of ./dev bench http, all in one namespace on one processor, and
    under floods."""
    with Bench(binary, peers=False, advert_interval=f"{INTERVAL * 1000:.0f}ms") as bench:
        hapair = bench.balancers["hapair"]
        for case in CASES:
            since = time.time()
            bench.run_load(*load_words(case, hapair.url(case.frontend, case.path), seconds,
                                       bench.directory))
            adverts = bench.lab.sniffer.adverts(since + 0.5, time.time() - 0.1, port="lb1")
            check_lateness(record, lateness(adverts), case.name,
                           f"advert-lateness-p99.9-{case.name}")
        for name, frontend, kind in FLOODS:
            since = time.time()
            bench.run_load(*flood_words(kind, hapair, frontend, seconds))
            adverts = bench.lab.sniffer.adverts(since + 0.5, time.time() - 0.1, port="lb1")
            check_lateness(record, lateness(adverts), name, f"advert-lateness-p99.9-{name}")
        lag = bench.node.status()["loop_lag"]
        print(f"lateness of the loop's own urgent timers over all of them: {lag}")


def run(binary, record, arguments):
    if arguments.all_loads:
        under_each_load(binary, record, arguments.seconds)
        return
    advert_jitter(binary, record, arguments.seconds)
    pair_under_load(binary, record, max(5, arguments.seconds // 2))
