"""A pair's keepalived.conf and haproxy.cfg, with the faults that such files have: the import names
them, and its result behaves in a failover as keepalived and HAProxy do with the files mended."""

import os
import subprocess
import time

import pytest

from lab import netns
from lab.keepalived import password_block
from lab.pair_files import PairFiles
from lab.processes import kill, tree, wait_until
from lab.topology import BACKENDS, NODES, VIP

USUAL = ["advert_int 1", password_block("1111")]
FAST = ["version 3", "advert_int 0.2"]
# Lines of the instance on each node, and who has the VIP at first, when lb1 has stopped, and when
# it is back.
PAIRS = {
    "usual": ({"lb1": USUAL, "lb2": USUAL}, ["lb1", "lb2", "lb1"]),
    "unicast": ({"lb1": [*FAST, "unicast_src_ip 10.77.0.11\nunicast_peer {\n10.77.0.12\n}"],
                 "lb2": [*FAST, "unicast_src_ip 10.77.0.12\nunicast_peer {\n10.77.0.11\n}"]},
                ["lb1", "lb2", "lb1"]),
    "nopreempt": ({"lb1": [*FAST, "nopreempt"], "lb2": [*FAST, "nopreempt"]},
                  ["lb1", "lb2", "lb2"]),
}


class Files(PairFiles):
    """What the two nodes have."""

    def __init__(self, lab, bind, backend, server, pair="usual"):
        states = ("BACKUP", "BACKUP") if pair == "nopreempt" else ("MASTER", "BACKUP")
        super().__init__(lab.directory / "files", bind, backend, server, PAIRS[pair][0], states)

    def bring_in(self, lab):
        """What `hapair import` says of them; its result is in the folder."""
        words = ["--haproxy", self.haproxy, "-o", self.folder / "hapair.json", "--force"]
        for path in self.keepalived.values():
            words += ["--keepalived", path]
        return subprocess.run([lab.binary, "import", *map(str, words)], capture_output=True,
                              text=True, timeout=20)


class Glued:
    """keepalived and HAProxy on each node."""

    def __init__(self, lab, files):
        self._lab, self._files, self._running = lab, files, {}

    def start(self, name):
        node = self._lab.nodes[name]
        netns.run(node.namespace, "sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1")
        environment = {**os.environ, "TMPDIR": str(self._files.folder)}
        with open(node.log_path, "ab") as log:
            self._running[name] = [
                subprocess.Popen(netns.command(node.namespace, *words), env=environment,
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True)
                for words in (
                    ["haproxy", "-db", "-f", self._files.haproxy],
                    ["keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file",
                     self._files.keepalived[name], "--pid", self._files.folder / f"{name}.pid",
                     "--vrrp_pid", self._files.folder / f"{name}-vrrp.pid"])]

    def stop(self, name):
        for process in reversed(self._running.pop(name, [])):
            process.terminate()
            process.wait(10)

    def stop_all(self):
        for name in list(self._running):
            for process in self._running.pop(name):
                kill(tree(process.pid))
                process.wait(10)


class Imported:
    """hapair on each node, from the one file that the import has made."""

    def __init__(self, lab, files):
        self._lab, self._files = lab, files

    def start(self, name):
        self._lab.nodes[name].start(config=self._files.folder / "hapair.json")

    def stop(self, name):
        self._lab.nodes[name].stop()

    def stop_all(self):
        for node in self._lab.nodes.values():
            if node.running:
                node.kill_tree()


def course(lab, world, holders):
    """Who has the VIP and what it answers: at first, when lb1 has stopped, when it is back."""
    seen = []

    def look(holder):
        wait_until(lambda: lab.nodes[holder].holds(VIP), 15, f"the VIP on {holder}")
        wait_until(lambda: _answers(lab) == 200, 10, "an answer from the VIP")
        others = [name for name in NODES if name != holder and lab.nodes[name].holds(VIP)]
        status, _, body = lab.get("/index.html")
        seen.append((holder, others, status, body))

    try:
        world.start("lb1")
        wait_until(lambda: lab.nodes["lb1"].holds(VIP), 15, "the VIP on lb1")
        world.start("lb2")
        look(holders[0])
        world.stop("lb1")
        look(holders[1])
        world.start("lb1")
        time.sleep(3)  # who is to take it back has done so
        look(holders[2])
    finally:
        world.stop_all()
    return seen


def _answers(lab):
    try:
        return lab.get("/index.html")[0]
    except (OSError, AssertionError):
        return None


def test_the_faults_of_the_files_are_named_with_their_lines(lab):
    files = Files(lab, bind=NODES["lb1"][0], backend="http_back", server=VIP)
    told = files.bring_in(lab)
    assert told.returncode == 3, "the server's address is to be decided"
    report = told.stdout
    for line, words in ((f"{files.haproxy}:13: bind", "a failover would not reach it"),
                        (f"{files.haproxy}:15: default_backend http_back",
                         'no backend "http_back"'),
                        (f"{files.haproxy}:20: server node1", "requests would go round in a loop"),
                        (f"{files.keepalived['lb1']}:14: auth_pass", "4 digits in clear text")):
        assert line in report
        assert words in report[report.index(line):][:400]
    assert "1111" not in report and "1111" not in (files.folder / "hapair.json").read_text()
    assert "each accounted for once" in report


@pytest.mark.parametrize("pair", PAIRS)
def test_the_pair_behaves_as_keepalived_and_haproxy_do(lab, pair):
    lab.start_backends()
    holders = PAIRS[pair][1]
    meant = Files(lab, bind=VIP, backend="web_server", server=BACKENDS["web1"], pair=pair)
    glued = course(lab, Glued(lab, meant), holders)
    # The same with the faults that the import mends by itself.
    files = Files(lab, bind=NODES["lb1"][0], backend="http_back", server=BACKENDS["web1"],
                  pair=pair)
    told = files.bring_in(lab)
    assert told.returncode == 0, told.stdout + told.stderr
    assert course(lab, Imported(lab, files), holders) == glued
    assert [holder for holder, *_ in glued] == holders
