"""The systemd unit as the source tree has it."""

import re

from .topology import ROOT

TEXT = (ROOT / "packaging/systemd/hapair.service.in").read_text()


def values(key):
    """The words of all lines of that key, in their order."""
    return [word for line in re.findall(rf"^{key}=(.*)$", TEXT, re.MULTILINE)
            for word in line.split()]
