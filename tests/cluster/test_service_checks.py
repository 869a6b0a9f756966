"""Checks that talk a service's protocol, against the real servers: up, down, hung, lying, slow."""

import contextlib
import json

import pytest
from lab.certificates import Authority
from lab.processes import wait_until
from lab.receivers import Relay
from lab.services import PASSWORD, Impostor, SlowRelay, all_services
from lab.topology import BACKENDS, Lab

REAL = BACKENDS["web1"]
OTHER = BACKENDS["web2"]
AGENT_PORT = 9100
BESIDE_PORT = 9101
STARTTLS_PORT = 2525
WWW = {"type": "dns", "query": "www.example", "record": "A"}
# A question for the address of www.example, for the check that knows nothing of the DNS.
QUESTION = "1234 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001"
TERMS = {"ca": "CA", "name": "app.example"}

# name: (the service that it asks, its port, the check, what the server is to say)
GOOD = {
    "redis": ("redis", 6379, {"type": "redis"}, "PONG"),
    "redis_primary": ("redis", 6379, {"type": "redis", "role": "primary"}, "role master"),
    "redis_tls": ("redis", 6390, {"type": "redis", "tls": TERMS}, "PONG"),
    "redis_closed": ("redis_with_password", 6380, {"type": "redis"}, "it asks for a password"),
    "redis_password": ("redis_with_password", 6380,
                       {"type": "redis", "password_file": "PASSWORD", "role": "primary"},
                       "role master"),
    "script": ("redis", 6379, {"type": "tcp", "steps": [
        {"send": "PING\r\n"}, {"expect_line": "+PONG"}, {"send": "ECHO 17\r\n"},
        {"expect": "ERR", "not": True, "comment": "a length"}, {"expect_regex": "^1\\d$"},
        {"send": "QUIT\r\n"}]}, "17"),
    "ldap": ("ldap", 389, {"type": "ldap"}, "bind succeeded"),
    "ldap_bind": ("ldap", 389, {"type": "ldap", "bind_dn": "cn=admin,cn=config",
                                "password_file": "PASSWORD"}, "bind succeeded"),
    "dns": ("dns", 53, {**WWW, "answer": "192.0.2.80"}, "192.0.2.80"),
    "dns_tcp": ("dns", 53, {**WWW, "transport": "tcp"}, "192.0.2.80"),
    "udp": ("dns", 53, {"type": "udp", "steps": [{"send_hex": QUESTION},
                                                 {"expect_hex": "c0 00 02 50"}]}, ""),
    "postgresql": ("postgresql", 5432, {"type": "postgresql", "user": "check",
                                        "database": "postgres"}, "ready for a query"),
    "postgresql_primary": ("postgresql", 5432, {"type": "postgresql", "user": "check", "database":
                                                "postgres", "role": "primary"}, "role primary"),
    "postgresql_locked": ("postgresql", 5432, {"type": "postgresql", "user": "locked"},
                          "it asks for a password"),
    "mysql": ("mysql", 3306, {"type": "mysql"}, "MariaDB"),
    "mysql_user": ("mysql", 3306, {"type": "mysql", "user": "check", "database": "shop"},
                   "MariaDB"),
    "mysql_password": ("mysql", 3306, {"type": "mysql", "user": "named",
                                       "password_file": "PASSWORD"}, "MariaDB"),
    "smtp": ("smtp", 25, {"type": "smtp", "hello_name": "lb1.example"}, "mx.example ESMTP"),
    "postgresql_starttls": ("postgresql", 5432, {
        "type": "postgresql", "user": "check", "database": "postgres", "starttls": True,
        "tls": TERMS}, "ready for a query"),
}

HOSTS = {"host": REAL, "no_host": "10.77.0.99"}

