"""rpmlint finds nothing in the packages but what its filter file gives a reason for."""

import re
import shutil
import subprocess

import packages
import pytest
from packages import ROOT

FILTERS = ROOT / "packaging/rpm/rpmlintrc"


def judge(*what):
    if not shutil.which("rpmlint"):
        pytest.skip("rpmlint is missing: ./dev setup ci")
    return subprocess.run(["rpmlint", "--rpmlintrc", FILTERS, *what], capture_output=True,
                          text=True, timeout=120).stdout


def test_the_package_and_its_spec_are_clean():
    said = judge(packages.rpm(), ROOT / "packaging/rpm/hapair.spec")
    found = re.findall(r"^\S.*: [EW]: .*$", said, re.MULTILINE)
    assert not found, said
    assert re.search(r"\d packages and 1 specfiles checked; 0 errors, 0 warnings", said), said


def test_each_filter_has_a_reason():
    lines = FILTERS.read_text().splitlines()
    filters = [number for number, line in enumerate(lines) if line.startswith("addFilter(")]
    assert filters
    for number in filters:
        assert lines[number - 1].startswith("# "), f"no reason above: {lines[number]}"
