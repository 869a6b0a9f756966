"""Network namespaces: made, entered and removed whatever happens."""

import atexit
import contextlib
import ctypes
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

from .processes import wait_until

CLONE_NEWNET = 0x40000000
PREFIX = "hapair"
NETNS_DIR = pathlib.Path("/run/netns")
_libc = ctypes.CDLL(None, use_errno=True)


def _setns(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"setns: {os.strerror(error)}")


def enter(name):
    """Moves the calling thread into the namespace for good."""
    with open(NETNS_DIR / name, "rb") as target:
        _setns(target.fileno())


@contextlib.contextmanager
def inside(name):
    """Moves the calling thread into the namespace for the length of a block."""
    with open("/proc/thread-self/ns/net", "rb") as home:
        enter(name)
        try:
            yield
        finally:
            _setns(home.fileno())


def open_socket(name, *arguments):
    """A socket that lives in the namespace, whoever uses it."""
    with inside(name):
        return socket.socket(*arguments)


def command(name, *arguments):
    """The command line that runs `arguments` inside the namespace (same process id)."""
    return ["ip", "netns", "exec", name, *map(str, arguments)]


def run(name, *arguments, check=True, timeout=20):
    return subprocess.run(command(name, *arguments), check=check, timeout=timeout,
                          capture_output=True, text=True)


def await_listener(name, address, timeout=10, what="a listener", udp=False):
    """Waits until somebody in the namespace listens on "ADDRESS:PORT", or ":PORT" of any."""
    wait_until(lambda: f"{address} " in run(name, "ss", "-lun" if udp else "-ltn").stdout, timeout,
               what)


def ip_batch(lines, name=None):
    """Runs many `ip` commands in one process, inside the namespace when one is given."""
    where = ["-n", name] if name else []
    done = subprocess.run(["ip", *where, "-force", "-batch", "-"], input="\n".join(lines) + "\n",
                          capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(where)}: {done.stderr.strip()}")


def processes(name):
    listed = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def kill_all(name):
    """Kills every process of the namespace and waits until the last one is gone."""
    deadline = time.monotonic() + 5
    while (pids := processes(name)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def remove(names):
    for name in names:
        if (NETNS_DIR / name).exists():
            kill_all(name)
    for name in names:
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def sweep():
    """Removes what a lab left behind whose process was killed before it could clean up."""
    if not NETNS_DIR.is_dir():
        return
    left = [entry.name for entry in NETNS_DIR.iterdir()
            if (owner := re.match(rf"{PREFIX}(\d+)[a-z]*-", entry.name))
            and not os.path.exists(f"/proc/{owner[1]}")]
    remove(left)


def reason_against():
    """Why namespaces can't be used here, with the remedy; None when they can."""
    if os.geteuid() != 0:
        return ("the lab needs root, or a kernel that gives everybody user namespaces "
                "(sysctl kernel.unprivileged_userns_clone=1)")
    probe = f"{PREFIX}{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True)
    if made.returncode != 0:
        return f"the kernel gives no network namespace here: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", probe], capture_output=True)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresuid(65534, 65534, 65534)
            os._exit(0)
        except OSError:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        return ("this user namespace has one user only, so hapair's worker can't change its user: "
                "run as root, or install uidmap and give yourself a range in /etc/subuid")
    return None


def exit_on_signals():
    """Turns the signals that end a program into an exit, so that atexit handlers run."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, frame: sys.exit(128 + got))


def begin(program):
    """For a program that runs labs: leaves with a word where none can be, and cleans up behind an
    earlier run."""
    reason = reason_against()
    if reason:
        sys.exit(f"{program}: can't run here: {reason}")
    exit_on_signals()
    sweep()


def at_exit_remove(names):
    """Removes the (growing) list of namespaces when this process, not a fork of it, exits."""
    owner = os.getpid()
    atexit.register(lambda: remove(names) if os.getpid() == owner else None)
