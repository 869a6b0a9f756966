"""./dev bench: the figures that matter, each with its goal; exits 0 only when all are met.

Prints lines `goal NAME VALUE LIMIT met|missed`; everything else is for people.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import netns  # noqa: E402
from lab.topology import BACKENDS, VIP, Lab  # noqa: E402

CONNECTIONS = 64


class Goals:
    def __init__(self):
        self.missed = 0

    def check(self, name, value, limit, unit=""):
        met = value is not None and value <= limit
        self.missed += not met
        shown = "none" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
        print(f"goal {name} {shown}{unit} {limit:g}{unit} {'met' if met else 'missed'}", flush=True)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run_wrk(lab, seconds, address=VIP):
    """(requests a second, errors of any kind) of wrk from the client's namespace."""
    shown = subprocess.run(
        netns.command(lab.client_namespace, "wrk", "-t", 1, "-c", CONNECTIONS, "-d", f"{seconds}s",
                      f"http://{address}/"), capture_output=True, text=True, check=True).stdout
    errors = sum(int(count) for count in re.findall(r"(?:connect|read|write|timeout) (\d+)", shown))
    errors += sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", shown))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", shown)[1]), errors


def advert_jitter(binary, goals, seconds):
    """How late adverts leave while the loop is saturated: by the kernel's stamps on the wire."""
    interval = 0.01
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(vips__VI_1__advert_interval=f"{interval * 1000:.0f}ms",
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
    late = [max(0.0, later.at - earlier.at - interval) * 1e3
            for earlier, later in zip(adverts, adverts[1:])]
    print(f"{rate:.0f} requests/s through the node, {direct:.0f} to one nginx directly")
    print(f"lateness of {len(late)} adverts every {interval * 1e3:.0f} ms under that load: "
          f"p50 {percentile(late, 0.5):.3f}, p99 {percentile(late, 0.99):.3f}, "
          f"p99.9 {percentile(late, 0.999):.3f}, max {max(late):.3f} ms")
    goals.check("advert-lateness-p99.9", percentile(late, 0.999), 2, "ms")
    lag = status["loop_lag"]
    print(f"lateness of the loop's own urgent timers: {lag}")
    goals.check("loop-timer-lateness-p99.9", lag["p999_ms"], 5, "ms")
    goals.check("load-errors-alone", errors, 0)


def pair_under_load(binary, goals, seconds):
    """The pair as configured by default: load costs no error and moves no VIP."""
    with Lab(binary=binary, log_requests=False) as lab:
        lab.write_config(log=[{"type": "stderr", "level": "warning"}])
        lab.start()
        time.sleep(1.0)
        since = time.time()
        rate, errors = run_wrk(lab, seconds)
        speakers = {advert.port for advert in lab.sniffer.adverts(since)}
    print(f"{rate:.0f} requests/s through the master of a pair, with access log")
    goals.check("load-errors-pair", errors, 0)
    goals.check("masters-under-load", len(speakers), 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=20)
    arguments = parser.parse_args()
    reason = netns.reason_against()
    if reason:
        print(f"bench: can't run here: {reason}", file=sys.stderr)
        return 1
    netns.exit_on_signals()
    netns.sweep()
    goals = Goals()
    advert_jitter(arguments.binary.resolve(), goals, arguments.seconds)
    pair_under_load(arguments.binary.resolve(), goals, max(5, arguments.seconds // 2))
    return 1 if goals.missed else 0


if __name__ == "__main__":
    sys.exit(main())
