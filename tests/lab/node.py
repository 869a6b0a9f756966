"""One hapair node: started in its namespace, asked for its status, killed in all manner of ways."""

import json
import os
import re
import signal
import socket
import subprocess
import time

from . import http, netns, processes

ROLE_OF_NAME = {"hapair": "supervisor", "hapair-guardian": "guardian", "hapair-worker": "worker"}


class Node:
    def __init__(self, lab, name, address, interface):
        self.lab = lab
        self.name = name
        self.namespace = lab.namespace(name)
        self.address = address
        self.interface = interface
        self.runtime_dir = lab.directory / name
        self.runtime_dir.mkdir(mode=0o755, exist_ok=True)
        self.log_path = lab.directory / f"{name}.log"
        self._hosts = None
        self._process = None
        self.former = []  # those that have been upgraded

    def write_hosts(self, text):
        """What its /etc/hosts holds, from its start or now on; without, it sees this machine's."""
        self._hosts = self.runtime_dir / "hosts"
        self._hosts.write_text(text)

    def start(self, *arguments, config=None, wait=True):
        """Starts the node from the lab's one config file; waits until it answers for its status."""
        self.launch(*arguments, config=config)
        if wait:
            self.await_status()
        return self

    def await_status(self, timeout=15):
        processes.wait_until(lambda: not self.running or self.try_status(), timeout,
                             f"{self.name}'s status")
        assert self.running, (f"{self.name} left with {self._process.returncode}:\n"
                              f"{self.log()[-3000:]}")

    def launch(self, *arguments, config=None):
        assert self.lab.binary.exists(), f"{self.lab.binary} is missing: run ./dev build"
        log = open(self.log_path, "ab")
        with log:
            self._process = subprocess.Popen(
                netns.command(self.namespace, *self._with_hosts(), self.lab.binary, "run",
                              "--config", config or self.lab.config_path, "--runtime-dir",
                              self.runtime_dir, *arguments),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def _with_hosts(self):
        if self._hosts is None:
            return []
        return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"',
                self._hosts]

    def upgrade(self):
        """Has the program that is on disk now take over; what came of it. This is the new one from
        then on, where it did; the old one finishes its connections."""
        done = self.command("upgrade")
        if done.returncode == 0:
            self.follow_heir()
        return done

    def heir(self):
        """The process id of the last one that was to take over; None: there was none."""
        started = re.findall(r"is started as process (\d+) to take over", self.log())
        return int(started[-1]) if started else None

    def follow_heir(self):
        self.former.append(self._process)
        self._process = processes.Stranger(self.heir())

    @property
    def pid(self):
        return self._process.pid

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def roles(self):
        """The process id of each role that is alive: supervisor, guardian, worker."""
        if not self.running:
            return {}
        found = {"supervisor": self.pid}
        for pid in processes.children(self.pid):
            role = ROLE_OF_NAME.get(processes.status_fields(pid).get("Name", ""))
            if role in ("guardian", "worker") and processes.alive(pid):
                found[role] = pid
        return found

    def kill(self, role, number=signal.SIGKILL):
        """Signals one of the three processes; gives back the wall-clock time just before."""
        pid = self.roles()[role]
        at = time.time()
        os.kill(pid, number)
        return at

    def kill_tree(self):
        """kill -9 of everything at once: the nearest to pulling the plug."""
        pids = processes.tree(self.pid)
        # Stopped first: else the survivors of the first kill clean up before theirs comes.
        processes.kill(pids, signal.SIGSTOP)
        at = time.time()
        processes.kill(pids)
        self._process.wait()
        return at

    def pause_tree(self):
        """As if the machine stood still; resume_tree() lets it go on."""
        processes.kill(processes.tree(self.pid), signal.SIGSTOP)

    def resume_tree(self):
        processes.kill(processes.tree(self.pid), signal.SIGCONT)

    def terminate(self):
        self._process.terminate()

    def stop(self, timeout=15):
        """SIGTERM and wait; gives back the exit code."""
        if self._process is None:
            return None
        if self.running:
            self._process.terminate()
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            processes.kill(processes.tree(self.pid))
            self._process.wait()
            raise AssertionError(f"{self.name} did not leave in {timeout} s of SIGTERM") from None

    def wait(self, timeout=10):
        return self._process.wait(timeout)

    def target(self, name):
        """What its status says of a target."""
        return next(each for each in self.status()["targets"] if each["name"] == name)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def holds(self, address, device=None):
        """Whether the address is on an interface of the node (on `device`, when given)."""
        shown = netns.run(self.namespace, "ip", "-o", "addr", "show",
                          *(["dev", device] if device else []), check=False).stdout
        return f" {address}/" in shown

    def link_local(self):
        """The IPv6 address that the node's interface made itself."""
        shown = netns.run(self.namespace, "ip", "-6", "-o", "addr", "show", "dev", self.interface,
                          "scope", "link").stdout
        return re.search(r"inet6 (fe80:\S+)/64", shown)[1]

    def hapair(self, *arguments, check=False):
        return netns.run(self.namespace, self.lab.binary, *arguments, check=check)

    def command(self, *words, check=False):
        """A command of hapair's that speaks to this node."""
        return self.hapair(*words, "--runtime-dir", self.runtime_dir, check=check)

    def dial(self, timeout=3):
        """A connection to the control socket."""
        control = socket.socket(socket.AF_UNIX)
        control.settimeout(timeout)
        try:
            control.connect(str(self.runtime_dir / "control.sock"))
        except OSError:
            control.close()
            raise
        return control

    def ask(self, path, method="GET", body=None):
        """(status, document) of a request to the control socket."""
        status, answer = self.request(path, method, body)
        return status, json.loads(answer)

    def order(self, path, order):
        """The same of a POST."""
        return self.ask(path, "POST", order)

    def request(self, path, method="GET", body=None):
        """(status, body) of a request to the control socket; what is no bytes goes as JSON."""
        content = body if isinstance(body, bytes) else b""
        if body is not None and content is not body:
            content = json.dumps(body).encode()
        with self.dial() as control:
            length = f"Content-Length: {len(content)}\r\n" if content else ""
            control.sendall(f"{method} {path} HTTP/1.1\r\nHost: hapair\r\n{length}"
                            "Connection: close\r\n\r\n".encode() + content)
            status, _, answer = http.read_response(control, head_only=method == "HEAD")
        return status, answer

    def status(self):
        code, body = self.request("/v1/status")
        assert code == 200, f"{self.name}: status {code}: {body!r}"
        return json.loads(body)

    def try_status(self):
        try:
            return self.status()
        except (OSError, AssertionError, ValueError, IndexError):
            return None

    def role_of(self, vip="VI_1"):
        """"master", "backup", ... as the status says; None while nobody answers."""
        status = self.try_status()
        if not status:
            return None
        return next(entry["role"] for entry in status["vips"] if entry["name"] == vip)
