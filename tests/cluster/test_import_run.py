"""haproxy.cfg run by the real HAProxy and by `hapair run --haproxy`: the same requests, the same
answers. Both have the same file and the same servers; one runs on each node."""

import subprocess

import pytest

from lab import netns
from lab.processes import kill, tree, wait_until
from lab.topology import BACKENDS, NODES

HEAD = """
global
  maxconn 1000
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
"""

WEB = HEAD + """
  stats enable
  stats uri /admin-page
  stats auth "ops:a b"
frontend www
  bind *:80
  acl static path_beg -i /static /images
  acl old hdr(host) -i old.example
  acl tool hdr_sub(user-agent) -i scanner
  http-request deny deny_status 429 if tool
  http-request redirect prefix https://new.example code 301 if old
  http-request return status 200 content-type text/plain string alive if { path /alive }
  redirect scheme https if { path /secure }
  http-response set-header X-Frame-Options DENY
  use_backend second if static !{ method POST }
  default_backend first
backend first
  option httpchk GET /
  http-check expect status 200
  server web1 WEB1:80 check inter 200ms
backend second
  balance leastconn
  http-request set-path /
  server web2 WEB2:80 check inter 200ms
"""

WEB_REQUESTS = [
    ["/"], ["/static/a.css"], ["/STATIC/x"], ["/images"], ["-X", "POST", "-d", "x", "/static/"],
    ["-H", "Host: old.example", "/a?b=c"], ["-A", "A Scanner", "/"], ["/alive"], ["/secure?x"],
    ["/admin-page"], ["-u", "ops:wrong", "/admin-page"], ["-I", "/"],
]

COOKIE = HEAD + """
listen app
  bind *:80
  cookie SRV insert indirect nocache
  server one WEB1:80 cookie one check inter 200ms
  server two WEB2:80 cookie two check inter 200ms
"""

COOKIE_REQUESTS = [["-H", "Cookie: SRV=one", "/"], ["-H", "Cookie: SRV=two", "/"],
                   ["-H", "Cookie: a=b; SRV=two", "/"]]

TCP = """
defaults
  mode tcp
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend f
  bind *:80
  tcp-request connection reject if { src 203.0.113.0/24 }
  default_backend b
backend b
  option tcp-check
  tcp-check send "GET / HTTP/1.0\\r\\n\\r\\n"
  tcp-check expect rstring "HTTP/1.. 200"
  server web2 WEB2:80 check inter 200ms
  server web1 WEB1:80 check inter 200ms backup
"""

NONE = HEAD + """
frontend f
  bind *:80
  errorfile 503 PAGE
  default_backend b
backend b
  retries 0
  server gone WEB1:81
"""

PAGE = "HTTP/1.0 503 Sorry\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>Sorry.</p>\n"
SHOWN = ("location:", "x-frame-options:", "content-type: text/plain")


class Pair:
    """HAProxy on lb2, hapair on lb1, with one file."""

    def __init__(self, lab, text):
        self._lab = lab
        page = lab.directory / "503.http"
        page.write_text(PAGE)
        self._file = lab.directory / "haproxy.cfg"
        self._file.write_text(text.replace("WEB1", BACKENDS["web1"])
                              .replace("WEB2", BACKENDS["web2"]).replace("PAGE", str(page)))
        runtime = lab.nodes["lb1"].runtime_dir
        self._running = [
            self._run("lb2", "haproxy", "-db", "-f", self._file),
            self._run("lb1", lab.binary, "run", "--haproxy", self._file, "--haproxy-version",
                      "2.6", "--runtime-dir", runtime)]
        for name in ("lb1", "lb2"):
            wait_until(lambda name=name: self.answer(name, ["/"]), 15, f"an answer of {name}")

    def _run(self, name, *words):
        node = self._lab.nodes[name]
        with open(node.log_path, "ab") as log:
            return subprocess.Popen(netns.command(node.namespace, *words), stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=log, start_new_session=True)

    def answer(self, name, request):
        """(status, what matters of the head, body) of what curl gets; None: no connection."""
        *options, path = request
        got = self._lab.curl("-i", *options, f"http://{NODES[name][0]}{path}")
        if got.returncode != 0 or not got.stdout:
            return None
        head, _, body = got.stdout.replace("\r\n", "\n").partition("\n\n")
        status, *fields = head.split("\n")
        shown = sorted(each for each in fields if each.lower().startswith(SHOWN))
        code = int(status.split(" ")[1])
        own = code in (401, 403, 429) or 300 <= code < 400
        return code, [each.lower() for each in shown], "" if own else body

    def stop(self):
        for each in self._running:
            kill(tree(each.pid))
            each.wait()


@pytest.mark.parametrize("text,requests", [(WEB, WEB_REQUESTS), (COOKIE, COOKIE_REQUESTS),
                                           (TCP, [["/"], ["/x"]]), (NONE, [["/"]])],
                         ids=["web", "cookie", "tcp", "no-server"])
def test_both_answer_alike(lab, text, requests):
    lab.start_backends()
    pair = Pair(lab, text)
    try:
        for request in requests:
            theirs = pair.answer("lb2", request)
            ours = pair.answer("lb1", request)
            assert theirs is not None, request
            assert ours == theirs, request
    finally:
        pair.stop()


def test_a_file_with_faults_is_told(lab):
    path = lab.directory / "haproxy.cfg"
    path.write_text(HEAD + "frontend f\n  bind *:80\n  default_backend nothing\n"
                    "backend a\n  server s 192.0.2.1:80 chek\nbackend b\n  server s 192.0.2.1:80\n")
    node = lab.nodes["lb1"]
    done = netns.run(node.namespace, lab.binary, "run", "--haproxy", path, "--runtime-dir",
                     node.runtime_dir, check=False)
    assert done.returncode == 3
    assert f'{path}:12: wrong: there is no backend "nothing"' in done.stderr
