"""The documents as their tests see them: headings, links, words in code font and blocks of code,
each with the line that it stands on, so that a fault is found with one click."""

import dataclasses
import functools
import pathlib
import re

from house import tree
from lib import reference

FENCE = re.compile(r"^ *(`{3,})([\w-]*) *$")
COMMENT = re.compile(r"^ *<!-- (.*?) -->\s*$")
# How a block begins whose language nobody wrote beside its fence.
JSON_BEGINS = re.compile(r'\s*(?://[^\n]*\n\s*)*(?:\{|"[$\w]+"\s*:)')
SHELL_LINE = re.compile(
    r"^\s*[$#]? ?(?:sudo )?(?:hapair [a-z]|\./dev\b|curl |systemctl |dnf |apt |apt-get )",
    re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where something is written."""

    page: pathlib.PurePath
    line: int

    def __str__(self):
        return f"{self.page}:{self.line}"


@dataclasses.dataclass(frozen=True)
class Block:
    place: Place  # its first line of content
    language: str
    text: str
    mark: str  # what the comment right before it says: <!-- ... -->

    @property
    def kind(self):
        """Its language, or what it looks like: "jsonc", "sh", "" for all else."""
        if self.language == "json":
            return "jsonc"
        if self.language in ("bash", "shell"):
            return "sh"
        if self.language:
            return self.language
        if JSON_BEGINS.match(self.text):
            return "jsonc"
        return "sh" if SHELL_LINE.search(self.text) else ""


class Page:
    def __init__(self, path):
        self.path = path
        self.blocks = []
        self.prose = []  # (line number, text) of what is in no block
        self._read(tree.text(path).split("\n"))

    def _read(self, lines):
        fence, mark, begin, number = None, "", 0, 0
        for number, line in enumerate(lines, 1):
            found = FENCE.match(line)
            if fence:
                if found and not found[2] and len(found[1]) >= len(fence[1]):
                    text = "\n".join(lines[begin : number - 1]) + "\n"
                    self.blocks.append(Block(Place(self.path, begin + 1), fence[2], text, mark))
                    fence, mark = None, ""
            elif found:
                fence, begin = found, number
            else:
                self.prose.append((number, line))
                if comment := COMMENT.match(line):
                    mark = comment[1]
                elif line.strip():
                    mark = ""
        assert fence is None, f"{self.path}:{begin}: a block without end; close it with ```"
        self._find_indented()

    def _find_indented(self):
        """Lines that are indented by four blanks behind an empty one are a block, too."""
        prose, kept, block = dict(self.prose), [], []
        listed = False
        for number, line in self.prose:
            starts = line.startswith("    ") and (block or not prose.get(number - 1, "x").strip())
            if starts and not listed:
                block.append((number, line[4:]))
                continue
            self._end_indented(block)
            block = []
            if line.strip():
                listed = bool(re.match(r"\s*([*+-]|\d+\.) ", line)) or (
                    listed and line.startswith(" "))
            kept.append((number, line))
        self._end_indented(block)
        self.prose = kept

    def _end_indented(self, block):
        if block:
            text = "".join(line + "\n" for _, line in block)
            self.blocks.append(Block(Place(self.path, block[0][0]), "", text, ""))

    @functools.cached_property
    def anchors(self):
        """Those of its headings; of several alike the later ones have a number."""
        found, times = set(), {}
        for _, line in self.prose:
            if heading := re.match(r"#{1,6} (.*?)#*\s*$", line):
                shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading[1])
                name = reference.slug(shown.strip())
                count = times[name] = times.get(name, -1) + 1
                found.add(name if count == 0 else f"{name}-{count}")
            found |= set(re.findall(r'<a (?:id|name)="([^"]+)"', line))
        return found

    def codes(self):
        """Each word or text in code font, with its place."""
        for number, line in self.prose:
            for ticks, code in re.findall(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", line):
                yield Place(self.path, number), code.strip()

    def links(self):
        """Each link's target, with its place. Pictures are links, too."""
        for number, line in self.prose:
            plain = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "code", line)
            for target in re.findall(r"\]\(([^)\s]*)(?: \"[^\"]*\")?\)", plain):
                yield Place(self.path, number), target
            for target in re.findall(r"<(?:img|source)[^>]* src(?:set)?=\"([^\"]+)\"", plain):
                yield Place(self.path, number), target
            for target in re.findall(r"(?<=<)https?://[^>\s]*(?=>)", plain):
                yield Place(self.path, number), target


@functools.cache
def page(path):
    return Page(pathlib.PurePath(path))


def pages():
    return [page(path) for path in tree.files() if path.suffix == ".md"]


def is_history(path):
    """What tells of the past may name what there is no more."""
    return str(path) == "CHANGELOG.md" or str(path).startswith("docs/decisions/")


def living_pages():
    return [each for each in pages() if not is_history(each.path)]


def blocks(*kinds):
    return [block for each in pages() for block in each.blocks if block.kind in kinds]
