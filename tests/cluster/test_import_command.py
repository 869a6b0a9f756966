"""`hapair import` as a command: its exit codes, where its report and result go, what it writes over
and what not, and that passwords are in files for their owner only. No network needed."""

import json
import os
import subprocess

import pytest
from lab.topology import ROOT, default_binary

KEEPALIVED = [ROOT / f"tests/data/import/keepalived/002-minimal-pair/input{number}.conf"
              for number in (1, 2)]
HAPROXY = ROOT / "tests/data/import/haproxy/022-userlist/haproxy.cfg"
BINARY = os.environ.get("HAPAIR_BINARY") or default_binary()
PASSWORDS = ("s3cr3tPw", "wonderland", "two words")
SECRETS = {"vrrp-VI_1.password", "users-staff"}
PAIR = [word for path in KEEPALIVED for word in ("--keepalived", path)]
WHOLE = [*PAIR, "--haproxy", HAPROXY, "--address", "192.0.2.11", "--address", "192.0.2.12"]


def run(*words, cwd=None, umask=0o022):
    return subprocess.run([BINARY, "import", *map(str, words)], capture_output=True,
                          text=True, cwd=cwd, umask=umask, timeout=20)


def mode_of(path):
    return path.stat().st_mode & 0o7777


def names_in(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_secrets_are_for_their_owner_only_and_nowhere_else(tmp_path, umask):
    output = tmp_path / "hapair.json"
    done = run(*WHOLE, "-o", output, umask=umask)
    assert done.returncode == 0 and done.stderr == "", done
    assert names_in(tmp_path) == {"hapair.json", *SECRETS}
    for name in SECRETS:
        assert mode_of(tmp_path / name) == 0o600
        assert str(tmp_path / name) in output.read_text() and str(tmp_path / name) in done.stdout
    assert mode_of(output) == 0o644 & ~umask
    assert (tmp_path / "vrrp-VI_1.password").read_text() == PASSWORDS[0]
    for password in PASSWORDS:
        assert password not in done.stdout + output.read_text()
    users = (tmp_path / "users-staff").read_text()
    assert users.count(":$6$") == 3 and "wonderland" not in users


def test_the_result_passes_a_check_and_without_open_questions_the_code_is_0(tmp_path):
    output, users = tmp_path / "hapair.json", tmp_path / "haproxy.cfg"
    users.write_text("".join(line for line in HAPROXY.read_text().splitlines(keepends=True)
                             if "$6$" not in line))  # that is nobody's hash
    files = [word for number in (1, 2) for word in ("--keepalived", KEEPALIVED[0].parents[1] /
                                                    f"006-unicast/input{number}.conf")]
    done = run(*files, "--haproxy", users, "-o", output)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = subprocess.run([BINARY, "check", output, "--json"], capture_output=True,
                             text=True, timeout=20)
    assert checked.returncode == 0 and json.loads(checked.stdout)["faults"] == []


def test_secrets_may_have_a_folder_of_their_own(tmp_path):
    keys = tmp_path / "keys"
    keys.mkdir()
    done = run(*WHOLE, "-o", "hapair.json", "--secrets", "keys/", cwd=tmp_path)
    assert done.returncode == 0, done
    assert names_in(keys) == SECRETS and names_in(tmp_path) == {"keys", "hapair.json"}
    assert f'"{keys}/users-staff"' in (tmp_path / "hapair.json").read_text(), "by its whole path"


def test_what_is_there_is_written_over_with_force_only(tmp_path):
    output, password = tmp_path / "hapair.json", tmp_path / "vrrp-VI_1.password"
    for in_the_way in (output, password):
        in_the_way.write_text("mine")
        refused = run(*WHOLE, "-o", output)
        assert refused.returncode == 1
        assert refused.stderr == (f"hapair import: {in_the_way} is there already; move it away, or "
                                  "give --force\n")
        assert in_the_way.read_text() == "mine"
        assert in_the_way == output or not output.exists(), "no config without its secrets"
        for path in tmp_path.iterdir():
            path.unlink()

    for path in (output, password):
        path.write_text("old")
        path.chmod(0o666)
    with open(password) as reader:
        done = run(*WHOLE, "-o", output, "--force")
        assert done.returncode == 0, done
        assert reader.read() == "old", "who has the old file open sees nothing of the new one"
    assert password.read_text() == PASSWORDS[0] and mode_of(password) == 0o600
    assert json.loads(run(*WHOLE, "-o", output, "--force", "--report-json").stdout)["valid"]
    assert names_in(tmp_path) == {"hapair.json", *SECRETS}


def test_links_are_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    folder = tmp_path / "etc"
    folder.mkdir()
    for name in ("hapair.json", "users-staff"):
        (folder / name).symlink_to(elsewhere)
    assert run(*WHOLE, "-o", folder / "hapair.json").returncode == 1
    assert not elsewhere.exists()
    elsewhere.write_text("mine")
    assert run(*WHOLE, "-o", folder / "hapair.json", "--force").returncode == 0
    assert elsewhere.read_text() == "mine"
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_without_an_output_the_config_goes_to_stdout_and_no_secret_is_written(tmp_path):
    done = run(*WHOLE, cwd=tmp_path)
    assert done.returncode == 0
    assert '"password_file": "/etc/hapair/vrrp-VI_1.password"' in done.stdout
    assert "each accounted for once" in done.stderr
    assert "Secrets are written with -o FILE only" in done.stderr
    for password in PASSWORDS:
        assert password not in done.stdout + done.stderr
    as_json = run(*WHOLE, "--report-json", cwd=tmp_path)
    assert as_json.stdout.startswith("{\n") and '"cluster"' in as_json.stdout
    assert set(json.loads(as_json.stderr)["secrets"]) == {f"/etc/hapair/{name}" for name in SECRETS}
    assert not any(tmp_path.iterdir())


def test_the_report_as_json_accounts_for_every_line(tmp_path):
    done = run(*WHOLE, "--report-json", "-o", tmp_path / "hapair.json")
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode and report["valid"] is True
    assert set(report["secrets"]) == {str(tmp_path / name) for name in SECRETS}
    assert [(each["path"], each["program"]) for each in report["files"]] == [
        *((str(path), "keepalived") for path in KEEPALIVED), (str(HAPROXY), "haproxy")]
    for each in report["files"]:
        with open(each["path"], encoding="utf-8") as source:
            lines = len(source.readlines())
        assert each["count"]["lines"] == lines
        assert [line["line"] for line in each["lines"]] == sorted(
            {line["line"] for line in each["lines"]})
    fates = ("kept", "changed", "not needed", "not supported", "wrong", "comments", "blank")
    assert report["count"]["lines"] == sum(report["count"][fate] for fate in fates)


def test_what_is_open_to_decide_and_what_is_wrong_have_codes_of_their_own(tmp_path):
    undecided = run(*PAIR, "--report-json", "-o", tmp_path / "a.json")
    assert undecided.returncode == 5
    assert len(json.loads(undecided.stdout)["decisions"]) == 2
    loop = tmp_path / "haproxy.cfg"
    loop.write_text("defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n"
                    "  timeout server 1s\nlisten a\n  bind 192.0.2.100:80\n"
                    "  server s 192.0.2.100:80\n")
    faulty = run(*PAIR, "--haproxy", loop, "--report-json", "-o", tmp_path / "b.json", "--force")
    report = json.loads(faulty.stdout)
    assert faulty.returncode == report["exit_code"] == 3 and report["valid"] is False
    assert "192.0.2.100" in report["faults"][0]["message"]


@pytest.mark.parametrize("words,said", [
    ([], "nothing to read"),
    (["--explain", "blance"], 'did you mean "balance"?'),
    (["--explain", "nothing_like_this_at_all"], "docs/import.md lists them all"),
    ([*WHOLE, "--keepalived-version", "3.0"], "--keepalived-version"),
    ([*WHOLE, "--haproxy-version", "1.8"], "--haproxy-version"),
    ([*PAIR, "--address", "lb1"], "--address"),
    ([*PAIR * 100], "an import takes up to"),
    (["--haproxy", HAPROXY, "--output"], "--output"),
    (["haproxy.cfg"], "haproxy.cfg")])
def test_wrong_usage(tmp_path, words, said):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == "", done
    assert said in done.stderr
    assert not any(tmp_path.iterdir())


def test_a_keyword_is_explained():
    done = run("--explain", "balance")
    assert done.returncode == 0 and done.stderr == "" and "balance" in done.stdout


def test_files_that_can_not_be_read_or_written(tmp_path):
    missing = tmp_path / "missing.conf"
    done = run("--keepalived", missing, "-o", tmp_path / "hapair.json")
    assert done.returncode == 4 and done.stdout == ""
    assert str(missing) in done.stderr and "No such file" in done.stderr
    assert not any(tmp_path.iterdir())
    done = run(*WHOLE, "-o", tmp_path / "folder/hapair.json")
    assert done.returncode == 1 and f"{tmp_path}/folder/" in done.stderr
    assert not any(tmp_path.iterdir())
    taken = tmp_path / "hapair.json"
    taken.mkdir()
    done = run("--haproxy", ROOT / "tests/data/import/haproxy/001-two-web-servers/haproxy.cfg",
               "-o", taken, "--force")
    assert done.returncode == 1 and str(taken) in done.stderr
    assert os.listdir(taken) == []
