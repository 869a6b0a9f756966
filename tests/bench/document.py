"""The report as blocks, from the data of a record: what text, Markdown and HTML have in common."""

import dataclasses
import re
import statistics

import notes
from record import SHARES, in_thousandths

PRODUCTS = {"haproxy": "HAProxy", "relay": "raw relay", "haproxy, list": "HAProxy, list",
            "haproxy, maps": "HAProxy, maps"}
OURS = "hapair"


@dataclasses.dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclasses.dataclass(frozen=True)
class Paragraph:
    text: str


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table of texts; the first column names its row."""

    head: tuple
    rows: tuple
    caption: str = ""


@dataclasses.dataclass(frozen=True)
class Code:
    text: str


@dataclasses.dataclass(frozen=True)
class Figure:
    """What is drawn in HTML, of one table with the goals that are about it."""

    table: dict
    goals: tuple


def name_of(product):
    return PRODUCTS.get(product, product)


def number(value):
    """With as many digits as mean something."""
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.4f}".rstrip("0").rstrip(".")


def limited(value, cut):
    return f"over {number(cut)}" if cut is not None and value >= cut else number(value)


def spread(samples, cut=None):
    """"median (least to most)" of several, the figure of one."""
    if not samples:
        return ""
    middle = limited(statistics.median(samples), cut)
    if len(samples) == 1:
        return middle
    return f"{middle} ({limited(min(samples), cut)} to {limited(max(samples), cut)})"


def in_order(rows, key):
    return list(dict.fromkeys(row[key] for row in rows if row["samples"]))


def cells(table):
    return {(row["case"], row["product"]): row["samples"] for row in table["rows"]}


def share_of(table, case, peer):
    """hapair's median as a share of the peer's, or None."""
    samples = cells(table)
    ours, theirs = samples.get((case, OURS)), samples.get((case, peer))
    if not ours or not theirs or not statistics.median(theirs):
        return None
    return statistics.median(ours) / statistics.median(theirs)


def grid_of(table):
    """Cases down, products across, and for costs hapair's share of each other's at the end."""
    cases, products = in_order(table["rows"], "case"), in_order(table["rows"], "product")
    peers = [each for each in products if each != OURS] if table["plot"] == SHARES else []
    samples = cells(table)
    rows = [(case, *(spread(samples.get((case, product)), table["cut"]) for product in products),
             *("" if (share := share_of(table, case, peer)) is None else number(share)
               for peer in peers))
            for case in cases]
    head = ("", *map(name_of, products), *(f"of {name_of(peer)}" for peer in peers))
    many = max((len(row["samples"]) for row in table["rows"]), default=0)
    how = "; median (least to most)" if many > 1 else ""
    return Grid(head, tuple(rows), f"{table['title']}, {table['unit']}{how}")


def verdict(goal):
    return "met" if goal["met"] else "MISSED"


def with_unit(value, unit):
    return in_thousandths(value) + (f" {unit}" if unit and value is not None else "")


def goals_grid(goals, caption):
    return Grid(("goal", "result", "at most", "", "least to most"), tuple(
        (goal["name"], with_unit(goal["value"], goal["unit"]),
         with_unit(goal["limit"], goal["unit"]), verdict(goal),
         f"{number(min(goal['samples']))} to {number(max(goal['samples']))}"
         if len(goal["samples"]) > 1 else "") for goal in goals), caption)


def minutes(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def moment(stamp):
    return f"{stamp[:16].replace('T', ' ')} UTC" if stamp else "never"


def all_goals(data):
    return [goal for bench in data["benches"] for goal in bench["goals"]]


def summary(data):
    goals = all_goals(data)
    met = sum(goal["met"] for goal in goals)
    what = f"the part {', '.join(data['part'])} of" if data["part"] else "a whole run of"
    yield Paragraph(f"This is {what} `./dev bench`, begun {moment(data['begun'])}, "
                    f"ended {moment(data['ended'])}. "
                    f"Of {len(goals)} goals {met} were met and {len(goals) - met} missed.")
    if data["quick"]:
        yield Paragraph("**Made with `--quick`: loads were so short that these figures say "
                        "nothing**, but that everything works.")
    if data.get("lengths"):
        lengths = ", ".join(f"`{length}`" for length in data["lengths"])
        yield Paragraph(f"Its lengths were not the default ones: {lengths}. With few rounds a "
                        "median says little.")
    for bench in data["benches"]:
        if bench["fault"]:
            yield Paragraph(f"**The bench {bench['name']} failed**, so its figures are not whole: "
                            f"{bench['fault']}")
    yield Grid(("bench", "took", "goals met", "missed"), tuple(
        (bench["name"], minutes(bench["seconds"]),
         str(sum(goal["met"] for goal in bench["goals"])),
         str(sum(not goal["met"] for goal in bench["goals"]))
         + (" (failed)" if bench["fault"] else ""))
        for bench in data["benches"]), "The benches")


def missed_goals(data):
    """Each with what is known of why; a goal that nobody has looked into says that."""
    missed = [goal for goal in all_goals(data) if not goal["met"]]
    yield Heading(2, "Goals that were missed")
    if not missed:
        yield Paragraph("None.")
        return
    yield goals_grid(missed, "The goals and their results")
    told = {}
    for goal in missed:
        reason = next((text for pattern, text in notes.REASONS if re.search(pattern, goal["name"])),
                      notes.NO_REASON)
        told.setdefault(reason, []).append(f"`{goal['name']}`")
    for reason, names in told.items():
        yield Paragraph(f"{', '.join(names)}: {reason}")


def surroundings(data):
    yield Heading(2, "Machine and versions")
    load = f"{data['load before']} before, {data.get('load after', 'unknown')} after"
    rows = [*data["machine"].items(), ("load average (1, 5, 15 min)", load),
            ("processor time taken by other virtual machines",
             f"{number(data['stolen'])} %" if data.get("stolen") is not None else "unknown"),
            *data["versions"].items()]
    yield Grid(("", ""), tuple((name, str(value)) for name, value in rows), "Measured on and with")


def bench_blocks(bench):
    yield Heading(2, notes.TITLES.get(bench["name"], bench["name"]))
    if bench["name"] in notes.ABOUT:
        yield Paragraph(notes.ABOUT[bench["name"]])
    if bench["fault"]:
        yield Paragraph(f"**This bench failed**: {bench['fault']}. What stands here was measured "
                        "before.")
    if bench["goals"]:
        yield goals_grid(bench["goals"], "Goals")
    for table in bench["tables"]:
        if not any(row["samples"] for row in table["rows"]):
            continue
        if table["plot"]:
            yield Figure(table, tuple(goal for goal in bench["goals"]
                                      if goal["table"] == table["title"]))
        yield grid_of(table)
    for remark in bench["remarks"]:
        yield Paragraph(remark)


def document(data):
    """All blocks of the report, in order."""
    yield Heading(1, "Performance")
    yield from summary(data)
    yield from missed_goals(data)
    yield from surroundings(data)
    yield Heading(2, "How to repeat it")
    for kind, text in notes.REPEAT:
        yield Code(text) if kind == "code" else Paragraph(text)
    yield Heading(2, "What the figures mean")
    for text in notes.MEANING:
        yield Paragraph(text)
    for bench in data["benches"]:
        yield from bench_blocks(bench)
