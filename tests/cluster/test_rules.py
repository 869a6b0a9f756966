"""Rules with curl: where requests go, what is answered here, and what is changed on their way."""

import re

from lab.processes import wait_until
from lab.topology import BACKENDS, VIP

RULES = [
    {"match": {"path_prefix": ["/admin"], "not": ["staff"]}, "deny": {"status": 403}},
    {"match": {"host": ["old.example"]}, "redirect": {"prefix": "https://new.example",
                                                      "status": "301"}},
    {"set_header": ["X-Client: %{client_address}"], "set_response_header": ["X-Served: here"],
     "capture": [{"name": "tenant", "from": "%{header:X-Tenant}", "length": 8},
                 {"name": "served", "from_response": "Server"}]},
    {"match": {"host": ["*.second.example"], "path_prefix": ["/api/"]},
     "rewrite_path": {"prefix": "/api/", "with": "/"}, "use_backend": "second"},
    {"match": {"path": ["/away"]}, "answer": {"status": 503, "body": "Back soon."}},
    {"match": {"path": ["/slow"]}, "tarpit": {"delay": "300ms", "status": 500}},
    {"match": {"path": ["/gone"]}, "drop": True},
]


def test_rules_for_clients_of_both_versions(lab):
    lab.write_config(
        matches={"staff": {"source": ["203.0.113.0/24"]}},
        frontends__http_front__bind=[{"vip": "VI_1", "port": 80,
                                      "protocols": ["h2", "http/1.1"]}],
        frontends__http_front__rules=RULES,
        backends__web_server__servers={"node1": {"address": f"{BACKENDS['web1']}:80"}},
        backends__second={"servers": {"s2": {"address": f"{BACKENDS['web2']}:80"}}})
    lab.start()
    url = f"http://{VIP}"
    for version in ("--http1.1", "--http2-prior-knowledge"):
        def status(path, *options, version=version):
            return lab.curl(version, "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}",
                            "--path-as-is", *options, f"{url}{path}").stdout

        wait_until(lambda: status("/").startswith("200"), 5, "an answer")
        for path in ("/admin", "/%61dmin/x", "//admin", "/x/../admin"):
            assert status(path) == "403 ", path
        assert status("/x/..%2fadmin") == "400 "
        assert status("/a?b", "-H", "Host: old.example") == "301 https://new.example/a?b"
        assert status("/away") == "503 "
        assert status("/slow") == "500 "
        assert lab.curl(version, f"{url}/gone").returncode != 0
        assert lab.curl(version, f"{url}/away").stdout == "Back soon."
        assert lab.curl(version, "-H", "X-Tenant: acme-industries",
                        f"{url}/").stdout.strip() == "web1"
        moved = lab.curl(version, "-i", "-H", "Host: a.second.example", f"{url}/api/")
        assert moved.stdout.strip().endswith("web2")
        assert re.search(r"(?i)^x-served: here\r?$", moved.stdout, re.MULTILINE)
    for seen in (r"http_front/<NOSRV> .* 403 \d+ - - PR--",
                 r"301 \d+ - - LR--", r"500 \d+ - - PT--",
                 r" second/s2 .* 200 ",
                 r' \{acme-ind\} \{nginx[^}]*\} "GET / HTTP/1.1"',
                 r' \{acme-ind\} \{nginx[^}]*\} "GET / HTTP/2.0"'):
        wait_until(lambda seen=seen: re.search(seen, lab.nodes["lb1"].log()), 5, seen)
