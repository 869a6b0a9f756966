"""The fixtures of every test that needs the laboratory."""

import pytest

from . import netns
from .processes import wait_until
from .topology import VIP6, Lab


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
        assert_clean(made)


@pytest.fixture
def pair(lab):
    """Both nodes up, lb1 master, both backends in service."""
    return lab.start()


@pytest.fixture
def v6_pair(lab):
    """Both nodes up with a VIP over IPv6, lb1 master."""
    lab.write_config(vips__VI_1__addresses=[VIP6])
    lab.start_backends()
    for node in lab.nodes.values():
        wait_until(lambda node=node: " tentative" not in netns.run(
            node.namespace, "ip", "-6", "addr", "show", "dev", node.interface).stdout, 5, "DAD")
        node.launch()
    lab.await_master("lb1", vip=VIP6)
    return lab


def assert_clean(lab):
    """No sanitizer has found anything in the nodes so far."""
    for node in lab.nodes.values():
        assert "runtime error:" not in node.log() and "AddressSanitizer" not in node.log()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    lab = getattr(item, "lab", None)
    if report.failed and lab is not None:
        report.sections.append(("logs of the nodes", lab.logs()))
