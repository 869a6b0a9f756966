"""What the benches share: percentiles, the load."""

import re
import subprocess

from lab import netns
from lab.topology import VIP

CONNECTIONS = 64


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def add_quantiles(table, case, values):
    for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)):
        table.add(case, name, percentile(values, share))
    table.add(case, "max", max(values))


def add_lag(table, case, lag):
    """What a node's status tells of how late something is."""
    for name, field in (("p50", "p50_ms"), ("p99", "p99_ms"), ("p99.9", "p999_ms"),
                        ("max", "max_ms")):
        table.add(case, name, lag[field])


def run_wrk(lab, seconds, address=VIP):
    """(requests a second, errors of any kind) of wrk from the client's namespace."""
    shown = subprocess.run(
        netns.command(lab.client_namespace, "wrk", "-t", 1, "-c", CONNECTIONS, "-d", f"{seconds}s",
                      f"http://{address}/"), capture_output=True, text=True, check=True).stdout
    errors = sum(int(count) for count in re.findall(r"(?:connect|read|write|timeout) (\d+)", shown))
    errors += sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", shown))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", shown)[1]), errors
