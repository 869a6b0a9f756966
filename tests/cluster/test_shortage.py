"""This node runs short of something: traffic yields first, VRRP and the control socket go on, and
everything is back when the resource is."""

import contextlib
import os
import resource
import subprocess
import time

from lab import http
from lab.processes import alive, cpu_seconds, wait_until
from test_notify import events_of, lines_of, make_script, out_folder
from test_script_host import host_of

# Three intervals of the lab's: a backup waits a little longer before it takes over.
LATEST_ADVERT = 0.3


def shortage_of(node, what):
    return next(each for each in node.status()["shortages"] if each["resource"] == what)


@contextlib.contextmanager
def steady(lab):
    """Inside it nothing happens to the election: adverts are on time, and from one node only."""
    since = time.time()
    yield
    adverts = lab.sniffer.adverts(since)
    assert {advert.port for advert in adverts} == {"lb1"}
    gaps = [later.at - earlier.at for earlier, later in zip(adverts, adverts[1:])]
    print(f"{len(adverts)} adverts, at most {max(gaps, default=0):.3f} s apart")
    assert max(gaps, default=0) < LATEST_ADVERT


def set_limit(pid, what, value):
    """Sets a process's soft limit and returns the one before, as its own user: so no capability is
    needed that a container may lack."""
    owner = os.stat(f"/proc/{pid}")
    code = ("import resource, sys; pid, what, value = map(int, sys.argv[1:]); "
            "soft, hard = resource.prlimit(pid, what); print(soft); "
            "resource.prlimit(pid, what, (value, hard))")
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-c", code, str(pid), str(what), str(value)],
        user=owner.st_uid, group=owner.st_gid, extra_groups=[], check=True, capture_output=True,
        text=True)
    return int(done.stdout)


@contextlib.contextmanager
def limited(pid, what, value):
    """A process's limit is lower for a while."""
    before = set_limit(pid, what, value)
    try:
        yield
    finally:
        if alive(pid):
            set_limit(pid, what, before)


