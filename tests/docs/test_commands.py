"""Every command in the documents is one that the program, ./dev and the control socket take."""

import functools
import pathlib
import re
import subprocess
import urllib.parse

import command_lines
import pages
from house import tree
from program import hapair

SUITES = {"unit", "house", "cluster", "interop"}
LANES = {"build", "lab", "test", "ci", "bench"}
SOCKET_REQUEST = re.compile(
    r"(GET|PUT|POST|DELETE|HEAD) (/v1/[^\s?]*|/v1|/metrics|/healthz|/readyz)")


@functools.cache
def verbs():
    return set(re.findall(r"^  ([a-z-]+)  ", hapair("help").stdout, re.MULTILINE))


@functools.cache
def help_page(verb):
    return hapair("help", verb).stdout


def options(verb):
    """Each option of a command with whether a value follows."""
    found = {"--help": False}
    for short, name, value in re.findall(r"^  (?:(-\w), |    )(--[\w-]+)( [A-Z][A-Z/]*)?",
                                         help_page(verb), re.MULTILINE):
        found[name] = bool(value)
        if short:
            found[short] = bool(value)
    return found


def verb_fault(words):
    """What is wrong with words behind "hapair", as far as its help tells."""
    verb = words[0]
    if verb in ("--help", "-h", "--version"):
        return ""
    if verb not in verbs():
        return f"hapair has no command {verb}; `hapair help` lists them"
    known = options(verb)
    for word in words[1:]:
        name = word.partition("=")[0]
        if re.match(r"--?[a-z]", word) and not set(name.split("|")) <= set(known):
            return f"hapair {verb} has no option {name}; `hapair help {verb}` lists them"
    return ""


def refused(words, folder):
    """What the program's own parser says against the words; it finds nobody to ask."""
    if "--socket" not in options(words[0]) or any(re.fullmatch(r"[A-Z][A-Z/]*", word)
                                                  for word in words):
        return ""
    done = hapair(*words, "--socket", folder / "nobody.sock", cwd=folder)
    # Not that nobody is there at a terminal.
    return done.stderr.strip() if done.returncode == 2 and "hapair help" in done.stderr else ""


def without_redirections(words):
    kept = []
    for word in words:
        if re.match(r"\d?[<>]", word):
            break
        kept.append(word)
    return kept


def test_every_hapair_command_is_one(tmp_path):
    typed = command_lines.by_program("hapair")
    assert len(typed) > 100
    faults, asked = [], set()
    for each in typed:
        words = without_redirections(each.words[1:])
        fault = verb_fault(words)
        if not fault and not each.is_form and tuple(words) not in asked:
            asked.add(tuple(words))
            fault = refused(words, tmp_path)
        if fault:
            faults.append(f"{each}: {fault}")
    tree.expect_none(faults)


def test_what_is_no_command_is_seen(tmp_path):
    assert verb_fault(["statsu"]) and verb_fault(["status", "--jsn"]) and verb_fault(["top", "-x"])
    assert not verb_fault(["events", "-f"]) and not verb_fault(["import", "--haproxy", "a"])
    assert "needs" in refused(["drain"], tmp_path) and refused(["status", "a", "b"], tmp_path)
    assert not refused(["drain", "web/a"], tmp_path)
    place = pages.Place(pathlib.PurePath("x.md"), 1)
    words = [each.words for each in command_lines.commands_in(
        place, "hapair status | grep a && sudo hapair top  # and look")]
    assert words == [("hapair", "status"), ("grep", "a"), ("hapair", "top")]


def dev_fault(words):
    name, *rest = words
    if name not in command_lines.dev_commands():
        return f"./dev has no command {name}; `./dev help` lists them"
    wanted = {"test": SUITES, "setup": LANES}.get(name)
    wrong = [word for word in rest if wanted and word not in wanted and word.islower()]
    return wrong and f"./dev {name} knows {', '.join(sorted(wanted))}, not {', '.join(wrong)}"


def test_every_dev_command_is_one():
    typed = command_lines.by_program("./dev")
    assert len(typed) > 5
    tree.expect_none(f"{each}: {fault}" for each in typed
                     if (fault := dev_fault(without_redirections(each.words[1:]))))
    # In prose of the past too, where the name must still be right.
    tree.expect_none(f"{path}: ./dev has no command {name}" for path in tree.files()
                     if path.suffix == ".md"
                     for name in re.findall(r"\./dev ([a-z]+)", tree.text(path))
                     if name not in command_lines.dev_commands())


def curl_fault(words):
    """What is wrong with a curl that asks the control socket."""
    urls = [word for word in words if re.match(r"https?://", word)]
    if not urls:
        return "it asks nobody; add http://hapair/ and a path"
    given = {option: words[words.index(option) + 1] for option in
             ("-d", "--data", "-X", "--request") if option in words[:-1]}
    body = given.get("-d", given.get("--data"))
    method = given.get("-X", given.get("--request", "GET" if body is None else "POST"))
    path = urllib.parse.urlsplit(urls[0]).path or "/"
    return command_lines.endpoint_fault(method, path, body)


def test_every_request_to_the_control_socket_is_answered():
    typed = [each for each in command_lines.by_program("curl") if "--unix-socket" in each.words]
    assert len(typed) > 3
    faults = [f"{each}: {fault}" for each in typed if (fault := curl_fault(each.words))]
    for page in pages.living_pages():
        for place, code in page.codes():
            if found := SOCKET_REQUEST.fullmatch(code):
                if fault := command_lines.endpoint_fault(found[1], found[2]):
                    faults.append(f"{place}: {code}: {fault}")
    tree.expect_none(faults)


def test_what_the_socket_has_not_is_seen():
    assert curl_fault(("curl", "http://hapair/v1/statuses"))
    assert curl_fault(("curl", "-d", "{}", "http://hapair/v1/status"))
    state = "http://hapair/v1/servers/a/b/state"
    assert curl_fault(("curl", "-d", '{"state": "drian"}', state)) and curl_fault(("curl", state))
    assert not curl_fault(("curl", "-d", '{"state": "drain"}', state))
    assert not command_lines.endpoint_fault("GET", "/v1/servers/{backend}")


def test_the_shell_can_read_every_shell_block():
    blocks = pages.blocks("sh", "console")
    assert len(blocks) > 3
    faults = []
    for block in blocks:
        script = "\n".join(line for _, line in command_lines.shell_lines(block))
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        if done.returncode != 0:
            faults.append(f"{block.place}: bash -n: {done.stderr.strip()}")
    tree.expect_none(faults)
