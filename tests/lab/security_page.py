"""What docs/security.md says of each process, for tests that hold it against the running ones."""

import dataclasses
import re

from .topology import ROOT

# In the order of the kernel's numbers (capability.h).
CAPABILITIES = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE
SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()

CALLS = "The worker's system calls"


@dataclasses.dataclass(frozen=True)
class Row:
    user: str  # root, or hapair for whoever the config names
    capabilities: frozenset
    own_filter: str  # of system calls: none, or whose it is
    descriptors: frozenset


def page():
    return (ROOT / "docs/security.md").read_text()


def table(heading):
    """The rows of the first table below a heading, each a list of cells without their quotes."""
    section = page().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = section[section.index("\n|") :].lstrip().split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def quoted(text):
    return re.findall(r"`(\w+)`", text)


def whole_calls():
    """The system calls that the worker may make with any arguments."""
    return {name for _, calls in table(CALLS) for name in quoted(calls)}


def calls_in_part():
    """By its name, what else is said of each call that it may make in part."""
    section = page().split(f"## {CALLS}\n", 1)[1]
    rows_of = re.findall(r"^\| (.*?) \| (.*) \|$", section.split("\nAnd these", 1)[1]
                         .split("\n## ", 1)[0], re.MULTILINE)
    return {name: allowed.partition(":")[0] for calls, allowed in rows_of
            for name in quoted(calls)}


def rows():
    """By the kernel's name of each process."""
    found = {}
    for _, name, user, kept, own_filter, descriptors, _ in table("Which process holds what"):
        found[name.strip("`")] = Row(
            user.strip("`"), frozenset(re.findall(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b", kept)),
            own_filter, frozenset(descriptors.split(", ")))
    return found


def capabilities():
    """What each process may keep, by its name."""
    return {name: row.capabilities for name, row in rows().items()}


def named(bits):
    """The names in a mask of capabilities as /proc/PID/status shows it."""
    number = int(bits, 16)
    return {CAPABILITIES[bit] if bit < len(CAPABILITIES) else str(bit)
            for bit in range(64) if number >> bit & 1}


def assert_holds(process, fields, kept):
    """The process has just these capabilities, and no way to more."""
    for kind in ("CapEff", "CapPrm", "CapBnd"):
        assert named(fields[kind]) == set(kept), f"{process}: {kind}"
    for kind in ("CapInh", "CapAmb"):
        assert not named(fields[kind]), f"{process}: {kind}"
    assert fields["NoNewPrivs"] == "1", process
