#!/usr/bin/python3
"""Runs clang-tidy over the product's sources, several of them in one translation unit.

Most of what clang-tidy does for one small file is to walk the standard library's headers. A batch
includes up to BATCH sources, so that they share that walk. Sources that declare the same name for
themselves do not go into one batch; where a batch does not compile all the same, it is looked at
in halves.

usage: tidy.py CLANG_TIDY BUILD_DIRECTORY JOBS SOURCE...
Exits with 0 when nothing was found, else with 1, the findings on standard output.
"""

import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

BATCH = 24
PLACES = ("-I", "-i", "-D", "-p")  # of headers, definitions, and -pthread
# Declared at the left margin, as the house formats a namespace's members: `Type name(`,
# `Type name =`, `Type name{`, `struct name`, `using name =`.
FUNCTION_OR_VALUE = re.compile(r"^[A-Za-z_][\w:<>,*&\s\[\]]*?[\s*&](\w+)(?:\(|\s*=|\{|\[|;)", re.M)
TYPE = re.compile(r"^(?:struct|class|enum class|enum) (\w+)", re.M)
ALIAS = re.compile(r"^using (\w+) =", re.M)


def own_names(text):
    """The names that a source declares for itself: its aliases, and in unnamed namespaces."""
    names = set(ALIAS.findall(text))
    for part in text.split("\nnamespace {\n")[1:]:
        part = part.split("\n}  // namespace\n")[0]
        names |= set(FUNCTION_OR_VALUE.findall(part)) | set(TYPE.findall(part))
    return names


def batches_of(sources):
    """The sources in groups without a name in common."""
    groups = []
    for source in sources:
        names = own_names(source.read_text())
        for group, taken in groups:
            if len(group) < BATCH and not taken & names:
                group.append(source)
                taken |= names
                break
        else:
            groups.append(([source], names))
    return [group for group, _ in groups]


def words_of(entry):
    return shlex.split(entry["command"])


def sources_of(path):
    """The sources that one command compiles: those that a file of the build includes, or itself."""
    if not re.search(r"-unity\d+\.cpp$", path.name):
        return [path]
    return [pathlib.Path(name).resolve()
            for name in re.findall(r"^#include\s*<(.*)>$", path.read_text(), re.M)]


class Tidy:
    def __init__(self, tool, build):
        self.tool = tool
        self.build = build
        self.folder = build / "tidy"
        self.folder.mkdir(exist_ok=True)
        self.commands = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
            for source in sources_of(path):
                self.commands[source] = entry

    def run(self, folder, path):
        done = subprocess.run(
            [self.tool, "-p", str(folder), "--quiet", "--warnings-as-errors=*", str(path)],
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout or f"{path}: no result\n{done.stderr}"

    def command_of(self, group, path):
        """How a batch is compiled: as its first source, with what the others need besides."""
        first = self.commands[group[0]]
        words = [str(path) if word == first["file"] else word for word in words_of(first)]
        for source in group[1:]:
            wanted = words_of(self.commands[source])
            words += [word for word in wanted if word[:2] in PLACES and word not in words]
        # One source's local name may be another's own.
        return first | {"file": str(path), "command": shlex.join([*words, "-Wno-shadow"])}

    def look_at(self, group, name):
        """What is to be said of a group's sources, and how many batches that took."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        path = group[0]
        if len(group) > 1:
            path = folder / "batch.cpp"
            path.write_text("".join(f'#include "{source}"  // NOLINT\n' for source in group))
        (folder / "compile_commands.json").write_text(json.dumps([self.command_of(group, path)]))
        failed, said = self.run(folder, path)
        if not failed or len(group) == 1 or "[clang-diagnostic" not in said:
            return said if failed else "", 1
        middle = len(group) // 2
        halves = [self.look_at(group[:middle], name + "a"),
                  self.look_at(group[middle:], name + "b")]
        return "".join(said for said, _ in halves), 1 + sum(count for _, count in halves)


def main(tool, build, jobs, *names):
    tidy = Tidy(tool, pathlib.Path(build).resolve())
    sources = [pathlib.Path(name).resolve() for name in names]
    for source in sources:
        if source not in tidy.commands:
            sys.exit(f"tidy: {source} is in no target of {build}")
    groups = batches_of(sources)
    runs = 0
    findings = ""
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        for said, count in pool.map(tidy.look_at, groups, map(str, range(len(groups)))):
            findings += said
            runs += count
    print(findings, end="")
    print(f"tidy: {len(names)} sources in {runs} batches")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
