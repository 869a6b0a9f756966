"""Sizes, words and other habits of every file in the tree."""

import re

import tree

MAX_LINES = 600
MAX_COLUMNS = 100
SOURCE_SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".build")
# Spelt in pieces, so that this file does not report itself.
BANNED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK")) + r")\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/")
COMMENTED_OUT = re.compile(r"^\s*//\s*(?:if|for|while|return|std::|auto|const)\b.*[;{]\s*$",
                           re.MULTILINE)
# A private constructor's object goes straight into its unique_ptr: unique_ptr<T>(new T(...)).
RAW_OWNERSHIP = re.compile(r"\bdelete this\b|\bmalloc\s*\(|(?<!>\()\bnew [A-Za-z_:]+[({]")

SOURCES = [path for path in tree.files()
           if path.suffix in SOURCE_SUFFIXES or str(path) in ("dev", ".ci/run")]
# Test data, and texts that quote input from outside, may hold anything.
TEXTS = [path for path in tree.files()
         if path.suffix in SOURCE_SUFFIXES + (".md", ".spec", ".service", ".json")
         and not str(path).startswith(("tests/data/", "tests/fuzz/corpus/"))]


TOP_LEVEL = {
    ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "dev", "meson.build",
    "meson_options.txt"}


def test_the_top_level_holds_what_belongs_there():
    tree.expect_none(f"{path}: does not belong here" for path in tree.files()
                     if len(path.parts) == 1 and str(path) not in TOP_LEVEL)


def test_a_file_can_be_read_in_one_sitting():
    tree.expect_none(f"{path} has {count} lines; over {MAX_LINES} it is split" for path in SOURCES
                     if (count := len(tree.text(path).splitlines())) > MAX_LINES)


def test_lines_fit_the_screen():
    tree.expect_none(f"{path}:{number} has {len(line)} columns; {MAX_COLUMNS} is the limit"
                     for path in SOURCES
                     for number, line in enumerate(tree.text(path).splitlines(), 1)
                     if len(line) > MAX_COLUMNS)


def test_nothing_is_left_for_later_and_no_machine_is_named():
    tree.expect_none(f"{path}:{tree.line_of(tree.text(path), hit.start())}: {what}: {hit[0]!r}"
                     for path in TEXTS
                     for pattern, what in ((BANNED, "a note for later"),
                                           (MACHINE_PATH, "a path of one machine"))
                     for hit in pattern.finditer(tree.text(path)))


def test_the_first_comment_says_what_a_file_is_for():
    # A .cpp beside its own header is described there, a unit test by its cases' names.
    described = [path for path in tree.cpp_files() if path.suffix == ".hpp"
                 or (path.parts[0] in tree.PRODUCT_FOLDERS
                     and not (tree.ROOT / path.with_suffix(".hpp")).exists())]
    tree.expect_none(f"{path}: begins without a comment" for path in described
                     if not tree.text(path).startswith("//"))


def test_headers_are_guarded_and_open_no_namespace_for_others():
    headers = [path for path in tree.cpp_files() if path.suffix == ".hpp"]
    tree.expect_none(
        [f"{path}: #pragma once is missing" for path in headers
         if "#pragma once" not in tree.text(path).splitlines()] +
        [f"{path}: using namespace in a header" for path in headers
         if "using namespace" in tree.text(path)])


def test_no_code_is_commented_out():
    tree.expect_none(f"{path}:{tree.line_of(tree.text(path), hit.start())}: {hit[0].strip()}"
                     for path in tree.cpp_files()
                     for hit in COMMENTED_OUT.finditer(tree.text(path)))


def test_ownership_is_never_raw():
    faults = []
    for path in tree.cpp_files(*tree.PRODUCT_FOLDERS):
        code = re.sub(r'//.*|"(?:[^"\\\n]|\\.)*"', "", tree.text(path))
        faults += [f"{path}:{tree.line_of(code, hit.start())}: {hit[0]!r}: the owner holds values "
                   "and unique_ptr" for hit in RAW_OWNERSHIP.finditer(code)]
    tree.expect_none(faults)


def test_every_source_is_built():
    faults = []
    for path in tree.cpp_files():
        if path.suffix == ".cpp":
            build_file = tree.ROOT / path.parent / "meson.build"
            listed = build_file.read_text() if build_file.exists() else ""
            # tests/fuzz lists its targets by the name behind fuzz_
            if path.name not in listed and path.stem.removeprefix("fuzz_") not in listed:
                faults.append(f"{path} is named in no meson.build")
    tree.expect_none(faults)
