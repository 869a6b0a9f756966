"""Files of other programs that the documents show: Prometheus's, systemd's."""

import pathlib
import re
import shutil
import subprocess

import pytest

import pages
from house import tree

SECTIONS = {"Unit", "Service", "Install", "Socket", "Timer", "Match", "Network", "Link", "keyfile",
            "device", "main", "connection"}
LANGUAGES = {"", "jsonc", "sh", "console", "yaml", "ini", "python", "text", "promql", "diff",
             "toml", "cpp", "html", "xml", "lua", "mermaid"}


def prometheus_fault(block, folder):
    """What promtool says against rules or a configuration of Prometheus; none of other YAML."""
    asked = [what for what, sign in (("rules", r"^groups:"), ("config", r"^scrape_configs:"))
             if re.search(sign, block.text, re.MULTILINE)]
    if not asked:
        return ""
    path = folder / "snippet.yml"
    path.write_text(block.text)
    done = subprocess.run(["promtool", "check", asked[0], path], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"promtool: {done.stderr.strip() or done.stdout}"


def ini_fault(block):
    """A line that is neither a section, a comment nor a key with a value."""
    for number, line in enumerate(block.text.split("\n")):
        section = re.fullmatch(r"\[(\w+)\]", line.strip())
        if section and section[1] not in SECTIONS:
            return f"line {block.place.line + number}: no section is called {line.strip()}"
        if not section and line.strip() and not re.match(r"\s*[#;]|[A-Za-z-][\w.-]*=", line):
            return f"line {block.place.line + number}: {line!r} is no KEY=VALUE"
    return ""


def test_files_for_prometheus_are_good(tmp_path):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed: ./dev setup test")
    tree.expect_none(f"{block.place}: {fault}" for block in pages.blocks("yaml", "yml")
                     if (fault := prometheus_fault(block, tmp_path)))
    place = pages.Place(pathlib.PurePath("x.md"), 1)
    rule = "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: {}\n"
    assert prometheus_fault(pages.Block(place, "yaml", rule.format("sum(("), ""), tmp_path)
    assert not prometheus_fault(pages.Block(place, "yaml", rule.format("up == 0"), ""), tmp_path)


def test_files_for_systemd_are_good():
    tree.expect_none(f"{block.place}: {fault}" for block in pages.blocks("ini")
                     if (fault := ini_fault(block)))
    place = pages.Place(pathlib.PurePath("x.md"), 1)
    assert ini_fault(pages.Block(place, "ini", "[Servce]\nA=b\n", ""))
    assert ini_fault(pages.Block(place, "ini", "[Service]\nA b\n", ""))
    assert not ini_fault(pages.Block(place, "ini", "[Service]\n# c\nA=b\n", ""))


def test_every_block_is_of_a_language_that_is_tested_or_none():
    tree.expect_none(f"{block.place}: no test knows {block.kind}; the others are "
                     f"{', '.join(sorted(LANGUAGES - {''}))}"
                     for page in pages.pages() for block in page.blocks
                     if block.kind not in LANGUAGES)
