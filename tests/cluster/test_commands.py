"""The commands that look at servers and order them, and what all commands have in common."""

import json
import re
import subprocess

import pytest
from lab.processes import wait_until
from lab.topology import BACKENDS


def test_servers_are_listed_with_their_last_check(pair):
    node = pair.nodes["lb1"]
    pair.get("/")
    table = node.command("servers")
    assert table.returncode == 0, table.stderr
    assert re.search(r"web_server/web1 +UP .* L7OK/200 in [\d.]+ ms at \d\d:\d\d:\d\d",
                     table.stdout), table.stdout
    document = json.loads(node.command("servers", "--json").stdout)
    assert document["node"] == "lb1"
    assert [each["name"] for each in document["servers"]] == ["web1", "web2"]
    assert document["servers"][0]["target"]["state"] == "up"
    assert node.command("servers", "web_server").stdout.count("web_server/") == 2
    other = node.command("servers", "other")
    assert other.returncode == 1 and "there is no backend 'other'" in other.stderr


def test_drain_and_ready_are_orders_to_a_server(pair):
    node = pair.nodes["lb1"]
    done = node.command("drain", "web_server/web1")
    assert done.returncode == 0 and done.stdout == "drain for web_server/web1\n"
    wait_until(lambda: node.target("web_server/web1")["state"] == "drain", 5, "the drain")
    assert re.search(r"web_server/web1 +DRAIN", node.command("servers").stdout)
    answer = json.loads(node.command("ready", "web_server/web1", "--json").stdout)
    assert answer == {"backend": "web_server", "server": "web1", "state": "ready"}
    wait_until(lambda: node.target("web_server/web1")["state"] == "up", 5, "the server")
    unknown = node.command("drain", "web_server/other")
    assert unknown.returncode == 1 and unknown.stderr.startswith("hapair drain: there is no server")
    assert node.command("ready").returncode == 2


def test_servers_are_weighed_added_and_removed_and_a_vip_is_announced(pair):
    node = pair.nodes["lb1"]
    assert node.command("weight", "web_server/web1", "7").stdout == "weight 7 for web_server/web1\n"
    half = json.loads(node.command("weight", "web_server/web1", "200%", "--json").stdout)
    assert half["weight"] > 0
    bad = node.command("weight", "web_server/web1", "much")
    assert bad.returncode == 1 and "weight" in bad.stderr
    address = f"{BACKENDS['web1']}:80"
    added = node.command("add", "web_server/web3", address, "5")
    assert added.stdout == f"added web_server/web3 at {address}\n", added.stderr
    twice = node.command("add", "web_server/web3", address)
    assert twice.returncode == 1 and "web3" in twice.stderr
    assert node.command("drift").returncode == 10
    assert node.command("remove", "web_server/web3").stdout.startswith("removed web_server/web3")
    assert node.command("remove", "web_server/web9").returncode == 1
    assert node.command("announce", "VI_1").stdout == "announced VI_1\n"
    other = pair.nodes["lb2"].command("announce", "VI_1")
    assert other.returncode == 1 and "not master" in other.stderr
    assert node.command("announce").returncode == 2 and node.command("weight").returncode == 2


def test_every_command_has_a_page_and_refuses_what_it_does_not_know(lab):
    node = lab.nodes["lb1"]
    overview = node.hapair("help", check=True).stdout
    names = re.findall(r"^  ([a-z-]+)  ", overview, re.MULTILINE)
    assert {"run", "status", "top", "servers", "sessions", "drain", "ready", "help"} <= set(names)
    for name in names:
        page = node.hapair("help", name, check=True).stdout
        assert page.startswith(f"Usage: hapair {name} ") and "Exit codes: 0 " in page
        assert node.hapair(name, "--help").stdout == page
        wrong = node.hapair(name, "--no-such-option")
        assert wrong.returncode == 2 and f"hapair help {name}" in wrong.stderr


@pytest.mark.parametrize("words", [["status"], ["servers"], ["sessions"], ["explain"], ["why-not"],
                                   ["events"], ["errors"], ["tables"], ["maintenance", "on"],
                                   ["step-down"], ["drain", "a/b"], ["ready", "a/b"],
                                   ["weight", "a/b", "1"], ["add", "a/b", "192.0.2.1:80"],
                                   ["remove", "a/b"], ["announce", "VI_1"], ["drift"], ["log"],
                                   ["server", "a/b", "drain"], ["reload"], ["upgrade"]])
def test_a_node_that_is_not_there_is_exit_code_4(lab, words):
    node = lab.nodes["lb1"]
    done = node.command(*words)
    assert done.returncode == 4 and "control.sock" in done.stderr, done


def test_colours_are_for_terminals_and_the_version_comes_as_json_too(pair):
    node = pair.nodes["lb1"]
    command = f"{pair.binary} %s --runtime-dir {node.runtime_dir}"

    def on_terminal(words):
        return subprocess.run(["script", "-qec", command % words, "/dev/null"],
                              capture_output=True, text=True).stdout

    for verb in ("status", "servers"):
        assert "\x1b[32m" in on_terminal(verb)
        assert "\x1b[" not in on_terminal(f"{verb} --no-color")
        assert "\x1b[" not in node.command(verb).stdout
    version = json.loads(node.hapair("version", "--json", check=True).stdout)
    assert node.hapair("version").stdout == f"hapair {version['version']}\n"