@contextlib.contextmanager
def many_files():
    """This process, too, may have more descriptors than usual."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def open_clients(lab, count):
    held = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            held.append(lab.connect(timeout=2.0))
    return held


def test_without_descriptors_clients_wait_and_all_else_goes_on(pair):
    lb1 = pair.nodes["lb1"]
    worker = lb1.roles()["worker"]
    with steady(pair), limited(worker, resource.RLIMIT_NOFILE, 300):
        wait_until(lambda: shortage_of(lb1, "descriptors")["limit"] < 250, 5, "the new limit")
        limit = shortage_of(lb1, "descriptors")["limit"]
        held = open_clients(pair, limit // 2 + 20)
        wait_until(lambda: shortage_of(lb1, "descriptors")["stage"] > 0, 5, "that it is short")
        short = shortage_of(lb1, "descriptors")
        assert short["used"] <= limit and "LimitNOFILE" in short["remedy"]
        # Who was let in has a way to a server.
        assert [http.exchange(each)[0] for each in held[:20]] == [200] * 20
        assert "clients wait" in events_of(lb1, "descriptors-short")[0]["cause"]
        spent = cpu_seconds(worker)
        time.sleep(1.0)
        assert cpu_seconds(worker) - spent < 0.5, "it waits without turning round and round"
        assert {each["state"] for each in lb1.status()["targets"]} == {"up"}
        for each in held[:40]:
            each.close()
        assert http.exchange(held[-1])[0] == 200, "who waited is served"
        for each in held:
            each.close()
        wait_until(lambda: shortage_of(lb1, "descriptors")["stage"] == 0, 5, "the end of it")
        assert events_of(lb1, "descriptors-back")
    assert pair.get("/")[0] == 200


def test_a_limit_below_what_is_in_use_leaves_the_control_socket_a_way_in(pair):
    lb1 = pair.nodes["lb1"]
    worker = lb1.roles()["worker"]
    with steady(pair):
        with limited(worker, resource.RLIMIT_NOFILE, highest_descriptor(worker) + 1):
            held = open_clients(pair, 8)
            for _ in range(5):
                assert lb1.status()["vips"][0]["role"] == "master"
                time.sleep(0.2)
        for each in held:
            each.close()
        wait_until(lambda: pair.get("/")[0] == 200, 5, "service again")


def test_near_the_ceiling_of_memory_clients_wait_until_there_is_some_again(lab):
    lab.write_config(process__max_memory="32MiB")
    lab.start()
    lb1 = lab.nodes["lb1"]
    at_rest = shortage_of(lb1, "memory")
    print(f"at rest: {at_rest['used'] >> 20} MiB of {at_rest['limit'] >> 20}")
    with many_files(), steady(lab):
        # Heads that never end: each holds a buffer.
        held = []
        while shortage_of(lb1, "memory")["stage"] == 0 and len(held) < 1500:
            for connection in open_clients(lab, 50):
                connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 12000)
                held.append(connection)
        wait_until(lambda: shortage_of(lb1, "memory")["stage"] > 0, 5, "that it is short")
        short = shortage_of(lb1, "memory")
        print(f"{len(held)} clients: {short['used'] >> 20} MiB, stage {short['stage']}")
        assert "max_memory" in short["remedy"]
        assert "clients wait" in events_of(lb1, "memory-short")[0]["cause"]
        for connection in held:
            connection.close()
        wait_until(lambda: shortage_of(lb1, "memory")["stage"] == 0, 15, "the end of it")
        assert events_of(lb1, "memory-back")
        assert lab.get("/")[0] == 200


def test_without_any_memory_clients_wait_and_the_service_comes_back(pair):
    lb1 = pair.nodes["lb1"]
    worker = lb1.roles()["worker"]
    size = int(open(f"/proc/{worker}/statm").read().split()[0]) * resource.getpagesize()
    for backend in pair.backends.values():
        backend.add_file("huge.bin", b"z" * (16 << 20))
    readers = []
    with limited(worker, resource.RLIMIT_AS, size):
        deadline = time.monotonic() + 10
        while "memory-short" not in lb1.log() and alive(worker) and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                readers.append(pair.connect(timeout=0.5))
                http.send_request(readers[-1], "/files/huge.bin")
        time.sleep(1.0)
        # What it gave up was enough, or it ended as a whole and said why: never half of it.
        if alive(worker):
            assert "the kernel refuses more: new clients wait" in lb1.log()
            assert lb1.role_of() == "master"
        else:
            assert "exit code 71" in lb1.log()
    for each in readers:
        each.close()
    wait_until(lambda: lb1.role_of() == "master", 10, "lb1 as the master")
    wait_until(lambda: pair.get("/")[0] == 200, 10, "service again")
    wait_until(lambda: shortage_of(lb1, "memory")["stage"] == 0, 15, "the end of it")


def test_a_full_disk_stops_nothing_and_the_lost_lines_are_counted(lab):
    disk = lab.directory / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], check=True)
    try:
        access = disk / "access.log"
        lab.write_config(log=[{"type": "stderr"}, {"type": "file", "path": str(access)}],
                         frontends__http_front__log_format="httplog",
                         journal={"directory": str(disk)})
        lab.start()
        lb1 = lab.nodes["lb1"]
        filler = disk / "filler"
        with steady(lab):
            with open(filler, "wb", buffering=0) as fill, contextlib.suppress(OSError):
                while True:
                    fill.write(b"x" * 12000)
            with lab.client(interval=0.01) as client:
                wait_until(lambda: "log-file-unwritable" in lb1.log(), 10, "that it is told")
                done = lb1.command("server", "web_server/web1", "drain")
                assert done.returncode == 0, done.stderr
                filler.unlink()
                wait_until(lambda: "lines are missing in it" in lb1.log(), 10, "that it is back")
                assert not client.failures()
        dropped = [each for each in lb1.status()["log"] if "access.log" in each["target"]]
        assert dropped[0]["dropped"] > 0 and dropped[0]["fault"] is None
        assert lb1.stop() == 0
    finally:
        lab.nodes["lb1"].stop()
        lab.nodes["lb2"].stop()
        subprocess.run(["umount", "-l", disk], check=False)


def test_without_processes_checks_keep_their_state_and_news_are_told_later(lab):
    out = out_folder(lab)
    told = out / "told"
    tell = make_script(lab, "tell", f'echo "$3" >> {told}\n')
    check = make_script(lab, "check", "exit 0\n")
    lab.write_config(vips__VI_1__notify={"any": [tell]},
                     targets={"fine": {"type": "script", "command": [check],
                                       "interval": "200ms", "fall": 2}})
    lb1 = lab.nodes["lb1"].start()
    wait_until(lambda: lb1.target("fine")["state"] == "up", 10, "the check")
    wait_until(lambda: lines_of(told)[-1:] == ["MASTER"], 10, "the first news")
    host = wait_until(lambda: host_of(lb1), 5, "the process that runs scripts")
    with limited(host, resource.RLIMIT_NPROC, 0):
        time.sleep(1.5)
        assert lb1.target("fine")["state"] == "up", "it was not tried: that says nothing of it"
        assert lb1.command("maintenance", "on").returncode == 0
        wait_until(lambda: lb1.role_of() == "fault", 5, "that it is taken out")
    wait_until(lambda: lines_of(told)[-1:] == ["FAULT"], 15, "the news, once there are processes")
    assert lb1.target("fine")["state"] == "up"


def highest_descriptor(pid):
    return max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
