"""Lets every test import the laboratory as `lab`."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def pytest_addoption(parser):
    parser.addoption("--part", default="1/1", help="K/N: only every Nth file, from the Kth on")


def pytest_collection_modifyitems(config, items):
    """Leaves the tests of one part; those of a file stay together, in their order."""
    number, parts = (int(text) for text in config.getoption("part").split("/"))
    files = list(dict.fromkeys(item.path for item in items))
    wanted = set(files[number - 1 :: parts])
    config.hook.pytest_deselected(items=[item for item in items if item.path not in wanted])
    items[:] = [item for item in items if item.path in wanted]
