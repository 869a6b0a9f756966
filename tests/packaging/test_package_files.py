"""What the packages bring: the same files in both, in the form that others read them in."""

import configparser
import re
import subprocess
import xml.etree.ElementTree

import packages
import pytest
from packages import ROOT, project_version, run

SAMPLE = "/etc/hapair/hapair.json"
MUST_HAVE = {
    SAMPLE, "/etc/logrotate.d/hapair", "/usr/sbin/hapair",
    "/usr/lib/systemd/system/hapair.service", "/usr/lib/sysusers.d/hapair.conf",
    "/usr/lib/tmpfiles.d/hapair.conf", "/usr/share/hapair/schema.json",
    "/usr/share/hapair/openapi.json", "/usr/share/hapair/sbom.cdx.json",
    "/usr/share/bash-completion/completions/hapair", "/usr/share/man/man8/hapair.8",
    "/usr/share/man/man5/hapair.json.5", "/usr/lib/firewalld/services/hapair-vrrp.xml",
    "/usr/lib/NetworkManager/conf.d/90-hapair.conf",
    "/usr/lib/systemd/networkd.conf.d/90-hapair.conf"}


def same_name(path):
    """A path as both packages would spell it: documents by their name, pages uncompressed."""
    path = path.removesuffix(".gz") if "/man/" in path else path
    path = re.sub(r"^/usr/share/(?:licenses|doc/packages|doc)/hapair[^/]*/", "DOC/", path)
    return {"DOC/LICENSE": "DOC/copyright"}.get(path, path)


def files_of_rpm():
    """{path: (mode, flags)} of all that is no directory."""
    listed = run("rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEMODES:octal} %{FILEFLAGS:fflags}|\n]",
                 packages.rpm())
    rows = (line.rstrip("|").split(" ") for line in listed.splitlines())
    return {name: (int(mode, 8) & 0o7777, flags) for name, mode, flags in rows
            if int(mode, 8) & 0o170000 != 0o040000}


def files_of_deb():
    """{path: mode} likewise."""
    rows = (line.split(None, 5) for line in run("dpkg-deb", "-c", packages.deb()).splitlines())
    return {row[5].removeprefix("."): row[0] for row in rows if not row[0].startswith("d")}


def test_both_packages_hold_the_same_files():
    rpm = {same_name(path) for path in files_of_rpm()}
    assert MUST_HAVE <= rpm
    assert {same_name(path) for path in files_of_deb()} == rpm


def test_the_sample_is_the_admins_and_not_for_everybody():
    rpm = files_of_rpm()
    mode, flags = rpm[SAMPLE]
    assert mode == 0o640 and "c" in flags and "n" in flags
    assert rpm["/etc/logrotate.d/hapair"][1].count("n") == 1
    deb = files_of_deb()
    assert deb[SAMPLE] == "-rw-r-----"
    kept = run("dpkg-deb", "-I", packages.deb(), "conffiles").split()
    assert kept == sorted(path for path in deb if path.startswith("/etc/"))


def test_the_sample_is_good_and_starts_nowhere(unpacked, tmp_path):
    sample = unpacked / SAMPLE.lstrip("/")
    binary = unpacked / "usr/sbin/hapair"
    assert sample.read_bytes() == (ROOT / "packaging/config/hapair.json").read_bytes()
    run(binary, "check", "--node", "lb1", sample)
    started = subprocess.run([binary, "run", "--config", sample, "--runtime-dir", tmp_path / "run"],
                             capture_output=True, text=True, timeout=20)
    assert started.returncode == 1, "systemd tries again: its address may still come"
    assert "this host is none of the nodes" in started.stderr
    assert "correct an address" in started.stderr


def test_the_binary_is_hardened_and_names_no_directory_of_the_build(unpacked):
    binary = unpacked / "usr/sbin/hapair"
    dynamic = run("readelf", "-dhW", binary)
    assert "DYN" in dynamic and "BIND_NOW" in dynamic
    text = binary.read_bytes()
    for place in (ROOT, packages.BUILT):
        assert str(place).encode() not in text
    assert b"BUILD/hapair-" not in text


@pytest.mark.parametrize("tag", ["PREIN", "POSTIN", "PREUN", "POSTUN", "POSTTRANS"])
def test_scriptlets_of_the_rpm_are_faultless_shell(tag):
    text = run("rpm", "-qp", "--qf", "%{" + tag + "}", packages.rpm())
    run("sh", "-n", "-c", text)
    assert text.rstrip().endswith("exit 0"), "a scriptlet that fails leaves half a package"


