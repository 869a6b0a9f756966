"""What the product offers is documented: config keys, log messages, commands, fuzz targets."""

import json
import re

import pytest

import tree

LOG_CALL = re.compile(
    r"\b(?:error|warning|info|debug|log)\(\s*(?:[\w:]*LogLevel::\w+,\s*)?"
    r"\"([a-z0-9]+(?:-[a-z0-9]+)+)\"")


def read_if_there(name):
    path = tree.ROOT / name
    if not path.exists():
        pytest.skip(f"{name} does not exist yet")
    return path.read_text(encoding="utf-8")


def schema_keys(node):
    """Every property name in a JSON Schema, wherever it stands."""
    if isinstance(node, dict):
        for name, child in node.get("properties", {}).items():
            yield name
            yield from schema_keys(child)
        for key, child in node.items():
            if key != "properties":
                yield from schema_keys(child)
    elif isinstance(node, list):
        for child in node:
            yield from schema_keys(child)


def test_every_config_key_is_documented():
    keys = set(schema_keys(json.loads(read_if_there("configs/schema.json"))))
    reference = read_if_there("docs/configuration.md")
    missing = sorted(key for key in keys if f"`{key}`" not in reference)
    assert not missing, f"docs/configuration.md says nothing of {missing}"


def used_log_ids():
    return {identifier for path in tree.cpp_files(*tree.PRODUCT_FOLDERS)
            for identifier in LOG_CALL.findall(tree.text(path))}


def message_sections():
    return re.findall(r"^## `?([a-z0-9-]+)`?\s*$", read_if_there("docs/messages.md"), re.MULTILINE)


def test_every_log_message_has_its_page():
    missing = sorted(used_log_ids() - set(message_sections()))
    assert not missing, f"docs/messages.md has no section for {missing}"


LEVELS = ("debug", "info", "warning", "error")
LEVEL_CALL = re.compile(r"\b(error|warning|info|debug)\(\s*\"([a-z0-9]+(?:-[a-z0-9]+)+)\"")
# The level is chosen in the call, or the id is a constant's.
CHOICE_CALL = re.compile(r"\blog\(([^;\"]*LogLevel::k[^;\"]*),\s*\"([a-z0-9]+(?:-[a-z0-9]+)+)\"")
CONSTANT_CALL = re.compile(r"\b(error|warning|info|debug)\(\s*(?:\w+::)*(k[A-Z]\w+),")
CONSTANT = re.compile(r"std::string_view (k[A-Z]\w+)(?: = |{)\"([a-z0-9]+(?:-[a-z0-9]+)+)\"")


def message_pages():
    """Each id with the text of its page."""
    parts = re.split(r"^## `?([a-z0-9-]+)`?\s*$", read_if_there("docs/messages.md"),
                     flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def test_every_message_page_has_level_cause_and_remedy():
    faults = []
    for name, page in message_pages().items():
        paragraphs = [part.strip() for part in page.strip().split("\n\n")]
        levels = re.fullmatch(r"Level: ([a-z, ]+)", paragraphs[0])
        if not levels or not set(levels[1].split(", ")) <= set(LEVELS):
            faults.append(f"{name}: the first paragraph is no 'Level: ' with some of {LEVELS}")
        for word in ("Cause", "Remedy"):
            if not any(re.match(rf"{word}\b.*:", part) and len(part.partition(":")[2].strip()) > 4
                       for part in paragraphs):
                faults.append(f"{name}: no paragraph begins with '{word}:' and says something")
    tree.expect_none(faults)


def test_message_pages_tell_the_levels_that_the_code_logs_at():
    pages = message_pages()
    sources = [tree.text(path) for path in tree.cpp_files(*tree.PRODUCT_FOLDERS)]
    constants = dict(pair for text in sources for pair in CONSTANT.findall(text))
    used = set()
    for text in sources:
        used |= {(name, level) for level, name in LEVEL_CALL.findall(text)}
        used |= {(name, level.lower()) for choice, name in CHOICE_CALL.findall(text)
                 for level in re.findall(r"LogLevel::k(\w+)", choice)}
        used |= {(constants[name], level) for level, name in CONSTANT_CALL.findall(text)
                 if name in constants}
    assert len(used) > 80
    assert {("log-dropped", "warning"), ("vrrp-transition", "info")} <= used
    tree.expect_none(f"{name}: is logged at {level}, which its page does not say"
                     for name, level in sorted(used) if name in pages
                     and level not in pages[name].split("Level: ", 1)[-1].split("\n")[0])


NOTE_CALL = re.compile(r"\bnote\((?:[\w.]*journal_?), (?:[\w.]*loop_?), \"([a-z0-9-]+)\"")


def test_every_event_that_the_worker_notes_is_in_the_table():
    noted = {name for path in tree.cpp_files("apps") for name in NOTE_CALL.findall(tree.text(path))}
    assert len(noted) > 20
    table = read_if_there("docs/api.md").partition("\n### Fields\n")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z0-9-]+)(?:\.\.\.)?`", "".join(
        line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))))
    families = [name for name in told if name.endswith("-")]
    tree.expect_none(f"{name}: is an event, and not in docs/api.md" for name in sorted(noted)
                     if name not in told and not name.startswith(tuple(families)))


def test_message_pages_are_unique_and_used():
    sections = message_sections()
    doubled = sorted({name for name in sections if sections.count(name) > 1})
    assert not doubled, f"docs/messages.md describes {doubled} twice"
    source = "".join(tree.text(path) for path in tree.cpp_files(*tree.PRODUCT_FOLDERS))
    unused = sorted(name for name in sections if f'"{name}"' not in source)
    assert not unused, f"docs/messages.md describes {unused}, which nothing logs"


def test_every_fuzz_body_has_an_entry_a_corpus_and_a_replay():
    bodies = [path for path in tree.files() if str(path).startswith("tests/fuzz/")
              and path.name.endswith("_body.hpp")]
    unit_tests = "".join(tree.text(path) for path in tree.cpp_files("tests")
                         if str(path).startswith("tests/unit/"))
    faults = []
    for body in bodies:
        name = body.name.removesuffix("_body.hpp")
        corpus = tree.ROOT / "tests/fuzz/corpus" / name
        if not (tree.ROOT / f"tests/fuzz/fuzz_{name}.cpp").exists():
            faults.append(f"{body}: tests/fuzz/fuzz_{name}.cpp, the libFuzzer entry, is missing")
        if not corpus.is_dir() or not any(corpus.iterdir()):
            faults.append(f"{body}: tests/fuzz/corpus/{name}/ holds no corpus")
        if body.name not in unit_tests:
            faults.append(f"{body}: no unit test replays its corpus")
    tree.expect_none(faults)


def test_the_changelog_knows_the_version():
    version = re.search(r"version: '([\d.]+)'", read_if_there("meson.build"))[1]
    assert re.search(rf"^## \[?({re.escape(version)}|Unreleased)", read_if_there("CHANGELOG.md"),
                     re.MULTILINE), f"CHANGELOG.md has neither {version} nor Unreleased"
