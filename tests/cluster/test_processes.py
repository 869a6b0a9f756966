"""The three processes are what docs/architecture.md says: who may do what, and who reads what."""

import contextlib
import fcntl
import grp
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import termios
import time

import pytest

from lab import certificates, http, netns, processes, security_page, system_calls
from lab.processes import alive, status_fields, threads, wait_until
from lab.topology import NODES, unprivileged_group


def test_the_worker_has_one_thread_beside_its_loop_and_no_power(pair):
    for node in pair.nodes.values():
        found = [status_fields(thread) for thread in threads(node.roles()["worker"])]
        assert sorted(fields["Name"] for fields in found) == ["hapair-worker", "passwords"]
        for fields in found:
            for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
                assert int(fields[name], 16) == 0, f"{name} is {fields[name]}"
            assert fields["NoNewPrivs"] == "1"
            assert fields["Seccomp"] == "2"
            assert fields["Uid"].split() == ["65534"] * 4
            assert "0" not in fields["Gid"].split() and "0" not in fields["Groups"].split()


def test_adverts_and_requests_are_read_by_the_same_thread(pair):
    if not shutil.which("strace"):
        pytest.skip("strace is missing")
    # lb2 serves a request as master, then hears the adverts of lb1 that preempts it.
    pair.nodes["lb1"].stop()
    pair.await_master("lb2")
    worker = pair.nodes["lb2"].roles()["worker"]
    trace = pair.directory / "trace"
    tracer = subprocess.Popen(["strace", "-f", "-q", "-p", str(worker), "-o", str(trace), "-e",
                               "trace=recvmsg,recvmmsg,recvfrom,read,readv,accept4"],
                              stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: status_fields(worker).get("TracerPid", "0") != "0", 5, "strace")
        assert pair.get("/")[0] == 200
        pair.nodes["lb1"].start()
        pair.await_master("lb1")
        time.sleep(0.5)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
    lines = trace.read_text().splitlines()
    # An advert arrives with its IP header: 45 c0 ..., version 4 with network control precedence.
    adverts = {line.split()[0] for line in lines if re.search(r"recvm?msg\(.*\"E\\300", line)}
    requests = {line.split()[0] for line in lines if "GET / HTTP/1.1" in line}
    assert adverts == requests == {str(worker)}


def test_the_control_socket_is_for_its_group_only(pair):
    path = pair.nodes["lb1"].runtime_dir / "control.sock"
    found = os.stat(path)
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o660
    assert grp.getgrgid(found.st_gid).gr_name == unprivileged_group()


def test_the_worker_holds_no_packet_socket(pair):
    worker = pair.nodes["lb1"].roles()["worker"]
    kinds = open(f"/proc/{worker}/net/packet").read().splitlines()[1:]
    inodes = {line.split()[-1] for line in kinds}
    held = {os.readlink(f"/proc/{worker}/fd/{fd}") for fd in os.listdir(f"/proc/{worker}/fd")}
    assert not {f"socket:[{inode}]" for inode in inodes} & held, "the worker holds a packet socket"


def test_a_second_run_in_the_same_directory_is_refused(pair):
    node = pair.nodes["lb1"]
    second = node.command("run", "--config", pair.config_path)
    assert second.returncode in (1, 4)
    assert "another hapair runs here" in second.stderr
    assert node.role_of() == "master"


def test_a_faulty_config_is_refused_with_exit_code_three(lab):
    lab.config_path.write_text('{ "frontend": {} }')
    refused = lab.nodes["lb1"].command("run", "--config", lab.config_path)
    assert refused.returncode == 3
    assert "frontends" in refused.stderr, "it says what was meant"


def test_a_missing_config_is_exit_code_four(lab):
    refused = lab.nodes["lb1"].command("run", "--config", lab.directory / "none.json")
    assert refused.returncode == 4
    assert "none.json" in refused.stderr


AT_A_RELOAD = {"hapair-reader", "hapair-reload"}


