"""The package on two machines, each with systemd and the same file: the customer's acceptance test,
an upgrade, one that fails, a crash and the removal. The tests follow each other on one pair."""

import os
import re
import signal
import time

import pytest

from lab import packages, processes, security_page
from lab.processes import wait_until
from lab.topology import VIP
from lab.two_machines import SETTINGS, two_machines

TAKEOVER = 1.0  # the customer's own measure: "less than a second"
# What the tools keep about all packages, what systemd keeps, and the user, who stays with the logs.
OF_THE_SYSTEM = re.compile(r"etc/(?:passwd|group|shadow|gshadow|subuid|subgid)-?|etc/\.pwd\.lock"
                           r"|etc/systemd(?:/.*)?|var/lib/(?:rpm|dpkg|systemd)(?:/.*)?|var/cache/.*"
                           r"|var/log/(?:dpkg|alternatives)\.log|root/.*|usr/share/licenses")
LOGS = {"var/log/hapair/journal-lb1.jsonl"}
# The package's own file, put beside an edited one by the upgrade before.
DEFAULTS = {f"{SETTINGS[1:]}.rpmnew", f"{SETTINGS[1:]}.dpkg-dist"}

# The unit, and not what brought it, makes these: once is enough.
BY_EITHER = pytest.mark.parametrize("kind", [packages.Rpm], ids=["rpm"], indirect=True)


