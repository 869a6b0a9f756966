"""./dev bench [name]: the figures that matter, each with its goal; exits 0 only when all are met.

Prints lines `goal NAME VALUE LIMIT met|missed`; everything else is for people. What was measured is
written as one report: report.txt, report.html, report.json and performance.md, anew after each
bench, so that whatever ends a run leaves what it knew.
"""

import argparse
import json
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import change  # noqa: E402
import checks  # noqa: E402
import failover  # noqa: E402
import http_load  # noqa: E402
import lateness  # noqa: E402
import machine  # noqa: E402
import quiet  # noqa: E402
import report  # noqa: E402
import ring  # noqa: E402
import rules  # noqa: E402
import sight  # noqa: E402
from lab import netns  # noqa: E402
from record import Record  # noqa: E402

BENCHES = {"lateness": lateness.run, "failover": failover.run, "quiet": quiet.run,
           "http": http_load.run, "checks": checks.run, "rules": rules.run,
           "ring": ring.run, "change": change.run,
           "sight": sight.run}
REPORT = pathlib.Path("build/bench-report")
# The whole chain in some minutes; such figures say nothing.
QUICK = {"seconds": 2, "runs": 1, "peer_runs": 1, "failover_intervals": "100ms",
         "quiet_seconds": 2, "http_seconds": 1, "http_rounds": 1, "idle_connections": 100,
         "check_targets": 1000,
         "check_seconds": 2, "check_rounds": 1, "rules_seconds": 1, "rules_rounds": 1,
         "sight_seconds": 3}


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("name", nargs="*", choices=[[], *BENCHES], help="all of them by default")
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--report", type=pathlib.Path, default=REPORT,
                        help="where the report goes; of a part, or with --quick, below that")
    parser.add_argument("--write-docs", action="store_true",
                        help="a whole run also writes docs/performance.md")
    parser.add_argument("--again", type=pathlib.Path, metavar="FILE",
                        help="measure nothing: make the report of that report.json")
    parser.add_argument("--quick", action="store_true",
                        help="short loads: shows that all of it works, its figures say nothing")
    add_lengths(parser)
    arguments = parser.parse_args()
    if arguments.quick:
        parser.set_defaults(**QUICK)
        arguments = parser.parse_args()
    arguments.lengths = changed_lengths(vars(arguments), parser.get_default)
    if arguments.write_docs and (arguments.quick or arguments.name):
        parser.error("--write-docs: docs/performance.md holds a whole run; leave out --quick and "
                     "the names")
    return arguments


def add_lengths(parser):
    parser.add_argument("--seconds", type=int, default=20, help="lateness: length of the load")
    parser.add_argument("--all-loads", action="store_true",
                        help="lateness: under each load of http instead")
    parser.add_argument("--runs", type=int, default=10, help="failover: runs of hapair a case")
    parser.add_argument("--peer-runs", type=int, default=3,
                        help="failover: runs of keepalived and HAProxy a case; 0: none")
    parser.add_argument("--failover-intervals", default=",".join(failover.INTERVALS),
                        help="failover: between adverts, those of %(default)s that are wanted")
    parser.add_argument("--quiet-seconds", type=int, default=20,
                        help="quiet: length of the load; 300 for the real thing")
    parser.add_argument("--relay", type=pathlib.Path, help="http: the raw relay, the floor")
    parser.add_argument("--http-seconds", type=int, default=2, help="http: length of each load")
    parser.add_argument("--http-rounds", type=int, default=3, help="http: rounds over all loads")
    parser.add_argument("--http-cases", default="", help="http: only the loads that this matches")
    parser.add_argument("--idle-connections", type=int, default=4000,
                        help="http: how many wait while their memory is measured")
    parser.add_argument("--check-targets", type=int, default=10000, help="checks: how many")
    parser.add_argument("--check-seconds", type=int, default=6, help="checks: length of each")
    parser.add_argument("--check-rounds", type=int, default=3, help="checks: rounds of each kind")
    parser.add_argument("--rules", type=pathlib.Path, help="rules: the program that counts")
    parser.add_argument("--rules-seconds", type=int, default=3, help="rules: length of each load")
    parser.add_argument("--rules-rounds", type=int, default=5, help="rules: rounds over all loads")
    parser.add_argument("--ring", type=pathlib.Path, help="ring: the program that counts")
    parser.add_argument("--sight-seconds", type=int, default=20, help="sight: length of each part")


def changed_lengths(arguments, default_of):
    """The lengths that are not the default ones, as they are asked for."""
    return [f"--{name.replace('_', '-')} {value}" for name, value in arguments.items()
            if type(value) in (int, str) and value != default_of(name)]


def run_bench(name, record, arguments, directory):
    """One bench; what it failed with is told, recorded, and ends no more than the bench."""
    began, fault = time.monotonic(), "ended from outside"
    record.begin(name)
    try:
        BENCHES[name](arguments.binary.resolve(), record, arguments)
        fault = None
    except Exception as failure:
        traceback.print_exc()
        fault = f"{type(failure).__name__}: {failure}"
    finally:
        record.end(time.monotonic() - began, fault)
        record.data["load after"] = machine.load_average()
        report.write(record.data, directory)


def measure(arguments, directory):
    netns.begin("bench")
    ticks = machine.processor_ticks()
    record = Record(part=arguments.name, quick=arguments.quick, lengths=arguments.lengths,
                    machine=machine.machine(),
                    versions=machine.versions(arguments.binary),
                    **{"load before": machine.load_average()})
    for name in arguments.name or BENCHES:
        print(f"\n== {name}", flush=True)
        run_bench(name, record, arguments, directory)
        record.data["stolen"] = round(machine.stolen_share(ticks), 2)
    report.write(record.data, directory)
    for name in record.faults:
        print(f"bench {name} failed: its figures are not whole", flush=True)
    return record.data, 1 if record.missed or record.faults else 0


def report_directory(report_of_all, quick, part):
    """A part leaves the report of the whole run alone."""
    parts = [*(["quick"] if quick else []), *part]
    return report_of_all / "-".join(parts) if parts else report_of_all


def main():
    arguments = options()
    if arguments.again:
        data, result = json.loads(arguments.again.read_text(encoding="utf-8")), 0
        directory = report_directory(arguments.report, data["quick"], data["part"])
        report.write(data, directory)
    else:
        directory = report_directory(arguments.report, arguments.quick, arguments.name)
        data, result = measure(arguments, directory)
    print(f"\nreport: {directory}/report.html, report.txt, report.json, performance.md")
    if not arguments.write_docs:
        return result
    reason = report.reason_against_docs(data)
    if reason:
        print(f"{report.DOCUMENT} holds whole runs only, and is left as it was: {reason}")
        return 1
    report.write_docs(data)
    print(f"written: {report.DOCUMENT}")
    return result


if __name__ == "__main__":
    sys.exit(main())