def test_what_runs_is_upgraded_after_its_unit_was_read_anew():
    text = run("rpm", "-qp", "--qf", "%{POSTTRANS}", packages.rpm())
    assert text.index("daemon-reload") < text.index("hapair upgrade")
    assert "restart hapair.service" not in text
    leaving = run("rpm", "-qp", "--qf", "%{PREUN}", packages.rpm())
    assert re.search(r'"\$1" -eq 0 .*\n.*disable --now hapair.service', leaving)


def test_scripts_of_the_deb_are_faultless_shell():
    for name in ("postinst", "prerm", "postrm"):
        run("sh", "-n", ROOT / "packaging/deb" / name)
    text = (ROOT / "packaging/deb/postinst").read_text()
    assert text.index("daemon-reload") < text.index("hapair upgrade")


def test_versions_agree():
    version = project_version()
    spec = (ROOT / "packaging/rpm/hapair.spec").read_text()
    assert re.search(r"^Version: +(.*)$", spec, re.MULTILINE)[1] == version
    newest = re.search(r"^%changelog\n\* \w{3} \w{3} \d\d \d{4} .* - (.*)$", spec, re.MULTILINE)[1]
    assert newest.partition("-")[0] == version
    changes = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changes[0] in ("Unreleased", version)


def test_documents_of_the_spec_are_those_of_the_deb():
    spec = (ROOT / "packaging/rpm/hapair.spec").read_text()
    named = " ".join(re.findall(r"^%doc (.*)$", spec, re.MULTILINE)).split()
    assert named == (ROOT / "packaging/documents").read_text().split()


def test_the_user_is_made_by_sysusers_too(tmp_path):
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", ROOT / "packaging/sysusers.d/hapair.conf")
    name, _, _, _, what, home, shell = (tmp_path / "etc/passwd").read_text().strip().split(":")
    assert (name, what, home) == ("hapair", "hapair worker", "/run/hapair")
    assert shell.endswith("nologin")


def test_the_folders_are_made_by_tmpfiles_too(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nhapair:x:990:\n")
    run("systemd-tmpfiles", f"--root={tmp_path}", "--create",
        ROOT / "packaging/tmpfiles.d/hapair.conf")
    logs = (tmp_path / "var/log/hapair").stat()
    assert logs.st_mode & 0o7777 == 0o750 and logs.st_gid == 990
    assert (tmp_path / "run/hapair").stat().st_mode & 0o7777 == 0o755


def test_logrotate_takes_its_file_and_the_signal_begins_the_log_anew(tmp_path):
    text = (ROOT / "packaging/logrotate/hapair").read_text()
    assert "--signal=SIGUSR1" in text and "--kill-who=main" in text
    (tmp_path / "app.log").write_text("a line\n")
    ours = tmp_path / "hapair"
    ours.write_text(text.replace("/var/log/hapair", str(tmp_path)))
    ours.chmod(0o644)
    tmp_path.chmod(0o755)
    shown = subprocess.run(["logrotate", "--debug", "--force", "--state", tmp_path / "state", ours],
                           capture_output=True, text=True, timeout=20)
    assert shown.returncode == 0 and "error:" not in shown.stderr, shown.stderr
    assert "running postrotate script" in shown.stderr


def test_the_firewalld_service_names_the_protocol_and_the_hellos():
    service = xml.etree.ElementTree.parse(ROOT / "packaging/firewalld/hapair-vrrp.xml").getroot()
    assert service.tag == "service"
    assert [each.get("value") for each in service.iter("protocol")] == ["vrrp"]
    assert [(each.get("protocol"), each.get("port")) for each in service.iter("port")] == [
        ("udp", "5112")]
    # firewalld takes what /etc/protocols names.
    assert re.search(r"^vrrp\s+112\b", open("/etc/protocols").read(), re.MULTILINE)
    assert "5112" in (ROOT / "apps/hapair/config/model.hpp").read_text()


@pytest.mark.parametrize("name, keys", [
    ("networkd/90-hapair.conf", {("Network", "ManageForeignRoutes"),
                                 ("Network", "ManageForeignRoutingPolicyRules")}),
    ("NetworkManager/90-hapair.conf", {("keyfile", "unmanaged-devices+")})])
def test_drop_ins_are_made_of_sections_and_keys(name, keys):
    parsed = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parsed.optionxform = str
    parsed.read_string((ROOT / "packaging" / name).read_text())
    assert {(section, key) for section in parsed.sections() for key in parsed[section]} == keys
