"""Lets every test import the laboratory as `lab`, and several runs share the tests of a suite."""

import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def pytest_addoption(parser):
    parser.addoption("--share", type=pathlib.Path, metavar="FOLDER",
                     help="leave out the files that another run with the same FOLDER has begun")


def begins(path, folder):
    """Whether this run is the first to begin a file of tests."""
    try:
        (folder / path.name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def shared(items, folder):
    """The tests that this run takes: file by file, each in its order."""
    for path, tests in itertools.groupby(items, lambda item: item.path):
        if begins(path, folder):
            yield from tests


def pytest_runtestloop(session):
    folder = session.config.getoption("share")
    if folder is None or session.config.option.collectonly or session.testsfailed:
        return None  # pytest's own loop
    ours = shared(session.items, folder)
    item = next(ours, None)
    while item is not None:
        following = next(ours, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True
