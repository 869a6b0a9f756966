#!/usr/bin/python3
"""Makes docs/reference.md from configs/schema.json: every key of the configuration by its path,
with kind, default, range and a sentence. `./dev docs` runs it; a test holds the page against it.

Usage: reference.py SOURCE_ROOT"""

import json
import pathlib
import re
import sys

PAGE = "docs/reference.md"
GUIDE = "configuration.md"

# What the patterns of the schema stand for.
NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_ADDRESS = "[0-9A-Fa-f:.]{2,45}"
_FIELD = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}"
DURATION = "^(0|[0-9]{1,9}(ns|us|ms|s|m|h|d))$"
SIZE = "^[0-9]{1,6}(B|KiB|MiB|GiB|TiB)$"
KINDS = {
    DURATION: "duration",
    SIZE: "size",
    NAME: "name",
    "^/.{1,4094}$": "path",
    "^/.{1,106}$": "path",
    "^/[!-~]{0,1023}$": "path of a URL",
    '^/[!"$-~]{0,1023}$': "path of a URL",
    "^[a-z_][a-z0-9_-]{0,31}$": "account",
    "^[!-.0-9;-~]{1,15}$": "interface",
    "^[0-9.]{7,15}$": "IPv4 address",
    f"^{_ADDRESS}$": "address",
    f"^{_ADDRESS}(/[0-9]{{1,3}})?$": "address or network",
    f"^([0-9.]{{7,15}}|\\[{_ADDRESS}\\]):[0-9]{{1,5}}$": "address and port",
    f"^([0-9.]{{7,15}}|\\[{_ADDRESS}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{{0,252}})):[0-9]{{1,5}}$":
        "address or name, and port",
    f"^{_FIELD}$": "name of a field",
    f"^{_FIELD}:[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]{{0,1024}}$": "field and value",
    "^([01][0-9]|2[0-4]):[0-5][0-9]$": "time of day",
}
# Where a key is explained: the nearest of these above it, and the anchor of its section.
SECTIONS = {
    "": "the-form-of-the-file",
    "cluster": "cluster",
    "cluster.hello": "hello",
    "process": "process",
    "log": "log",
    "journal": "journal",
    "metrics": "metrics",
    "vips": "vips",
    "vips.*.notify": "notify",
    "sync_groups": "sync_groups",
    "sync_groups.*.notify": "notify",
    "targets": "targets",
    "matches": "rules",
    "matches.*.map": "maps",
    "maps": "maps",
    "tables": "tables",
    "users": "who-may",
    "frontends": "frontends",
    "frontends.*.bind[].tcp_keepalive": "tcp-keep-alive",
    "frontends.*.bind[].tls": "tls-of-a-bind",
    "frontends.*.stats": "the-page",
    "frontends.*.pass_client_certificate": "client-certificates",
    "frontends.*.inspect_tls": "tls-that-is-passed-on",
    "frontends.*.per_address": "limits-for-each-client",
    "frontends.*.request_id": "request-ids",
    "frontends.*.redirect_https": "to-https",
    "frontends.*.hsts": "to-https",
    "frontends.*.monitor": "a-path-for-whoever-watches",
    "frontends.*.compression": "compression",
    "frontends.*.error_pages": "error-pages",
    "frontends.*.rate_limit": "rate-limits",
    "frontends.*.rules": "rules",
    "frontends.*.rules[].basic_auth": "who-may",
    "frontends.*.rules[].forward_auth": "who-may",
    "frontends.*.rules[].use_backend": "maps",
    "frontends.*.http": "http-in-a-frontend",
    "frontends.*.limits": "http-in-a-frontend",
    "frontends.*.timeouts": "http-in-a-frontend",
    "admin": "admin",
    "resolvers": "resolvers",
    "alerts": "alerts",
    "backends": "backends",
    "backends.*.balance": "the-choice-of-a-server",
    "backends.*.outlier": "servers-by-what-their-traffic-shows",
    "backends.*.cookie": "clients-that-stay-on-their-servers",
    "backends.*.stick": "clients-that-stay-on-their-servers",
    "backends.*.rate_limit": "rate-limits",
    "backends.*.tls": "tls-to-servers",
    "backends.*.check": "checks",
    "backends.*.check.tls": "tls-to-servers",
    "backends.*.check.steps": "steps",
    "backends.*.agent": "checks",
    "backends.*.http2": "http2-to-servers",
    "backends.*.rules": "rules",
    "backends.*.servers.*.resolve": "resolvers",
}
# An object with fewer keys is told anew wherever it stands.
FEWEST_TO_REFER = 3

HEAD = f"""# Every key of the configuration

Made from [configs/schema.json](../configs/schema.json) by `./dev docs`: don't edit it. What the
keys are for, and how they go together, is told in [{GUIDE}]({GUIDE}); each part
below begins with a link to its place there.

`*` in a path stands for a name that you choose, `[]` for each entry of a list. A duration is
written as `"250ms"`, a size as `"16KiB"`; the [form of the file]({GUIDE}#the-form-of-the-file)
tells all kinds of values. **required**: the object can't be without the key. A default of – is
none, or what the sentence says.

| part | what it is |
|---|---|
"""


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def section_of(path):
    """The anchor in the guide for a key, or for the keys of an object."""
    above = [prefix for prefix in SECTIONS
             if path == prefix or not prefix or path.startswith((prefix + ".", prefix + "["))]
    return SECTIONS[max(above, key=len)]


def code(value):
    """A value as the file has it, for a cell of a table."""
    return "`" + json.dumps(value, ensure_ascii=False).replace("|", "\\|") + "`"


