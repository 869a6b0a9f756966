"""What rules cost a request: 500 hosts and 1,000 rules, a million requests, in one process; then
in the whole product, beside HAProxy with the same rules."""

import subprocess

import rules_load
from balancers import peers_there
from record import BARS

GOAL_NS = 300
ROUNDS = 5


def run(binary, record, arguments):
    table = record.table("From host and path to the rule that decides", "ns", BARS)
    figures = table.samples("500 hosts, 1,000 rules", "hapair")
    for _ in range(ROUNDS):
        figures.append(float(subprocess.run([arguments.rules], capture_output=True, text=True,
                                            check=True).stdout))
    print("ns for each of a million requests: " + ", ".join(f"{each:.0f}" for each in figures))
    record.check("rules-match-ns", min(figures), GOAL_NS,
                 of=(table, "500 hosts, 1,000 rules", "hapair"), samples=figures)
    if not peers_there():
        record.say("HAProxy or nginx is missing: the comparison is left out")
        return
    rules_load.run(binary, record, arguments.rules_seconds, arguments.rules_rounds)
