"""What a frontend makes of requests and answers itself, with curl: forwarded fields, https, error
pages, the monitor, compression."""

import gzip
import json

import pytest

from lab import certificates
from lab.processes import wait_until
from lab.topology import CLIENT, VIP

NAME = "www.example"
VERSIONS = ("--http1.1", "--http2")


@pytest.fixture
def front(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    page = lab.directory / "503.html"
    page.write_text("<p>back soon</p>\n")
    log = lab.directory / "access.log"
    lab.write_config(
        cluster__secret_file=lab.write_secret(),
        log=[{"type": "stderr", "level": "debug"},
             {"type": "file", "what": "access", "path": str(log)}],
        frontends__http_front={
            "bind": [{"vip": "VI_1", "port": 80},
                     {"vip": "VI_1", "port": 443, "tls": {"certificates": [
                         authority.issue(NAME).bundle(lab.directory / "www.pem")]}}],
            "default_backend": "web_server", "log_format": "json",
            "forwarded_headers": ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"],
            "request_id": {"respond": True}, "redirect_https": True, "hsts": True,
            "error_pages": {"503": str(page)}, "compression": True,
            "monitor": {"uri": "/healthz", "fail_without": ["web_server"]}})
    lab.start()

    def curl(path, *options, scheme="https"):
        answer = lab.curl("--cacert", authority.path, "--resolve", f"{NAME}:443:{VIP}",
                          "--resolve", f"{NAME}:80:{VIP}", *options, f"{scheme}://{NAME}{path}")
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    lab.ask = curl
    lab.access_log = log
    return lab


def logged(lab):
    return [json.loads(line[line.index("{"):]) for line in lab.access_log.read_text().splitlines()]


def test_a_frontend_with_all_of_it(front):
    text = "".join(f"line {i}\n" for i in range(20000)).encode()
    for backend in front.backends.values():
        backend.add_file("text", text)
    out = front.directory / "out"
    for version in VERSIONS:
        # A forged field ends here, whatever it is nominated as.
        seen = front.ask("/echo", version, "-H", "X-Forwarded-For: 10.9.9.9")
        assert seen.split() == ["GET", CLIENT, NAME]
        head = front.ask("/files/text", version, "-D", "-", "-o", out, "-H",
                         "Accept-Encoding: gzip").lower()
        assert "content-encoding: gzip" in head and "vary: accept-encoding" in head
        assert "etag: w/" in head and "accept-ranges" not in head
        assert "strict-transport-security: max-age=31536000" in head
        assert gzip.decompress(out.read_bytes()) == text
        front.ask("/files/text", version, "-o", out)
        assert out.read_bytes() == text
        assert front.ask("/healthz", version) == "ok\n"
    assert front.ask("/healthz", scheme="http") == "ok\n"
    moved = front.ask("/a?b=c", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}",
                      scheme="http")
    assert moved == f"301 https://{NAME}/a?b=c"
    wait_until(lambda: len(logged(front)) == 7, 5, "access lines")
    assert all(line["target"] != "/healthz" for line in logged(front))
    assert len({line["request_id"] for line in logged(front)}) == 7


def test_errors_are_told_in_words_of_ones_own(front):
    for backend in front.backends.values():
        backend.stop()
    wait_until(lambda: front.ask("/healthz") == "web_server has no usable server\n", 10,
               "the monitor to see it")
    for version in VERSIONS:
        answer = front.ask("/", version, "-i")
        assert " 503" in answer.splitlines()[0] and answer.endswith("<p>back soon</p>\n")
