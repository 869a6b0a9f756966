"""./dev mutants: breaks the code one line at a time; each break must make a test fail.

The breaks stand in *.txt beside this file, each as

    == what breaks | file | test programs that must notice
    - the line as it is
    + the line broken

Lines are compared without their indentation and must stand in the file exactly once (a `@` line
with a line that stands above it narrows the search where they don't). The work is done in a copy of
the tree, so the tree itself is never touched.
"""

import argparse
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build-mutants"
COPY = WORK / "tree"
BUILD = WORK / "build"
TEST_SECONDS = 60


@dataclasses.dataclass
class Mutant:
    name: str
    file: str
    tests: list
    where: str
    above: str = ""
    old: str = ""
    new: str = ""


class Fault(Exception):
    """A mutant that can't be tried: stale, or it does not compile."""


def read_mutants(paths):
    mutants = []
    for path in paths:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("== "):
                name, file, tests = (part.strip() for part in line[3:].split("|"))
                mutants.append(Mutant(name, file, tests.split(), f"{path.name}:{number}"))
            elif line[:1] in "@-+":
                field = {"@": "above", "-": "old", "+": "new"}[line[0]]
                setattr(mutants[-1], field, line[1:].strip())
            else:
                sys.exit(f"{path}:{number}: neither ==, @, - nor +: {line!r}")
    return mutants


def copy_tree():
    """Brings the copy up to date without touching what has not changed."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout.split("\0")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for old in COPY.rglob("*"):
        if old.is_file() and str(old.relative_to(COPY)) not in wanted:
            old.unlink()
    for name in wanted:
        source, target = ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


def test_programs():
    """The build target of each unit test, by the test's name."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", BUILD, COPY, "-Dbuildtype=debug", "-Dwerror=false",
                        "-Dunity=off"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD, "build.ninja"], check=True, stdout=subprocess.DEVNULL)
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", BUILD], check=True,
                                      capture_output=True, text=True).stdout)
    return {test["name"]: pathlib.Path(test["cmd"][0]) for test in tests}


def build(programs):
    targets = [str(program.relative_to(BUILD)) for program in programs]
    done = subprocess.run(["ninja", "-C", BUILD, *targets], capture_output=True, text=True)
    if done.returncode != 0:
        errors = re.findall(r"^.*error:.*$", done.stdout, re.MULTILINE)
        raise Fault("it does not compile: " + (errors[0] if errors else done.stdout[-300:]))


def fails(program):
    """Whether the test program fails: an exit code, a signal, or no end."""
    try:
        return subprocess.run([program], capture_output=True, timeout=TEST_SECONDS,
                              cwd=BUILD).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def broken(mutant, text):
    lines = text.splitlines(keepends=True)
    start = 0
    if mutant.above:
        above = [n for n, line in enumerate(lines) if line.strip() == mutant.above]
        if len(above) != 1:
            raise Fault(f"the line above stands {len(above)} times in {mutant.file}")
        start = above[0]
    found = [n for n, line in enumerate(lines) if n >= start and line.strip() == mutant.old]
    if not found or (len(found) > 1 and not mutant.above):
        raise Fault(f"the line stands {len(found)} times in {mutant.file}")
    old = lines[found[0]]
    lines[found[0]] = old[:len(old) - len(old.lstrip())] + mutant.new + "\n"
    return "".join(lines)


def attempt(mutant, programs):
    """The tests that noticed the mutant."""
    unknown = [name for name in mutant.tests if name not in programs]
    if unknown:
        raise Fault(f"there is no test {', '.join(unknown)}")
    path = COPY / mutant.file
    if not path.exists():
        raise Fault(f"there is no {mutant.file}")
    original = path.read_text()
    path.write_text(broken(mutant, original))
    try:
        wanted = [programs[name] for name in mutant.tests]
        build(wanted)
        return [name for name in mutant.tests if fails(programs[name])]
    finally:
        path.write_text(original)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="only these lists")
    arguments = parser.parse_args()
    here = pathlib.Path(__file__).parent
    mutants = read_mutants(arguments.files or sorted(here.glob("*.txt")))
    WORK.mkdir(exist_ok=True)
    copy_tree()
    programs = test_programs()
    used = {programs[name] for mutant in mutants for name in mutant.tests if name in programs}
    build(used)
    already = [program.name for program in used if fails(program)]
    if already:
        sys.exit(f"mutants: {', '.join(already)} fail without any mutant")
    killed, began = 0, time.monotonic()
    for mutant in mutants:
        try:
            noticed = attempt(mutant, programs)
            verdict = f"killed by {', '.join(noticed)}" if noticed else "SURVIVED"
            killed += bool(noticed)
        except Fault as fault:
            verdict = f"INVALID: {fault}"
        print(f"{mutant.where:<20} {mutant.name:<58} {verdict}", flush=True)
    print(f"{killed} of {len(mutants)} mutants killed in {time.monotonic() - began:.0f} s")
    return 0 if mutants and killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
