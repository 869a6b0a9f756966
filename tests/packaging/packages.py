"""The packages that ./dev rpm has built, for the tests of this folder."""

import functools
import re

from lab import packages as built
from lab import scratch_root
from lab.topology import ROOT

BUILT = built.BUILD
run = functools.partial(scratch_root.run, timeout=120)


def rpm():
    """The one binary RPM."""
    return built.Rpm.find().path


def deb():
    return built.Deb.find().path


def project_version():
    """As meson.build has it."""
    return re.search(r"^  version: '(.*)',", (ROOT / "meson.build").read_text(), re.MULTILINE)[1]
