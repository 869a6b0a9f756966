"""What a run of benches was made on and with: the machine, the versions, how busy it was."""

import json
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARIES = {"libevent_core": "libevent", "libssl": "OpenSSL", "libnghttp2": "nghttp2",
             "libcares": "c-ares", "libpcre2-8": "PCRE2", "zlib": "zlib", "libcrypt": "libcrypt",
             "libnl-route-3.0": "libnl", "libseccomp": "libseccomp", "libsystemd": "libsystemd"}
# How each program is asked, and what of the answer is its version.
PROGRAMS = {"HAProxy": ("haproxy -v", r"version (\S+)"),
            "nginx": ("nginx -v", r"nginx/(\S+)"),
            "keepalived": ("keepalived -v", r"v([\d.]+)"),
            "wrk": ("wrk -v", r"wrk (\S+)"),
            "h2load": ("h2load --version", r"nghttp2/(\S+)")}
BUILD_OPTIONS = ("buildtype", "optimization", "b_ndebug", "b_lto", "b_pie", "b_sanitize",
                 "cpp_args")


def _said(command, cwd=None):
    """What a program prints, on either output; nothing where it is not there or fails to start."""
    try:
        done = subprocess.run(command.split() if isinstance(command, str) else command, cwd=cwd,
                              capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip()


def _field(path, pattern, default="unknown"):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(encoding="utf-8"), re.M)
    except OSError:
        found = None
    return found[1].strip() if found else default


def load_average():
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def processor_ticks():
    """(all, of others on the same hardware) since the machine started."""
    ticks = [int(word) for word in _field("/proc/stat", r"^cpu +(.*)$", "0").split()]
    return sum(ticks[:8]), ticks[7] if len(ticks) > 7 else 0


def stolen_share(before):
    """The share of processor time that other virtual machines took since then, in per cent."""
    whole, stolen = (now - then for now, then in zip(processor_ticks(), before))
    return 100.0 * stolen / whole if whole else 0.0


def machine():
    virtual = "hypervisor" in _field("/proc/cpuinfo", r"^flags\s*:(.*)$", "").split()
    memory = int(_field("/proc/meminfo", r"^MemTotal:\s+(\d+)", "0")) / 2**20
    return {"processor": _field("/proc/cpuinfo", r"^model name\s*:(.*)$", platform.machine()),
            "cores": f"{len(os.sched_getaffinity(0))}{' of a virtual machine' if virtual else ''}",
            "memory": f"{memory:.0f} GiB",
            "kernel": platform.release(),
            "system": _field("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)')}


def _build_directory(binary):
    return next((each for each in binary.resolve().parents if (each / "meson-info").is_dir()), None)


def _build(binary):
    """The compiler, its options and the libraries, as the build directory remembers them."""
    directory = _build_directory(binary)
    if directory is None:
        return {"compiler": "unknown: the binary is in no build directory"}
    options = {each["name"]: each["value"] for each in
               json.loads((directory / "meson-info/intro-buildoptions.json").read_text())}
    libraries = {each["name"]: each["version"] for each in
                 json.loads((directory / "meson-info/intro-dependencies.json").read_text())}
    return {"compiler": _field(directory / "meson-logs/meson-log.txt",
                               r"^C\+\+ compiler for the host machine:.*\((.*? \".*)\)$"),
            "build options": " ".join(
                f"{name}={' '.join(value) if isinstance(value, list) else str(value).lower()}"
                for name in BUILD_OPTIONS if (value := options.get(name)) not in (None, [])),
            **{shown: libraries[name] for name, shown in LIBRARIES.items() if name in libraries}}


def commit():
    """That the tree stands at, and whether it has changes besides."""
    head = _said(["git", "rev-parse", "--short=12", "HEAD"], ROOT)
    if not re.fullmatch(r"[0-9a-f]+", head):
        return "unknown"
    changed = _said(["git", "status", "--porcelain", "--untracked-files=no"], ROOT)
    return head + (" with changes" if changed else "")


def versions(binary):
    own = re.search(r"\d+\.\d+\S*", _said([str(binary), "version"]))
    found = {"hapair": own[0] if own else "unknown", "commit": commit(), **_build(binary)}
    for name, (command, pattern) in PROGRAMS.items():
        version = re.search(pattern, _said(command))
        found[name] = version[1] if version else "not there"
    return found
