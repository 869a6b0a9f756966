"""Notify scripts: what they are told, in which order, as whom, and that they hold nothing up."""

import json
import os
import time

from lab.processes import children, status_fields, wait_until
from lab.topology import VIP

SECOND_VIP = "10.77.0.101"
NOBODY = 65534


def make_script(lab, name, text):
    path = lab.directory / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def out_folder(lab):
    """Where scripts may write: they are nobody."""
    folder = lab.directory / "out"
    folder.mkdir(exist_ok=True)
    os.chown(folder, NOBODY, NOBODY)
    return folder


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def notify_of(node, name="VI_1"):
    return next(entry for entry in node.status()["notify"] if entry["name"] == name)


def events_of(node, kind):
    _, body = node.request("/v1/events")
    return [event for event in json.loads(body)["events"] if event["id"] == kind]


def test_each_change_is_told_in_order_and_the_end_too(lab):
    out = out_folder(lab)
    # Slow ones: the order is that of the changes, not that of who is quicker.
    tell = f'sleep 0.$2; shift 2; echo "$* $(id -un)" >> {out}/told; echo as $(id -un)\n'
    own = make_script(lab, "own", tell)
    any_state = make_script(lab, "any", tell)
    group = make_script(lab, "group", f'echo "$*" >> {out}/group\n')
    lab.write_config(
        vips__VI_1__notify={"master": [own, "own", "4"], "any": [any_state, "any", "1"]},
        vips__VI_2={"router_id": 52, "addresses": [SECOND_VIP]},
        sync_groups={"both": {"members": ["VI_1", "VI_2"], "notify": {"any": [group]}}})
    lb1 = lab.nodes["lb1"].start()
    told = out / "told"
    wait_until(lambda: len(lines_of(told)) >= 3, 10, "the scripts")
    expected = ["INSTANCE VI_1 BACKUP 100 nobody", "INSTANCE VI_1 MASTER 100 nobody",
                "INSTANCE VI_1 MASTER 100 nobody"]
    assert lines_of(told) == expected
    wait_until(lambda: notify_of(lb1)["runs"] == 3, 5, "the results")
    notify = notify_of(lb1)
    assert notify["failures"] == 0 and notify["running"] == 0 and notify["told"] == "MASTER"
    assert notify["last"]["script"] == any_state and notify["last"]["output"] == "as nobody"
    ran = [event for event in events_of(lb1, "notify-ran") if event["subject"] == "VI_1"]
    assert [event["to"] for event in ran] == ["BACKUP", "MASTER", "MASTER"]
    transition = next(event for event in events_of(lb1, "vrrp-transition")
                      if event["to"] == "master" and event["subject"] == "VI_1")
    assert ran[-1]["caused_by"] == transition["number"]
    wait_until(lambda: notify_of(lb1, "both")["told"] == "MASTER", 5, "the group's state")
    # A worker that dies as master is a fault, then the next one speaks for itself.
    lb1.kill("worker")
    wait_until(lambda: lines_of(told)[3:] and lines_of(told)[-1].split()[2] == "MASTER", 10,
               "the next worker")
    states = [line.split()[2] for line in lines_of(told)[3:]]
    assert states[:2] == ["FAULT", "BACKUP"] and set(states[2:]) == {"MASTER"}, states
    assert lb1.stop() == 0
    assert lines_of(told)[-1] == "INSTANCE VI_1 STOP 100 nobody"
    of_group = ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"]
    assert lines_of(out / "group") == [f"GROUP both {state} 0" for state in of_group]


def test_scripts_that_hang_or_fail_delay_nothing(lab):
    hang = make_script(lab, "hang", "trap '' TERM; echo stuck; while :; do sleep 1; done\n")
    fail = make_script(lab, "fail", "echo no good; exit 3\n")
    lab.write_config(vips__VI_1__notify={"master": [fail], "any": [hang], "timeout": "500ms"})
    lab.start()
    lb1, lb2 = lab.nodes["lb1"], lab.nodes["lb2"]
    wait_until(lambda: notify_of(lb2)["failures"] > 0, 10, "the script of the backup")
    last = notify_of(lb2)["last"]
    assert last["how"] == "signal 9 (Killed) after its time limit" and last["output"] == "stuck"
    host = next(pid for pid in children(lb1.pid)
                if status_fields(pid)["Name"] == "hapair-scripts")
    assert int(status_fields(host)["CapBnd"], 16) == 0xe0  # setgid, setuid, kill
    at = time.time()
    lb1.terminate()
    # While the scripts of both still hang the VIP has long moved.
    lab.await_master("lb2")
    assert time.time() - at < 2, "hand-over waited for scripts"
    wait_until(lambda: not lb1.holds(VIP), 1, "lb1 without the VIP")
    assert lb1.wait(15) == 0
    wait_until(lambda: events_of(lb2, "notify-failed")[-1]["to"] == "MASTER", 10, "lb2's scripts")
    failed = next(event for event in events_of(lb2, "notify-failed") if event["to"] == "MASTER")
    assert failed["cause"] == f"{fail}: exit code 3" and failed["figures"]["output"] == "no good"


def test_a_script_that_others_can_change_is_not_run_and_the_vip_is_served(lab):
    told = out_folder(lab) / "told"
    script = make_script(lab, "open", f'echo "$3" >> {told}\n')
    os.chmod(script, 0o777)
    missing = f"{lab.directory}/none"
    lab.write_config(vips__VI_1__notify={"master": [script]},
                     vips__VI_1__track=[{"target": "opinion", "penalty": 10}],
                     targets={"opinion": {"type": "script", "command": [missing]}})
    node = lab.nodes["lb1"]
    checked = node.hapair("check", "--config", lab.config_path)
    assert checked.returncode == 3
    why = f"{script} can be changed by others than root; chmod go-w it"
    assert why in checked.stderr and f"{missing}: No such file or directory" in checked.stderr
    node.start()
    wait_until(lambda: node.role_of() == "master", 10, "a master all the same")
    wait_until(lambda: notify_of(node)["failures"] == 1, 5, "the run that is none")
    assert notify_of(node)["unusable"] == [{"script": script, "reason": why}]
    assert not told.exists()
    unusable = {event["subject"]: event["cause"] for event in events_of(node, "script-unusable")}
    assert unusable[script] == f"{why}; it is not run as long as that is so (VI_1)"
    assert "(target opinion, which counts as down)" in unusable[missing]
    failed = events_of(node, "notify-failed")
    assert failed[0]["cause"] == f"{script}: could not be started: {why}"
    wait_until(lambda: node.target("opinion")["state"] == "down", 5, "the target")
    assert "No such file or directory" in node.target("opinion")["reason"]
    # Mended, it runs at the next change.
    os.chmod(script, 0o755)
    for order, role in ("on", "fault"), ("off", "master"):
        assert node.command("maintenance", order).returncode == 0
        wait_until(lambda role=role: node.role_of() == role, 10, f"the role {role}")
    wait_until(lambda: lines_of(told) == ["MASTER"], 10, "the script")
    wait_until(lambda: notify_of(node)["unusable"] == [], 5, "nothing against it any more")
