"""The packages of ./dev rpm, and later versions of them: the same files with a change, below the
same scripts, so that an upgrade is tried without another build."""

import os
import re
import shutil
import subprocess

import pytest

from .scratch_root import run
from .topology import ROOT

BUILD = ROOT / os.environ.get("HAPAIR_BUILD_DIR", "build")
PROGRAM = "usr/sbin/hapair"
UNPACKING = 120  # seconds that it may take at most
# The files are as the first build has left them.
NO_BUILD = """%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
"""


class Package:
    """What both kinds have in common; `words` install it, or upgrade to it."""

    def __init__(self, path):
        self.path = path

    @classmethod
    def find(cls):
        """The one that was built; a test that needs it is skipped where this kind can't be."""
        if not shutil.which(cls.tool):
            pytest.skip(f"{cls.tool} is missing: this host builds no such package")
        found = [path for path in sorted((BUILD / cls.kind).glob(cls.pattern))
                 if not path.name.endswith(".src.rpm") and "debug" not in path.name]
        assert found, f"no {cls.kind} in {BUILD / cls.kind}: ./dev rpm builds both kinds"
        return cls(found[0])

    @staticmethod
    def prepare(machine):
        """What the machine lacks before the first package."""

    def put_into(self, machine, check=True):
        """Installs it in the machine, or upgrades to it; what the tool said."""
        inside = machine.put(self.path, f"/tmp/{self.path.name}")
        return machine.run(*self.words, inside, check=check)


class Rpm(Package):
    kind = "rpm"
    tool = "rpm"
    pattern = "hapair-[0-9]*.rpm"
    # What the packages of this host, in another database than rpm's, leave to be asked for.
    _loose = () if os.path.exists("/etc/redhat-release") else ("--nodeps",)
    words = ("rpm", *_loose, "--upgrade")
    removal = ("rpm", *_loose, "--erase", "hapair")
    listing = ("rpm", "--query", "--list", "hapair")

    kept_at_removal = {"etc/hapair/hapair.json.rpmsave"}

    @staticmethod
    def prepare(machine):
        """Where another tool installs this host's packages, rpm has no database yet."""
        machine.run("rpm", "--initdb", check=True)

    def scripts(self):
        """What it runs when it comes, changes and goes."""
        return run("rpm", "--query", "--scripts", "--package", self.path)

    def unpack(self, into):
        """Its files below the folder, which is there; gives the folder back."""
        archive = subprocess.run(["rpm2cpio", self.path], check=True, capture_output=True,
                                 timeout=UNPACKING).stdout
        subprocess.run(["cpio", "-idm", "--quiet"], check=True, input=archive, cwd=into,
                       timeout=UNPACKING)
        return into

    def next(self, directory, release, change):
        """The same with a higher release, after change(root of its files)."""
        work = directory / f"rpm-{release}"
        files = work / "files"
        files.mkdir(parents=True)
        change(self.unpack(files))
        (work / "hapair.spec").write_text(_spec(files, release))
        run("rpmbuild", "-bb", *self._loose, "--quiet", "--define", f"_topdir {work}", "--define",
            "_binary_payload w1.gzdio", work / "hapair.spec")
        return Rpm(next((work / "RPMS").rglob("*.rpm")))


def _spec(files, release):
    """The package's own spec file, with nothing to compile: its scripts and its list of files."""
    spec = (ROOT / "packaging/rpm/hapair.spec").read_text()
    spec = re.sub(r"(?m)^Release: .*", f"Release: {release}", spec)
    spec = re.sub(r"(?m)^(Source\d*|BuildRequires):.*\n", "", spec)
    for section, body in (("prep", ""), ("build", ""), ("check", ""),
                          ("install", f"cp -a {files}/. %{{buildroot}}\n")):
        spec = re.sub(rf"(?ms)^%{section}\n.*?(?=^%(?:prep|build|install|check|pre|files)\n)",
                      f"%{section}\n{body}\n", spec)
    # What it takes from the source tree has been put where it belongs.
    folders = ("/usr/share/doc/hapair*", "/usr/share/licenses/hapair*")
    taken = "".join(f"{path}\n" for path in folders if list(files.glob(path[1:])))
    spec = re.sub(r"(?m)^%(license|doc) .*\n", "", spec)
    spec = re.sub(r"(?m)^%files\n", f"%files\n{taken}", spec)
    return NO_BUILD + spec


class Deb(Package):
    kind = "deb"
    tool = "dpkg-deb"
    pattern = "hapair_*.deb"
    # As unattended upgrades are set to: an edited file stays.
    words = ("dpkg", "--force-depends", "--force-confold", "--install")
    removal = ("dpkg", "--remove", "hapair")
    listing = ("dpkg", "--listfiles", "hapair")

    # dpkg leaves all files of settings until the package is purged.
    kept_at_removal = {"etc/hapair/hapair.json", "etc/logrotate.d/hapair"}

    def scripts(self):
        return "".join(run("dpkg-deb", "--info", self.path, name)
                       for name in ("postinst", "prerm", "postrm"))

    def unpack(self, into):
        """Its files below the folder, which is made; gives the folder back."""
        run("dpkg-deb", "-x", self.path, into, timeout=UNPACKING)
        return into

    def next(self, directory, release, change):
        work = directory / f"deb-{release}"
        run("dpkg-deb", "--raw-extract", self.path, work)
        change(work)
        control = work / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: (.*)", rf"Version: \1+{release}",
                                  control.read_text()))
        made = directory / f"hapair_{release}.deb"
        run("dpkg-deb", "-Z", "gzip", "-z", "1", "--root-owner-group", "--build", work, made)
        shutil.rmtree(work)
        return Deb(made)


def grown(files):
    """A change that makes another program of the same behaviour: loaders ignore what follows."""
    with open(files / PROGRAM, "ab") as program:
        program.write(b"another release")


def broken(files):
    """A change that makes a program which speaks, but does not come up."""
    program = files / PROGRAM
    hidden = files / "usr/share/hapair/program"
    program.rename(hidden)
    program.write_text('#!/bin/sh\n[ "$1" = run ] || exec /usr/share/hapair/program "$@"\n'
                       "exit 1\n")
    program.chmod(0o755)
