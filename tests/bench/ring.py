"""What a change among 1,000 servers costs a consistent ring, in one process."""

import statistics
import subprocess

from record import BARS

GOAL_US = 1000
ROUNDS = 5


def run(_binary, record, arguments):
    table = record.table("A change among 1,000 servers, 900 times over", "us", BARS)
    for _ in range(ROUNDS):
        median, most, layout = map(float, subprocess.run(
            [arguments.ring], capture_output=True, text=True, check=True).stdout.split())
        print(f"us for a change: median {median:.0f}, at most {most:.0f}; "
              f"to lay all out: {layout:.0f}")
        table.add("median change", "hapair", median)
        table.add("longest change", "hapair", most)
        table.add("to lay all out", "hapair", layout)
    longest = table.samples("longest change", "hapair")
    record.check("ring-change-us", statistics.median(longest), GOAL_US,
                 of=(table, "longest change", "hapair"), samples=longest)
