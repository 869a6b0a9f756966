"""Where log lines go: stderr, and syslog over UDP as the customer has it (127.0.0.1, local3)."""

import re
import shutil
import socket

import pytest

from lab import netns
from lab.processes import wait_until
from lab.rsyslog import rsyslog
from lab.topology import CLIENT

LOCAL3_INFO = 19 * 8 + 6
SYSLOG = [{"type": "stderr", "level": "info"},
          {"type": "syslog", "address": "127.0.0.1:514", "facility": "local3", "level": "info"}]
# 10.77.0.1:40000 [date] http_front web_server/web1 0/0/0/0/0 200 120 - - ---- 1/1/0/0/0 0/0 "..."
HTTPLOG = re.compile(
    rf"{re.escape(CLIENT)}:\d+ \[\d\d/\w{{3}}/\d{{4}}:\d\d:\d\d:\d\d\.\d{{3}}\] http_front "
    r"web_server/web[12] -?\d+/-?\d+/-?\d+/-?\d+/\+?\d+ 200 \d+ - - ---- "
    r"\d+/\d+/\d+/\d+/\+?\d+ \d+/\d+ \"GET / HTTP/1\.1\"")


def test_syslog_lines_over_udp(lab):
    lab.write_config(log=SYSLOG, frontends__http_front__log_format="httplog")
    node = lab.nodes["lb1"]
    receiver = netns.open_socket(node.namespace, socket.AF_INET, socket.SOCK_DGRAM)
    with receiver:
        receiver.bind(("127.0.0.1", 514))
        receiver.settimeout(0.1)
        received = []

        def drain():
            try:
                while True:
                    received.append(receiver.recv(8192).decode())
            except TimeoutError:
                return received

        lab.start()
        lab.get("/")
        wait_until(lambda: any(HTTPLOG.search(line) for line in drain()), 5,
                   "an access line in httplog format")
        access = next(line for line in received if HTTPLOG.search(line))
        assert access.startswith(f"<{LOCAL3_INFO}>")
        assert any("master" in line for line in received), "transitions are logged too"
        assert all(re.match(r"<1(5[2-9])>", line) for line in received), "all of facility local3"


def test_a_real_rsyslog_files_them(lab):
    if not shutil.which("rsyslogd"):
        pytest.skip("rsyslogd is missing")
    node = lab.nodes["lb1"]
    messages = lab.directory / "messages"
    with rsyslog(lab, node, messages):
        lab.write_config(log=SYSLOG, frontends__http_front__log_format="httplog")
        lab.start()
        lab.get("/")
        wait_until(lambda: messages.exists() and HTTPLOG.search(messages.read_text()), 10,
                   "the access line in rsyslog's file")


def test_a_syslog_that_is_not_there_harms_nothing(lab):
    lab.write_config(log=SYSLOG)
    lab.start()
    assert all(lab.get("/")[0] == 200 for _ in range(20))
