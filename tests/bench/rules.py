"""What rules cost a request: 500 hosts and 1,000 rules, a million requests, in one process; then
in the whole product, beside HAProxy with the same rules."""

import subprocess

import rules_load
from balancers import peers_there

GOAL_NS = 300
ROUNDS = 5


def run(binary, goals, arguments):
    figures = [float(subprocess.run([arguments.rules], capture_output=True, text=True,
                                    check=True).stdout) for _ in range(ROUNDS)]
    print("ns for each of a million requests: " + ", ".join(f"{each:.0f}" for each in figures))
    goals.check("rules-match-ns", min(figures), GOAL_NS)
    if not peers_there():
        print("HAProxy or nginx is missing: the comparison is left out")
        return
    rules_load.run(binary, goals, arguments.rules_seconds, arguments.rules_rounds)
