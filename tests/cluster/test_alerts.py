"""Changes are told to webhooks, by mail and to commands: in time, never in floods."""

import re

from lab import certificates
from lab.dns import Dnsmasq
from lab.processes import wait_until
from lab.receivers import OpenSmtpd, Relay, Webhook
from lab.topology import BACKENDS, CLIENT
from test_notify import lines_of, make_script, out_folder
from test_script_host import kill_host

PORT = 8025


def start(lab, **alerts):
    lab.write_config(alerts=alerts)
    lab.start_backends()
    node = lab.nodes["lb1"].start()
    lab.await_master("lb1")
    wait_until(lambda: all(target["state"] == "up" for target in node.status()["targets"]), 5,
               "both servers up")
    return node


def alert_of(node, name):
    return next(each for each in node.status()["alerts"] if each["name"] == name)


def webhook(**more):
    return {"webhook": f"http://{CLIENT}:{PORT}/hook?key=1", "timeout": "1s", "retry": "200ms",
            **more}


def test_a_webhook_hears_of_servers_backends_and_vips(lab):
    with Webhook(lab.namespace("client"), PORT) as sink:
        node = start(lab, chat=webhook())
        wait_until(lambda: any(event["id"] == "vrrp-transition" and event["to"] == "master"
                               for event in sink.events()), 5, "the VIP told")
        for backend in lab.backends.values():
            backend.stop()
        wait_until(lambda: {(event["subject"], event["to"]) for event in sink.events()} >=
                   {("web_server/web1", "down"), ("web_server/web2", "down"),
                    ("web_server", "down")}, 8, f"all three told: {sink.events()}")
        lab.backends["web1"].start()
        wait_until(lambda: ("web_server", "up") in
                   {(event["subject"], event["to"]) for event in sink.events()}, 8, "and back")
        event = next(event for event in sink.events() if event["to"] == "down")
        assert "Layer4" in event["cause"] and event["from"] == "up"
        message = sink.messages[0]
        assert (message["node"], message["cluster"], message["lost"]) == ("lb1", "web", 0)
        assert sink.paths[0] == ("/hook?key=1", f"{CLIENT}:{PORT}")
        # What a start alone brings is nobody's alert.
        assert not [event for event in sink.events() if event["from"] == "unknown"]
        wait_until(lambda: alert_of(node, "chat")["messages"] == len(sink.messages), 5,
                   "all messages counted")
        assert alert_of(node, "chat")["fault"] is None
        assert "key=1" not in str(node.status())


def test_only_what_is_wanted_is_told(lab):
    with Webhook(lab.namespace("client"), PORT) as sink:
        start(lab, chat=webhook(about=["backends"]))
        lab.backends["web1"].stop()
        lab.backends["web2"].stop()
        wait_until(lambda: sink.events(), 8, "the backend told")
        assert {event["id"] for event in sink.events()} == {"backend-state"}


def test_what_fails_is_tried_again_and_then_given_up(lab):
    with Webhook(lab.namespace("client"), PORT) as sink:
        sink.status = 503
        node = start(lab, chat=webhook(tries=3, about=["servers"]))
        lab.backends["web1"].stop()
        wait_until(lambda: alert_of(node, "chat")["lost"] == 1, 10, "the message given up")
        assert sink.attempts == 3
        assert "it answered 503" in alert_of(node, "chat")["fault"]
        assert "alert-failed" in node.log() and "alert-lost" in node.log()
        sink.status = 200
        lab.backends["web1"].start()
        wait_until(lambda: [event["to"] for event in sink.events()] == ["up"], 8, "the next told")
        assert sink.messages[0]["lost"] == 1
        assert "alert-recovered" in node.log()


def test_a_receiver_that_is_not_there_or_hangs_holds_up_nothing(lab):
    with Relay(lab.namespace("client"), 2525) as hung:
        hung.silent = True
        node = start(lab, nobody=webhook(tries=2),
                     hung={"relay": f"{CLIENT}:2525", "from": "a@lab.example",
                           "to": ["b@lab.example"], "timeout": "500ms", "tries": 2,
                           "retry": "100ms", "group": "0s"})
        lab.backends["web1"].stop()
        wait_until(lambda: alert_of(node, "nobody")["lost"] and alert_of(node, "hung")["lost"],
                   10, "both given up")
        assert "did not answer within 500ms" in alert_of(node, "hung")["fault"]
        assert "Connection refused" in alert_of(node, "nobody")["fault"]
        assert lab.get()[0] == 200


