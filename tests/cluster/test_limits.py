"""Everything has a limit, and at the limit the node goes on."""

import time

from lab import http
from lab.processes import wait_until


def test_connections_over_the_limit_wait_or_are_refused_and_come_back(lab):
    lab.write_config(frontends__http_front__max_connections=10)
    lab.start()
    held = [lab.connect() for _ in range(10)]
    assert all(http.exchange(connection)[0] == 200 for connection in held)
    with lab.connect() as extra:
        extra.settimeout(1)
        try:
            answer = http.exchange(extra)[0]
        except (TimeoutError, ConnectionError):
            answer = None
        assert answer in (None, 503), "one more than the limit is not served"
    for connection in held:
        connection.close()
    wait_until(lambda: lab.get("/")[0] == 200, 5, "service again")


def test_a_slow_reader_does_not_make_the_worker_grow(pair):
    content = b"z" * (32 << 20)
    for backend in pair.backends.values():
        backend.add_file("huge.bin", content)
    worker = pair.nodes["lb1"].roles()["worker"]

    def resident_kib():
        with open(f"/proc/{worker}/status") as fields:
            return next(int(line.split()[1]) for line in fields if line.startswith("VmRSS"))

    before = resident_kib()
    readers = [pair.connect() for _ in range(20)]
    for reader in readers:
        http.send_request(reader, "/files/huge.bin")
    time.sleep(2.0)
    grown = resident_kib() - before
    print(f"20 clients that do not read a 32 MiB body: the worker grew by {grown} KiB")
    assert grown < 20_000
    for reader in readers:
        reader.close()
    assert pair.get("/")[0] == 200


def test_load_costs_no_error_and_no_election(pair):
    """A short run under load; the tight figures live in ./dev bench."""
    clients = [pair.client(interval=0.004) for _ in range(3)]
    since = time.time()
    time.sleep(5.0)
    for client in clients:
        client.stop()
        assert client.requests() and not client.failures()
    assert {advert.port for advert in pair.sniffer.adverts(since)} == {"lb1"}
