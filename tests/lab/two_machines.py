"""The laboratory's two nodes as whole machines: systemd runs on each, and the package is what
brings hapair there."""

import concurrent.futures
import contextlib
import json

import pytest

from . import processes
from .machine import Machine
from .scratch_root import NotPossible
from .topology import VIP, Lab, default_config

SETTINGS = "/etc/hapair/hapair.json"


class TwoMachines:
    """`lb1` and `lb2` of a lab whose own nodes are not started."""

    def __init__(self, lab):
        self.lab = lab
        self._at_once = concurrent.futures.ThreadPoolExecutor(2)
        booting = {name: self._at_once.submit(Machine, lab.namespace(name)) for name in lab.nodes}
        concurrent.futures.wait(booting.values())
        self._machines = {name: each.result() for name, each in booting.items()
                          if each.exception() is None}
        if faults := [each.exception() for each in booting.values() if each.exception()]:
            self.close()
            raise faults[0]
        for name, machine in self._machines.items():
            # What the lab's node asks of hapair's socket it asks of the machine's.
            lab.nodes[name].runtime_dir = machine.path("/run/hapair")
        self.before = {name: machine.written() for name, machine in self._machines.items()}

    def __getitem__(self, name):
        return self._machines[name]

    def __iter__(self):
        """The machines, lb1 first."""
        return iter(self._machines.values())

    def on_both(self, do):
        """do(machine) on both at the same time; the results, lb1's first."""
        return list(self._at_once.map(do, self._machines.values()))

    def install(self, package):
        """The package on both, as an admin's first command brings it there."""
        def bring(machine):
            package.prepare(machine)
            return package.put_into(machine)
        return self.on_both(bring)

    def write_settings(self, text=None):
        """The same file on both: the customer's pair, where nothing else is given. It is written
        into what the package has put there, if anything, as an editor does."""
        if text is None:
            config = default_config()
            # The user, the journal's place and the log are the package's business.
            del config["process"], config["log"]
            text = json.dumps(config, indent=2) + "\n"
        self.on_both(lambda machine: machine.path(SETTINGS).write_text(text))
        return text

    def start(self):
        """Both serve, and lb1 is master, when this returns."""
        self.on_both(lambda machine: machine.run("systemctl", "start", "hapair", check=True))
        self.lab.await_master("lb1")
        processes.wait_until(lambda: not self.lab.nodes["lb2"].holds(VIP), 5, "one master")

    def logs(self):
        """What systemd and hapair said, without the requests, for the report of a failed test."""
        said = {name: "".join(line for line in machine.journal().splitlines(keepends=True)
                              if '"GET / HTTP/1.1"' not in line)
                for name, machine in self._machines.items()}
        return "".join(f"--- {name}\n{text[-6000:]}\n" for name, text in said.items())

    def close(self):
        self._at_once.shutdown()
        with contextlib.ExitStack() as all_of_them:
            for machine in self._machines.values():
                all_of_them.callback(machine.close)
        self._machines.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@contextlib.contextmanager
def two_machines():
    """Both, in a lab of their own whose backends serve; where this host gives no such machines, the
    test is skipped."""
    with Lab() as lab:
        try:
            both = TwoMachines(lab)
        except NotPossible as reason:
            pytest.skip(str(reason))
        with both:
            lab.start_backends()
            yield both
