"""./dev bench [name]: the figures that matter, each with its goal; exits 0 only when all are met.

Prints lines `goal NAME VALUE LIMIT met|missed`; everything else is for people.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import change  # noqa: E402
import checks  # noqa: E402
import failover  # noqa: E402
import http_load  # noqa: E402
import lateness  # noqa: E402
import quiet  # noqa: E402
import ring  # noqa: E402
import rules  # noqa: E402
import sight  # noqa: E402
from common import Goals  # noqa: E402
from lab import netns  # noqa: E402

BENCHES = {"lateness": lateness.run, "failover": failover.run, "quiet": quiet.run,
           "http": http_load.run, "checks": checks.run, "rules": rules.run,
           "ring": ring.run, "change": change.run,
           "sight": sight.run}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("name", nargs="*", choices=[[], *BENCHES], help="all of them by default")
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=20, help="lateness: length of the load")
    parser.add_argument("--all-loads", action="store_true",
                        help="lateness: under each load of http instead")
    parser.add_argument("--runs", type=int, default=10, help="failover: runs of hapair a case")
    parser.add_argument("--peer-runs", type=int, default=3,
                        help="failover: runs of keepalived and HAProxy a case; 0: none")
    parser.add_argument("--quiet-seconds", type=int, default=20,
                        help="quiet: length of the load; 300 for the real thing")
    parser.add_argument("--relay", type=pathlib.Path, help="http: the raw relay, the floor")
    parser.add_argument("--http-seconds", type=int, default=2, help="http: length of each load")
    parser.add_argument("--http-rounds", type=int, default=5, help="http: rounds over all loads")
    parser.add_argument("--http-cases", default="", help="http: only the loads that this matches")
    parser.add_argument("--check-targets", type=int, default=10000, help="checks: how many")
    parser.add_argument("--check-seconds", type=int, default=10, help="checks: length of each")
    parser.add_argument("--rules", type=pathlib.Path, help="rules: the program that counts")
    parser.add_argument("--rules-seconds", type=int, default=3, help="rules: length of each load")
    parser.add_argument("--rules-rounds", type=int, default=5, help="rules: rounds over all loads")
    parser.add_argument("--ring", type=pathlib.Path, help="ring: the program that counts")
    arguments = parser.parse_args()
    netns.begin("bench")
    goals = Goals()
    for name in arguments.name or BENCHES:
        print(f"\n== {name}", flush=True)
        BENCHES[name](arguments.binary.resolve(), goals, arguments)
    return 1 if goals.missed else 0


if __name__ == "__main__":
    sys.exit(main())
