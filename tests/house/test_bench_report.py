"""The report of the benches, made of sample figures: every goal in every form, and a page that
needs nothing from elsewhere."""

import importlib.util
import json
import pathlib
import re
import sys
import types
import xml.etree.ElementTree as ElementTree

import pytest

import tree

sys.path.insert(0, str(tree.ROOT / "tests/bench"))

import document  # noqa: E402
import report  # noqa: E402
from record import BARS, QUANTILES, RUNS, SHARES, Record, shares  # noqa: E402

MET, MISSED = "cpu-kept-of-nginx", "advert-lateness-p99.9"
FAULT = "ValueError: <no> | \"figures\" & more"


def bench_program():
    """tests/bench/run.py, which is no module by its name: there are others of that."""
    where = importlib.util.spec_from_file_location("bench_run", tree.ROOT / "tests/bench/run.py")
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)
    return module


def sample_record():
    record = Record(part=[], quick=False, machine={"processor": "A & B <one>", "cores": "2"},
                    versions={"hapair": "0.1.0", "compiler": "gcc 12"}, stolen=0.5,
                    **{"load before": "0.10 0.20 0.30"})
    record.begin("http")
    cpu = record.table("CPU of a request", "us", SHARES)
    cpu.add("kept", "hapair", 13.0, 12.0, 14.0)
    cpu.add("kept", "nginx", 15.0, 16.0, 17.0)
    of_each = shares(cpu.samples("kept", "hapair"), cpu.samples("kept", "nginx"))
    record.check(MET, cpu.median("kept", "hapair") / cpu.median("kept", "nginx"), 0.85,
                 of=(cpu, "kept", "nginx"), samples=of_each)
    record.say("a remark of <http>")
    record.end(480.0)
    record.begin("failover")
    gaps = record.table("Time without service", "ms", RUNS, cut=6000)
    gaps.add("link cut", "hapair", 20.0, 30.0)
    gaps.add("link cut", "keepalived+HAProxy", 6000.0, 6000.0)
    record.table("Requests", "1/s", BARS).add("alone", "hapair", 0.0)
    record.end(60.0)
    record.begin("lateness")
    late = record.table("How late", "ms", QUANTILES)
    for name, value in (("p50", 0.0), ("p99", 0.4), ("p99.9", 2.8), ("max", 5.1)):
        late.add("kept", name, value)
    record.check(MISSED, 2.8, 2, "ms", (late, "kept", "p99.9"))
    record.check("nothing-measured", None, 0, "ms")
    record.end(20.0, FAULT)
    return record


@pytest.fixture(name="data")
def fixture_data():
    return json.loads(json.dumps(sample_record().data))  # as it comes back from the file


@pytest.fixture(name="page")
def fixture_page(data, tmp_path):
    report.write(data, tmp_path)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_goal_prints_one_line(capsys):
    record = sample_record()
    shown = capsys.readouterr().out.splitlines()
    assert f"goal {MET} 0.812 0.85 met" in shown
    assert f"goal {MISSED} 2.8ms 2ms missed" in shown
    assert "goal nothing-measured none 0ms missed" in shown
    assert (record.missed, record.faults) == (2, ["lateness"])


def test_every_goal_stands_in_every_form_with_its_result(data, page):
    for text in (report.as_text(data), report.as_markdown(data)):
        line = {name: [line for line in text.splitlines() if name in line]
                for name in (MET, MISSED, "nothing-measured")}
        assert "MISSED" not in "".join(line[MET]) and re.search(r"0\.812.*0\.85.*met", line[MET][0])
        assert all("MISSED" in shown for shown in line[MISSED][:1] + line["nothing-measured"][:1])
        assert "0.75 to 0.867" in line[MET][0], "the spread over the rounds"
    for name, shown in ((MET, "0.812"), (MISSED, "2.8 ms"), ("nothing-measured", "none")):
        assert re.search(rf'<th scope="row">{re.escape(name)}</th><td>{shown}</td>', page)
    assert page.count("✗ MISSED") == 4  # in its bench, and among all that were missed


def test_a_missed_goal_comes_with_what_is_known_of_it(data):
    text = report.as_markdown(data)
    missed = text[text.index("## Goals that were missed"):text.index("## Machine")]
    assert f"`{MISSED}`: the guardian" in missed
    assert f"`nothing-measured`: {document.notes.NO_REASON}" in missed
    assert MET not in missed


def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(page):
    root = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    names = {element.tag for element in root.iter()}
    assert {"svg", "table", "figure"} <= names
    assert not names & {"script", "link", "img", "iframe", "object", "use", "a"}
    assert not {name for element in root.iter() for name in element.keys()} & {"src", "href"}
    assert not re.search(r"url\(|@import|https?:", page)
    assert "prefers-color-scheme: dark" in page and 'name="viewport"' in page


