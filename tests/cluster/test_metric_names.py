"""The metrics with everything switched on: promtool finds no fault, and the names that dashboards
for HAProxy and keepalived ask for tell what happened."""

import re
import subprocess

from lab import certificates
from lab.processes import wait_until
from lab.topology import VIP

# What dashboards for HAProxy's own exporter show, with the labels that they choose by.
DASHBOARDS = {
    "process": ["current_connections", "max_connections", "uptime_seconds", "build_info{version}",
                "pool_used_bytes", "current_ssl_rate", "dropped_logs_total"],
    "frontend": ["http_requests_total{proxy}", "http_responses_total{proxy,code}",
                 "current_sessions{proxy}", "limit_sessions{proxy}", "sessions_total{proxy}",
                 "connections_total{proxy}", "bytes_in_total{proxy}", "bytes_out_total{proxy}",
                 "request_errors_total{proxy}", "requests_denied_total{proxy}",
                 "status{proxy,state}"],
    "backend": ["status{proxy,state}", "active_servers{proxy}", "backup_servers{proxy}",
                "current_queue{proxy}", "current_sessions{proxy}",
                "http_responses_total{proxy,code}", "connection_errors_total{proxy}",
                "response_errors_total{proxy}", "retry_warnings_total{proxy}",
                "redispatch_warnings_total{proxy}", "response_time_average_seconds{proxy}",
                "total_time_average_seconds{proxy}", "queue_time_average_seconds{proxy}",
                "connect_time_average_seconds{proxy}"],
    "server": ["status{proxy,server,state}", "check_status{proxy,server,state}",
               "check_failures_total{proxy,server}", "check_up_down_total{proxy,server}",
               "downtime_seconds_total{proxy,server}", "weight{proxy,server}",
               "current_sessions{proxy,server}", "current_queue{proxy,server}",
               "bytes_in_total{proxy,server}", "bytes_out_total{proxy,server}",
               "http_responses_total{proxy,server,code}",
               "queue_time_average_seconds{proxy,server}",
               "connect_time_average_seconds{proxy,server}",
               "response_time_average_seconds{proxy,server}",
               "total_time_average_seconds{proxy,server}"]}
ALL_ON = {"haproxy_names": True, "keepalived_names": True, "server_histograms": True}


def text_of(node):
    status, body = node.request("/metrics")
    assert status == 200
    return body.decode()


def samples_of(node):
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in text_of(node).splitlines()
             if line and not line.startswith("#"))}


def test_promtool_finds_no_fault_with_everything_on(lab):
    # Two targets of one name: their series must differ all the same.
    lab.write_config(metrics=ALL_ON, log=[{"type": "stderr", "what": "records"},
                                          {"type": "stderr", "what": "records"}])
    lab.start()
    for _ in range(10):
        lab.get("/")
    text = text_of(lab.nodes["lb1"])
    for name in ("haproxy_server_status", "keepalived_vrrp_state", "hapair_server_total_seconds"):
        assert f"# TYPE {name} " in text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                             text=True, timeout=30)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def shape_of(sample):
    """A sample's name with the names of its labels: haproxy_backend_status{proxy,state}."""
    name, _, labels = sample.partition("{")
    names = re.findall(r'(\w+)="', labels)
    return f"{name}{{{','.join(names)}}}" if names else name


