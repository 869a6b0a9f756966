"""A newcomer's path: two fresh machines, the commands of README.md and of the operator's guide as
they stand there, and the files that keepalived and HAProxy have run with. The tests follow each
other, as the steps do."""

import json
import re

import pytest

from lab import packages, processes
from lab.keepalived import password_block
from lab.pair_files import PairFiles
from lab.scratch_root import run
from lab.topology import BACKENDS, NODES, ROOT, VIP
from lab.two_machines import SETTINGS, two_machines

# firewalld has this one; of ours the package brings the file.
SERVICES_OF_FIREWALLD = {"http", "https"}
OLD = "/tmp/old"  # where the newcomer has put the old files


def without_comments(lines):
    return [words for line in lines if (words := re.sub(r"(^|\s+)#.*", "", line).strip())]


def install_commands():
    """Those of the README that bring hapair onto two nodes, in their order: up to where the
    settings are edited, and from there on."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    found = [block for block in blocks if "systemctl enable --now hapair" in block]
    assert len(found) == 1, "the README says once how hapair gets onto two nodes"
    commands = without_comments(found[0].splitlines())
    edited = next(at for at, each in enumerate(commands) if each.startswith("vi"))
    return commands[:edited], commands[edited:]


def import_command():
    block = re.search(r"^```\w*\n(hapair import .*?)^```", (ROOT / "docs/import.md").read_text(),
                      re.M | re.S)[1]
    return without_comments(block.splitlines())[0]


def guide_commands():
    """Those in the steps of the operator's guide, in their order."""
    guide = (ROOT / "docs/operating.md").read_text()
    steps = guide.split("## Install on two nodes\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", steps, re.M | re.S)
    found = [words for block in blocks for words in without_comments(block.splitlines())]
    for needed in ("hapair import", "openssl rand", "scp -p", "systemctl enable", "hapair drill"):
        assert any(words.startswith(needed) for words in found), f"the guide has no {needed}"
    return found


@pytest.fixture(scope="module")
def world():
    rpm = packages.Rpm.find()
    with two_machines() as machines:
        machines.rpm = rpm
        yield machines


@pytest.fixture
def machines(world, request):
    request.node.lab = world  # its journals, where a test fails
    return world


def follow(machines, command):
    """Does on both machines what the command says; a command that is not known here fails, so that
    nothing gets into the README that was not tried."""
    word = command.split()[0]
    if word == "./dev":
        assert f"cmd_{command.split()[1]}()" in (ROOT / "dev").read_text()
    elif word in ("dnf", "apt"):
        install(machines, command)
    elif word == "vi":
        assert command == f"vi {SETTINGS}"
        machines.on_both(lambda one: one.run("test", "-s", SETTINGS, check=True))
    elif word == "firewall-cmd":
        look_at_services(machines, command)
    elif word == "usermod":
        look_at_group(machines, command)
    elif word in ("hapair", "systemctl", "openssl", "chmod"):
        return machines.on_both(lambda one: one.run("sh", "-c", command, check=True))
    else:
        raise AssertionError(f"no machine here has {word}: {command}")
    return None


def install(machines, command):
    """The package is found by the pattern that the command gives."""
    pattern = re.search(r"\./.*", command)[0]
    package = machines.rpm if ".rpm" in pattern else packages.Deb.find()
    matched = run("sh", "-c", f'cd "$1" && ls {pattern}', "sh", package.path.parent)
    assert package.path.name in matched
    if package is machines.rpm and not machines["lb1"].path("/usr/sbin/hapair").exists():
        machines.install(package)


def look_at_group(machines, command):
    group = re.fullmatch(r"usermod -aG (\w+) \w+", command)[1]
    for one in machines:
        assert one.run("stat", "-c", "%G", "/run/hapair/control.sock").stdout.strip() == group


def look_at_services(machines, command):
    services = re.findall(r"--add-service=(\S+)", command)
    assert services or "--add-protocol=vrrp" in command or command.endswith(" --reload")
    for service in set(services) - SERVICES_OF_FIREWALLD:
        machines["lb1"].run("test", "-e", f"/usr/lib/firewalld/services/{service}.xml", check=True)


def test_the_package_brings_everything_and_starts_nothing(machines):
    for command in install_commands()[0]:
        follow(machines, command)
    for one in machines:
        assert "hapair 0." in one.run("hapair", "version", check=True).stdout
        assert one.run("systemctl", "is-active", "hapair").stdout.strip() == "inactive"
        assert one.run("systemctl", "is-enabled", "hapair").stdout.strip() == "disabled"


