"""docs/reference.md is made from configs/schema.json, which says all that there is to say of each
key, and leads to where docs/configuration.md explains it."""

import json
import re

import jsonschema

import frames
import pages
from house import tree
from lib import reference

UNITS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86400e9,
         "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
RANGE = re.compile(r" Range: (?:(\w+) to (\w+)|(?:at most|below) (\w+))\.$")


def keys(node, path=""):
    """Each key with its path and its schema, as often as it stands in the schema."""
    for name, inner in node.get("properties", {}).items():
        if isinstance(inner, dict):
            yield f"{path}.{name}".lstrip("."), inner, name in node.get("required", ())
            yield from keys(inner, f"{path}.{name}")
    if isinstance(node.get("items"), dict):
        yield from keys(node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from keys(node["additionalProperties"], f"{path}.*")
    for choice in node.get("anyOf", ()):
        yield from keys(choice, path)


def every_key():
    return list(keys(frames.SCHEMA))


def amount(text):
    number, unit = re.fullmatch(r"(\d+)(\w*)", str(text)).groups()
    return int(number) * UNITS.get(unit, 1)


def test_the_page_is_what_is_made_from_the_schema():
    assert tree.text(reference.PAGE) == reference.make(tree.ROOT), (
        f"{reference.PAGE} is not what configs/schema.json says: run ./dev docs")


def told_keys():
    return set(re.findall(r"^\| \[?`([^`]+)`", tree.text(reference.PAGE),
                          re.MULTILINE))


def test_every_key_is_on_the_page():
    text = tree.text(reference.PAGE)
    missing = {path for path, _, _ in every_key()} - told_keys()
    # Of objects with the same keys one is told, and the others refer to it.
    referring = {path: re.findall(r"\[keys of `([^`]+)`\]", line)
                 for line in text.split("\n") for path in re.findall(r"^\| `([^`]+)`", line)}
    for path in sorted(missing):
        above = next((each for each in referring if referring[each] and
                      re.match(re.escape(each) + r"(\[\]|\.\*)*\.", path)), None)
        assert above, f"{reference.PAGE} says nothing of {path}: tests/lib/reference.py forgot it"


def test_every_key_has_a_sentence_and_a_kind():
    assert len(every_key()) > 800
    faults = []
    for path, schema, _ in every_key():
        said = schema.get("description", "")
        if not re.match(r'["A-Za-z0-9].*\.$', said, re.DOTALL):
            faults.append(f"{path}: {said!r} is no sentence; give it one in apps/hapair/config")
        if not {"type", "enum", "anyOf"} & set(schema):
            faults.append(f"{path}: of what kind it is, is not said")
        if schema.get("pattern") == reference.DURATION and not RANGE.search(said):
            faults.append(f"{path}: a duration without its range")
        if schema.get("type") == "integer" and not {"minimum", "maximum"} <= set(schema):
            faults.append(f"{path}: a number without its range")
        if schema.get("type") == "array" and "maxItems" not in schema:
            faults.append(f"{path}: a list without its limit")
    tree.expect_none(faults)


def test_every_default_is_a_value_that_the_file_may_have():
    faults, seen = [], 0
    for path, schema, required in every_key():
        if "default" not in schema:
            continue
        seen += 1
        told = dict(schema)
        default = told.pop("default")
        if required:
            faults.append(f"{path}: a key that must be there has a default")
        if not jsonschema.Draft202012Validator(told).is_valid(default):
            faults.append(f"{path}: the default {json.dumps(default)} is none of its values")
        span = RANGE.search(schema["description"])
        if span and not amount(span[1] or 0) <= amount(default) <= amount(span[2] or span[3]):
            faults.append(f"{path}: the default {default} is out of its range")
    assert seen > 250
    tree.expect_none(faults)


def sections():
    """The text of each section of the guide, those below it included, by its anchor."""
    guide = pages.page("docs/configuration.md")
    lines = tree.text(guide.path).split("\n")
    heads = [(number - 1, len(heading[1]), reference.slug(heading[2]))
             for number, line in guide.prose if (heading := re.match(r"(#+) (.*)", line))]
    found = {}
    for index, (begin, level, name) in enumerate(heads):
        end = next((at for at, other, _ in heads[index + 1:] if other <= level), len(lines))
        found.setdefault(name, "\n".join(lines[begin:end]))
    return found


def test_every_key_is_explained_where_the_page_says():
    found, faults = sections(), []
    for path in told_keys():
        above, _, name = path.rpartition(".")
        anchor = reference.section_of(above)
        if f"`{name}`" not in found.get(anchor, ""):
            faults.append(f"{path}: docs/configuration.md#{anchor} does not name `{name}`; explain "
                          "it there, or give its section in SECTIONS of tests/lib/reference.py")
    tree.expect_none(faults)
    unused = set(reference.SECTIONS) - {""} - {path for path, _, _ in every_key()}
    assert not unused, f"SECTIONS of tests/lib/reference.py has {unused}, which are no keys"
