"""The fixtures of every test that needs the laboratory."""

import pytest

from . import netns
from .topology import Lab


@pytest.fixture(scope="session", autouse=True)
def _lab_is_possible():
    reason = netns.reason_against()
    if reason:
        pytest.skip(reason)
    netns.exit_on_signals()
    netns.sweep()


@pytest.fixture
def lab(request):
    """A laboratory whose nodes are not yet started."""
    with Lab() as made:
        request.node.lab = made
        yield made
        _assert_clean(made)


@pytest.fixture
def pair(lab):
    """Both nodes up, lb1 master, both backends in service."""
    return lab.start()


def _assert_clean(lab):
    for node in lab.nodes.values():
        assert "runtime error:" not in node.log() and "AddressSanitizer" not in node.log()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    lab = getattr(item, "lab", None)
    if report.failed and lab is not None:
        report.sections.append(("logs of the nodes", lab.logs()))
