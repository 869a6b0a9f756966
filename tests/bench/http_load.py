"""CPU time, requests and delay of each kind of traffic: hapair beside HAProxy, nginx and a relay.

All of them run all the while; the rounds go through the cases and within each case through the
balancers, so that what else happens on the machine falls on all of them alike. What is compared is
the processor time of the whole process tree for one request, as the kernel accounts for it.
"""

import dataclasses
import re
import signal
import ssl
import statistics
import subprocess
import time

from lab import http, processes

from balancers import H2, LOGGED, PLAIN, TCP, TLS, TLS_RSA, Bench, peers_there
from record import BARS, SHARES, shares

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_UPLOAD = """wrk.method = "POST"
wrk.body = string.rep("x", {size})
"""
DATA_CALLS = ("read", "readv", "recvfrom", "recvmsg", "write", "writev", "sendto", "sendmsg",
              "splice")


@dataclasses.dataclass(frozen=True)
class Case:
    """One kind of load, and the most CPU a request of hapair's may take, as a share of others'."""

    name: str
    connections: int
    path: str = "/"
    frontend: str = PLAIN
    close: bool = False
    upload: int = 0
    streams: int = 0  # of HTTP/2, at once on each connection; h2load makes them
    goals: tuple = (("nginx", 1.0),)
    user_goal: float = 0.0  # user time only, as a share of nginx's


# One connection alone waits for the scheduler most of the time, as all of them do.
SMALL = (("nginx", 0.80), ("haproxy", 0.65), ("relay", 1.25))
CASES = (
    Case("keep-alive-1", 1),
    Case("keep-alive-64", 64, goals=SMALL, user_goal=0.6),
    Case("keep-alive-1000", 1000, goals=SMALL),
    Case("close-64", 64, close=True, goals=(("nginx", 0.85),)),
    Case("64KB-16", 16, "/files/64k", goals=(("nginx", 0.70),)),
    Case("1MB-16", 16, "/files/1m", goals=(("nginx", 0.70),)),
    Case("upload-64KB-16", 16, "/upload", upload=64 * 1024),
    Case("upload-1MB-8", 8, "/upload", upload=1024 * 1024),
    Case("h2-16x32", 16, frontend=H2, streams=32, goals=(("nginx", 0.75), ("haproxy", 0.85))),
    Case("tcp-64", 64, frontend=TCP, goals=(("haproxy", 1.0), ("nginx", 1.0))),
    Case("tcp-1MB-16", 16, "/files/1m", frontend=TCP, goals=(("haproxy", 1.0), ("nginx", 1.0))),
    Case("tls-64", 64, frontend=TLS, goals=(("nginx", 0.90),)),
    Case("tls-close-64", 64, frontend=TLS, close=True),
    Case("tls-rsa-close-64", 64, frontend=TLS_RSA, close=True),
    Case("tls-1MB-16", 16, "/files/1m", frontend=TLS),
    Case("logged-64", 64, frontend=LOGGED),
    Case("logged-close-64", 64, frontend=LOGGED, close=True),
)


@dataclasses.dataclass
class Sample:
    cpu: float     # seconds a request
    user: float    # ticks of user mode, and
    system: float  # of system mode: their ratio over all rounds splits the CPU time
    rate: float    # requests a second
    p99: float     # seconds; 0 where the load generator does not tell
    errors: int


def load_words(case, url, seconds, directory):
    if case.streams:
        return ["h2load", "-t", 1, "-c", case.connections, "-m", case.streams, "-D", seconds, url]
    words = ["wrk", "-t", 1, "-c", case.connections, "-d", f"{seconds}s", "--latency",
             "--timeout", "10s"]
    if case.close:
        words += ["-H", "Connection: close"]
    if case.upload:
        script = directory / f"upload-{case.upload}.lua"
        script.write_text(_UPLOAD.format(size=case.upload))
        words += ["-s", script]
    return [*words, url]


