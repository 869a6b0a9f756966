#!/usr/bin/python3
"""Holds configs/schema.json against the example files: the good ones pass, those whose structure is
wrong do not. Faults of meaning and of syntax are not the schema's business.

Usage: check_schema.py SOURCE_ROOT; exits 77 (skipped) without python3-jsonschema."""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def without_comments(text):
    """The text with // and /* */ comments blanked, but not inside strings."""
    out = []
    at = 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            out.append(text[at : end + 1])
            at = end + 1
        elif text.startswith("//", at):
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif text.startswith("/*", at):
            at = text.index("*/", at + 2) + 2
            out.append(" ")
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def main():
    root = pathlib.Path(sys.argv[1])
    schema = json.loads((root / "configs" / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    data = root / "tests" / "data" / "config"
    wrong = 0

    def check(path, wanted):
        nonlocal wrong
        document = json.loads(without_comments(path.read_text()))
        errors = [error.message for error in validator.iter_errors(document)]
        if (not errors) != wanted:
            wrong += 1
            print(f"{path}: {'accepted' if not errors else errors[0]}")

    good = sorted((root / "configs").glob("*.json")) + sorted((data / "good").glob("*.json"))
    bad = sorted((data / "bad" / "shape").glob("*.json"))
    for path in good:
        if path.name != "schema.json":
            check(path, True)
    for path in bad:
        check(path, False)
    print(f"{len(good)} good and {len(bad)} bad files, {wrong} judged wrongly by the schema")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