def test_dashboards_for_haproxy_find_what_they_show(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    bundle = authority.issue("www.example.com").bundle(lab.directory / "www.pem")
    lab.write_config(metrics=ALL_ON, frontends__http_front__bind=[
        {"vip": "VI_1", "port": 80},
        {"vip": "VI_1", "port": 443, "tls": {"certificates": [bundle]}}])
    lab.start()
    node = lab.nodes["lb1"]
    rates = []

    def shake_hands():
        assert lab.curl("-k", "-o", "/dev/null", "-w", "%{http_code}",
                        f"https://{VIP}/").stdout == "200"
        rates.append(samples_of(node)["haproxy_process_current_ssl_rate"])
        return 1 <= rates[-1] <= len(rates)

    wait_until(shake_hands, 10, "the rate of handshakes")
    samples = samples_of(node)
    shapes = {shape_of(sample) for sample in samples}
    wanted = {f"haproxy_{part}_{each}" for part, names in DASHBOARDS.items() for each in names}
    assert wanted <= shapes, wanted - shapes
    states = {re.search('state="(\\w+)"', sample)[1] for sample in samples
              if sample.startswith("haproxy_server_status{")}
    assert states == {"DOWN", "UP", "MAINT", "DRAIN", "NOLB"}


def test_names_of_others_are_there_only_where_they_are_wanted(lab):
    lab.write_config()
    lab.start()
    text = text_of(lab.nodes["lb1"])
    assert "hapair_vrrp_state" in text
    assert not re.search(r"haproxy_|keepalived_|hapair_server_total_seconds", text)
    lab.write_config(metrics=ALL_ON)
    node = lab.nodes["lb1"]
    node.command("reload", check=True)
    lab.get("/")
    text = text_of(node)
    for name in ("haproxy_frontend_status", "keepalived_up", "hapair_server_total_seconds"):
        assert f"# TYPE {name} " in text


def test_the_figures_are_those_of_what_happened(lab):
    lab.write_config(metrics=ALL_ON)
    lab.start()
    node = lab.nodes["lb1"]
    before = samples_of(node)
    for _ in range(20):
        assert lab.get("/index.html")[0] == 200
    after = samples_of(node)

    def grown(name):
        return after[name] - before[name]

    assert grown('haproxy_frontend_http_requests_total{proxy="http_front"}') >= 20
    assert grown('haproxy_backend_http_responses_total{proxy="web_server",code="2xx"}') >= 20
    for server in ("web1", "web2"):
        labels = f'proxy="web_server",server="{server}"'
        assert grown(f"haproxy_server_sessions_total{{{labels}}}") >= 5
        assert after[f'haproxy_server_status{{{labels},state="UP"}}'] == 1
        assert after[f'haproxy_server_status{{{labels},state="DOWN"}}'] == 0
        times = f'{{backend="web_server",server="{server}"}}'
        assert grown(f"hapair_server_response_seconds_count{times}") >= 5
        assert 0 < after[f"hapair_server_total_seconds_sum{times}"] < 20
    assert after["haproxy_process_requests_total"] >= 20
    assert after['haproxy_backend_active_servers{proxy="web_server"}'] == 2
    assert after["hapair_process_cpu_seconds_total"] > 0
    assert after["hapair_process_resident_memory_bytes"] > 1 << 20


def test_a_takeover_is_measured_on_both_ends(pair):
    """Of the node that leaves the farewell, of the other one the silence and the addresses."""
    first, second = pair.nodes["lb1"], pair.nodes["lb2"]
    before = samples_of(second)
    vip = '{vip="VI_1"}'
    # There is another router to be heard of before it is taken over from.
    wait_until(lambda: samples_of(second)[f"hapair_vrrp_adverts_received_total{vip}"] >= 3, 5,
               "adverts")
    assert samples_of(first)[f"hapair_vrrp_adverts_sent_total{vip}"] >= 3
    assert before[f"hapair_vrrp_takeover_placing_seconds_count{vip}"] == 0
    assert first.order("/v1/step-down", {"step_down": "now"})[0] == 200
    wait_until(lambda: second.role_of() == "master", 5, "the takeover")
    wait_until(lambda: samples_of(second)[f"hapair_vrrp_takeover_placing_seconds_count{vip}"] == 1,
               5, "the addresses")
    after = samples_of(second)
    assert after['hapair_vrrp_transitions_total{vip="VI_1",from="backup",to="master"}'] == 1
    assert after[f"hapair_vrrp_farewells_received_total{vip}"] >= 1
    assert samples_of(first)[f"hapair_vrrp_farewells_sent_total{vip}"] >= 1
    assert after[f"hapair_vrrp_takeover_silence_seconds_count{vip}"] == 1
    assert 0 < after[f"hapair_vrrp_takeover_silence_seconds_sum{vip}"] < 5
    assert 0 < after['hapair_vrrp_takeover_placing_seconds{vip="VI_1",quantile="1"}'] < 1
    assert second.holds(VIP)
