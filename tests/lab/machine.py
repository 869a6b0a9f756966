"""One machine of its own: a scratch root in which systemd runs as process 1, in a namespace of the
lab's network. What the packages bring is installed, started and removed there as on a real one."""

import contextlib
import os
import pathlib
import subprocess

from . import netns, processes
from .processes import wait_until
from .scratch_root import NotPossible, ScratchRoot

SYSTEMD = "/usr/lib/systemd/systemd"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
# Of what this host's systemd would start, these only; each machine is up within a second.
WANTED = ("systemd-journald.socket", "systemd-journald-dev-log.socket", "systemd-journald.service",
          "systemd-tmpfiles-setup.service", "systemd-sysusers.service")
TARGET = """[Unit]
Wants=sysinit.target basic.target
After=sysinit.target basic.target
"""
# Everything below `root` belongs to the mount namespace that this runs in, and goes with it.
BOOT = """set -e
mount --make-rprivate /
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for device in $2; do : >dev/$device; mount --bind /dev/$device dev/$device; done
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/systemd/system run/lock
cp -P "$3"/* run/systemd/system/
mkdir run/before
pivot_root . run/before
umount -l /run/before
rmdir /run/before
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
  "$4" --system --unit=lab.target --log-target=journal --show-status=no <&-
"""


class Machine(ScratchRoot):
    """Boots when it is made. `namespace` is one of the lab's."""

    def __init__(self, namespace):
        super().__init__()
        self.namespace = namespace
        self._process = self.pid = None
        try:
            self._boot()
        except Exception:
            self.close()
            raise

    def _boot(self):
        if not os.access(SYSTEMD, os.X_OK):
            raise NotPossible("systemd is missing")
        self._write_units()
        (self.root / "etc/fstab").write_text("")
        self._make_cgroup()
        with open(self.base / "boot.log", "wb") as log:
            self._process = subprocess.Popen(
                netns.command(self.namespace, "unshare", "--pid", "--mount", "--uts", "--ipc",
                              "--cgroup", "--kill-child", "sh", "-c", BOOT, "sh", self.root,
                              " ".join(DEVICES), self.base / "units", SYSTEMD),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=lambda: (self._cgroup / "cgroup.procs").write_text("0"))
        wait_until(self._is_up, 30, "systemd as process 1")

    def _write_units(self):
        units = self.base / "units"
        units.mkdir()
        (units / "lab.target").write_text(TARGET)
        for folder in ("/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system"):
            for unit in pathlib.Path(folder).glob("*.wants/*"):
                if unit.name not in WANTED and not (units / unit.name).is_symlink():
                    (units / unit.name).symlink_to("/dev/null")
        (units / "systemd-journald-audit.socket").unlink(missing_ok=True)
        (units / "systemd-journald-audit.socket").symlink_to("/dev/null")

    def _make_cgroup(self):
        """Of the unified hierarchy, whatever this host has mounted of it."""
        top = self.base / "cgroup"
        top.mkdir()
        mounted = subprocess.run(["mount", "-t", "cgroup2", "cgroup2", top], capture_output=True,
                                 text=True)
        if mounted.returncode != 0:
            raise NotPossible(f"no control groups here: {mounted.stderr.strip()}")
        self._mounted.insert(0, top)
        self._cgroup = top / f"hapair-{self.namespace}"
        try:
            self._cgroup.mkdir()
        except OSError as fault:
            raise NotPossible(f"no control group may be made here: {fault}") from None

    def _is_up(self):
        if self._process.poll() is not None:
            raise NotPossible("systemd can't be process 1 of a namespace here: "
                              + (self.base / "boot.log").read_text()[-500:])
        below = processes.children(self._process.pid)
        if not below or processes.status_fields(below[0]).get("Name") != "systemd":
            return False
        self.pid = below[0]
        return self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def run(self, *command, timeout=60, check=False, input=None):
        """Runs a command as root of the machine."""
        done = subprocess.run(
            ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--uts", "--ipc",
             "--cgroup", "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
             "/sbin:/bin", "LANG=C.UTF-8", "HOME=/root", *map(str, command)],
            capture_output=True, text=True, timeout=timeout, input=input)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def path(self, inside):
        """A path of the machine, as seen from here; what is below /run and /tmp too."""
        return pathlib.Path(f"/proc/{self.pid}/root{inside}")

    def put(self, source, inside):
        """Copies a file of this host into the machine."""
        target = self.path(inside)
        target.write_bytes(pathlib.Path(source).read_bytes())
        return inside

    def property(self, name, unit="hapair.service"):
        """What systemd says of the unit."""
        return self.run("systemctl", "show", "--value", "--property", name, unit,
                        check=True).stdout.strip()

    def main_process(self):
        """The unit's main process, by the process id that it has here; None when there is none."""
        inside = self.property("MainPID")
        return None if inside == "0" else self.outer_id(int(inside))

    def outer_id(self, inside):
        """The process id here of one that has another in the machine."""
        for pid in processes.tree(self.pid):
            numbers = processes.status_fields(pid).get("NSpid", "").split()
            if len(numbers) > 1 and numbers[-1] == str(inside):
                return pid
        return None

    def service_processes(self, unit="hapair.service"):
        """All processes of the unit, by the process ids that they have here."""
        group = self._cgroup / "system.slice" / unit / "cgroup.procs"
        with contextlib.suppress(OSError):
            return [int(pid) for pid in group.read_text().split()]
        return []

    def journal(self, unit="hapair.service"):
        return self.run("journalctl", "--no-pager", "-o", "short-precise",
                        "--no-hostname", "-u", unit).stdout

    def close(self):
        try:
            if self._process is not None:
                processes.kill([self.pid or self._process.pid])
                self._process.wait(10)
                self._process = None
                self._remove_cgroups()
        finally:
            super().close()

    def _remove_cgroups(self):
        def gone():
            for path in sorted(self._cgroup.rglob("*"), reverse=True):
                with contextlib.suppress(OSError):
                    path.rmdir()
            with contextlib.suppress(OSError):
                self._cgroup.rmdir()
            return not self._cgroup.exists()
        wait_until(gone, 10, "the end of the machine's processes")
