"""Small questions about processes, answered from /proc, and waiting with a deadline."""

import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import time

SYS_PIDFD_GETFD = 438


def wait_until(predicate, timeout=10.0, what="the condition", period=0.02):
    """Waits until predicate() is true and gives back its value; says what did not come, else."""
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {timeout:g} s")
        time.sleep(period)


def status_fields(pid):
    """/proc/PID/status as a dictionary; empty when the process is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def alive(pid):
    return status_fields(pid).get("State", "Z")[0] not in "ZX"


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found


def tree(pid):
    """The process and everything below it, parents first."""
    return [pid, *(below for child in children(pid) for below in tree(child))]


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def threads(pid):
    try:
        return sorted(int(task) for task in os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return []


def cpu_seconds(pid):
    """How long it has run, in its own code and the kernel's."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptor_kind(pid, number):
    """What an open descriptor of a process is: unix, tcp, raw, netlink, ..., pipe, eventfd, ...,
    memory or the path of a file; None when it is gone."""
    try:
        target = os.readlink(f"/proc/{pid}/fd/{number}")
        if target.startswith("socket:"):
            return _socket_kind(pid, number)
    except OSError:
        return None
    if target.startswith("anon_inode:"):
        return target.partition(":")[2].strip("[]")
    if target.startswith("/memfd:"):
        return "memory"
    return target.partition(":")[0] if target.startswith("pipe:") else target


def _socket_kind(pid, number):
    process = os.pidfd_open(pid)
    try:
        copied = ctypes.CDLL(None, use_errno=True).syscall(SYS_PIDFD_GETFD, process, number, 0)
        if copied < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
    finally:
        os.close(process)
    with socket.socket(fileno=copied) as found:
        if found.family in (socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
            return found.family.name[3:].lower()
        if found.type == socket.SOCK_RAW:
            return "raw"
        if found.proto in (socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6):
            return "ping"
        return "tcp" if found.type == socket.SOCK_STREAM else "udp"


class Stranger:
    """A process that is no child of this one, with what subprocess.Popen would offer of it. What it
    has left with is not known: 0, once it is gone."""

    def __init__(self, pid):
        self.pid = pid
        self.returncode = None

    def poll(self):
        if self.returncode is None and not alive(self.pid):
            self.returncode = 0
        return self.returncode

    def wait(self, timeout=10.0):
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.02)
        return self.returncode

    def terminate(self):
        kill([self.pid], signal.SIGTERM)
