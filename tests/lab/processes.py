"""Small questions about processes, answered from /proc, and waiting with a deadline."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time


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
