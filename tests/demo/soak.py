"""./dev soak: one failover after another under traffic; stops at the first surprise."""

import argparse
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import netns  # noqa: E402
from lab.processes import wait_until  # noqa: E402
from lab.topology import VIP, Lab  # noqa: E402

SETTLE = 4.0  # longer than the kernel's lease on a dead node's VIP


def resident_kib(node):
    with open(f"/proc/{node.roles()['worker']}/status") as fields:
        return next(int(line.split()[1]) for line in fields if line.startswith("VmRSS"))


def leave(node):
    node.stop()


def kill_everything(node):
    node.kill_tree()


def kill_worker(node):
    node.kill("worker")


def kill_guardian(node):
    node.kill("guardian")


def kill_supervisor(node):
    roles = node.roles()
    node.kill("supervisor")
    node.wait()
    wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in roles.values()), 20,
               "guardian and worker gone")


def one_round(lab, client, dice):
    node = lab.nodes["lb1"]
    blow = dice.choice([leave, kill_everything, kill_worker, kill_guardian, kill_supervisor])
    at = time.monotonic()
    blow(node)
    time.sleep(SETTLE)
    if not node.running:
        node.start()
    lab.await_master("lb1", timeout=20)
    time.sleep(1.0)
    since, began = time.time(), time.monotonic()
    with lab.ask_arp():
        time.sleep(1.0)
    answerers = lab.sniffer.answerers(VIP, since)
    gap = client.longest_gap(at)
    late = client.failures(began, time.monotonic() - 0.1)
    print(f"{blow.__name__:<16} gap {gap * 1e3:5.0f} ms, {len(client.failures(at))} lost, worker "
          f"{resident_kib(node)} KiB", flush=True)
    assert answerers == {"lb1"}, f"{answerers} answered for the VIP"
    assert gap < 2.0 and not late, f"gap {gap}, late failures {late[:3]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    netns.begin("soak")
    print(f"seed {arguments.seed}")
    dice = random.Random(arguments.seed)
    until = time.monotonic() + 60 * arguments.minutes
    rounds = 0
    with Lab(binary=arguments.binary.resolve(), log_requests=False) as lab:
        lab.start()
        try:
            while time.monotonic() < until:
                with lab.client() as client:
                    time.sleep(0.5)
                    one_round(lab, client, dice)
                rounds += 1
        except AssertionError as fault:
            print(f"soak: round {rounds + 1}: {fault}\n{lab.logs()}", file=sys.stderr)
            return 1
    print(f"soak: {rounds} rounds, all well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