# name: (its port, the check, the code, what the server says to it)
WRONG = {
    "redis_replica": (6379, {"type": "redis", "role": "replica"}, "L7STS", "role master"),
    "redis_wrong_password": (6380, {"type": "redis", "password_file": "WRONG"}, "L7STS",
                             "WRONGPASS"),
    "ldap_wrong_password": (389, {"type": "ldap", "bind_dn": "cn=admin,cn=config",
                                  "password_file": "WRONG"}, "L7STS", "invalidCredentials (49)"),
    "dns_wrong_answer": (53, {**WWW, "answer": "192.0.2.81"}, "L7STS", "no 192.0.2.81 among 1"),
    "dns_unknown": (53, {**WWW, "query": "www.elsewhere"}, "L7STS", "REFUSED"),
    "dns_no_record": (53, {**WWW, "record": "MX"}, "L7STS", "no MX record of www.example"),
    "postgresql_standby": (5432, {"type": "postgresql", "user": "check", "database": "postgres",
                                  "role": "replica"}, "L7STS", "role primary"),
    "postgresql_no_database": (5432, {"type": "postgresql", "user": "check", "database": "none"},
                               "L7STS", "FATAL 3D000"),
    "mysql_no_user": (3306, {"type": "mysql", "user": "nobody"}, "L7STS", "Access denied"),
    "mysql_wrong_password": (3306, {"type": "mysql", "user": "named", "password_file": "WRONG"},
                             "L7STS", "Access denied"),
    "mysql_no_database": (3306, {"type": "mysql", "user": "check", "database": "none"}, "L7STS",
                          "none"),
    "postgresql_wrong_name": (5432, {"type": "postgresql", "user": "check", "starttls": True,
                                     "tls": {**TERMS, "name": "other.example"}}, "L6RSP",
                              "certificate verify failed"),
    "script_fails": (6379, {"type": "tcp", "steps": [
        {"send": "PING\r\n"}, {"expect_line": "+PANG", "comment": "the answer"}]}, "L7RSP",
        "step 2 (the answer) expected the line \"+PANG\", got \"+PONG\""),
}

# The same check of something else on the service's port, of a server that takes its time, and of
# one that takes too much.
OVER_TCP = [name for name in GOOD if name not in ("dns", "udp", "redis_tls")]
LYING = {f"lying_{name}": 20000 + GOOD[name][1] for name in OVER_TCP}
SLOW = {f"slow_{name}": 30000 + GOOD[name][1] for name in OVER_TCP}
LATE = {f"late_{name}": 40000 + GOOD[name][1] for name in ("redis", "smtp", "mysql", "ldap")}


class Agent(Impostor):
    def __init__(self, namespace, port):
        super().__init__(namespace, port, b"")
        self.line = b"up\n"

    def serve(self, connection):
        connection.sendall(self.line)


def backend(lab, check, address, port, interval="400ms"):
    """A backend of one server; the names of files in the check are made real."""
    files = {"PASSWORD": str(lab.directory / "password"), "WRONG": str(lab.directory / "wrong"),
             "CA": str(lab.authority.path)}
    text = json.dumps({**check, "interval": interval, "rise": 1, "fall": 1})
    for name, path in files.items():
        text = text.replace(f'"{name}"', json.dumps(path))
    return {"check": json.loads(text), "servers": {"s": {"address": f"{address}:{port}"}}}


def write_config(lab):
    backends = {name: backend(lab, check, REAL, port) for name, (_, port, check, _) in GOOD.items()}
    backends |= {name: backend(lab, check, REAL, port)
                 for name, (port, check, _, _) in WRONG.items()}
    for ports in (LYING, SLOW, LATE):
        interval = "1s" if ports is SLOW else "400ms"
        backends |= {name: backend(lab, GOOD[name.partition("_")[2]][2], OTHER, port, interval)
                     for name, port in ports.items()}
    backends["agent"] = backend(lab, {"type": "agent", "port": AGENT_PORT}, REAL, 80)
    backends["beside"] = {**backend(lab, {"type": "redis"}, REAL, 6379),
                          "agent": {"port": BESIDE_PORT, "interval": "200ms"}}
    backends["starttls"] = backend(lab, {"type": "smtp", "starttls": True, "tls": TERMS}, REAL,
                                   STARTTLS_PORT)
    backends["no_starttls"] = backend(lab, {"type": "smtp", "starttls": True, "tls": TERMS}, REAL,
                                      25)
    backends |= {name: backend(lab, {"type": "icmp"}, address, 80)
                 for name, address in HOSTS.items()}
    lab.write_config(**{f"backends__{name}": value for name, value in backends.items()})


