"""./dev demo: the customer's pair in namespaces, a failover to watch, and what it cost the client.

Client, two nodes and two nginx backends each have a network namespace on one bridge. Both nodes
start from one and the same file. The client opens a new connection every 5 ms throughout; each
step is judged by what it saw, and the exit code is 0 only when every step came out right.
"""

import argparse
import dataclasses
import filecmp
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import netns  # noqa: E402
from lab.processes import wait_until  # noqa: E402
from lab.topology import NODES, VIP, Lab  # noqa: E402
from timeline import Timeline  # noqa: E402

CHECK_INTERVAL = 0.5
CHECK_FALL = 3
# The kernel's lease on a dead node's VIP (2 s), with the kernel's own slack.
LEASE_END = 3.0
MAX_GAP = 1.0


@dataclasses.dataclass
class Step:
    name: str
    lost: int
    gap: float
    faults: list

    @property
    def verdict(self):
        return "ok" if not self.faults else "WRONG: " + "; ".join(self.faults)


class Demo:
    def __init__(self, lab, client, timeline):
        self._lab = lab
        self._client = client
        self._timeline = timeline
        self.steps = []

    def _answerers(self, seconds=0.4):
        since = time.time()
        with self._lab.ask_arp(period=0.02):
            self._timeline.play(seconds)
        return self._lab.sniffer.answerers(VIP, since)

    def _judge(self, name, began, master, faults=(), lossless_from=None, max_gap=MAX_GAP):
        """Ends a step: what the client lost since it began, and what is not as it must be."""
        faults = list(faults)
        answerers = self._answerers()
        ended = time.monotonic() - 0.1
        gap, lost = self._client.longest_gap(began, ended), self._client.failures(began, ended)
        if answerers != {master}:
            faults.append(f"{' and '.join(sorted(answerers)) or 'nobody'} answered ARP for the VIP")
        if gap > max_gap:
            faults.append(f"the gap is over {max_gap:g} s")
        if lossless_from is not None:
            late = [one for one in lost if one.began > lossless_from]
            if late:
                faults.append(f"{len(late)} requests failed late ({late[0].outcome})")
        self.steps.append(Step(name, len(lost), gap, faults))
        self._timeline.note(f"{name}: {len(lost)} lost, longest gap {gap * 1e3:.0f} ms")

    def _await(self, predicate, what, timeout=10.0):
        return wait_until(lambda: predicate() or self._timeline.play(0.05), timeout, what)

    def _master_is(self, name):
        node = self._lab.nodes[name]
        self._await(lambda: node.running and node.holds(VIP) and node.role_of() == "master",
                    f"{name} as master")

    def quiet_service(self):
        self._timeline.title("Both nodes run from one file; the client asks every 5 ms")
        self._await(lambda: len(self._client.requests()) > 20, "the client's first answers")
        began = time.monotonic()
        self._timeline.play(3.0)
        shares = self._client.served_by(began)
        faults = [] if min(shares.get("web1", 0), shares.get("web2", 0)) > 50 else [
            f"the backends' shares are {dict(shares)}"]
        self._judge("quiet service", began, "lb1", faults, lossless_from=began, max_gap=0.25)

    def stop_a_backend(self):
        self._timeline.title("Stopping backend web2")
        began = time.monotonic()
        self._lab.backends["web2"].stop()
        fallen = began + CHECK_FALL * CHECK_INTERVAL + 0.3
        self._timeline.play(4.0)
        strays = self._client.served_by(fallen).get("web2", 0)
        self._judge("backend web2 stopped", began, "lb1",
                    [f"{strays} requests went to it"] if strays else [], lossless_from=fallen)

    def start_the_backend(self):
        self._timeline.title("Starting backend web2 again")
        began = time.monotonic()
        self._lab.backends["web2"].start()
        self._await(lambda: self._client.served_by(began).get("web2", 0) > 20, "web2 in service")
        self._timeline.play(0.5)
        self._judge("backend web2 back", began, "lb1", lossless_from=began, max_gap=0.25)

    def kill_the_master(self):
        self._timeline.title("kill -9 of every process of the master, lb1")
        began = time.monotonic()
        self._lab.nodes["lb1"].kill_tree()
        self._master_is("lb2")
        self._timeline.play(began + LEASE_END - time.monotonic())
        self._judge("master lb1 killed with -9", began, "lb2", lossless_from=began + 1.5)

    def bring_it_back(self, config):
        self._timeline.title("Starting lb1 again: it is preferred, so it takes the VIP back")
        began = time.monotonic()
        self._lab.nodes["lb1"].launch(config=config)
        self._master_is("lb1")
        self._timeline.play(1.5)
        self._judge("lb1 back as master", began, "lb1", lossless_from=time.monotonic() - 1.0)

    def run(self, configs):
        self.quiet_service()
        self.stop_a_backend()
        self.start_the_backend()
        self.kill_the_master()
        self.bring_it_back(configs["lb1"])


def write_configs(lab):
    """Each node's own copy of one file, as in real life; equal byte by byte."""
    lab.write_config(backends__web_server__check={
        "type": "http", "path": "/index.html", "interval": f"{CHECK_INTERVAL * 1000:.0f}ms",
        "rise": 2, "fall": CHECK_FALL})
    copies = {}
    for name in NODES:
        folder = lab.directory / f"etc-{name}"
        folder.mkdir(mode=0o755)
        copies[name] = shutil.copy(lab.config_path, folder / "hapair.json")
    if not filecmp.cmp(*copies.values(), shallow=False):
        raise AssertionError("the two config files differ")
    return copies


def summarise(steps):
    print("\n  What the client saw, a new connection every 5 ms:\n")
    print(f"  {'step':<28} {'lost':>6} {'longest gap':>12}   verdict")
    for step in steps:
        print(f"  {step.name:<28} {step.lost:>6} {step.gap * 1e3:>9.0f} ms   {step.verdict}")
    print()


def play(binary):
    with Lab(binary=binary) as lab:
        configs = write_configs(lab)
        lab.start_backends()
        for name, node in lab.nodes.items():
            node.launch(config=configs[name])
        for node in lab.nodes.values():
            node.await_status()
        lab.await_master("lb1")
        with lab.client() as client, Timeline(lab, client) as timeline:
            timeline.note(f"one config for both nodes: {lab.config_path.name}, "
                          f"VIP {VIP} on {' and '.join(NODES)}")
            demo = Demo(lab, client, timeline)
            try:
                demo.run(configs)
            except AssertionError as fault:
                demo.steps.append(Step("(stopped here)", 0, 0.0, [str(fault)]))
                print(lab.logs(), file=sys.stderr)
        return demo.steps, lab.leftovers


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    netns.begin("demo")
    try:
        steps, leftovers = play(arguments.binary.resolve())
    except KeyboardInterrupt:
        print("\ndemo: stopped; everything is cleaned up", file=sys.stderr)
        return 130
    summarise(steps)
    left = leftovers()
    if left:
        print(f"demo: left behind: {', '.join(left)}", file=sys.stderr)
    good = not left and len(steps) == 5 and not any(step.faults for step in steps)
    print("  demo: every step came out right" if good else "  demo: NOT as it should be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
