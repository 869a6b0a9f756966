"""Adds up the test reports of one ./dev test run and prints the totals.

Reads meson's testlog.json (one line a test program, whose output holds doctest's own count of
cases) and pytest's JUnit files. A program that died before it could count is one failure.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

DOCTEST_CASES = re.compile(r"test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")


def tally_meson(path):
    passed = failed = 0
    for line in path.read_text().splitlines():
        result = json.loads(line)
        cases = DOCTEST_CASES.search(result.get("stdout", ""))
        good, bad = (int(cases[1]), int(cases[2])) if cases else (0, 0)
        if result["result"] in ("OK", "EXPECTEDFAIL"):
            passed += good or 1
        else:
            passed += good
            failed += bad or 1
    return passed, failed, 0


def tally_junit(path):
    passed = failed = skipped = 0
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        left_out = int(suite.get("skipped", 0))
        failed += bad
        skipped += left_out
        passed += int(suite.get("tests", 0)) - bad - left_out
    return passed, failed, skipped


def main():
    reports = pathlib.Path(sys.argv[1])
    suites = {}
    for path in sorted(reports.iterdir()):
        counts = tally_meson(path) if path.suffix == ".json" else tally_junit(path)
        suite = path.stem.partition("-")[0]  # of its parts there is one report each
        suites[suite] = [a + b for a, b in zip(suites.get(suite, [0, 0, 0]), counts)]
    for suite, counts in suites.items():
        print(f"{suite}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    total = [sum(column) for column in zip(*suites.values())]
    print(f"{total[0]} passed, {total[1]} failed")
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
