"""The program that the documents are about: ./dev build makes it."""

import os
import pathlib
import subprocess

from house import tree

BINARY = pathlib.Path(os.environ.get("HAPAIR_BINARY") or tree.ROOT / os.environ.get(
    "HAPAIR_BUILD_DIR", "build") / "apps/hapair/hapair").absolute()


def hapair(*words, cwd=None):
    assert BINARY.exists(), f"{BINARY} is missing: run ./dev build"
    return subprocess.run([BINARY, *map(str, words)], capture_output=True, text=True, timeout=20,
                          cwd=cwd, stdin=subprocess.DEVNULL)