def read_load(shown):
    """(requests, requests a second, p99 in seconds, errors) of what wrk printed."""
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", shown)
    errors = sum(int(count) for count in re.findall(r"(?:connect|read|write|timeout) (\d+)", shown))
    errors += sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", shown))
    return (int(re.search(r"(\d+) requests in", shown)[1]),
            float(re.search(r"Requests/sec:\s+([\d.]+)", shown)[1]),
            float(p99[1]) * UNITS[p99[2]], errors)


def read_h2load(shown):
    """The same of what h2load printed."""
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", shown)
    good, *bad = map(int, counts.groups())
    good_status = int(re.search(r"status codes: (\d+) 2xx", shown)[1])
    return good, float(re.search(r"([\d.]+) req/s", shown)[1]), 0.0, sum(bad) + good - good_status


def measure(bench, balancer, case, seconds):
    words = load_words(case, balancer.url(case.frontend, case.path), seconds, bench.directory)
    before = balancer.cpu()
    read = read_h2load if case.streams else read_load
    requests, rate, p99, errors = read(bench.run_load(*words))
    used = balancer.cpu().since(before)
    return Sample(used.total / max(1, requests), *used.user_share, rate, p99, errors)


def median_of(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def user_time(samples):
    user = sum(sample.user for sample in samples)
    return median_of(samples, "cpu") * user / max(1e-9, user + sum(s.system for s in samples))


def cpu_table(record):
    return record.table("CPU of a request", "us", SHARES)


def record_sample(record, case, name, sample):
    cpu_table(record).add(case.name, name, sample.cpu * 1e6)
    record.table("Requests a second", "1/s").add(case.name, name, sample.rate)
    if sample.p99:
        record.table("Delay of a request, p99", "ms").add(case.name, name, sample.p99 * 1e3)


def print_case(case, samples):
    for name, of_one in samples.items():
        print(f"{case.name:16} {name:8} {median_of(of_one, 'cpu') * 1e6:9.2f} us a request "
              f"({user_time(of_one) * 1e6:.2f} user), {median_of(of_one, 'rate'):9.0f} requests/s, "
              f"p99 {median_of(of_one, 'p99') * 1e3:.2f} ms"
              f"{', errors ' + str(sum(s.errors for s in of_one)) if of_one[0].errors else ''}",
              flush=True)


def check_case(record, case, samples):
    ours, cpu = samples["hapair"], cpu_table(record)
    for peer, limit in case.goals:
        if peer in samples:
            record.check(f"cpu-{case.name}-of-{peer}",
                         median_of(ours, "cpu") / median_of(samples[peer], "cpu"), limit,
                         of=(cpu, case.name, peer),
                         samples=shares(cpu.samples(case.name, "hapair"),
                                        cpu.samples(case.name, peer)))
    if case.user_goal and "nginx" in samples:
        table = record.table("User mode alone", "us a request", SHARES)
        for name, of_one in samples.items():
            table.add(case.name, name, user_time(of_one) * 1e6)
        theirs = user_time(samples["nginx"])  # 0 where a load was too short for one tick of it
        record.check(f"user-{case.name}-of-nginx", user_time(ours) / theirs if theirs else None,
                     case.user_goal, of=(table, case.name, "nginx"))
    record.check(f"errors-{case.name}", sum(sample.errors for sample in ours), 0)


def grown_by_idle(bench, balancer, frontend, count, wrap):
    """Bytes that each of so many idle connections adds; `wrap` puts over the socket what it
    needs."""
    where = (balancer.address, balancer.ports[frontend])
    held = [wrap(bench.connect(where))]
    try:
        http.exchange(held[0])
        before = balancer.resident_bytes()
        for _ in range(count):
            held.append(wrap(bench.connect(where)))
            http.exchange(held[-1])
        return (balancer.resident_bytes() - before) / count
    finally:
        for connection in held:
            connection.close()


def tls_terms(bench, record):
    """What each of them agrees on with a client, and whether the next connection resumes."""
    session = bench.directory / "session"
    for name, balancer in bench.balancers.items():
        if TLS not in balancer.ports:
            continue
        words = ["openssl", "s_client", "-connect", f"{balancer.address}:{balancer.ports[TLS]}",
                 "-ign_eof"]
        request = b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
        shown = [bench.talk(request, *words, *more).decode(errors="replace")
                 for more in (["-sess_out", session], ["-sess_in", session])]
        agreed = re.search(r"New, (TLSv\S+), Cipher is (\S+)", shown[0])
        record.say(f"{name}: {agreed[1]}, {agreed[2]}, the next connection "
                   f"{'resumes' if 'Reused, ' in shown[1] else 'begins anew'}")


def memory_table(record):
    return record.table("User memory of an idle client connection", "bytes", SHARES)


def idle_tls_memory(bench, record, count):
    """The same for connections under TLS 1.3."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    grown = {name: grown_by_idle(bench, bench.balancers[name], TLS, count, context.wrap_socket)
             for name in ("hapair", "haproxy", "nginx") if name in bench.balancers}
    for name, size in grown.items():
        print(f"{name}: {size:.0f} bytes of user memory an idle connection under TLS", flush=True)
        memory_table(record).add("under TLS", name, size)
    if "haproxy" in grown:
        record.check("idle-tls-connection-memory-of-haproxy", grown["hapair"] / grown["haproxy"],
                     0.95, of=(memory_table(record), "under TLS", "haproxy"))


def idle_memory(bench, record, count):
    """Bytes of its own that each keeps for a client connection which waits for its next request."""
    for name in ("hapair", "haproxy", "nginx"):
        if name not in bench.balancers:
            continue
        grown = grown_by_idle(bench, bench.balancers[name], PLAIN, count, lambda socket: socket)
        print(f"{name}: {grown:.0f} bytes of user memory an idle connection", flush=True)
        memory_table(record).add("plain", name, grown)
        if name == "hapair":
            record.check("idle-connection-memory", grown, 600, "B",
                         (memory_table(record), "plain", "hapair"))


def data_calls(bench, record):
    """System calls for each request on kept connections, as strace counts them; that they are made
    costs a few more."""
    balancer = bench.balancers["hapair"]
    counts = bench.directory / "calls"
    worker = bench.node.roles()["worker"]
    with subprocess.Popen(["strace", "-f", "-c", "-o", counts, "-p", str(worker)],
                          stderr=subprocess.DEVNULL) as tracer:
        try:
            time.sleep(0.5)
            case = Case("traced", 64)
            requests = read_load(bench.run_load(*load_words(
                case, balancer.url(PLAIN, "/"), 2, bench.directory)))[0]
        finally:
            processes.kill([tracer.pid], signal.SIGINT)  # else nobody ends it
    calls = {words[-1]: int(words[3]) for words in map(str.split, counts.read_text().splitlines())
             if len(words) >= 5 and words[3].isdigit() and words[-1] != "total"}
    record.say("calls a request under strace: " + ", ".join(
        f"{name} {count / requests:.3f}" for name, count in
        sorted(calls.items(), key=lambda item: -item[1]) if count / requests > 0.0005))
    moved = sum(calls.get(name, 0) for name in DATA_CALLS) / requests
    record.check("data-calls-a-request", moved, 4.1)


def run(binary, record, arguments):
    wanted = [case for case in CASES if re.search(arguments.http_cases, case.name)]
    if arguments.quick:
        wanted = wanted[1::2]
    if not arguments.http_cases:
        # Each in processes of its own: what other connections have left behind would be used again.
        for memory in (idle_memory, idle_tls_memory):
            with Bench(binary, None, peers_there()) as bench:
                memory(bench, record, arguments.idle_connections)
    with Bench(binary, arguments.relay, peers_there()) as bench:
        if not arguments.http_cases:
            data_calls(bench, record)
            tls_terms(bench, record)
        samples = {case: {} for case in wanted}
        for _ in range(arguments.http_rounds):
            for case in wanted:
                for name, balancer in bench.balancers.items():
                    if case.frontend in balancer.ports:
                        sample = measure(bench, balancer, case, arguments.http_seconds)
                        samples[case].setdefault(name, []).append(sample)
                        record_sample(record, case, name, sample)
    print(f"medians of {arguments.http_rounds} rounds of {arguments.http_seconds} s; CPU of all "
          "processes of each")
    for case in wanted:
        print_case(case, samples[case])
        check_case(record, case, samples[case])