def write_everything(lab, script_user="nobody"):
    """A config that starts each kind of process, and gives each all that it may have open."""
    authority = certificates.Authority(lab.directory / "certificates")
    certificate = authority.issue("www.example").bundle(lab.directory / "www.pem")
    lab.write_config(
        cluster__secret_file=lab.write_secret(),
        log=[{"type": "file", "path": str(lab.directory / "access.log")}],
        # Seldom, so that the script itself is not among the processes when these are looked at.
        targets={"told": {"type": "script", "command": ["/bin/true"], "user": script_user,
                          "interval": "1h", "timeout": "10s"},
                 "router": {"type": "gateway", "address": NODES["lb2"][0]}},
        vips__VI_1__notify={"any": ["/bin/true"]},
        frontends__http_front__bind=[{"vip": "VI_1", "port": 80}, {
            "vip": "VI_1", "port": 443, "tls": {"certificates": [str(certificate)]}}])


def running(node):
    """Each process of the node by its name."""
    return {status_fields(pid)["Name"]: pid for pid in processes.tree(node.pid) if alive(pid)}


def open_kinds(pid):
    """The kinds of what a process has open beside its standard descriptors."""
    found, numbers = set(), []
    with contextlib.suppress(OSError):
        numbers = os.listdir(f"/proc/{pid}/fd")
    for number in numbers:
        kind = processes.descriptor_kind(pid, int(number)) if int(number) > 2 else None
        if kind and kind.startswith("/"):
            kind = ("proc" if kind.startswith("/proc/") else
                    "ledger" if kind.endswith("/ledger") else "file")
        found.add(kind)
    return found - {None}


def own_filters(fields):
    """How many filters of system calls a process has beside those that this one has, too, as in a
    container."""
    return int(fields["Seccomp_filters"]) - int(status_fields("self")["Seccomp_filters"])


def assert_as_documented(node, root_scripts=False):
    documented = security_page.rows()
    wait_until(lambda: set(running(node)) == set(documented) - AT_A_RELOAD, 5, "its processes")
    found = running(node)
    for name, pid in found.items():
        row, fields = documented[name], status_fields(pid)
        kept = documented["hapair"] if name == "hapair-scripts" and root_scripts else row
        security_page.assert_holds(name, fields, kept.capabilities)
        user, group = ("0", "0") if row.user == "root" else ("65534", str(
            grp.getgrnam(unprivileged_group()).gr_gid))
        assert fields["Uid"].split() == [user] * 4 and fields["Gid"].split() == [group] * 4, name
        assert row.user == "root" or not fields["Groups"].split(), name
        assert own_filters(fields) == (row.own_filter != "none"), name
        assert row.own_filter in ("none", "the worker's", "Unix sockets only"), name


def test_each_process_is_what_the_security_page_says(lab):
    write_everything(lab)
    lab.start()
    node = lab.nodes["lb1"]
    with lab.connect() as client:
        assert http.exchange(client)[0] == 200
        assert_as_documented(node)
        documented = security_page.rows()
        for name, pid in running(node).items():
            wait_until(lambda name=name, pid=pid: open_kinds(pid) == documented[name].descriptors,
                       3, f"{name}: {open_kinds(pid)} as {documented[name].descriptors}")
    # Processes that a reload starts anew hold no more than those before.
    write_everything(lab, script_user="root")
    assert node.command("reload").returncode == 0, node.log()[-3000:]
    wait_until(lambda: security_page.named(
        status_fields(running(node).get("hapair-scripts", 0)).get("CapEff", "0")) ==
        documented["hapair"].capabilities, 10, "the new script host")
    wait_until(lambda: len(processes.tree(node.pid)) == len(running(node)), 15, "the old ones' end")
    assert_as_documented(node, root_scripts=True)


