"""The lists of mutants keep in step with the code: a stale one breaks nothing any more."""

import importlib.util
import re

import tree

FOLDER = tree.ROOT / "tests/mutants"
TEST = re.compile(r"\btest\(\s*'(\w+)'")


def load_runner():
    spec = importlib.util.spec_from_file_location("mutants_run", FOLDER / "run.py")
    runner = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runner)
    return runner


def fault_of(runner, mutant):
    try:
        runner.broken(mutant, (tree.ROOT / mutant.file).read_text(encoding="utf-8"))
    except (OSError, runner.Fault) as fault:
        return f"{mutant.where}: {mutant.name}: {fault}"
    return None


def test_mutants_name_lines_and_tests_that_there_are():
    runner = load_runner()
    mutants = runner.read_mutants(sorted(FOLDER.glob("*.txt")))
    assert mutants
    tests = {name for path in tree.files() if path.name == "meson.build"
             for name in TEST.findall(tree.text(path))}
    tree.expect_none([fault for mutant in mutants if (fault := fault_of(runner, mutant))] +
                     [f"{mutant.where}: there is no test {name}" for mutant in mutants
                      for name in mutant.tests if name not in tests])
