"""A root of its own over this machine's: whatever is installed or removed in it stays in it."""

import pathlib
import subprocess
import tempfile


class NotPossible(Exception):
    """This host gives no scratch root, or no machine in one; the text says why."""


def run(*command, timeout=60, **more):
    """What the command prints, which must not fail; `more` is for subprocess.run()."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout,
                          **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


class ScratchRoot:
    """Writable, and gone with close(). What was written is in `upper`."""

    def __init__(self, directory=None):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="hapair-root-", dir=directory))
        self.root = self.base / "root"
        self.upper = self.base / "upper"
        run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", self.base)
        self._mounted = [self.base]
        for name in ("upper", "work", "root"):
            (self.base / name).mkdir()
        options = f"lowerdir=/,upperdir={self.upper},workdir={self.base}/work"
        overlay = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self.root],
                                 capture_output=True, text=True)
        if overlay.returncode != 0:
            self.close()
            raise NotPossible(f"no overlay file system here: {overlay.stderr.strip()}")
        self._mounted.insert(0, self.root)

    def share(self, *paths):
        """This machine's file systems at these paths, for what is run by in_root()."""
        for path in paths:
            run("mount", "--rbind", path, f"{self.root}{path}")
            run("mount", "--make-rslave", f"{self.root}{path}")
            self._mounted.insert(0, pathlib.Path(f"{self.root}{path}"))

    def in_root(self, *command, timeout=60):
        return subprocess.run(["chroot", str(self.root), *map(str, command)], capture_output=True,
                              text=True, timeout=timeout)

    def written(self):
        """The paths of all files that were not there or were changed, as text."""
        return {str(path.relative_to(self.upper)) for path in self.upper.rglob("*")
                if not path.is_dir()}

    def close(self):
        for where in self._mounted:
            subprocess.run(["umount", "--recursive", "--lazy", where], capture_output=True)
        self._mounted.clear()
        if self.base.is_dir():
            self.base.rmdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
