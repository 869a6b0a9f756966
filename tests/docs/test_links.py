"""Every link in the documents leads somewhere. Those to the network are not followed."""

import pathlib
import re
import urllib.parse

import pages
from house import tree


def fault_of(place, target):
    """What is wrong with a link; none when it is sound."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        parts = urllib.parse.urlsplit(target)
        if parts.scheme == "mailto":
            return "" if "@" in parts.path else "a mail address has an @"
        sound = parts.scheme in ("http", "https") and re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc)
        return "" if sound else "that is no http(s) address with a host"
    name, _, anchor = target.partition("#")
    path = place.page.parent / name if name else place.page
    file = (tree.ROOT / path).resolve()
    if not file.is_relative_to(tree.ROOT) or not file.exists():
        return f"there is no {path}; name a file by its path from {place.page.parent}/"
    inside = file.relative_to(tree.ROOT)
    if file.is_file() and inside not in tree.files():
        return f"{inside} is not in the repository; git add it"
    if not anchor:
        return ""
    if file.suffix != ".md":
        return "only pages (*.md) have anchors; leave out what is behind #"
    anchors = pages.page(inside).anchors
    if anchor in anchors:
        return ""
    near = sorted(each for each in anchors if set(anchor.split("-")) & set(each.split("-")))
    return f"{inside} has no heading for #{anchor}; it has {', '.join(near[:8]) or 'no such thing'}"


def test_every_link_leads_somewhere():
    links = [(place, target) for page in pages.pages() for place, target in page.links()]
    assert len(links) > 150
    tree.expect_none(f"{place}: the link to {target}: {fault}" for place, target in links
                     if (fault := fault_of(place, target)))


def test_a_bad_link_is_seen():
    place = pages.Place(pathlib.PurePath("docs/api.md"), 1)
    for target in ("nothing.md", "#nothing", "configuration.md#nothing", "https:///x", "ftp://a/b",
                   "../../outside", "openapi.json#paths", "mailto:nobody"):
        assert fault_of(place, target), target
    for target in ("configuration.md#vips", "#metrics", "decisions/README.md", "openapi.json",
                   "https://example.com/a?b#c", "../README.md"):
        assert not fault_of(place, target), target
