"""Package tests: what ./dev rpm builds, installed into roots of its own and run from there."""

import pytest

from lab import packages
from lab.pytest_plugin import *  # noqa: F401,F403
from lab.pytest_plugin import _lab_is_possible  # noqa: F401
from lab.scratch_root import NotPossible, ScratchRoot, run


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """The files of the RPM, for reading only."""
    return packages.Rpm.find().unpack(tmp_path_factory.mktemp("rpm"))


@pytest.fixture(scope="module")
def installed():
    """The RPM in a writable copy of this machine's root; scriptlets find a shell there."""
    rpm = packages.Rpm.find()
    try:
        scratch = ScratchRoot()
    except NotPossible as reason:
        pytest.skip(str(reason))
    with scratch:
        scratch.share("/proc", "/dev", "/sys")
        run("rpm", "--root", scratch.root, "--initdb")
        run("rpm", "--root", scratch.root, "--nodeps", "--install", rpm.path)
        yield scratch
