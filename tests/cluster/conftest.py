"""Cluster tests: the real binary in a laboratory of network namespaces."""

from lab.pytest_plugin import *  # noqa: F401,F403
from lab.pytest_plugin import _lab_is_possible  # noqa: F401
