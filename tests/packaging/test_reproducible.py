"""What could make two builds of one tree differ. The whole proof is ./dev reproducible."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import packages
import pytest
from packages import ROOT, run

from lab.packages import Deb, Rpm

PACK = 'source packaging/source.sh; pack_source "hapair-$(project_version)" "$1"'


def tree_at(place):
    """The tree as git has it, with what is not committed, in a repository of its own; without the
    thousands of files that the fuzzers begin with."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", "-z", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        if (ROOT / name).exists() and not name.startswith("tests/fuzz/corpus/"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    run("git", "init", "-q", cwd=place)
    run("git", "add", "-A", cwd=place)


def packed(place, output, **environment):
    subprocess.run(["bash", "-euc", PACK, "bash", output], cwd=place, check=True, timeout=120,
                   env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment})
    return hashlib.sha256(output.read_bytes()).hexdigest()


def test_the_source_is_packed_alike_whoever_packs_it(tmp_path):
    one, two = tmp_path / "one", tmp_path / "deeper/two"
    one.mkdir()
    tree_at(one)
    shutil.copytree(one, two, symlinks=True)
    for path in two.rglob("*"):
        if ".git" not in path.parts and not path.is_symlink():
            os.utime(path, (1600000000, 1600000000))
            path.chmod(path.stat().st_mode | 0o060)
    first = packed(one, tmp_path / "one.tar.gz", TZ="Asia/Tokyo", LC_ALL="C")
    assert packed(two, tmp_path / "two.tar.gz", TZ="UTC", LC_ALL="C.UTF-8") == first
    (two / "README.md").write_text("another\n")
    assert packed(two, tmp_path / "three.tar.gz") != first, "this test can fail"


def test_the_packages_say_the_commits_time_and_no_host():
    shown = run("rpm", "-qp", "--qf", "%{BUILDTIME} %{BUILDHOST} [%{FILEMTIMES} ]", packages.rpm())
    built, host, *files = shown.split()
    assert host == "localhost"
    assert max(map(int, files)) <= int(built)
    if not os.environ.get("SOURCE_DATE_EPOCH"):
        assert built == run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()


def test_the_builds_id_is_the_sources(unpacked, tmp_path):
    if pathlib.Path("/etc/redhat-release").exists():
        pytest.skip("the distribution's macros give the id")
    binary = unpacked / "usr/sbin/hapair"
    source = Rpm(next((packages.BUILT / "rpm").glob("hapair-*.src.rpm")))
    archive = next(source.unpack(tmp_path).glob("hapair-*.tar.gz"))
    identity = hashlib.sha1(archive.read_bytes()).hexdigest()
    assert identity in run("readelf", "-nW", binary)
    debs = Deb.find().unpack(tmp_path / "deb") / "usr/sbin/hapair"
    assert debs.read_bytes() == binary.read_bytes(), "both packages have the same program"
