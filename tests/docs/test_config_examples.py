"""Every example of a configuration in the documents is one that `hapair check` takes.

A block that is a whole file is checked as it stands. One that shows some keys of the file stands in
a frame (frames.py): parts of the file at its top, all else where the comment before the block says,
<!-- fragment of backends.web -->. <!-- refused: WORDS --> before a block, or behind a semicolon in
such a comment, says that the file must be refused with these words."""

import json
import pathlib
import re

import pytest

import frames
import pages
from house import tree
from program import hapair

# Of files and interfaces that only nodes have.
NOT_HERE = re.compile("must be there on the nodes|this host (is none of them|has no interface)")
MARK = re.compile(r"(?:fragment of (?P<place>[\w.*\[\]-]+))?(?:; )?(?:refused: (?P<words>.+))?")
EXAMPLES = [path for path in tree.files()
            if str(path.parent) == "configs" and path.name != "schema.json"]


def is_whole(value):
    return isinstance(value, dict) and "cluster" in value and len(value) > 1


def is_data(block, value):
    """Answers of the API, records of a log: JSON, but of no configuration."""
    return block.language == "json" and not (set(value) & frames.PARTS)


def values_of(block):
    """What the block holds: one value, or one on each line."""
    try:
        return [frames.parse(block.text)]
    except ValueError:
        if block.language != "json":
            raise
        return [json.loads(line) for line in block.text.splitlines() if line.strip()]


def fault_of(block, folder):
    """What is wrong with an example; none when all is right."""
    try:
        values = values_of(block)
    except ValueError as fault:
        return f"no JSON (with comments): {fault}; fix it, or name another language by its fence"
    if len(values) > 1 or is_data(block, values[0]):
        return ""
    value, mark = values[0], MARK.fullmatch(block.mark)
    place, words = (mark["place"], mark["words"]) if mark else (None, None)
    path = folder / "example.json"
    if is_whole(value) and not place:
        path.write_text(block.text)
    elif place or set(value) <= frames.PARTS:
        path.write_text(json.dumps(frames.framed(value, place or ""), indent=2))
    else:
        return (f"{sorted(set(value) - frames.PARTS)} are no parts of the file; write "
                "<!-- fragment of PLACE --> before the block, such as backends.web")
    path.chmod(0o600)
    done = hapair("check", path)
    if not words:
        said = done.stderr.replace(f"{path}:", "") if done.returncode else ""
        return said and f"hapair check refuses it; fix it, or mark it as refused:\n{said}"
    if done.returncode == 3 and words in done.stderr:
        return ""
    return f"it should be refused with {words!r}, but this is said: {done.stdout}{done.stderr}"


def test_every_example_in_the_documents_is_a_good_configuration(tmp_path):
    blocks = pages.blocks("jsonc")
    assert len(blocks) > 20
    tree.expect_none(f"{block.place}: {fault}" for block in blocks
                     if (fault := fault_of(block, tmp_path)))


def test_a_bad_example_is_seen(tmp_path):
    place = pages.Place(pathlib.PurePath("x.md"), 1)

    def fault(text, mark="", language="jsonc"):
        return fault_of(pages.Block(place, language, text, mark), tmp_path)

    assert "300" in fault('"vips": { "a": { "router_id": 300, "addresses": ["192.0.2.1"] } }')
    assert "did you mean" in fault('"check": { "type": "tcp", "hst": "a" }',
                                 "fragment of backends.b")
    assert "parts of the file" in fault('"check": { "type": "tcp" }')
    assert "no JSON" in fault('"vips": { ... }')
    assert "no JSON" in fault('{ "a": }', language="json")
    assert not fault('"check": { "type": "tcp" }', "fragment of backends.b")
    assert not fault('{ "match": { "is": ["m"] }, "drop": true }', "fragment of backends.f.rules[]")
    assert not fault('{ "state": "drain" }', language="json")
    assert not fault('"process": { "max_accept": 0 }', "refused: process.max_accept")
    assert "should be refused" in fault('"process": { "max_accept": 1 }', "refused: process")


@pytest.mark.parametrize("node", ["lb1", "lb2"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_files_in_configs_are_good_for_each_node(path, node, tmp_path):
    copy = tmp_path / path.name
    copy.write_text(tree.text(path))
    copy.chmod(0o600)
    done = hapair("check", "--json", "--node", node, copy)
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["node"] == node, said["faults"]
    notices = [each for each in said["notices"] if not NOT_HERE.search(each["message"])]
    # That one has every key, so not all of it goes together well.
    assert not notices or path.stem == "full", notices


def test_every_file_in_configs_begins_with_what_it_is_for():
    tree.expect_none(f"{path}: the first line is no comment; say what the file is for"
                     for path in EXAMPLES if not tree.text(path).startswith("// "))