def test_who_reads_the_config_is_what_the_security_page_says(lab):
    # It takes a while to read so much, which is the time to look at them.
    hosts = lab.directory / "hosts"
    hosts.write_text("".join(f"host-{number}.example web_server\n" for number in range(30_000)))
    lab.write_config(maps={f"hosts-{number}": {"file": str(hosts)} for number in range(6)})
    lab.start_backends()
    node = lab.nodes["lb1"].start()
    documented, seen = security_page.rows(), {name: [] for name in AT_A_RELOAD}
    asked = subprocess.Popen(netns.command(node.namespace, lab.binary, "reload", "--runtime-dir",
                                           node.runtime_dir), stdout=subprocess.DEVNULL)
    while asked.poll() is None:
        for pid in processes.tree(node.pid):
            fields = status_fields(pid)
            if fields.get("Name") in seen:
                seen[fields["Name"]].append((fields, open_kinds(pid)))
    assert asked.returncode == 0
    for name, row in ((name, documented[name]) for name in seen):
        assert seen[name], f"{name} came and went unseen"
        # At first it is still what it was forked from.
        fields, _ = seen[name][-1]
        security_page.assert_holds(name, fields, row.capabilities)
        assert fields["Uid"].split() == ["0"] * 4
        assert own_filters(fields) == (row.own_filter != "none"), name
        assert set().union(*(kinds for _, kinds in seen[name])) <= row.descriptors


# Those that Python does not name.
OPTIONS = {"SO_TIMESTAMPNS": 35, "IP_BIND_ADDRESS_NO_PORT": 24, "IP_FREEBIND": 15,
           "IP_MTU_DISCOVER": 10}
LEVELS = {"SO_": socket.SOL_SOCKET, "IP_": socket.IPPROTO_IP, "IPV6_": socket.IPPROTO_IPV6,
          "TCP_": socket.IPPROTO_TCP}


def socket_option(name):
    level = next(level for prefix, level in LEVELS.items() if name.startswith(prefix))
    return level, OPTIONS.get(name) or getattr(socket, name)


def test_the_workers_filter_is_what_the_security_page_says(pair):
    worker = pair.nodes["lb1"].roles()["worker"]
    whole, in_part = security_page.whole_calls(), security_page.calls_in_part()
    found, passwords = map(system_calls.Filter, threads(worker))
    assert found.program == passwords.program
    outcomes = found.by_name()
    refused, allowed = {system_calls.REFUSE_EPERM}, {system_calls.ALLOW}
    assert {name for name, each in outcomes.items() if each == allowed} == whole
    assert {name for name, each in outcomes.items() if each == refused | allowed} == set(in_part)
    assert all(each in (refused, allowed, refused | allowed) for each in outcomes.values())
    assert not {"open", "openat", "execve", "ptrace", "clone", "fork", "io_uring_setup"} & \
        (whole | set(in_part))
    assert_parts(found, {name: set(security_page.quoted(text))
                         for name, text in in_part.items()}, worker)
    assert pair.nodes["lb1"].role_of() == "master", "the look has not disturbed it"


def assert_parts(found, named, worker):
    """Of the calls that are allowed in part, just what is named passes."""
    families = {family: socket.AddressFamily[family] for family in named["socket"]
                if family.startswith("AF_")}
    types = [socket.SocketKind[each] for each in named["socket"] if each.startswith("SOCK_")]
    passing = {(family, kind, protocol) for family in range(46) for kind in range(1, 7)
               for protocol in (0, 1, 17, 112)
               if found.allows("socket", family, kind, protocol)}
    assert passing == {(family, kind, 0) for family in families.values() for kind in types}
    levels = {*LEVELS.values(), 17, 58, 255, 263, 270}  # UDP, ICMPv6, raw, packet, netlink
    passing = {(level, option) for level in levels for option in range(100)
               if found.allows("setsockopt", None, level, option)}
    assert passing == {socket_option(name) for name in named["setsockopt"]}
    for call, module in (("fcntl", fcntl), ("ioctl", termios)):
        passing = {number for number in [*range(20), *range(1020, 1050), *range(0x5400, 0x5460)]
                   if found.allows(call, None, number)}
        assert passing == {getattr(module, name) for name in named[call]}
    for call in ("mmap", "mprotect"):
        passing = {protection for protection in range(8) if found.allows(call, 0, 0, protection)}
        assert passing == {0, 1, 2, 3}  # PROT_EXEC is 4
    assert [pid for pid in (0, 1, os.getpid(), worker) if found.allows("tgkill", pid)] == [worker]
    assert found.allows("prlimit64", 0, 7, 0) and not found.allows("prlimit64", 0, 7, 4096)
    assert [option for option in range(80) if found.allows("prctl", option)] == [15]  # PR_SET_NAME
