"""What the benches share: goals, percentiles, the load."""

import re
import subprocess

from lab import netns
from lab.topology import VIP

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
