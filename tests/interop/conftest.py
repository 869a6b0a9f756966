"""Interop tests: the real binary beside the real keepalived, in the laboratory."""

from lab.pytest_plugin import *  # noqa: F401,F403
from lab.pytest_plugin import _lab_is_possible  # noqa: F401
