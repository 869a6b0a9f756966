"""The manual pages are faultless mdoc, and the shell takes the completion."""

import os
import subprocess

import tree

TOOL = tree.ROOT / os.environ.get("HAPAIR_BUILD_DIR", "build") / "apps/hapair/cli/hapair-pages"


def made(page):
    assert TOOL.exists(), f"{TOOL} is missing: run ./dev build"
    return subprocess.run([TOOL, page], check=True, capture_output=True, text=True).stdout


def faults_of(page):
    """What mandoc says, but for manual pages that are not installed here."""
    done = subprocess.run(["mandoc", "-Tlint", "-Wall"], input=page, capture_output=True, text=True)
    return [line for line in (done.stdout + done.stderr).splitlines()
            if "referenced manual not found" not in line and "mandoc.db" not in line]


def test_the_manual_pages_have_no_fault():
    assert faults_of(made("manual")) == []
    assert faults_of((tree.ROOT / "packaging/man/hapair.json.5").read_text()) == []


def test_a_reader_sees_the_commands_with_their_options():
    shown = subprocess.run(["mandoc", "-Tascii"], input=made("manual"), capture_output=True,
                           text=True, check=True).stdout
    plain = "".join(c for i, c in enumerate(shown)
                    if c != "\b" and not (i + 1 < len(shown) and shown[i + 1] == "\b"))
    assert "hapair step-down [--drain] [--json] [vip]" in " ".join(plain.split())
    assert "--interval time" in plain


def test_bash_takes_the_completion():
    done = subprocess.run(["bash", "-n"], input=made("completion"), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def complete(*words):
    """What bash offers for the last word."""
    script = made("completion") + """
_init_completion() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}
    prev=${words[cword-1]}; }
_filedir() { COMPREPLY=("files:${1-}"); }
"""
    script += f"COMP_WORDS=(hapair {' '.join(map(repr, words))}); COMP_CWORD={len(words)}\n"
    script += '_hapair; printf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_bash_offers():
    assert complete("st") == ["status", "step-down"]
    assert complete("sessions", "--fr") == ["--frontend"]
    assert complete("server", "web/node1", "force") == ["force-up", "force-down"]
    assert complete("check", "/etc") == ["files:json"]
    assert complete("run", "-c", "x") == ["files:json"]
    assert complete("status", "--runtime-dir", "") == ["files:-d"]
    assert complete("help", "to") == ["top"]
