"""The packages that ./dev rpm has built, for the tests of this folder."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / os.environ.get("HAPAIR_BUILD_DIR", "build")


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120,
                          **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def rpm():
    """The one binary RPM."""
    found = [path for path in (BUILT / "rpm").glob("hapair-*.rpm")
             if not path.name.endswith(".src.rpm")]
    if not found or not shutil.which("rpm"):
        pytest.skip("no RPM here: ./dev rpm builds it")
    return found[0]


def deb():
    found = list((BUILT / "deb").glob("hapair_*.deb"))
    if not found or not shutil.which("dpkg-deb"):
        pytest.skip("no .deb here: ./dev rpm builds it, where there is dpkg-deb")
    return found[0]


def contents_of_rpm(into):
    cpio = subprocess.run(["rpm2cpio", rpm()], check=True, capture_output=True).stdout
    subprocess.run(["cpio", "-idm", "--quiet"], check=True, input=cpio, cwd=into)
    return into


def contents_of_deb(into):
    run("dpkg-deb", "-x", deb(), into)
    return into
