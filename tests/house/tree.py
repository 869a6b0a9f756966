"""The source tree as the house tests see it: which files there are, and who includes what."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
BUILT = re.compile(r"build.*|__pycache__|\.pytest_cache")  # as .gitignore has it
PRODUCT_FOLDERS = ("common", "libcheck", "libvrrp", "liblb", "apps")


@functools.cache
def files():
    """Every file git tracks or would track, as paths relative to the root; where the tree came
    without git's own folder, as from an archive, every file that is not built."""
    if not (ROOT / ".git").exists():
        return tuple(sorted(pathlib.PurePath(path.relative_to(ROOT))
                            for top in ROOT.iterdir() if not BUILT.fullmatch(top.name)
                            for path in (top.rglob("*") if top.is_dir() else [top])
                            if path.is_file() and not BUILT.fullmatch(path.parent.name)
                            and path.suffix != ".profraw"))
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(pathlib.PurePath(name) for name in listed.split("\0")
                 if name and (ROOT / name).is_file())


def cpp_files(*folders):
    """C++ files below the given top folders (everywhere when none is given)."""
    return [path for path in files()
            if path.suffix in (".cpp", ".hpp") and (not folders or path.parts[0] in folders)]


@functools.cache
def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def includes(path):
    """The (quoted, angled) include names of one file."""
    found = INCLUDE.findall(text(path))
    return [quoted for quoted, _ in found if quoted], [angled for _, angled in found if angled]


def line_of(content, offset):
    return content.count("\n", 0, offset) + 1


def expect_none(faults):
    """Fails with every fault at once."""
    faults = list(faults)
    assert not faults, "\n  " + "\n  ".join(faults)
