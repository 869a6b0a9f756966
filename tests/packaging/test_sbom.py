"""The bill of materials: CycloneDX 1.5, of what the binary links to, the same each time."""

import importlib.machinery
import importlib.util
import json
import os
import re

import pytest
from packages import ROOT, project_version, run

BOM = "usr/share/hapair/sbom.cdx.json"


@pytest.fixture(scope="module")
def bom(unpacked):
    return json.loads((unpacked / BOM).read_text())


def tool():
    loader = importlib.machinery.SourceFileLoader("sbom", str(ROOT / "packaging/sbom"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("sbom", loader))
    loader.exec_module(module)
    return module


def test_it_has_what_cyclonedx_demands(bom):
    assert bom["bomFormat"] == "CycloneDX" and bom["specVersion"] == "1.5"
    assert isinstance(bom["version"], int) and bom["version"] >= 1
    assert set(bom) <= {"bomFormat", "specVersion", "version", "metadata", "components",
                        "dependencies"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bom["metadata"]["timestamp"])
    product = bom["metadata"]["component"]
    assert product["type"] == "application" and product["name"] == "hapair"
    refs = [product["bom-ref"]]
    for each in bom["components"]:
        assert each["type"] == "library" and each["name"] and each["version"] != "unknown"
        assert len(each["licenses"]) == 1 and each["licenses"][0]["expression"]
        assert all(set(entry) == {"name", "value"} for entry in each["properties"])
        assert each["externalReferences"][0]["url"].startswith("https://")
        refs.append(each["bom-ref"])
    assert len(set(refs)) == len(refs)
    for each in bom["dependencies"]:
        assert each["ref"] in refs and set(each["dependsOn"]) <= set(refs)
    assert sorted(each["ref"] for each in bom["dependencies"]) == sorted(refs)


def test_it_lists_what_the_binary_links_to(unpacked, bom):
    dynamic = run("readelf", "-dW", unpacked / "usr/sbin/hapair")
    linked = {name for name in re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
              if not name.startswith("ld-linux")}
    listed = {entry["value"] for each in bom["components"] for entry in each["properties"]
              if entry["name"] == "hapair:soname"}
    assert listed == linked
    assert {"openssl", "nghttp2", "libevent", "nlohmann-json"} <= {
        each["name"] for each in bom["components"]}


def test_its_version_is_the_projects(bom):
    assert bom["metadata"]["component"]["version"] == project_version()


def test_the_same_binary_gives_the_same_bytes(unpacked, bom):
    at = bom["metadata"]["timestamp"]
    epoch = run("date", "-u", "-d", at, "+%s").strip()
    made = run(ROOT / "packaging/sbom", unpacked / "usr/sbin/hapair",
               env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
    assert made == (unpacked / BOM).read_text()


def test_every_dependency_of_the_build_has_its_licence():
    build = (ROOT / "meson.build").read_text()
    named = set(re.findall(r"dependency\('([^']+)'", build)) - {"threads"}
    made = tool()
    known = {name.removeprefix("lib").removesuffix("-2.1").removesuffix("-3")
             for name in made.LIBRARIES} | set(made.HEADER_ONLY)
    spelt = {name.removeprefix("lib").removesuffix("-3.0") for name in named}
    assert {"z" if name == "zlib" else name for name in spelt} <= known