def choices_of(pattern):
    """Of a pattern that allows only fixed words these words; else none."""
    inner = re.fullmatch(r"\^\(((?:[\w /-]|\\\.)+(?:\|(?:[\w /-]|\\\.)+)*)\)\$", pattern)
    return inner[1].replace("\\", "").split("|") if inner else []


def _many(kind, one_word):
    """Several of a kind; one that takes more words than one stands behind a colon."""
    if kind.isalpha():
        return one_word.format(kind + ("es" if kind.endswith("s") else "s"))
    return f"{one_word.partition(' ')[0]}: {kind}"


def kind_of(schema):
    if "enum" in schema:
        return ", ".join(map(code, schema["enum"]))
    if "const" in schema:
        return code(schema["const"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind_of(each) for each in schema["anyOf"]))
    kind = schema["type"]
    if kind == "string":
        pattern = schema.get("pattern", "")
        fixed = ", ".join(map(code, choices_of(pattern)))
        return fixed or KINDS.get(pattern, "text")
    if kind == "array":
        return _many(kind_of(schema["items"]), "list of {}")
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return _many(kind_of(schema["additionalProperties"]), "{} by name")
    return {"boolean": "`true`, `false`", "integer": "number"}.get(kind, kind)


def range_of(schema):
    """The limits of a number, or of how many entries there may be."""
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    least, most = ("minItems", "maxItems") if schema.get("type") == "array" else (
        "minProperties", "maxProperties")
    if most in schema:
        entries = f"{schema.get(least, 0)} to {schema[most]} entries"
        inner = schema.get("items", schema.get("additionalProperties", {}))
        return f"{entries}, each {inner['minimum']} to {inner['maximum']}" if (
            "minimum" in inner) else entries
    for each in schema.get("anyOf", []):
        if told := range_of(each):
            return told
    return ""


def objects_in(schema, path):
    """The objects whose keys stand at or below a key, with their paths, the nearest only."""
    if schema.get("type") == "object" and "properties" in schema:
        yield path, schema
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        yield from objects_in(schema["additionalProperties"], f"{path}.*")
    elif schema.get("type") == "array":
        yield from objects_in(schema["items"], f"{path}[]")
    for each in schema.get("anyOf", []):
        yield from objects_in(each, path)


class Reference:
    """Walks the schema and gathers the text of the page."""

    def __init__(self, schema):
        self._told = {}  # where the keys of an object have been told
        self._body = []
        self.text = HEAD
        for name, part in schema["properties"].items():
            meaning = self._meaning(part)
            if not list(objects_in(part, name)):
                self.text += f"| `{name}` | {meaning} |\n"
                continue
            self.text += f"| [`{name}`](#{slug(name)}) | {meaning} |\n"
            self._tell_part(name, part, name in schema.get("required", ()))
        self.text += "".join(self._body)

    def _tell_part(self, name, part, required):
        self._body.append(f"\n## `{name}`\n\n{self._meaning(part)}\n")
        limits = [kind_of(part), range_of(part), "**required**" if required else ""]
        if "default" in part:
            limits.append(f"{code(part['default'])} by default")
        self._body.append(f"\nKind: {'; '.join(filter(None, limits))}. Explained under "
                          f"[{section_of(name)}]({GUIDE}#{section_of(name)}).\n")
        for path, inner in self._objects(part, name):
            self._tell_object(path, inner)

    @staticmethod
    def _objects(schema, path):
        """Those that have keys of their own; one form of the same keys is enough."""
        found = []
        for where, inner in objects_in(schema, path):
            if all(inner["properties"] != other["properties"] for _, other in found):
                found.append((where, inner))
        return found

    def _tell_object(self, path, schema):
        keys = schema["properties"]
        self._told.setdefault(json.dumps(keys), path)
        if path.count(".") + path.count("["):
            self._body.append(f"\n### `{path}`\n\nExplained under "
                              f"[{section_of(path)}]({GUIDE}#{section_of(path)}).\n")
        self._body.append("\n| key | kind | range | default | meaning |\n|---|---|---|---|---|\n")
        below = []
        for name, inner in keys.items():
            where = f"{path}.{name}"
            links = []
            for place, nested in self._objects(inner, where):
                told = self._told.get(json.dumps(nested["properties"]))
                if told is None or len(nested["properties"]) < FEWEST_TO_REFER:
                    below.append((place, nested))
                    told = place
                links.append(f"[keys of `{told}`](#{slug(told)})")
            self._body.append(self._row(where, inner, name in schema.get("required", ()), links))
        for place, nested in below:
            self._tell_object(place, nested)

    def _row(self, path, schema, required, links):
        meaning, limits = self._meaning(schema), range_of(schema)
        if said := re.search(r" Range: (.*)\.$", meaning):
            meaning, limits = meaning[: said.start()], said[1]
        default = code(schema["default"]) if "default" in schema else "–"
        if links:
            meaning += " " + ", ".join(links)
        return (f"| `{path}` | {kind_of(schema)} | {limits} | "
                f"{'**required**' if required else default} | {meaning} |\n")

    @staticmethod
    def _meaning(schema):
        """The description; what looks like markup stands as it is."""
        return re.sub(r"(?<!\\)([|*<])", r"\\\1", schema["description"])


def make(root):
    schema = json.loads((root / "configs/schema.json").read_text(encoding="utf-8"))
    return Reference(schema).text


def main():
    root = pathlib.Path(sys.argv[1])
    (root / PAGE).write_text(make(root), encoding="utf-8")
    print(f"{PAGE} is made from configs/schema.json")


if __name__ == "__main__":
    main()
