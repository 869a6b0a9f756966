"""The RPM of ./dev rpm: installed into a scratch root, checked, and run from it in a namespace."""

import os
import pathlib
import shutil
import subprocess

import pytest

from lab import processes
from lab.topology import ROOT, VIP

RPMS = ROOT / os.environ.get("HAPAIR_BUILD_DIR", "build") / "rpm"


def find_rpm():
    found = [path for path in RPMS.glob("hapair-*.rpm") if not path.name.endswith(".src.rpm")]
    if not found or not shutil.which("rpm"):
        pytest.skip("no RPM here: ./dev rpm builds it")
    return found[0]


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The RPM in a writable copy of this machine's root; scriptlets find a shell there."""
    rpm = find_rpm()
    base = tmp_path_factory.mktemp("rpm")
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", base)
    root = base / "root"
    mounted = [base]
    try:
        for name in ("upper", "work", "root"):
            (base / name).mkdir()
        options = f"lowerdir=/,upperdir={base}/upper,workdir={base}/work"
        overlay = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, root],
                                 capture_output=True, text=True)
        if overlay.returncode != 0:
            pytest.skip(f"no overlay file system here: {overlay.stderr.strip()}")
        mounted.insert(0, root)
        for source in ("/proc", "/dev", "/sys"):
            run("mount", "--rbind", source, f"{root}{source}")
            run("mount", "--make-rslave", f"{root}{source}")
            mounted.insert(0, pathlib.Path(f"{root}{source}"))
        run("rpm", "--root", root, "--initdb")
        run("rpm", "--root", root, "--nodeps", "--install", rpm)
        yield root
    finally:
        for where in mounted:
            subprocess.run(["umount", "--recursive", "--lazy", where], capture_output=True)


def in_root(root, *command):
    return subprocess.run(["chroot", str(root), *command], capture_output=True, text=True,
                          timeout=30)


def test_everything_is_where_an_admin_looks_for_it(installed):
    listed = run("rpm", "--root", installed, "-ql", "hapair").split()
    for path in ("/usr/sbin/hapair", "/usr/lib/systemd/system/hapair.service",
                 "/usr/lib/sysusers.d/hapair.conf", "/usr/share/hapair/schema.json",
                 "/usr/share/hapair/openapi.json",
                 "/usr/share/bash-completion/completions/hapair",
                 "/usr/lib/firewalld/services/hapair-vrrp.xml", "/etc/hapair"):
        assert path in listed
    assert any(path.startswith("/usr/share/man/man8/hapair.8") for path in listed)
    assert any(path.startswith("/usr/share/man/man5/hapair.json.5") for path in listed)


def test_the_user_is_made(installed):
    found = in_root(installed, "getent", "passwd", "hapair").stdout.split(":")
    assert found[0] == "hapair" and found[6].strip().endswith("nologin")
    assert in_root(installed, "getent", "group", "hapair").returncode == 0


def test_the_unit_is_sound(installed):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is missing")
    verified = in_root(installed, "systemd-analyze", "verify", "--man=no",
                       "/usr/lib/systemd/system/hapair.service")
    complaints = [line for line in verified.stderr.splitlines() if "hapair" in line]
    assert not complaints, complaints


def test_the_binary_was_hardened(installed):
    if not shutil.which("readelf"):
        pytest.skip("readelf is missing")
    dynamic = run("readelf", "-dhW", installed / "usr/sbin/hapair")
    assert "DYN" in dynamic and "BIND_NOW" in dynamic


def test_check_judges_the_examples(installed):
    for example in sorted((ROOT / "configs").glob("*.json")):
        if example.name == "schema.json":
            continue
        config = installed / "etc/hapair/hapair.json"
        shutil.copy(example, config)
        config.chmod(0o600)  # as the hashes of passwords in full.json ask for
        checked = in_root(installed, "hapair", "check", "--node",
                          "lb1" if '"lb1"' in example.read_text() else "node1")
        assert checked.returncode == 0, f"{example.name}: {checked.stdout}{checked.stderr}"


def test_it_runs_from_the_package_with_all_defaults(installed, lab):
    lab.write_config(process=None)  # user and group hapair, as the package makes them
    shutil.copy(lab.config_path, installed / "etc/hapair/hapair.json")
    lab.start_backends()
    node = lab.nodes["lb1"]
    with open(node.log_path, "ab") as log:
        daemon = subprocess.Popen(
            ["ip", "netns", "exec", node.namespace, "chroot", str(installed), "/bin/sh", "-c",
             "mkdir -p -m 0755 /run/hapair && exec /usr/sbin/hapair run"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        processes.wait_until(lambda: node.holds(VIP), 15, f"the VIP; its log:\n{node.log()}")
        status = in_root(installed, "hapair", "status")
        assert status.returncode == 0 and "master" in status.stdout.lower(), status.stderr
        processes.wait_until(lambda: lab.get("/")[0] == 200, 10, "service")
        users = {processes.status_fields(pid).get("Uid", "").split("\t")[0]
                 for pid in processes.tree(daemon.pid)}
        hapair_id = in_root(installed, "id", "-u", "hapair").stdout.strip()
        assert users == {"0", hapair_id}
    finally:
        daemon.terminate()
        assert daemon.wait(20) == 0
    assert not node.holds(VIP)


def test_removal_leaves_only_what_the_admin_wrote(installed):
    run("rpm", "--root", installed, "--erase", "--nodeps", "hapair")
    assert not (installed / "usr/sbin/hapair").exists()