def test_a_webhook_under_tls_is_asked_who_it_is(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    certificate = authority.issue("hooks.internal")
    url = f"https://hooks.internal:{PORT}/"
    with Webhook(lab.namespace("client"), PORT, certificate) as sink, \
            Dnsmasq(lab, "client", CLIENT) as dns:
        dns.set(hooks=[CLIENT])
        alerts = {"good": webhook(webhook=url, ca=str(authority.path)),
                  "stranger": webhook(webhook=url),
                  "careless": webhook(webhook=url, verify=False)}
        lab.write_config(alerts=alerts, resolvers={"default": {"nameservers": [CLIENT]}})
        lab.start_backends()
        node = lab.nodes["lb1"].start()
        wait_until(lambda: alert_of(node, "good")["messages"] and
                   alert_of(node, "careless")["messages"] and alert_of(node, "stranger")["fault"],
                   10, "two of three told")
        assert "certificate verify failed" in alert_of(node, "stranger")["fault"]
        assert sink.paths[0][1] == f"hooks.internal:{PORT}"


def test_mail_is_grouped(lab):
    with Relay(lab.namespace("client"), 2525) as relay:
        node = start(lab, ops={"relay": f"{CLIENT}:2525", "from": "hapair@lab.example",
                               "to": ["a@lab.example", "b@lab.example"], "subject": "[lab]",
                               "about": ["servers"], "group": "3s"})
        for _ in range(3):
            lab.backends["web1"].stop()
            wait_until(lambda: "down" in states(node), 5, "web1 down")
            lab.backends["web1"].start()
            wait_until(lambda: "down" not in states(node), 5, "web1 up")
        wait_until(lambda: sum(mail["text"].count("web_server/web1 is ")
                               for mail in relay.mails) >= 6 + len(relay.mails), 12,
                   "all six changes told, and each in a subject's place")
        print(f"6 changes in {len(relay.mails)} mails")
        assert len(relay.mails) <= 4
        mail = relay.mails[0]
        assert mail["from"] == "<hapair@lab.example>"
        assert mail["to"] == ["<a@lab.example>", "<b@lab.example>"]
        assert re.search(r"^Subject: \[lab\] lb1: .*web_server/web1 is ", mail["text"], re.M)
        assert "To: a@lab.example,\n b@lab.example" in mail["text"].replace("\r", "")


def states(node):
    return [target["state"] for target in node.status()["targets"]]


def test_a_relay_that_is_full_for_now_gets_the_mail_later(lab):
    with Relay(lab.namespace("client"), 2525) as relay:
        relay.refuse = "452 no room"
        node = start(lab, ops={"relay": f"{CLIENT}:2525", "from": "hapair@lab.example",
                               "to": ["a@lab.example"], "about": ["servers"], "group": "0s",
                               "retry": "300ms"})
        lab.backends["web2"].stop()
        wait_until(lambda: "452 no room" in (alert_of(node, "ops")["fault"] or ""), 8, "a refusal")
        relay.refuse = None
        wait_until(lambda: relay.mails, 8, "the mail")
        assert "web_server/web2 is down" in relay.mails[0]["text"]


def test_a_real_mail_server_takes_the_mail(lab):
    with OpenSmtpd(lab, "client", CLIENT) as server:
        start(lab, ops={"relay": f"{CLIENT}:25", "from": "hapair@lab.example",
                        "to": ["ops@lab.example"], "about": ["servers"], "group": "1s"})
        lab.backends["web1"].stop()
        wait_until(server.mails, 15, "the mail in its box")
        text = server.mails()[0]
        assert "Subject: hapair lb1: web_server/web1 is down" in text
        assert "web_server/web1 is down (was up): Layer4 connection problem" in text
        assert BACKENDS["web1"] not in text.split("\n\n")[0]


def test_mail_goes_under_tls_and_with_a_login(lab):
    authority = certificates.Authority(lab.directory / "certificates")
    secret = lab.write_secret("open sesame")
    wrong = lab.write_secret("nonsense", "wrong")
    lab.nodes["lb1"].write_hosts(f"{CLIENT} relay.lab\n")

    def ops(port, **more):
        return {"relay": f"relay.lab:{port}", "from": "hapair@lab.example", "about": ["servers"],
                "to": ["ops@lab.example"], "group": "0s", "ca": str(authority.path),
                "login": "hapair", "password_file": secret, "tries": 2, "retry": "100ms",
                **more}

    certificate, login = authority.issue("relay.lab"), ("hapair", "open sesame")
    client = lab.namespace("client")
    with Relay(client, 25) as plain, Relay(client, 587, certificate, login=login) as starttls, \
            Relay(client, 465, certificate, implicit=True, login=login) as implicit:
        node = start(lab, starttls=ops(587, tls="starttls"), implicit=ops(465, tls="implicit"),
                     plain=ops(25, tls="starttls"),
                     stranger=ops(587, tls="starttls", password_file=wrong),
                     distrustful={key: value for key, value in ops(465, tls="implicit").items()
                                  if key != "ca"})
        lab.backends["web1"].stop()
        wait_until(lambda: starttls.mails and implicit.mails, 15, "both mails")
        for name, why in (("plain", "does not offer STARTTLS"),
                          ("stranger", "the relay says: 535 who are you"),
                          ("distrustful", "certificate verify failed")):
            wait_until(lambda name=name: alert_of(node, name)["lost"], 10, f"{name} given up")
            assert why in alert_of(node, name)["fault"], name
        assert [mail["secure"] for mail in starttls.mails + implicit.mails] == [True, True]
        assert "web_server/web1 is down" in starttls.mails[0]["text"]
        assert not plain.mails
        assert "sesame" not in node.log() and "sesame" not in str(node.status())


def test_commands_hear_of_each_change_in_order(lab):
    out = out_folder(lab)
    # The first of each is slow: the order is that of the changes, not that of who is quicker.
    slow = make_script(lab, "slow", f'[ "$5" = down ] && sleep 0.5; echo "$1 $2 $3 $4 $5 $6" >> '
                                    f'{out}/told; echo heard\n')
    hung = make_script(lab, "hung", f"echo at it; echo x >> {out}/hung; exec sleep 60\n")
    failing = make_script(lab, "failing", "echo no line; exit 3\n")
    node = start(lab, pager={"command": [slow, "an argument"], "about": ["servers", "backends"]},
                 hung={"command": [hung], "about": ["servers"], "timeout": "300ms"},
                 failing={"command": [failing], "about": ["servers"], "parallel": 1,
                          "per_minute": 1})
    lab.backends["web1"].stop()
    lab.backends["web2"].stop()
    wait_until(lambda: len(lines_of(out / "told")) == 3, 10, "both servers and the backend")
    lab.backends["web1"].start()
    wait_until(lambda: len(lines_of(out / "told")) == 5, 10, "and back")
    told = [line.split()[2:6] for line in lines_of(out / "told")]
    assert [words[2:] for words in told if words[1] == "web_server/web1"] == \
        [["up", "down"], ["down", "up"]]
    assert [words[2:] for words in told if words[0] == "backend"] == \
        [["up", "down"], ["down", "up"]]
    assert all(line.startswith("an argument ") for line in lines_of(out / "told"))
    assert any("Layer4" in line for line in lines_of(out / "told"))
    wait_until(lambda: alert_of(node, "pager")["messages"] == 5, 5, "their ends")
    # One that hangs is ended and said; one that fails is not repeated.
    wait_until(lambda: alert_of(node, "hung")["failures"] == 3, 10, "three ended")
    assert "after its time limit: at it" in alert_of(node, "hung")["fault"]
    assert "exit code 3: no line" in alert_of(node, "failing")["fault"]
    assert alert_of(node, "failing")["failures"] == 1 and alert_of(node, "failing")["waiting"] == 2
    assert "alert-failed" in node.log() and "hung: signal 15" in node.log()
    assert alert_of(node, "pager")["receiver"] == slow and lab.get()[0] == 200


def test_a_command_is_told_again_when_its_process_is_lost(lab):
    out = out_folder(lab)
    script = make_script(lab, "once", f"echo \"$2 $4\" >> {out}/told; "
                                      f"[ $(wc -l < {out}/told) -gt 1 ] || sleep 30\n")
    node = start(lab, pager={"command": [script], "about": ["servers"]})
    lab.backends["web1"].stop()
    wait_until(lambda: lines_of(out / "told"), 8, "the first run")
    kill_host(node)
    wait_until(lambda: lines_of(out / "told") == ["web_server/web1 down"] * 2, 10, "once more")
    wait_until(lambda: alert_of(node, "pager")["messages"] == 1, 5, "its end")
    assert alert_of(node, "pager")["lost"] == 0


def test_a_reload_loses_nothing_that_waits_for_a_command(lab):
    out = out_folder(lab)
    script = make_script(lab, "slow", f"sleep 1; echo \"$2 $4\" >> {out}/told\n")
    pager = {"command": [script], "about": ["servers"], "parallel": 1}
    node = start(lab, pager=pager)
    for backend in lab.backends.values():
        backend.stop()
    wait_until(lambda: alert_of(node, "pager")["waiting"] > 0, 8, "news that waits")
    lab.write_config(alerts={"pager": pager}, frontends__http_front__timeouts={"client": "40s"})
    done = node.command("reload")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: sorted(lines_of(out / "told")) ==
               ["web_server/web1 down", "web_server/web2 down"], 10, "both told, each once")
    assert alert_of(node, "pager")["lost"] == 0
