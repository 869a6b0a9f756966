"""The checksum form of version 3 over IPv4: what a peer sends is what it gets."""

import threading
import time

from lab import wire
from lab.topology import VIP


class PlainRival:
    """A router of low priority that knows only the plain form, ten adverts a second."""

    def __init__(self, lab):
        self._namespace = lab.client_namespace
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def _send(self):
        advert = wire.vrrp3(51, 1, 10, [VIP], "10.77.0.1", form="plain")
        for _ in range(300):
            wire.send_raw(self._namespace, 112, advert, "224.0.0.18", "eth0")
            if self._stopping.wait(0.1):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join()


def forms(lab, since, until=float("inf"), **wanted):
    """Each once, in the order in which they were first sent."""
    return list(dict.fromkeys(map(wire.checksum_form, lab.sniffer.adverts(since, until, **wanted))))


def test_a_master_answers_in_the_form_that_a_rival_understands(lab):
    lab.start()
    begun = time.time()
    time.sleep(0.5)
    assert forms(lab, begun, port="lb1") == ["pseudo-header"]
    with PlainRival(lab):
        time.sleep(4.0)  # at once if nobody was heard before, else after three seconds
        learned = time.time()
        time.sleep(0.5)
        assert forms(lab, learned, port="lb1") == ["plain"]
    assert len(forms(lab, begun, learned, port="lb1")) == 2

    time.sleep(3.5)  # the backup has heard nothing but the plain form for so long
    leaving = time.time()
    lab.nodes["lb1"].stop()
    lab.await_master("lb2")
    assert forms(lab, leaving, port="lb1", priority=0) == ["plain"]
    assert forms(lab, leaving, port="lb2") == ["plain"]


def test_a_dead_guardian_is_resigned_for_in_the_form_learned(lab):
    lab.start()
    with PlainRival(lab):
        time.sleep(4.0)
    dying = time.time()
    lab.nodes["lb1"].kill("guardian")
    lab.await_master("lb2")
    assert forms(lab, dying, port="lb1", priority=0) == ["plain"]
