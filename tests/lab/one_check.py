"""One server that lb1 checks often, and what the last check of it found."""

from .processes import wait_until

_SERVER = "web_server/web1"


def start(lab, check, endpoint, **backend):
    lab.write_config(backends__web_server={
        "check": {"interval": "300ms", "rise": 1, "fall": 1, **check}, **backend,
        "servers": {"web1": {"address": endpoint}}})
    lab.start()


def last_check(lab):
    return lab.nodes["lb1"].target(_SERVER)["last_checks"][0]


def await_check(lab, code, info=""):
    def found():
        last = last_check(lab)
        return last["code"] == code and info in last.get("info", "")
    wait_until(found, 5, f"{code} {info}".rstrip())
