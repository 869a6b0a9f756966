"""The three processes are what docs/architecture.md says: who may do what, and who reads what."""

import grp
import os
import re
import shutil
import signal
import stat
import subprocess
import time

import pytest

from lab import processes
from lab.processes import alive, status_fields, threads, wait_until
from lab.topology import ROOT, unprivileged_group


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


CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID",
                "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
                "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
                "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"]
NAMES = {"supervisor": "hapair", "guardian": "hapair-guardian", "worker": "hapair-worker",
         "certificate keeper": "hapair-tls", "journal keeper": "hapair-journal",
         "log keeper": "hapair-log", "script host": "hapair-scripts"}


def documented_capabilities():
    """By the kernel's name of each process, what docs/security.md says that it keeps."""
    text = (ROOT / "docs/security.md").read_text()
    rows = re.findall(r"^\| ([a-z, ]+) \| (?:root|`hapair`) \| (.*?) \|", text, re.MULTILINE)
    return {NAMES[role.strip()]: set(re.findall(r"\b[A-Z]{3,}(?:_[A-Z]+)*\b", kept))
            for roles, kept in rows for role in roles.split(",") if role.strip() in NAMES}


def test_each_process_keeps_what_the_security_page_says(lab):
    log = lab.directory / "access.log"
    lab.write_config(log=[{"type": "file", "path": str(log)}],
                     vips__VI_1__notify={"any": ["/bin/true"]})
    lab.start_backends()
    node = lab.nodes["lb1"].start()
    documented = documented_capabilities()
    running = {status_fields(pid)["Name"]: status_fields(pid)
               for pid in processes.tree(node.pid) if alive(pid)}
    assert {"hapair", "hapair-guardian", "hapair-worker", "hapair-journal", "hapair-log",
            "hapair-scripts"} <= set(running)
    for name, fields in running.items():
        if name not in documented:
            continue
        for kind in ("CapEff", "CapPrm"):
            bits = int(fields[kind], 16)
            held = {CAPABILITIES[bit] if bit < len(CAPABILITIES) else str(bit)
                    for bit in range(64) if bits >> bit & 1}
            assert held == documented[name], f"{name}: {kind}"
        assert fields["NoNewPrivs"] == "1" or name in ("hapair", "hapair-scripts"), name
