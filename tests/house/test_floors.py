"""The floors of docs/architecture.md hold: who includes what, and where third parties are met."""

import re

import tree

# A folder may include itself, and these. The first match from the top counts.
MAY_INCLUDE = [
    ("common/base/", ()),
    ("common/text/", ("common/base/",)),
    ("common/event/", ("common/base/",)),
    ("common/net/", ("common/base/", "common/event/")),
    ("common/password/", ("common/base/", "common/net/")),
    ("common/tls/", ("common/base/", "common/net/")),
    ("common/http/", ("common/base/",)),
    ("libcheck/core/", ("common/base/", "common/http/")),
    ("libvrrp/core/", ("common/base/", "libcheck/core/registry.hpp")),
    ("liblb/core/", ("common/base/", "common/http/", "libcheck/core/registry.hpp")),
    ("libcheck/io/", ("common/", "libcheck/core/")),
    ("libvrrp/io/", ("common/", "libvrrp/core/", "libcheck/core/registry.hpp")),
    ("liblb/io/", ("common/", "liblb/core/", "libcheck/core/registry.hpp")),
    ("apps/hapair/", ("common/", "libcheck/", "libvrrp/", "liblb/")),
]

# Only these folders may name these headers.
WRAPPED = {
    r"event2?/.*|event\.h|evdns\.h": ("common/event/",),
    r"ares.*\.h": ("common/net/",),
    r"openssl/.*": ("common/tls/",),
    r"netlink/.*": ("libvrrp/io/", "apps/hapair/guardian/"),
    r"nghttp2/.*|zlib\.h": ("common/http/",),
    r"pcre2\.h": ("common/text/",),
    r"crypt\.h": ("common/password/",),
    r"nlohmann/.*": ("apps/hapair/",),
    r"seccomp\.h": ("apps/hapair/",),
    r"systemd/.*": ("apps/hapair/",),
}

PURE_FOLDERS = ("common/base/", "common/http/", "libcheck/core/", "libvrrp/core/", "liblb/core/")
SYSTEM_CALLS = re.compile(
    r"(sys|linux|net|netpacket)/.*|unistd\.h|fcntl\.h|poll\.h|spawn\.h|signal\.h|csignal|thread|"
    r"mutex|condition_variable|fstream|iostream|filesystem|pthread\.h|sched\.h")
READS_A_CLOCK = re.compile(r"\b(?:\w+_clock::now|clock_gettime|gettimeofday|time)\s*\(")

PRODUCT = tree.cpp_files(*tree.PRODUCT_FOLDERS)


def floor_of(path):
    return next(((folder, allowed) for folder, allowed in MAY_INCLUDE
                 if str(path).startswith(folder)), None)


def test_every_product_file_stands_on_a_floor():
    tree.expect_none(f"{path}: its folder is in no floor of this test's table"
                     for path in PRODUCT if floor_of(path) is None)


def test_a_file_includes_only_what_its_floor_may():
    faults = []
    for path in PRODUCT:
        folder, allowed = floor_of(path) or ("", ("",))
        quoted, _ = tree.includes(path)
        faults += [f"{path} includes {name}, which {folder} may not" for name in quoted
                   if not name.startswith((folder, *allowed))]
    tree.expect_none(faults)


def test_third_party_headers_stay_in_the_folder_that_wraps_them():
    tree.expect_none(f"{path} includes <{name}>, which only {', '.join(folders)} may"
                     for path in PRODUCT for name in tree.includes(path)[1]
                     for pattern, folders in WRAPPED.items()
                     if re.fullmatch(pattern, name) and not str(path).startswith(folders))


def test_no_header_drags_in_the_whole_json_library():
    tree.expect_none(f"{path}: use nlohmann/json_fwd.hpp" for path in PRODUCT
                     if path.suffix == ".hpp" and "nlohmann/json.hpp" in tree.includes(path)[1])


def test_pure_folders_make_no_system_call_and_read_no_clock():
    faults = []
    for path in PRODUCT:
        if not str(path).startswith(PURE_FOLDERS):
            continue
        faults += [f"{path} is pure, yet includes <{name}>" for name in tree.includes(path)[1]
                   if SYSTEM_CALLS.fullmatch(name)]
        code = re.sub(r"//.*", "", tree.text(path))
        faults += [f"{path}:{tree.line_of(code, hit.start())}: {hit[0]}: pure code is told the time"
                   for hit in READS_A_CLOCK.finditer(code)]
    tree.expect_none(faults)
