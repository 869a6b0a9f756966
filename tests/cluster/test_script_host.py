"""The process that runs scripts is killed: it comes back, and with it all that was to be run."""

import json
import os
import signal
import time

from lab import netns
from lab.processes import alive, children, status_fields, wait_until
from test_notify import events_of, lines_of, make_script, notify_of, out_folder

# Said of nothing else on the machine.
LONG_SLEEP = "sleep 86399"


def host_of(node):
    """The living process that runs scripts; None while there is none."""
    return next((pid for pid in children(node.pid) if alive(pid)
                 and status_fields(pid).get("Name") == "hapair-scripts"), None)


def kill_host(node):
    pid = wait_until(lambda: host_of(node), 20, "the process that runs scripts")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid), 5, "its end")
    return pid


def sleepers(node):
    found = []
    for pid in netns.processes(node.namespace):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if line.read().replace(b"\0", b" ").strip() == LONG_SLEEP.encode() and alive(pid):
                    found.append(pid)
        except OSError:
            pass
    return found


def test_a_killed_host_comes_back_and_tells_again_what_was_lost_with_it(lab):
    out, flag = out_folder(lab), lab.directory / "full"
    told = out / "told"
    # What it had started outlives a script that is killed: it must not outlive the process.
    stuck = make_script(lab, "stuck", f'echo "$3 begins" >> {told}\n'
                        f'test -e {out}/quick || {{ {LONG_SLEEP} & wait; }}\n'
                        f'echo "$3 ends" >> {told}\n')
    check = make_script(lab, "check", f"test -e {flag} || exit 0\necho full\nexit 3\n")
    lab.write_config(
        vips__VI_1__notify={"master": [stuck], "timeout": "5m"},
        targets={"disk": {"type": "script", "command": [check], "interval": "200ms", "fall": 2}})
    lb1 = lab.nodes["lb1"].start()
    wait_until(lambda: sleepers(lb1), 10, "the script of the master")
    wait_until(lambda: lb1.target("disk")["state"] == "up", 5, "the check")
    (out / "quick").touch()  # for the next one: this one has begun to wait
    first = kill_host(lb1)
    wait_until(lambda: lines_of(told)[-1] == "MASTER ends", 10, "the news told again")
    assert lines_of(told) == ["MASTER begins", "MASTER begins", "MASTER ends"]
    assert not sleepers(lb1) and host_of(lb1) != first
    wait_until(lambda: notify_of(lb1)["runs"] == 1, 5, "its end")
    notify = notify_of(lb1)
    assert notify["available"] and notify["lost"] == 1 and notify["running"] == 0
    lost = events_of(lb1, "notify-lost")
    assert len(lost) == 1 and lost[0]["subject"] == "VI_1" and lost[0]["to"] == "MASTER"
    assert f"before they had: {stuck} for MASTER; MASTER is told again" in lost[0]["cause"]
    assert lost[0]["caused_by"] == events_of(lb1, "scripts-gone")[0]["number"]
    assert events_of(lb1, "scripts-back") and lb1.role_of() == "master"
    assert "scripts: ended with signal 9 (Killed): starting it again" in lb1.log()
    # Its targets go on.
    flag.touch()
    wait_until(lambda: lb1.target("disk")["state"] == "down", 5, "a full disk is seen")
    assert 'info: "full"' in lb1.target("disk")["reason"]
    assert lb1.stop() == 0 and not netns.processes(lb1.namespace)


def test_a_host_that_is_killed_again_and_again_is_tried_again(lab):
    told = out_folder(lab) / "told"
    tell = make_script(lab, "tell", f'echo "$3" >> {told}\n')
    lab.write_config(vips__VI_1__notify={"any": [tell]})
    lb1 = lab.nodes["lb1"].start()
    wait_until(lambda: lines_of(told)[-1:] == ["MASTER"], 10, "the first news")
    seen = {kill_host(lb1) for _ in range(6)}
    assert len(seen) == 6 and "scripts: ended 5 times in a row" in lb1.log()
    # Told while there is none, run by the next one.
    before = len(lines_of(told))
    assert lb1.command("maintenance", "on").returncode == 0
    wait_until(lambda: len(lines_of(told)) > before, 20, "the next news")
    assert lines_of(told)[-1] == "FAULT" and lb1.role_of() == "fault"
    assert lb1.stop() == 0 and lines_of(told)[-1] == "STOP"
    assert not netns.processes(lb1.namespace)


def test_signals_to_the_whole_service_leave_the_host_alone(lab):
    """`systemctl kill` reaches every process; what it means is for the supervisor."""
    out = out_folder(lab)
    lab.write_config(vips__VI_1__notify={
        "master": [make_script(lab, "tell", f"echo $3 >> {out}/told\n")]})
    lab.start_backends()
    lb1 = lab.nodes["lb1"].start()
    lab.await_master("lb1")
    host = wait_until(lambda: host_of(lb1), 20, "the process that runs scripts")
    for told in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM):
        os.kill(host, told)
    time.sleep(0.3)
    assert host_of(lb1) == host and alive(host)


def test_the_stop_is_told_over_the_death_of_the_host(lab):
    """It dies before the stop, and the worker leaves before there is another one."""
    told = out_folder(lab) / "told"
    tell = make_script(lab, "tell", f'echo "$3" >> {told}\necho stopped\n')
    lab.write_config(vips__VI_1__notify={"stop": [tell]})
    lb1 = lab.nodes["lb1"].start()
    wait_until(lambda: lb1.role_of() == "master", 10, "a master")
    for _ in range(5):  # the next one is 0.8 s away then
        kill_host(lb1)
    wait_until(lambda: not notify_of(lb1)["available"], 5, "nobody runs scripts")
    assert lb1.stop() == 0
    assert lines_of(told) == ["STOP"]
    # What came of it is in the journal, though no worker was left to write it.
    lb1.start()
    ran = [event for event in events_of(lb1, "notify-ran") if event["to"] == "STOP"]
    assert len(ran) == 1 and ran[0]["cause"] == f"{tell}: exit code 0"
    assert ran[0]["figures"]["output"] == "stopped"
    _, body = lb1.request("/v1/events")
    numbers = [event["number"] for event in json.loads(body)["events"]]
    assert numbers == sorted(set(numbers))


def test_a_guardian_that_dies_gets_a_process_of_its_own(lab):
    told = out_folder(lab) / "told"
    tell = make_script(lab, "tell", f'echo "$3" >> {told}\n{LONG_SLEEP} & wait\n')
    lab.write_config(vips__VI_1__notify={"master": [tell]})
    lb1 = lab.nodes["lb1"].start()
    wait_until(lambda: sleepers(lb1), 10, "the script of the master")
    first = host_of(lb1)
    lb1.kill("guardian")
    wait_until(lambda: lines_of(told) == ["MASTER"] * 2, 15, "the next master")
    wait_until(lambda: len(sleepers(lb1)) == 1, 5, "only the new script")
    assert host_of(lb1) != first and not alive(first)
    lb1.kill_tree()  # else it gives the script 15 s
