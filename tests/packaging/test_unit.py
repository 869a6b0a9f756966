"""The systemd unit: sound, as closed as it can be, and each thing left open is explained."""

import json
import re
import shutil
import subprocess

import pytest
from packages import ROOT, run

from lab.unit_file import TEXT, values

PAGE = (ROOT / "docs/packaging.md").read_text()
MOST = 3.0


@pytest.fixture
def unit(tmp_path):
    """The unit, with a program that there is in place of one that is not installed here."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is missing")
    path = tmp_path / "hapair.service"
    path.write_text(TEXT.replace("@sbindir@/hapair", "/bin/true"))
    return path


def test_systemd_has_nothing_to_say_against_it(unit):
    # What it does not know it only tells of: a key that is spelt wrong is no failure to it.
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True,
                          text=True, timeout=60)
    told = [line for line in done.stderr.splitlines() if "hapair" in line]
    assert done.returncode == 0 and not told, done.stderr


def test_exposure_is_low(unit):
    shown = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    level = float(re.search(r"Overall exposure level for hapair.service: ([0-9.]+)", shown)[1])
    assert level <= MOST


def test_what_is_left_open_is_explained_and_nothing_else(unit):
    shown = run("systemd-analyze", "security", "--offline=true", "--json=short", unit)
    left_open = {each["name"] for each in json.loads(shown) if each["set"] is False}
    part = PAGE.partition("## What the unit leaves open")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", part, re.MULTILINE))
    assert left_open == set(rows), "docs/packaging.md explains what systemd-analyze marks with ✗"
    assert all(len(reason) > 30 for reason in rows.values())


def test_the_page_says_what_each_capability_is_for():
    part = PAGE.partition("## Capabilities")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (CAP_\w+) \|", part, re.MULTILINE)
    assert sorted(rows) == sorted(values("CapabilityBoundingSet"))


def test_no_process_is_documented_to_hold_what_only_tests_have():
    """What the unit leaves out, the product asks for only where it runs by hand."""
    source = (ROOT / "apps/hapair/supervisor/run.cpp").read_text()
    wanted = set(re.findall(r"\bCAP_[A-Z_]+\b", source.partition("kSupervisorCapabilities")[2]
                            .partition("};")[0]))
    assert set(values("CapabilityBoundingSet")) <= wanted


def test_it_notifies_is_watched_and_cleans_up():
    assert values("Type") == ["notify"]
    assert 1 < int(values("WatchdogSec")[0]) <= 30
    assert values("ExecStopPost") == ["-@sbindir@/hapair", "release"]
    assert values("Restart") == ["on-failure"]
    # It is tried for as long as it takes, and the end of a script is not its own.
    assert values("StartLimitIntervalSec") == ["0"] and values("OOMPolicy") == ["continue"]
    # The codes of apps/hapair/cli/command_line.hpp that a restart would not change.
    codes = (ROOT / "apps/hapair/cli/command_line.hpp").read_text()
    fixed = [re.search(rf"kExit{name} = (\d+)", codes)[1] for name in ("Usage", "Config", "Access")]
    assert values("RestartPreventExitStatus") == fixed


def test_it_may_write_where_the_defaults_write():
    assert values("ProtectSystem") == ["strict"] and values("PrivateTmp") == ["yes"]
    assert values("RuntimeDirectory") == ["hapair"] and values("LogsDirectory") == ["hapair"]
    assert int(values("LimitRTPRIO")[0]) >= 10 and values("LimitMEMLOCK") == ["infinity"]
    # kRealTimePriority of process_setup.cpp fits below it.
    setup = (ROOT / "apps/hapair/guardian/process_setup.cpp").read_text()
    priority = int(re.search(r"kRealTimePriority = (\d+)", setup)[1])
    assert priority <= int(values("LimitRTPRIO")[0])