@pytest.fixture(scope="module")
def services():
    """A laboratory with all services and impostors, and lb1 that checks them."""
    with Lab() as lab, contextlib.ExitStack() as things:
        lab.authority = Authority(lab.directory)
        lab.certificate = lab.authority.issue("app.example")
        for name, words in (("password", PASSWORD), ("wrong", "nonsense")):
            lab.write_secret(words, name)
        lab.services = things.enter_context(all_services(lab))
        namespace = lab.namespace("web2")
        for port in set(LYING.values()):
            things.callback(Impostor(namespace, port, b"HTTP/1.1 400 Bad Request\r\n\r\n").close)
        for offset, delay, ports in ((30000, 0.05, SLOW), (40000, 1.0, LATE)):
            for port in set(ports.values()):
                relay = SlowRelay(namespace, port, (REAL, port - offset), delay)
                things.callback(relay.close)
        lab.agent = Agent(lab.namespace("web1"), AGENT_PORT)
        lab.beside = Agent(lab.namespace("web1"), BESIDE_PORT)
        things.enter_context(Relay(lab.namespace("web1"), STARTTLS_PORT, lab.certificate))
        things.callback(lab.agent.close)
        things.callback(lab.beside.close)
        write_config(lab)
        lab.nodes["lb1"].start()
        yield lab


def targets(lab):
    return {target["name"].partition("/")[0]: target
            for target in lab.nodes["lb1"].status()["targets"]}


def last(target):
    checks = target["last_checks"]
    return (checks[0]["code"], checks[0]["info"]) if checks else ("", "")


def await_all(lab, names, holds, what):
    """Waits until it holds of all targets; tells of those of which it does not."""
    def rest():
        now = targets(lab)
        return {name: (now[name]["state"], *last(now[name])) for name in names
                if not holds(name, now[name])}
    try:
        wait_until(lambda: not rest(), 15, what, period=0.1)
    except AssertionError:
        raise AssertionError(f"{what}: not so: {rest()}") from None


def is_up(name, target):
    code, info = last(target)
    return target["state"] == "up" and code == "L7OK" and GOOD[name][3] in info


def test_real_servers_are_up_and_are_shown_by_their_own_words(services):
    await_all(services, GOOD, is_up, "every service up")


def test_a_server_that_is_not_as_expected_is_down_and_says_why(services):
    await_all(services, WRONG, lambda name, target: target["state"] == "down" and
              last(target)[0] == WRONG[name][2] and WRONG[name][3] in last(target)[1],
              "every wrong expectation down")


def test_something_else_on_the_port_is_no_service(services):
    await_all(services, LYING, lambda _, target: target["state"] == "down" and
              last(target)[0] == "L7RSP", "every impostor down")


def test_a_slow_server_that_keeps_within_the_time_is_up(services):
    await_all(services, SLOW, lambda _, target: target["state"] == "up" and
              last(target)[0] == "L7OK", "every slow server up")


def test_a_server_that_is_too_slow_is_down_by_what_it_owed(services):
    await_all(services, LATE, lambda _, target: target["state"] == "down" and
              last(target)[0] == "L7TOUT" and "in time" in last(target)[1], "every late one down")


def test_mail_servers_change_over_to_tls_or_are_down(services):
    await_all(services, ["starttls"], lambda _, target: target["state"] == "up" and
              last(target) == ("L7OK", "relay.lab ESMTP"), "the mail server up under TLS")
    await_all(services, ["no_starttls"], lambda _, target: target["state"] == "down" and
              last(target) == ("L7STS", "no STARTTLS is offered"), "one that offers none down")


