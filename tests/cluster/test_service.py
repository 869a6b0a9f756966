"""What the unit relies on: the service manager is told, leavings go, and its rights are enough."""

import contextlib
import os
import socket
import subprocess
import time

import pytest

from lab import netns, processes, unit_file
from lab.processes import wait_until
from lab.topology import VIP, unprivileged_group

WATCHDOG = 0.6


class ServiceManager:
    """Hears what a service tells (sd_notify(3)), with the sender's process id of each word."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(str(path))
        self.heard = []

    def hear(self, word, timeout, by=None):
        """The next message with a line that begins with `word`; all before it are passed over."""
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data, ancillary, _, _ = self.socket.recvmsg(4096, 256)
            except TimeoutError:
                break
            pid = int.from_bytes(ancillary[0][2][:4], "little")
            text = data.decode()
            self.heard.append((pid, text))
            if by in (None, pid) and any(line.startswith(word) for line in text.splitlines()):
                return text
        raise AssertionError(f"no {word} in {timeout} s, but {self.heard}")

    def forget(self):
        """Passes over what was told so far."""
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(4096)

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(tmp_path):
    made = ServiceManager(tmp_path / "notify")
    yield made
    made.close()


def launch(lab, node, *before, **environment):
    """hapair as `node` runs it, with these words before it and with more environment."""
    with open(node.log_path, "ab") as log:
        node._process = subprocess.Popen(
            [*netns.command(node.namespace), *before, lab.binary, "run", "--config",
             lab.config_path, "--runtime-dir", node.runtime_dir],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, **environment})
    return node


def launch_watched(lab, manager):
    # The process id stays the same over exec: what a service manager says to the one it starts.
    before = ("sh", "-c", 'export WATCHDOG_PID=$$; exec "$@"', "sh")
    return launch(lab, lab.nodes["lb1"], *before, NOTIFY_SOCKET=str(manager.path),
                  WATCHDOG_USEC=str(int(WATCHDOG * 1e6)))


def test_the_service_manager_hears_of_the_start_of_each_third_and_of_the_end(lab, manager):
    lab.write_config()
    lab.start_backends()
    node = launch_watched(lab, manager)
    manager.hear("READY=1", 10, by=node.pid)
    manager.forget()
    begin = time.monotonic()
    for _ in range(6):
        manager.hear("WATCHDOG=1", WATCHDOG, by=node.pid)
    # The first of them may be there at once; the others come a third apart.
    assert time.monotonic() - begin > 4 * WATCHDOG / 3
    assert node.stop() == 0
    manager.hear("STOPPING=1", 1, by=node.pid)


def test_a_stopped_supervisor_is_silent(lab, manager):
    lab.write_config()
    node = launch_watched(lab, manager)
    manager.hear("READY=1", 10, by=node.pid)
    node.pause_tree()
    time.sleep(0.1)
    manager.forget()
    with pytest.raises(AssertionError):
        manager.hear("WATCHDOG=1", WATCHDOG)
    node.resume_tree()
    manager.hear("WATCHDOG=1", WATCHDOG, by=node.pid)


def test_a_successor_goes_on_telling(lab, manager):
    lab.write_config()
    lab.start_backends()
    node = launch_watched(lab, manager)
    manager.hear("READY=1", 10, by=node.pid)
    wait_until(lambda: node.holds(VIP), 10, "the VIP")
    assert node.upgrade().returncode == 0
    assert manager.hear("MAINPID=", 10).splitlines()[0] == f"MAINPID={node.pid}"
    for _ in range(3):
        manager.hear("WATCHDOG=1", 2 * WATCHDOG, by=node.pid)


def test_what_a_killed_node_has_left_is_released(lab):
    lab.write_config()
    lab.start_backends()
    node = lab.nodes["lb1"].start()
    wait_until(lambda: node.holds(VIP), 10, "the VIP")
    refused = node.command("release")
    assert refused.returncode == 1 and "systemctl stop hapair" in refused.stderr
    assert node.holds(VIP)
    at = node.kill_tree()
    assert node.holds(VIP), "this test is about what is left"
    released = node.command("release")
    assert released.returncode == 0, released.stderr
    assert "released what an earlier run left: 1 " in released.stdout
    assert not node.holds(VIP)
    assert time.time() - at < 1.9, "the kernel would have taken it off by itself"
    wait_until(lambda: lab.sniffer.adverts(at, port="lb1", priority=0), 2, "word to the peer")
    again = node.command("release")
    assert again.returncode == 0 and "nothing to release" in again.stdout


def test_where_nothing_ran_nothing_is_made(lab, tmp_path):
    released = lab.nodes["lb1"].hapair("release", "--runtime-dir", str(tmp_path))
    assert released.returncode == 0 and "there is no ledger" in released.stdout
    assert not list(tmp_path.iterdir())


def test_the_rights_that_the_unit_leaves_are_enough(lab, tmp_path):
    capabilities = [name.removeprefix("CAP_").lower()
                    for name in unit_file.values("CapabilityBoundingSet")]
    priority = int(unit_file.values("LimitRTPRIO")[0])
    assert "net_admin" in capabilities and "sys_admin" not in capabilities
    lab.write_config(log=[{"type": "file", "path": str(lab.directory / "access.log")}],
                     vips__VI_1__notify={"any": ["/bin/true"]})
    lab.start_backends()
    bounding = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    # ProtectSystem=strict: all is read-only but the directories that the unit names.
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"'
    limits = ["prlimit", "--memlock=unlimited", f"--rtprio={priority}"]
    # In a container root may not raise its limits: there only the capabilities are tried.
    raised = subprocess.run([*limits, "true"], capture_output=True).returncode == 0
    node = launch(lab, lab.nodes["lb1"], *(limits if raised else []), "unshare", "--mount",
                  "--propagation", "private", "sh", "-c", script, lab.directory,
                  "setpriv", f"--bounding-set={bounding}", f"--inh-caps={bounding}",
                  "--groups", unprivileged_group(), "--no-new-privs")
    node.await_status()
    wait_until(lambda: node.holds(VIP), 10, "the VIP")
    wait_until(lambda: lab.get("/")[0] == 200, 10, "service")
    if raised:
        guardian = node.roles()["guardian"]
        assert int(processes.status_fields(guardian)["VmLck"].split()[0]) > 0, "by its limit"
        assert os.sched_getscheduler(guardian) & 0xff == os.SCHED_FIFO
    wait_until(lambda: (lab.directory / "access.log").exists(), 5, "the log file")
    assert node.stop() == 0
    words = ["supervisor-capabilities", "start-failed", "Permission denied"]
    words += ["guardian-not-locked", "guardian-not-real-time", "not permitted"] if raised else []
    assert not [word for word in words if word in node.log()]
