"""The RPM of ./dev rpm: installed into a scratch root, checked, and run from it in a namespace."""

import shutil
import subprocess

import pytest

from lab import processes
from lab.scratch_root import run
from lab.topology import ROOT, VIP


def test_everything_is_where_an_admin_looks_for_it(installed):
    listed = run("rpm", "--root", installed.root, "-ql", "hapair").split()
    for path in ("/usr/sbin/hapair", "/usr/lib/systemd/system/hapair.service",
                 "/usr/lib/sysusers.d/hapair.conf", "/usr/share/hapair/schema.json",
                 "/usr/share/hapair/openapi.json",
                 "/usr/share/bash-completion/completions/hapair",
                 "/usr/lib/firewalld/services/hapair-vrrp.xml", "/etc/hapair"):
        assert path in listed
    assert any(path.startswith("/usr/share/man/man8/hapair.8") for path in listed)
    assert any(path.startswith("/usr/share/man/man5/hapair.json.5") for path in listed)


def test_the_user_is_made(installed):
    found = installed.in_root("getent", "passwd", "hapair").stdout.split(":")
    assert found[0] == "hapair" and found[6].strip().endswith("nologin")
    assert installed.in_root("getent", "group", "hapair").returncode == 0


def test_the_unit_is_sound(installed):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is missing")
    verified = installed.in_root("systemd-analyze", "verify", "--man=no",
                                 "/usr/lib/systemd/system/hapair.service")
    complaints = [line for line in verified.stderr.splitlines() if "hapair" in line]
    assert not complaints, complaints


def test_the_binary_was_hardened(installed):
    if not shutil.which("readelf"):
        pytest.skip("readelf is missing")
    dynamic = run("readelf", "-dhW", installed.root / "usr/sbin/hapair")
    assert "DYN" in dynamic and "BIND_NOW" in dynamic


def test_check_judges_the_examples(installed):
    for example in sorted((ROOT / "configs").glob("*.json")):
        if example.name == "schema.json":
            continue
        config = installed.root / "etc/hapair/hapair.json"
        shutil.copy(example, config)
        config.chmod(0o600)  # as the hashes of passwords in full.json ask for
        checked = installed.in_root("hapair", "check", "--node",
                          "lb1" if '"lb1"' in example.read_text() else "node1")
        assert checked.returncode == 0, f"{example.name}: {checked.stdout}{checked.stderr}"


def test_it_runs_from_the_package_with_all_defaults(installed, lab):
    lab.write_config(process=None)  # user and group hapair, as the package makes them
    shutil.copy(lab.config_path, installed.root / "etc/hapair/hapair.json")
    lab.start_backends()
    node = lab.nodes["lb1"]
    with open(node.log_path, "ab") as log:
        daemon = subprocess.Popen(
            ["ip", "netns", "exec", node.namespace, "chroot", str(installed.root), "/bin/sh", "-c",
             "mkdir -p -m 0755 /run/hapair && exec /usr/sbin/hapair run"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        processes.wait_until(lambda: node.holds(VIP), 15, f"the VIP; its log:\n{node.log()}")
        status = installed.in_root("hapair", "status")
        assert status.returncode == 0 and "master" in status.stdout.lower(), status.stderr
        processes.wait_until(lambda: lab.get("/")[0] == 200, 10, "service")
        users = {processes.status_fields(pid).get("Uid", "").split("\t")[0]
                 for pid in processes.tree(daemon.pid)}
        hapair_id = installed.in_root("id", "-u", "hapair").stdout.strip()
        assert users == {"0", hapair_id}
    finally:
        daemon.terminate()
        assert daemon.wait(20) == 0
    assert not node.holds(VIP)


def test_removal_leaves_only_what_the_admin_wrote(installed):
    edited = "etc/hapair/hapair.json"
    assert edited in installed.written()
    run("rpm", "--root", installed.root, "--erase", "--nodeps", "hapair")
    left = {path for path in installed.written() if "hapair" in path}
    logs = {path for path in left if path.startswith(("var/log/hapair/", "tmp/hapair-lab-"))}
    assert left - logs == {f"{edited}.rpmsave"}
