"""Names in code font in the documents are there: config keys, metrics, messages and other words of
the program. What tells of the past (changelog, decision records) may name what there is no more."""

import functools
import re

import frames
import pages
from house import tree

# From the first word on a chain of names, with or without what is between: "vips.*.track",
# "frontends.web.bind[0].port", "check.interval".
CHAIN = re.compile(r"[a-z_]\w*(\[\d*\])?(\.[\w*-]+(\[\d*\])?)+")
HYPHENATED = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
METRIC = re.compile(r"\bhapair_[a-z0-9_]*[a-z0-9]\b(?!\.)")
# Of others than hapair, or made up in an example.
OTHER_WORDS = {
    "web-1": "a server that a name stands for",
    "web-2": "a server that a name stands for",
    "systemd-sysusers": "a program of systemd's",
}


def chains(node, above=()):
    """Every path in the schema: its names, "*" for one that the user chooses."""
    for key, inner in node.get("properties", {}).items():
        if isinstance(inner, dict):
            yield (*above, key)
            yield from chains(inner, (*above, key))
    if isinstance(node.get("items"), dict):
        yield from chains(node["items"], above)
    if isinstance(node.get("additionalProperties"), dict):
        yield (*above, "*")
        yield from chains(node["additionalProperties"], (*above, "*"))
    for choice in node.get("anyOf", ()):
        yield from chains(choice, above)


@functools.cache
def known_chains():
    return frozenset(chains(frames.SCHEMA))


@functools.cache
def ends_by_last_name():
    found = {}
    for chain in known_chains():
        found.setdefault(chain[-1], []).append(chain)
    return found


def fits(wanted, chain):
    """Whether a chain ends with the names; one that the user chooses may be left out."""
    if not wanted:
        return True
    if not chain:
        return False
    if chain[-1] == "*":
        chosen = wanted[-1] == "*" or wanted[-1] not in known_keys()
        return fits(wanted, chain[:-1]) or (chosen and fits(wanted[:-1], chain[:-1]))
    return wanted[-1] == chain[-1] and fits(wanted[:-1], chain[:-1])


@functools.cache
def known_keys():
    return frozenset(name for chain in known_chains() for name in chain if name != "*")


def key_fault(code):
    """What is wrong with a chain of names that begins with a config key; none when there is one."""
    wanted = tuple(re.sub(r"\[\d*\]", "", part) for part in code.split("."))
    candidates = ends_by_last_name().get(wanted[-1], []) + ends_by_last_name().get("*", [])
    if any(fits(wanted, chain) for chain in candidates):
        return ""
    of_same_end = sorted(".".join(chain) for chain in ends_by_last_name().get(wanted[-1], []))
    near = ", ".join(of_same_end[:4]) or f"no key {wanted[-1]}"
    return f"no such config key; configs/schema.json has {near}"


def test_config_keys_are_there():
    faults, seen = [], 0
    for page in pages.living_pages():
        for place, code in page.codes():
            if not CHAIN.fullmatch(code) or re.split(r"[.\[]", code)[0] not in known_keys():
                continue
            if re.search(r"\.(pem|key|crt|json|cfg|conf|map|service|py|hpp|cpp|md)$", code):
                continue
            seen += 1
            if fault := key_fault(code):
                faults.append(f"{place}: {code}: {fault}")
    assert seen > 100
    tree.expect_none(faults)


def test_a_wrong_config_key_is_seen():
    for code in ("process.max_memry", "vips.track", "check.verify.tls", "vips.*.checks",
                 "cluster.nodes.lb1.prio"):
        assert (code == "vips.track") != bool(key_fault(code)), code
    for code in ("process.max_memory", "vips.VI_1.router_id", "frontends.*.bind[].tls",
                 "cluster.nodes.lb1.priority", "check.tls.verify", "log[0].level"):
        assert not key_fault(code), code


@functools.cache
def metrics():
    """The families that docs/api.md has, which a unit test holds against the program."""
    return frozenset(re.findall(r"^\| `([a-z0-9_]+)` \| (?:gauge|counter|summary|histogram) \|",
                                tree.text("docs/api.md"), re.MULTILINE))


def test_metrics_are_there():
    assert len(metrics()) > 100
    faults = []
    for page in pages.living_pages():
        for number, line in enumerate(tree.text(page.path).split("\n"), 1):
            for name in METRIC.findall(line):
                family = re.sub(r"_(bucket|sum|count)$", "", name.removeprefix("hapair_"))
                if not {family, name.removeprefix("hapair_")} & metrics():
                    faults.append(f"{page.path}:{number}: there is no metric {name}; docs/api.md "
                                  "lists them")
    tree.expect_none(faults)


@functools.cache
def words_of_the_program():
    """Every text in quotes in what the product and its packages are made of."""
    sources = [tree.text(path) for path in tree.files()
               if path.parts[0] in (*tree.PRODUCT_FOLDERS, "packaging", "configs") or
               str(path) in ("tests/lib/packages.sh", "docs/openapi.json")]
    found = set()
    for text in sources:
        found |= set(re.findall(r"(?<![\w-])[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w-])", text))
    return frozenset(found)


@functools.cache
def names_of_benches():
    """Those that the benches give to loads and goals: some as they are in their sources, the others
    put together there, as the report's tables have them."""
    report = tree.text("docs/performance.md")
    found = set(re.findall(r"^\| ([a-z0-9]+(?:[-_.][A-Za-z0-9]+)+) \|", report, re.MULTILINE))
    for path in tree.files():
        if str(path.parent) == "tests/bench" and path.suffix == ".py":
            found |= set(re.findall(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", tree.text(path)))
    return frozenset(found)


@functools.cache
def messages():
    return frozenset(re.findall(r"^## `?([a-z0-9-]+)`?\s*$", tree.text("docs/messages.md"),
                                re.MULTILINE))


def test_messages_and_other_words_are_there():
    used, faults = set(), []
    ours = messages() | words_of_the_program()
    for page in pages.living_pages():
        if page.path.parts[0] == "tests":
            continue  # scenarios have words of their own
        known = ours
        if str(page.path) == "docs/performance.md":
            known |= names_of_benches()
        for place, code in page.codes():
            if not HYPHENATED.fullmatch(code):
                continue
            used.add(code)
            if code not in known and code not in OTHER_WORDS:
                faults.append(f"{place}: {code}: no message (docs/messages.md) and no word of the "
                              "program's; spell it as it is, or add it to OTHER_WORDS")
    tree.expect_none(faults)
    assert set(OTHER_WORDS) <= used, "OTHER_WORDS has words that no document needs any more"


def test_links_to_messages_name_the_message():
    """`[vrrp-transition](messages.md#...)` leads to that one."""
    found = [(page.path, number, name, anchor) for page in pages.pages()
             for number, line in page.prose
             for name, anchor in re.findall(r"\[`?([a-z0-9-]+)`?\]\([^)]*messages\.md#([^)]*)\)",
                                            line)]
    tree.expect_none(f"{path}:{number}: the link to {name} leads to {anchor}"
                     for path, number, name, anchor in found
                     if name in messages() and name != anchor)
