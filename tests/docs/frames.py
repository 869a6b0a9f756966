"""Puts what an example shows of a configuration into a whole one that `hapair check` can judge:
names that it takes for granted (a VIP, a backend, a list of users) are there, and nothing else."""

import json
import re

from house import tree

SCHEMA = json.loads((tree.ROOT / "configs/schema.json").read_text(encoding="utf-8"))
PARTS = set(SCHEMA["properties"])
COUNTED = ("requests", "connections", "errors", "failures", "bytes_in", "bytes_out")
# What stands for a thing that an example names and does not show; N is another one each time.
STOCK = {
    "vips": {"router_id": "N", "addresses": ["198.51.100.N"]},
    "frontends": {"bind": [{"vip": "frame", "port": 80}], "default_backend": "frame"},
    "backends": {"check": {"type": "tcp"}, "servers": {"s1": {"address": "203.0.113.1:80"}}},
    "targets": {"type": "interface"},
    "users": {"file": "/etc/hapair/users"},
    "tables": {**{key: "10s" for key in COUNTED}, "active": True},
    "matches": {"tls": True},
    "maps": {"file": "/etc/hapair/names.map"},
    "resolvers": {"nameservers": ["203.0.113.53"]},
}
# Keys whose value is the name of such a thing, or a list of names.
NAMING = {"vip": "vips", "members": "vips", "default_backend": "backends", "backend": "backends",
          "fail_without": "backends", "target": "targets", "users": "users", "table": "tables",
          "count_in": "tables", "is": "matches", "any": "matches", "not": "matches",
          "resolver": "resolvers", "network": "networks", "use_backend": "backends",
          "default": "backends"}
# The same words for something else.
NOT_NAMING = {("notify", "any"), ("routes", "table"), ("rules", "table")}


def without_comments(text):
    return re.sub(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or " ", text,
                  flags=re.DOTALL)


def parse(text):
    """The value of an example: a whole object, or keys as they stand inside of one."""
    plain = without_comments(text).strip()
    return json.loads(plain if plain.startswith("{") else "{" + plain + "}")


def base():
    return {"cluster": {"name": "frame", "secret_file": "/etc/hapair/secret", "nodes": {
        name: {"address": f"192.0.2.{last}", "interface": "eth0"}
        for name, last in (("lb1", 11), ("lb2", 12))}}}


def framed(fragment, place=""):
    """A whole configuration with the fragment at its place: "", "backends.web", "frontends",
    "frontends.web.rules[]"."""
    config = base()
    parts = place.split(".") if place else []
    if not parts:
        config.update(fragment)
    else:
        at = config
        for depth, part in enumerate(parts[:-1] if place.endswith("[]") else parts):
            made = stock(parts[0], depth) if depth == 1 and parts[0] in STOCK else {}
            at = at.setdefault(part, made)
        if place.endswith("[]"):
            at[parts[-1].removesuffix("[]")] = [fragment]
        else:
            at.update(fragment)
    complete(config)
    return config


def stock(kind, number):
    text = json.dumps(STOCK[kind])
    return json.loads(text.replace('"N"', str(200 + number)).replace(".N", f".{200 + number}"))


def named(node, above=""):
    """What an object names: (kind, name), a server as ("servers", "BACKEND/SERVER")."""
    if isinstance(node, list):
        for item in node:
            yield from named(item, above)
        return
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        names = value if isinstance(value, list) else [value]
        if key in NAMING and (above, key) not in NOT_NAMING:
            yield from ((NAMING[key], each) for each in names if isinstance(each, str))
        if key == "use_server" or (key == "track" and isinstance(value, str) and "/" in value):
            yield "servers", value
        elif key == "track" and isinstance(value, str):
            yield "targets", value
        if key == "use_backend" and isinstance(value, dict):
            yield "maps", value.get("map")
        elif key == "map" and isinstance(value, dict):
            yield "maps", value.get("name")
        yield from named(value, key)


def complete(config):
    """Adds what is named and not there; and something to do where there is nothing."""
    if not config.get("vips") and not config.get("frontends"):
        config["vips"] = {"frame": stock("vips", 0)}
    # Twice, as what has been added names the frame's own.
    for first in (1, 30):
        for number, (kind, name) in enumerate(list(named(config)), first):
            add_missing(config, kind, name, number)


def add_missing(config, kind, name, number):
    if kind == "networks":
        for last, node in enumerate(config["cluster"]["nodes"].values(), 11):
            node.setdefault("networks", {}).setdefault(
                name, {"interface": f"net{name}"[:15], "address": f"198.18.{number}.{last}"})
    elif kind == "servers":
        backend, _, server = name.partition("/")
        made = config.setdefault("backends", {}).setdefault(backend, stock("backends", number))
        made["servers"].setdefault(server, {"address": f"203.0.113.{number}:80"})
    elif not (kind == "resolvers" and name == "default"):
        config.setdefault(kind, {}).setdefault(name, stock(kind, number))
