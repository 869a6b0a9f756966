"""`hapair top` on a terminal: what it shows of a running pair, and how it leaves the screen."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time

import pytest
from lab import processes
from lab.processes import wait_until
from lab.tmux import Terminal
from lab.topology import ROOT


@pytest.fixture
def told_pair(lab):
    """A pair whose nodes say hello, so that each knows of the other."""
    lab.write_config(cluster__secret_file=lab.write_secret())
    lab.start()
    wait_until(lambda: lab.nodes["lb1"].status()["peers"][0]["present"], 10, "a hello")
    return lab


def start_top(terminal, lab, node="lb1", *options):
    terminal.type(" ".join(map(str, (lab.binary, "top", "--interval", "200ms", "--runtime-dir",
                                     lab.nodes[node].runtime_dir, *options))))
    return terminal.await_text("hapair top  " + node)


def process_of_top(terminal):
    return next(pid for pid in processes.children(int(terminal.ask("pane_pid"))))


def assert_restored(terminal):
    """The shell has its screen back, with what it showed before, its cursor and its echo."""
    terminal.await_text("ready>")
    wait_until(lambda: terminal.ask("alternate_on") == "0", 5, "the first screen")
    assert terminal.ask("cursor_flag") == "1"
    assert "hapair top  lb1" not in terminal.text()
    terminal.type("clear; stty -a; echo wrap''ped")
    settings = terminal.await_text("wrapped")
    for setting in (" echo ", " icanon ", " isig ", " icrnl "):
        assert setting in settings.replace(";", "").replace("\n", " "), settings


def test_top_shows_both_nodes_and_a_server_that_goes_down(told_pair):
    lab = told_pair
    with Terminal() as terminal:
        start_top(terminal, lab)
        shown = terminal.await_text("servers 2 of 2 usable")
        assert "VIP VI_1 MASTER" in shown
        assert "peer lb2 present" in shown and "VI_1 backup" in shown
        assert "latency http_front" in shown
        lab.backends["web2"].stop()
        shown = terminal.await_text("! web_server/web2 DOWN")
        assert "servers 1 of 2 usable" in shown
        terminal.await_text("web_server/web2 up -> down")  # among the last events
        lab.backends["web2"].start()
        terminal.await_text("servers 2 of 2 usable")
        assert "! web_server/web2" not in terminal.text()
        terminal.press("q")
        assert_restored(terminal)


def test_top_of_a_backup_tells_who_is_master_and_sees_the_change(told_pair):
    lab = told_pair
    with Terminal() as terminal:
        start_top(terminal, lab, "lb2")
        assert "master 10.77.0.11" in terminal.await_text("VIP VI_1 BACKUP")
        lab.nodes["lb1"].kill_tree()
        shown = terminal.await_text("VIP VI_1 MASTER")
        assert "VI_1 backup -> master" in terminal.await_text("backup -> master")
        assert shown
        terminal.await_text("peer lb1 SILENT")
        terminal.press("q")


def test_rates_come_of_what_is_counted(pair):
    with Terminal() as terminal:
        start_top(terminal, pair)
        terminal.press("3")
        terminal.await_text("[frontends]")
        client = pair.client()
        shown = terminal.await_text("requests 1", timeout=15)
        client.stop()
        assert "OPEN" in shown
        terminal.press("q")


def test_it_fits_every_size_and_follows_the_window(told_pair):
    with Terminal() as terminal:
        start_top(terminal, told_pair)
        terminal.await_text("q quit")
        for columns, rows in ((40, 12), (200, 50), (20, 5), (80, 24)):
            terminal.resize(columns, rows)
            wait_until(lambda columns=columns: terminal.ask("pane_width") == str(columns), 5,
                       "the new size")
            last = "q quit" if rows >= 20 else "VI_1" if rows > 5 else "hapair top"
            terminal.await_text(last)
            time.sleep(0.5)
            lines = terminal.lines()
            assert lines[0].startswith("hapair top"), lines
            assert max(map(len, lines)) <= columns and len(lines) <= rows
        terminal.press("q")
        assert_restored(terminal)


def test_keys_choose_views_sort_filter_pause_and_explain(pair):
    with Terminal() as terminal:
        start_top(terminal, pair)
        terminal.await_text("[servers]")
        for name in ("[VIPs]", "[frontends]", "[events]", "[servers]"):
            terminal.press("Tab")
            terminal.await_text(name)
        terminal.press("s")
        terminal.await_text("SERVERv")
        terminal.press("r")
        shown = terminal.await_text("SERVER^")
        assert shown.index("web_server/web2") < shown.index("web_server/web1")
        terminal.press("f")
        terminal.await_text("0 not well")
        terminal.press("f", "Down")
        terminal.await_text("from 2")
        terminal.press("p")
        terminal.await_text("PAUSED")
        terminal.press("h")
        terminal.await_text("only what is not well")
        terminal.press("q")
        assert_restored(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGABRT,
                                    signal.SIGSEGV])
def test_the_screen_is_restored_whatever_ends_it(pair, number):
    with Terminal() as terminal:
        start_top(terminal, pair)
        os.kill(process_of_top(terminal), number)
        assert_restored(terminal)


def test_the_screen_is_given_back_while_it_is_stopped(pair):
    with Terminal() as terminal:
        start_top(terminal, pair)
        terminal.press("C-z")
        terminal.await_text("Stopped")
        assert terminal.ask("alternate_on") == "0"
        terminal.type("fg")
        terminal.await_text("[servers]")
        terminal.press("C-c")
        assert_restored(terminal)


def test_it_goes_on_while_the_node_is_away_and_says_so(pair):
    node = pair.nodes["lb1"]
    with Terminal() as terminal:
        start_top(terminal, pair)
        node.stop()
        shown = terminal.await_text("! the node is away: ")
        assert "web_server/web1" in shown, "what it said last stays on the screen"
        assert " ago" in shown
        node.start()
        wait_until(lambda: "is away" not in terminal.text(), 10, "the node again")
        terminal.await_text("[servers]")
        terminal.press("q")
        assert_restored(terminal)


def test_colours_are_there_on_a_terminal_unless_they_are_not_wanted(pair):
    with Terminal() as terminal:
        start_top(terminal, pair)
        terminal.await_text("MASTER")
        assert "\x1b[32m" in terminal.text(escapes=True)
        terminal.press("q")
    for environment, option in ((["NO_COLOR=1"], ""), ([], "--no-color")):
        with Terminal(environment=environment) as terminal:
            start_top(terminal, pair, "lb1", option)
            terminal.await_text("MASTER")
            assert "\x1b[32m" not in terminal.text(escapes=True)
            terminal.press("q")


def test_one_plain_frame_for_scripts(pair):
    node = pair.nodes["lb1"]
    options = ["top", "--once", "--interval", "200ms", "--runtime-dir", node.runtime_dir]
    told = node.hapair(*options, check=True).stdout
    assert "VIP VI_1 MASTER" in told and "web_server/web1" in told and "\x1b" not in told
    assert len(told.splitlines()) == 24
    wide = subprocess.run([pair.binary, *options], capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "40", "LINES": "12"}).stdout
    assert len(wide.splitlines()) == 12 and max(map(len, wide.splitlines())) <= 40


@contextlib.contextmanager
def top_json(lab, node):
    running = subprocess.Popen([lab.binary, "top", "--json", "--interval", "200ms", "--runtime-dir",
                                lab.nodes[node].runtime_dir], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    limit = threading.Timer(60, running.kill)  # what is read line by line must not be for ever
    limit.start()
    try:
        yield running
    finally:
        limit.cancel()
        running.kill()
        running.communicate()


def test_lines_of_json_for_programs(told_pair):
    lab = told_pair
    with top_json(lab, "lb1") as running:
        first = json.loads(running.stdout.readline())
        assert first["node"] == "lb1" and first["events"] == []
        assert [vip["role"] for vip in first["vips"]] == ["master"]
        assert first["peers"][0]["present"] is True and first["servers_usable"] == 2
        assert {each["name"] for each in first["servers"]} == {"web_server/web1", "web_server/web2"}
        page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
        part = page[page.index("\n## Looks\n"):].partition("\n## ")[2].partition("\n## ")[0]
        undocumented = [name for name in names_in(first) if f"`{name}`" not in part]
        assert not undocumented, undocumented
        for _ in range(20):
            lab.get("/")
        seen = [json.loads(running.stdout.readline()) for _ in range(6)]
        assert max(each["rates"]["requests"] for each in seen) > 0
        assert any(each["frontends"][0]["rates"]["bytes_out"] > 0 for each in seen)
        assert seen[-1]["frontends"][0]["total_ms"]["p50"] > 0
        lab.backends["web2"].stop()
        events = []
        while not any(each["to"] == "down" for each in events):
            events += json.loads(running.stdout.readline())["events"]
        # A look asks for the events last, so what it says of the servers may be from before.
        look = json.loads(running.stdout.readline())
        events += look["events"]
        assert look["servers_usable"] == 1
        numbers = [each["number"] for each in events]
        assert numbers == sorted(set(numbers)), "each event once"
        running.terminate()
        assert running.communicate()[1] == "" and running.returncode == -signal.SIGTERM


def names_in(value):
    """The names of all members, but for those of events, which have a page of their own."""
    if isinstance(value, list):
        return {name for each in value for name in names_in(each)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {name for key, each in value.items() if key != "events"
                         for name in names_in(each)}


def test_json_lines_end_after_so_many_and_go_on_while_the_node_is_away(pair):
    node = pair.nodes["lb1"]
    for options, count in ((["-n", "2"], 2), (["--once"], 1)):
        done = node.command("top", "--json", "--interval", "100ms", *options, check=True)
        looks = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(looks) == count and done.stderr == ""
        assert all(each["rates"] is not None for each in looks)
    with top_json(pair, "lb1") as running:
        assert running.stdout.readline()
        node.stop()
        assert running.stderr.readline().startswith("hapair top: ")
        node.start()
        looks = (json.loads(line) for line in running.stdout)
        anew = next(look for look in looks if look["rates"] is None)
        assert anew["uptime_seconds"] < 10, "of another process: no rates yet"
        assert next(looks)["rates"] is not None
        node.stop()
        time.sleep(1.5)
        running.terminate()
        told = running.communicate()[1].splitlines()
        assert told and "hapair is not running" in told[-1]
        assert all(one != other for one, other in zip(told, told[1:])), "told once"
    away = node.command("top", "--json", "-n", "3")
    assert away.returncode == 4 and away.stdout == "" and "is not running" in away.stderr
    with open("/dev/full", "w") as full:
        node.start()
        run = subprocess.run([pair.binary, "top", "--json", "--interval", "100ms", "--runtime-dir",
                              node.runtime_dir], stdout=full, stderr=subprocess.PIPE, text=True,
                             timeout=10)
        assert run.returncode == 1 and "cannot be written" in run.stderr


def test_what_can_not_be_is_refused(lab):
    node = lab.nodes["lb1"]
    without = node.command("top")
    assert without.returncode == 2 and "--once" in without.stderr
    away = node.command("top", "--once")
    assert away.returncode == 4 and "is hapair running" in away.stderr
    wrong = node.hapair("top", "--interval", "1ms")
    assert wrong.returncode == 2 and "100ms" in wrong.stderr
    for words in (["--count", "3"], ["--json", "--once", "-n", "3"], ["--json", "-n", "0"]):
        wrong = node.command("top", *words)
        assert wrong.returncode == 2 and "'--count'" in wrong.stderr, words
    with Terminal(environment=["TERM=dumb"]) as terminal:
        terminal.type(f"TERM=dumb {lab.binary} top; echo code $?")
        terminal.await_text("code 2")