@pytest.fixture(scope="module", params=[packages.Rpm, packages.Deb], ids=["rpm", "deb"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def package(kind):
    return kind.find()


@pytest.fixture(scope="module")
def machines(package):
    """Two machines on which the package was installed and nothing started yet, then both serve."""
    with two_machines() as both:
        both.install(package)
        both.settings = both.write_settings()
        both.on_both(lambda one: one.run("systemctl", "enable", "hapair", check=True))
        both.start()
        yield both


@pytest.fixture
def pair(machines, request):
    """Both serve and lb1 is master, whatever the test before has left."""
    machines.start()
    request.node.lab = machines  # its journals, where a test fails
    return machines


@pytest.fixture(scope="module")
def later(package, tmp_path_factory):
    """later(release, change): the package once more, changed."""
    directory = tmp_path_factory.mktemp("later")
    return lambda release, change: package.next(directory, release, change)


def lost(client, since):
    """How long nothing was answered well, and how many requests were not."""
    outage, failed = client.longest_outage(since), len(client.failures(since))
    print(f"the longest time without an answer: {outage * 1000:.0f} ms; failed: {failed} of "
          f"{len(client.requests(since))}")
    return outage


def settled(lab, client, name, since):
    """The named node serves, and has for a while."""
    lab.await_master(name)
    wait_until(lambda: (asked := client.requests(time.monotonic() - 0.3))
               and all(one.ok for one in asked), 10, f"service by {name}")
    return lost(client, since)


def test_nothing_runs_before_the_admin_says_so(kind, package):
    scripts = package.scripts()
    assert not re.search(r"(?m)^\s*systemctl.* (?:start|restart|enable)\b", scripts), scripts


def test_the_unit_serves_with_no_more_and_no_less_than_it_needs(pair):
    documented = security_page.capabilities()
    for name in ("lb1", "lb2"):
        machine = pair[name]
        assert machine.property("StatusText") == "Serving"
        assert (machine.property("ActiveState"), machine.property("NRestarts")) == ("active", "0")
        told = machine.journal()
        # Each is said where a grant of the unit is missing; limits are granted where systemd may.
        complaints = ["limit of open files", "supervisor-capabilities", "journal-unavailable"]
        power = security_page.named(processes.status_fields(machine.pid)["CapEff"])
        if "SYS_RESOURCE" in power:
            complaints += ["guardian-not-locked", "guardian-not-real-time"]
        assert not [complaint for complaint in complaints if complaint in told], told
        granted = set(machine.property("CapabilityBoundingSet").upper().replace("CAP_", "").split())
        assert granted <= set().union(*documented.values()), "no process has a use for it"
        running = {processes.status_fields(pid)["Name"]: processes.status_fields(pid)
                   for pid in machine.service_processes()}
        assert {"hapair", "hapair-guardian", "hapair-worker", "hapair-journal"} <= set(running)
        for process, fields in running.items():
            security_page.assert_holds(process, fields, documented[process] & granted)
            assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2", process


@BY_EITHER
def test_the_acceptance_test_of_the_customer(pair):
    lab = pair.lab
    with lab.client(interval=0.01) as client:
        wait_until(lambda: len(client.requests()) > 20, 5, "requests")
        assert lab.get("/")[0] == 200 and not client.failures()
        since = time.monotonic()
        pair["lb1"].run("systemctl", "stop", "hapair", check=True)
        assert not lab.nodes["lb1"].holds(VIP) and not pair["lb1"].service_processes()
        assert pair["lb1"].property("Result") == "success"
        assert settled(lab, client, "lb2", since) < TAKEOVER
        assert lab.get("/")[0] == 200
        since = time.monotonic()
        pair["lb1"].run("systemctl", "start", "hapair", check=True)
        assert settled(lab, client, "lb1", since) < TAKEOVER
        assert lab.get("/")[0] == 200
    assert "this node is stopping" in pair["lb1"].journal()


def test_an_upgrade_by_the_package_loses_nothing(pair, later):
    def change(files):
        packages.grown(files)
        shipped = files / SETTINGS[1:]
        if shipped.exists():  # another default: the file of the admin is not replaced by it
            shipped.write_text(shipped.read_text() + "// of the next release\n")

    following, lab, since = later("2", change), pair.lab, time.time()
    with lab.client(interval=0.01, timeout=3.0) as client:
        for name in ("lb2", "lb1"):  # the backup first, as docs/operating.md says
            machine = pair[name]
            before = machine.main_process()
            following.put_into(machine)
            wait_until(lambda: machine.main_process() not in (None, before), 10, "another process")
            after = machine.main_process()
            assert os.stat(f"/proc/{after}/exe").st_ino == \
                os.stat(machine.path("/usr/sbin/hapair")).st_ino, "what is on disk runs"
            wait_until(lambda: not processes.alive(before), 20, "the end of the one before")
            assert machine.property("ActiveState") == "active"
            assert machine.property("NRestarts") == "0"
            assert machine.main_process() == after
            assert machine.path(SETTINGS).read_text() == pair.settings
        assert not client.failures() and len(client.requests()) > 100
    assert lab.nodes["lb1"].role_of() == "master" and lab.nodes["lb1"].holds(VIP)
    assert not lab.sniffer.adverts(since, port="lb2"), "the peer was never master"


def test_a_release_that_does_not_come_up_leaves_the_running_one(pair, later):
    lab, machine, since = pair.lab, pair["lb1"], time.time()
    with lab.client(interval=0.01, timeout=3.0) as client:
        before = machine.main_process()
        done = later("3", packages.broken).put_into(machine, check=False)
        said = done.stdout + done.stderr
        assert "the program before this one goes on" in said, said
        assert machine.main_process() == before and processes.alive(before)
        assert machine.property("ActiveState") == "active"
        assert machine.run("hapair", "status", check=True).stdout
        # One that does come up takes the place of both.
        later("4", packages.grown).put_into(machine)
        wait_until(lambda: machine.main_process() not in (None, before), 10, "another process")
        wait_until(lambda: not processes.alive(before), 20, "the end of the one before")
        assert not client.failures()
    assert not lab.sniffer.adverts(since, port="lb2"), "the peer was never master"


@BY_EITHER
def test_everything_killed_on_the_master_at_once(pair):
    lab, machine = pair.lab, pair["lb1"]
    with lab.client(interval=0.01) as client:
        wait_until(lambda: len(client.requests()) > 20, 5, "requests")
        since, killed = time.monotonic(), machine.service_processes()
        started = int(machine.property("NRestarts"))
        processes.kill(killed, signal.SIGSTOP)  # else the last ones clean up behind the first
        processes.kill(killed)
        wait_until(lambda: lab.nodes["lb2"].holds(VIP), 3, "the other node as master")
        # systemd takes what was left behind off, starts it again, and it takes its place back.
        wait_until(lambda: int(machine.property("NRestarts")) == started + 1, 10, "a restart")
        assert settled(lab, client, "lb1", since) < TAKEOVER
        assert client.served_by(since), "somebody served"
    assert machine.property("ActiveState") == "active"


def test_removal_hands_over_and_leaves_logs_and_edited_files_only(pair, kind):
    lab, machine = pair.lab, pair["lb1"]
    with lab.client(interval=0.01) as client:
        wait_until(lambda: len(client.requests()) > 20, 5, "requests")
        since = time.monotonic()
        machine.run(*kind.removal, check=True)
        assert not machine.service_processes()
        assert settled(lab, client, "lb2", since) < TAKEOVER
    assert "this node is stopping" in machine.journal(), "it was stopped in order"
    assert machine.property("LoadState") == "not-found"
    assert not machine.path("/run/hapair").exists()
    left = left_by(pair, "lb1")
    assert left == LOGS | kind.kept_at_removal
    edited = next(path for path in left if path.startswith(SETTINGS[1:]))
    assert machine.path(f"/{edited}").read_text() == pair.settings
    if kind is packages.Deb:
        machine.run("dpkg", "--purge", "hapair", check=True)
        assert left_by(pair, "lb1") == LOGS
    assert lab.get("/")[0] == 200


def left_by(pair, name):
    """What is there that was not before the package came."""
    machine = pair[name]
    folders = {str(path.relative_to(machine.upper)) for path in machine.upper.rglob("*")
               if path.is_dir()}
    new = {path for path in folders if not os.path.lexists(f"/{path}")}
    assert {path for path in new if not OF_THE_SYSTEM.fullmatch(path)} <= \
        {"etc/hapair", "var/log/hapair"}
    return {path for path in machine.written() - pair.before[name]
            if not OF_THE_SYSTEM.fullmatch(path)} - DEFAULTS
