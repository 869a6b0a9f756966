"""Package tests: the RPM, installed into a root of its own and run from there."""

from lab.pytest_plugin import *  # noqa: F401,F403
from lab.pytest_plugin import _lab_is_possible  # noqa: F401
