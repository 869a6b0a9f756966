"""Floods of handshakes and of HTTP/2 frames: the master's adverts leave in time, nobody takes over,
and others are served meanwhile."""

import time

import pytest

from lab import certificates, floods
from lab.processes import wait_until
from lab.topology import VIP

SECONDS = 4.0
INTERVAL = 0.1
TLS_PORT, H2_PORT = 443, 8080
HANDSHAKES = ("handshakes", "handshakes:ECDHE-RSA-AES128-GCM-SHA256", "garbage")
FRAMES = ("resets", "head", "settings", "pings")


@pytest.fixture
def flooded(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    both = lab.directory / "tls.d"
    both.mkdir()
    authority.issue("www.example").bundle(both / "a.pem")
    authority.issue("www.example", rsa=True).bundle(both / "b.pem")
    lab.write_config(
        log=[{"type": "stderr", "level": "warning"}],
        process__max_handshakes=200,
        frontends__http_front__bind=[
            {"vip": "VI_1", "port": 80},
            {"vip": "VI_1", "port": H2_PORT, "protocols": ["h2"]},
            {"vip": "VI_1", "port": TLS_PORT, "tls": {"certificates": [str(both)],
                                                      "handshake_timeout": "1s"}}])
    lab.start()
    return lab


def check_adverts(lab, since, load):
    """No other node speaks, and no gap lets the peer believe that the master is gone."""
    adverts = lab.sniffer.adverts(since)
    gap = max(later.at - earlier.at for earlier, later in zip(adverts, adverts[1:]))
    print(f"{load}: {len(adverts)} adverts, the longest gap {gap * 1e3:.1f} ms")
    assert {advert.port for advert in adverts} == {"lb1"}
    assert gap < 2.5 * INTERVAL
    assert lab.nodes["lb2"].role_of() == "backup"


def status_of(lab):
    return lab.nodes["lb1"].status()


@pytest.mark.parametrize("kind", [*HANDSHAKES, *FRAMES])
def test_a_flood_makes_no_advert_late(flooded, kind):
    lab = flooded
    port = TLS_PORT if kind in HANDSHAKES else H2_PORT
    before = status_of(lab)["frontends"][0]
    since = time.time()
    with floods.flood(lab.client_namespace, kind, VIP, port, times=3):
        time.sleep(SECONDS)
        began = time.monotonic()
        assert lab.get("/")[0] == 200
        print(f"an answer took {(time.monotonic() - began) * 1e3:.0f} ms")
        check_adverts(lab, since, kind)
    after = status_of(lab)["frontends"][0]
    assert after["sessions"]["total"] > before["sessions"]["total"] + 20, "there was a flood"


def test_silent_clients_give_way_and_are_gone_in_time(flooded):
    lab = flooded
    since = time.time()
    with floods.flood(lab.client_namespace, "silent", VIP, TLS_PORT):
        wait_until(lambda: status_of(lab)["handshakes"]["dropped"] > 100, 10, "handshakes dropped")
        assert status_of(lab)["handshakes"]["max"] <= 200
        answer = lab.curl("-k", f"https://{VIP}:{TLS_PORT}/")
        assert answer.returncode == 0, answer.stderr
        assert status_of(lab)["frontends"][0]["denied"]["handshakes"] > 100
        time.sleep(1.0)
    check_adverts(lab, since, "silent")
    wait_until(lambda: status_of(lab)["handshakes"]["now"] == 0, 5, "the end of all handshakes")


def test_a_client_that_sends_nothing_is_gone_after_its_time(flooded):
    with flooded.connect(port=TLS_PORT) as silent:
        began = time.monotonic()
        assert silent.recv(10) == b""
        assert 0.5 < time.monotonic() - began < 4
