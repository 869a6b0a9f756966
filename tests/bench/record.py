"""What the benches hand over: figures in tables, goals with their results, remarks.

A figure stands in a table of its bench under a case and a product, with one sample for each round
or run; it is there from the moment it is measured, so that a bench which fails midway has told what
it knew. All of it is plain data, as report.json holds it.
"""

import datetime
import statistics

# How a table is drawn: hapair as a share of each other product; a mark for each sample; a mark for
# each product, which are quantiles then; bars with their spread.
SHARES, RUNS, QUANTILES, BARS = "shares", "runs", "quantiles", "bars"


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def in_thousandths(value):
    """As goals are told, everywhere: so that what misses one looks different from it."""
    return "none" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


class Table:
    """One table of a bench; `cut` is where a measurement was given up."""

    def __init__(self, data):
        self.data = data

    @property
    def title(self):
        return self.data["title"]

    def samples(self, case, product):
        """The list of samples under that case and product: what is appended to it is recorded."""
        for row in self.data["rows"]:
            if (row["case"], row["product"]) == (case, product):
                return row["samples"]
        self.data["rows"].append({"case": case, "product": product, "samples": []})
        return self.data["rows"][-1]["samples"]

    def add(self, case, product, *values):
        self.samples(case, product).extend(values)

    def median(self, case, product):
        return statistics.median(self.samples(case, product))


class Record:
    """One run of benches; prints each goal as it is checked."""

    def __init__(self, **about):
        self.data = {"begun": now(), "ended": None, **about, "benches": []}

    @property
    def missed(self):
        return sum(not goal["met"] for bench in self.data["benches"] for goal in bench["goals"])

    @property
    def faults(self):
        return [bench["name"] for bench in self.data["benches"] if bench["fault"]]

    @property
    def _bench(self):
        return self.data["benches"][-1]

    def begin(self, name):
        self.data["benches"].append({"name": name, "seconds": 0.0, "fault": None, "goals": [],
                                     "tables": [], "remarks": []})

    def end(self, seconds, fault=None):
        self._bench["seconds"], self._bench["fault"] = round(seconds, 1), fault
        self.data["ended"] = now()

    def table(self, title, unit, plot=None, cut=None):
        """The table of that title of the bench that runs, made when it is asked for first."""
        for data in self._bench["tables"]:
            if data["title"] == title:
                return Table(data)
        self._bench["tables"].append({"title": title, "unit": unit, "plot": plot, "cut": cut,
                                      "rows": []})
        return Table(self._bench["tables"][-1])

    def say(self, text):
        """Prints what is no figure of a table but belongs to the report."""
        print(text, flush=True)
        self._bench["remarks"].append(text)

    def check(self, name, value, limit, unit="", of=None, samples=()):
        """A goal: `of` is the (table, case, product) it is about, which for a share is the product
        compared with; the samples show its spread."""
        met = value is not None and value <= limit
        print(f"goal {name} {in_thousandths(value)}{'' if value is None else unit} {limit:g}{unit} "
              f"{'met' if met else 'missed'}", flush=True)
        table, case, product = of or (None, None, None)
        self._bench["goals"].append({
            "name": name, "value": value, "limit": limit, "unit": unit, "met": met,
            "table": table and table.title, "case": case, "product": product,
            "samples": list(samples)})


def shares(ours, theirs):
    """Of each round, which measured both one after the other."""
    return [one / other for one, other in zip(ours, theirs) if other]