def test_the_old_files_are_brought_in(machines):
    one = machines["lb1"]
    more = {name: ["advert_int 1", password_block("1111")] for name in NODES}
    PairFiles(one.path(OLD), NODES["lb1"][0], "http_back", VIP, more)
    command = f"cd {OLD} && {import_command()}"
    told = one.run("sh", "-c", command)
    assert told.returncode == 3, "a server's address is to be decided: " + told.stderr
    for line, words in (("haproxy.cfg:13: bind", "a failover would not reach it"),
                        ("haproxy.cfg:15: default_backend http_back", 'no backend "http_back"'),
                        ("haproxy.cfg:20: server node1", "requests would go round in a loop"),
                        ("lb1/keepalived.conf:14: auth_pass", "4 digits in clear text")):
        assert line in told.stdout and words in told.stdout, told.stdout
    # The newcomer decides, in the old file: this is the server that was meant.
    haproxy = one.path(f"{OLD}/haproxy.cfg")
    haproxy.write_text(haproxy.read_text().replace(f"server node1 {VIP}:",
                                                   f"server node1 {BACKENDS['web1']}:"))
    told = one.run("sh", "-c", command)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "1111" not in one.path(SETTINGS).read_text()
    copy_settings(machines)


def copy_settings(machines):
    """The files of lb1's /etc/hapair to the other one, as they are, with who may read them."""
    for path in machines["lb1"].path("/etc/hapair").iterdir():
        copied = machines["lb2"].path(f"/etc/hapair/{path.name}")
        copied.write_bytes(path.read_bytes())
        copied.chmod(path.stat().st_mode & 0o777)


def test_the_commands_of_the_readme_make_a_pair(machines):
    lab = machines.lab
    for command in install_commands()[1]:
        follow(machines, command)
    lab.await_master("lb1", timeout=20)
    processes.wait_until(lambda: answers(lab), 10, "an answer from the VIP")
    said = [one.run("hapair", "status", check=True).stdout for one in machines]
    assert [re.search(r"VI_1\s+(\w+)", text)[1] for text in said] == ["master", "backup"]
    assert machines.on_both(lambda one: one.run("systemctl", "is-enabled", "hapair").stdout) == \
        ["enabled\n"] * 2


def answers(lab):
    try:
        return lab.get("/index.html")[0] == 200
    except (OSError, AssertionError):
        return False


def test_the_first_node_stops_and_comes_back(machines):
    lab = machines.lab
    for command, holder in (("stop", "lb2"), ("start", "lb1")):
        machines["lb1"].run("systemctl", command, "hapair", check=True)
        lab.await_master(holder, timeout=20)
        processes.wait_until(lambda: answers(lab), 10, f"an answer by {holder}")


def test_the_steps_of_the_operators_guide_go_as_they_say(machines):
    lab = machines.lab
    for command in guide_commands():
        if command.startswith("hapair import"):
            continue  # the step before this one
        if command.startswith("hapair drill"):
            machines.on_both(lambda one: one.run("hapair", "reload", check=True))
            processes.wait_until(lambda: peers_are_well(machines), 15, "the nodes' hellos")
            # An operator is asked; nobody is here to be.
            print(machines["lb1"].run("sh", "-c", f"{command} --yes", check=True).stdout)
            continue
        if command.startswith("scp"):
            # The file names the secret by then, as the guide shows it; both go to the other node.
            assert f"{SETTINGS} /etc/hapair/secret root@lb2:/etc/hapair/" in command
            settings = machines["lb1"].path(SETTINGS)
            named = re.sub(r'("cluster": \{\n?)', r'\1    "secret_file": "/etc/hapair/secret",\n',
                           settings.read_text(), count=1)
            assert "secret_file" in named
            settings.write_text(named)
            copy_settings(machines)
            continue
        follow(machines, command)
    assert lab.nodes["lb1"].role_of() == "master" and answers(lab)


def peers_are_well(machines):
    """Each says of the other one that it has the same file and, where it is not master, would
    take over."""
    said = machines.on_both(lambda one: one.run("hapair", "status").stdout)
    return (re.search(r"^lb2 .* same .* VI_1 +backup .* yes$", said[0], re.M)
            and re.search(r"^lb1 .* same .* VI_1 +master .* is master$", said[1], re.M))


def test_the_page_shows_the_pair(machines):
    page = machines.lab.curl(f"http://{VIP}/haproxy?stats", check=True).stdout
    assert "<html" in page and "hapair" in page
    shown = json.loads(machines.lab.curl(f"http://{VIP}/haproxy?stats;json", check=True).stdout)
    told = json.dumps(shown)
    for word in (*NODES, "VI_1", VIP, "http_front", "web_server", "node1", "master"):
        assert word in told, word
    figures = machines.lab.curl(f"http://{VIP}/haproxy?stats;csv", check=True).stdout
    assert re.search(r"^web_server,node1,.*,UP,", figures, re.M), figures
