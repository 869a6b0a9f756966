"""The control socket and `hapair status`."""

import json
import os
import subprocess

from lab.processes import status_fields, wait_until
from lab.topology import VIP


def test_status_tells_all(pair):
    pair.get("/")
    status = pair.nodes["lb1"].status()
    text = json.dumps(status)
    assert status["node"] == "lb1"
    for word in ("VI_1", VIP, "master", "web1", "web2", "http_front", "web_server", "loop_lag"):
        assert word in text, f"{word} is not in the status"


def test_curl_speaks_to_the_socket(pair):
    node = pair.nodes["lb1"]
    answer = subprocess.run(["curl", "-sS", "--unix-socket", node.runtime_dir / "control.sock",
                             "http://hapair/v1/status"], capture_output=True, text=True, timeout=10)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["node"] == "lb1"


def test_status_for_people_and_for_programs(pair):
    node = pair.nodes["lb1"]
    table = node.command("status")
    assert table.returncode == 0, table.stderr
    for word in ("VI_1", "master", "web1"):
        assert word in table.stdout.lower() or word in table.stdout
    machine = node.command("status", "--json")
    assert json.loads(machine.stdout)["node"] == "lb1"


def test_peers_are_heard(pair):
    wait_until(lambda: "10.77.0.11" in json.dumps(pair.nodes["lb2"].status()), 5, "the peer heard")


def test_the_admin_parser_is_strict(pair):
    for request, expected in ((b"GET /v1/status HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
                              (b"GET /v1/status HTTP/1.1\r\n\r\n", 400),
                              (b"GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404),
                              (b"DELETE /v1/status HTTP/1.1\r\nHost: a\r\n\r\n", 405),
                              (b"\x00\xff\r\n\r\n", 400)):
        with pair.nodes["lb1"].dial() as control:
            control.sendall(request)
            assert control.recv(4096).split()[1] == str(expected).encode(), request
    assert pair.nodes["lb1"].role_of() == "master"


def test_a_stranger_may_not_even_connect(pair):
    path = pair.nodes["lb1"].runtime_dir / "control.sock"
    pair.directory.chmod(0o755)
    code = ("import socket,sys,os\nos.setgroups([])\nos.setresgid(12345,12345,12345)\n"
            "os.setresuid(12345,12345,12345)\n"
            "s=socket.socket(socket.AF_UNIX)\n"
            f"s.connect({str(path)!r})\n")
    tried = subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True, text=True)
    assert tried.returncode != 0 and "PermissionError" in tried.stderr, tried.stderr


def test_config_hash_is_the_same_on_both_nodes(pair):
    hashes = {node.status()["config_hash"] for node in pair.nodes.values()}
    assert len(hashes) == 1


def test_the_version_and_the_help(lab):
    node = lab.nodes["lb1"]
    version = node.hapair("version")
    assert version.returncode == 0 and version.stdout.startswith("hapair 0.")
    assert node.hapair("help").returncode == 0
    wrong = node.hapair("statsu")
    assert wrong.returncode == 2 and "status" in wrong.stderr


def test_an_answer_that_cannot_be_written_is_no_success(lab):
    with open("/dev/full", "w") as full:
        for verb in (["version"], ["help"], ["check", lab.config_path]):
            run = subprocess.run([lab.binary, *verb], stdout=full, stderr=subprocess.PIPE,
                                 text=True)
            assert run.returncode == 1 and "cannot be written" in run.stderr, verb


def test_the_status_tells_how_exactly_the_guardian_keeps_its_times(pair):
    master, backup = pair.nodes.values()
    figures = wait_until(lambda: (told := master.status()["guardian"])["advert_lateness"][
        "samples"] >= 20 and told, 10, "twenty adverts")
    pid = master.roles()["guardian"]
    in_class = os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO
    assert figures["real_time"] == in_class
    assert figures["memory_locked"] == (status_fields(pid)["VmLck"] != "0 kB")
    late = figures["advert_lateness"]
    print(late)
    assert 0 < late["p50_ms"] <= late["p99_ms"] <= late["p999_ms"]
    assert late["p50_ms"] < 100 and 0 < late["max_ms"] < 2000
    assert backup.status()["guardian"]["advert_lateness"]["samples"] == 0
    told = master.command("status", check=True).stdout
    assert "guardian: " in told and "adverts late by p50 " in told
    told = backup.command("status", check=True).stdout
    assert "adverts none yet" in told


def test_metrics_of_a_running_node(pair):
    pair.get("/")
    answer = subprocess.run(["curl", "-sSi", "--unix-socket",
                             pair.nodes["lb1"].runtime_dir / "control.sock",
                             "http://hapair/metrics"], capture_output=True, text=True, timeout=10)
    assert "text/plain; version=0.0.4" in answer.stdout
    samples = dict(line.rsplit(" ", 1) for line in answer.stdout.splitlines()
                   if line.startswith("hapair_"))
    assert samples['hapair_vrrp_state{vip="VI_1",state="master"}'] == "1"
    assert int(samples['hapair_frontend_requests_total{frontend="http_front"}']) > 0
    assert int(samples['hapair_frontend_total_seconds_count{frontend="http_front"}']) > 0
    assert samples['hapair_target_usable{target="web_server/web1"}'] == "1"
    assert float(samples['hapair_uptime_seconds']) > 0