def test_all_kinds_of_plot_are_drawn_within_the_width(page):
    root = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    assert len(root.findall(".//figure")) == 4
    places = [float(value.rstrip("%")) for element in root.iter()
              for key, value in element.items() if key in ("x", "x1", "x2", "cx", "width")
              and value.endswith("%")]
    assert len(places) > 20 and all(0 <= place <= 100 for place in places)
    words = [element.text for element in root.findall(".//p[@class='words']")]
    assert "of nginx: 0.812; goal 0.85 met" in words
    assert "keepalived+HAProxy: over 6000 (over 6000 to over 6000)" in words
    assert any(text.endswith("goal 2 MISSED") for text in words)


def test_a_bench_that_failed_is_named_and_what_it_measured_is_there(data, page):
    text = report.as_text(data)
    assert f"The bench lateness failed, so its figures are not whole: {FAULT}" in text
    assert "2.8" in text and "&lt;no&gt;" in page
    assert "lateness" in report.reason_against_docs(data)


def test_what_fails_or_is_ended_leaves_its_report(tmp_path, monkeypatch, capsys):
    bench = bench_program()
    record = sample_record()

    def midway(ending):
        def run(_binary, record, _arguments):
            record.table("Figures", "us", BARS).add("so far", "hapair", 4711.0)
            raise ending
        return run

    arguments = types.SimpleNamespace(binary=pathlib.Path("hapair"))
    monkeypatch.setitem(bench.BENCHES, "http", midway(OSError("no such port")))
    monkeypatch.setitem(bench.BENCHES, "ring", midway(KeyboardInterrupt()))
    bench.run_bench("http", record, arguments, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        bench.run_bench("ring", record, arguments, tmp_path)
    assert record.faults == ["lateness", "http", "ring"]
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert "The bench http failed, so its figures are not whole: OSError: no such port" in text
    assert text.count("4711") == 2 and "OSError: no such port" in capsys.readouterr().err


def test_machine_versions_and_load_are_told(data):
    text = report.as_text(data)
    for shown in ("A & B <one>", "gcc 12", "0.10 0.20 0.30 before", "0.5 %"):
        assert shown in text


def test_lengths_that_are_not_the_default_ones_are_told(data):
    program = bench_program()
    given = {"runs": 1, "http_rounds": 2, "quiet_seconds": 20, "quick": False, "name": []}
    default = {"runs": 10, "http_rounds": 3, "quiet_seconds": 20}
    assert program.changed_lengths(given, default.get) == ["--runs 1", "--http-rounds 2"]
    told = "not the default ones: `--runs 1`, `--http-rounds 2`."
    assert told in report.as_markdown(data | {"lengths": ["--runs 1", "--http-rounds 2"]})
    assert "not the default ones" not in report.as_markdown(data)


def test_the_document_keeps_what_people_wrote_below(data, tmp_path):
    path = tmp_path / "performance.md"
    path.write_text(f"old\n\n{report.BY_HAND}\n\n## By hand\n", encoding="utf-8")
    report.write_docs(data, path)
    report.write_docs(data, path)
    text = path.read_text(encoding="utf-8")
    assert text == f"{report.as_markdown(data)}\n{report.BY_HAND}\n\n## By hand\n"


def test_a_report_made_again_goes_where_it_belongs(tmp_path, monkeypatch, capsys):
    """That of a part does not stand in the place of the whole run's."""
    bench, source = bench_program(), tmp_path / "source.json"
    for more, where in (({}, "."), ({"part": ["http", "ring"]}, "http-ring"),
                        ({"part": ["http"], "quick": True}, "quick-http")):
        source.write_text(json.dumps({**sample_record().data, **more}), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["run.py", "--binary", "hapair", "--again", str(source),
                                          "--report", str(tmp_path / "report")])
        assert bench.main() == 0
        shown = tmp_path / "report" / where / "report.html"
        assert shown.is_file() and str(shown.parent.resolve()) in capsys.readouterr().out
        shown.unlink()
        assert not list(tmp_path.rglob("report.html"))


def test_parts_and_quick_runs_are_no_document():
    for more in ({"part": ["http"], "quick": False}, {"part": [], "quick": True}):
        assert report.reason_against_docs({"benches": [], **more})


def test_the_document_in_the_tree_leaves_its_mark():
    text = (tree.ROOT / report.DOCUMENT).read_text(encoding="utf-8")
    assert text.startswith("# Performance\n") and text.count(report.BY_HAND) == 1


def test_every_bench_has_a_title_and_says_what_it_does():
    names = set(bench_program().BENCHES)
    assert len(names) > 8 and names == set(document.notes.ABOUT) == set(document.notes.TITLES)