def test_an_agent_s_words_decide(services):
    for line, state, code, words in ((b"up\n", "up", "L7OK", "up"),
                                     (b"down # disk full\n", "down", "L7STS", "disk full"),
                                     (b"75%\r\n", "up", "L7OK", "75%"),
                                     (b"hello\n", "down", "L7RSP", "no word of an agent's: hello")):
        services.agent.line = line
        await_all(services, ["agent"], lambda _, target, wanted=(state, code, words):
                  (target["state"], *last(target)) == wanted, f"the agent's {line}")


def test_an_agent_beside_the_check_has_its_word_laid_over_it(services):
    def stands(state, reason=""):
        await_all(services, ["beside"], lambda _, target: target["state"] == state and
                  reason in target["reason"] and last(target) == ("L7OK", "PONG"),
                  f"the server as {state}")

    stands("up")
    for line, state, reason in ((b"down # full\n", "down", "its agent says: full"),
                                (b"up\n", "up", ""),
                                (b"drain\n", "drain", "its agent says: drain"),
                                (b"nonsense\n", "drain", "its agent says: drain"),
                                (b"ready\n", "up", ""),
                                (b"maint\n", "maintenance", "its agent says: maint"),
                                (b"ready up\n", "up", "")):
        services.beside.line = line
        stands(state, reason)
    # Words of one line say nothing of what it leaves out.
    services.beside.line = b"down\n"
    stands("down", "its agent says: down")
    services.beside.line = b"50%\n"
    await_all(services, ["beside"], lambda _, target: target["weight_percent"] == 50, "50 %")
    stands("down", "its agent says: down")
    services.beside.line = b"up\n"
    stands("up")
    for line, limit in ((b"maxconn:7\n", 7), (b"up\n", 7), (b"maxconn:0\n", 0)):
        services.beside.line = line
        await_all(services, ["beside"], lambda _, target, limit=limit:
                  target["max_connections"] == limit, f"a limit of {limit}")
    for line, weight in ((b"25%\n", 25), (b"up\n", 25), (b"100%\n", 100)):
        services.beside.line = line
        await_all(services, ["beside"], lambda _, target, weight=weight:
                  target["weight_percent"] == weight, f"a weight of {weight} %")


def test_a_host_is_checked_by_echo(services):
    await_all(services, ["host"], lambda _, target: target["state"] == "up" and
              last(target) == ("L3OK", "echo reply"), "the host up")
    await_all(services, ["no_host"], lambda _, target: target["state"] == "down" and
              last(target)[0] in ("L3TOUT", "L3CON"), "the missing host down")


def test_passwords_are_neither_shown_nor_logged(services):
    node = services.nodes["lb1"]
    assert PASSWORD not in node.log() and PASSWORD not in json.dumps(node.status())


def test_hung_servers_are_down_for_want_of_an_answer_and_come_back(services):
    for service in services.services.values():
        service.freeze()
    try:
        await_all(services, GOOD, lambda _, target: target["state"] == "down" and
                  last(target)[0] in ("L7TOUT", "L6TOUT", "L4TOUT"), "every hung server down")
    finally:
        for service in services.services.values():
            service.thaw()
    await_all(services, GOOD, is_up, "every service up again")


def test_stopped_servers_are_refused_over_udp_too(services):
    for service in services.services.values():
        service.stop()
    over_udp = ("dns", "udp")
    await_all(services, set(GOOD) - set(over_udp), lambda _, target: target["state"] == "down" and
              last(target) == ("L4CON", "Connection refused"), "every stopped server refused")
    # A host tells of its closed ports no more often than once a second.
    await_all(services, over_udp, lambda _, target: target["state"] == "down" and
              "L4CON" in [one["code"] for one in target["last_checks"]], "the closed ports told")
