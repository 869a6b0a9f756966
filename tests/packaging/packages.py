"""The packages that ./dev rpm has built, for the tests of this folder."""

import subprocess

from lab import packages as built
from lab.topology import ROOT

BUILT = built.BUILD


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120,
                          **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def rpm():
    """The one binary RPM."""
    return built.Rpm.find().path


def deb():
    return built.Deb.find().path


def contents_of_rpm(into):
    cpio = subprocess.run(["rpm2cpio", rpm()], check=True, capture_output=True).stdout
    subprocess.run(["cpio", "-idm", "--quiet"], check=True, input=cpio, cwd=into)
    return into


def contents_of_deb(into):
    run("dpkg-deb", "-x", deb(), into)
    return into
