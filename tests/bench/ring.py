"""What a change among 1,000 servers costs a consistent ring, in one process."""

import statistics
import subprocess

GOAL_US = 1000
ROUNDS = 5


def run(_binary, goals, arguments):
    rounds = [tuple(map(float, subprocess.run([arguments.ring], capture_output=True, text=True,
                                              check=True).stdout.split()))
              for _ in range(ROUNDS)]
    for median, most, layout in rounds:
        print(f"us for a change: median {median:.0f}, at most {most:.0f}; "
              f"to lay all out: {layout:.0f}")
    goals.check("ring-change-us", statistics.median(most for _, most, _ in rounds), GOAL_US)
