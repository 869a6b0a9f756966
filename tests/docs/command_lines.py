"""What the documents have people type, cut into single commands, and what ./dev and the control
socket know of such."""

import dataclasses
import functools
import json
import re
import shlex

import jsonschema

import pages
from house import tree

# Begins a command on a line of a shell block.
PROMPT = re.compile(r"^\s*(?:\$|#|[\w@-]+[#$]) (?=\S)")
SEPARATOR = re.compile(r"^(?:\|\|?|&&?|;)$")
WRAPPERS = ("sudo", "time", "watch", "exec")
# What stands for something else, or for a choice, in a line that is no command but tells of one.
USAGE_SIGN = re.compile(r"[\[\]…]|\.\.\.|\w\|\w")


@dataclasses.dataclass(frozen=True)
class Typed:
    """One command, as words."""

    place: pages.Place
    words: tuple
    is_form: bool  # with [options], A|B and so on, or the name of a command alone

    def __str__(self):
        return f"{self.place}: {shlex.join(self.words)}"


def shell_lines(block):
    """(line number, text) of what is typed in a shell block; output and comments are left out."""
    lines, number = block.text.split("\n"), 0
    prompted = block.kind == "console" or any(re.match(r"\s*\$ ", line) for line in lines)
    while number < len(lines):
        first, line = number, lines[number]
        while line.endswith("\\") and number + 1 < len(lines):
            number += 1
            line = line[:-1] + " " + lines[number].lstrip("> ")
        number += 1
        if prompted and not PROMPT.match(line):
            continue
        yield block.place.line + first, PROMPT.sub("", line) if prompted else line


def split(text):
    """The commands in a line, each as words; none where it can't be read as shell."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = []
    for word in [*lexer, ";"]:
        if SEPARATOR.match(word):
            while words and (words[0] in WRAPPERS or re.match(r"\w+=", words[0])):
                words = words[1:]
            if words:
                yield tuple(words)
            words = []
        elif word.startswith("#") and not words:
            return
        else:
            words.append(word)


def commands_in(place, text):
    plain = re.sub(r"(^|\s)#( .*)?$", "", text)
    if USAGE_SIGN.search(plain) and re.match(r"\s*(hapair|\./dev) ", plain):
        words = re.sub(r"[\[\]]", " ", plain).split()
        yield Typed(place, tuple(words), True)
        return
    try:
        found = list(split(plain))
    except ValueError:
        found = []
    for words in found:
        yield Typed(place, words, False)


@functools.cache
def typed():
    """Everything that somebody may type, of pages that tell of the present."""
    found = []
    for page in pages.living_pages():
        for block in page.blocks:
            if block.kind in ("sh", "console"):
                for number, line in shell_lines(block):
                    found += commands_in(pages.Place(page.path, number), line)
        for place, code in page.codes():
            if re.fullmatch(r"hapair [a-z-]+", code):
                found.append(Typed(place, tuple(code.split()), True))
            elif re.match(r"(?:sudo )?(?:hapair|\./dev|curl) \S", code):
                found += commands_in(place, code)
    return tuple(found)


def by_program(name):
    return [each for each in typed() if each.words[0] == name]


def dev_commands():
    return set(re.findall(r"^cmd_(\w+)\(\)", tree.text("dev"), re.MULTILINE))


@functools.cache
def api():
    return json.loads((tree.ROOT / "docs/openapi.json").read_text(encoding="utf-8"))


@functools.cache
def endpoints():
    """(expression, {method: operation}) of each path of the control socket."""
    return tuple((re.compile(re.sub(r"\{\w+\}", r"[^/]+", path)),
                  {method: item[method] for method in ("get", "put", "post", "delete")
                   if method in item})
                 for path, item in api()["paths"].items())


def endpoint_fault(method, path, body=None):
    """What is wrong with a request to the control socket; none when it is answered."""
    operations = {}
    for expression, known in endpoints():
        if expression.fullmatch(path):
            operations = known | operations
    if not operations:
        return f"the control socket has no {path}; docs/openapi.json has what there is"
    operation = operations.get("get" if method == "HEAD" else method.lower())
    if operation is None:
        return f"{path} takes no {method}, but {', '.join(sorted(operations)).upper()}"
    return body_fault(operation, body) if body is not None else ""


def body_fault(operation, body):
    """What is wrong with the body of a request, as docs/openapi.json describes it."""
    if "requestBody" not in operation:
        return "it takes no body; leave -d out"
    content = operation["requestBody"]["content"]["application/json"]["schema"]
    try:
        errors = jsonschema.Draft202012Validator(
            {"components": api()["components"], **content}).iter_errors(json.loads(body))
    except ValueError as fault:
        return f"the body is no JSON: {fault}"
    return "; ".join(f"the body: {error.message}" for error in errors)
