"""Plots of a report's tables, as inline SVG: a lane of its own for each figure, its value in words.

Positions are per cent of the width and heights are pixels, so that a plot fits any screen, and
words stand outside of it, where they wrap. What is whose is told by words and shapes; colour only
repeats it.
"""

import html
import math
import statistics

from document import OURS, cells, in_order, name_of, number, share_of, spread, verdict
from record import BARS, QUANTILES, RUNS, SHARES, shares

_LEFT, _RIGHT = 1.5, 97.0  # per cent
_MARK, _LANE = 10, 22  # pixels: middle of the marks, height of a lane
_SHAPES = {"p50": "circle", "p99": "disc", "p99.9": "square", "max": "stroke"}
_KEYS = {
    SHARES: "hapair's cost as a share of each other's: shorter is better, 1 is the same. "
            "The thin line is from the least to the most of all rounds, the dashed one the goal.",
    RUNS: "A mark for each run, filled of hapair, hollow of others; the long stroke is the median, "
          "the dashed one the goal. The scale is logarithmic.",
    QUANTILES: "Hollow circle: p50; filled circle: p99; square: p99.9; stroke: the most. "
               "The dashed line is the goal. The scale is logarithmic.",
    BARS: "Bars are medians, filled of hapair, hollow of others; the thin line is from the least "
          "to the most, the dashed one the goal."}


class Scale:
    """From a value to per cent of the width."""

    def __init__(self, values, logarithmic):
        self._logarithmic = logarithmic
        top = max(values, default=1.0) or 1.0
        if logarithmic:
            least = min((value for value in values if value > 0), default=top)
            # A zero, or what is next to it, stands at the left edge.
            self._low = math.floor(math.log10(max(least, top / 1e4)))
            self._high = max(self._low + 1, math.ceil(math.log10(top)))
            self.ticks = [10.0 ** power for power in range(self._low, self._high + 1)]
        else:
            step = 10.0 ** math.floor(math.log10(top))
            step = next(each for each in (step / 5, step / 2, step, 2 * step) if top / each <= 6)
            self.ticks = [step * at for at in range(math.ceil(top / step - 1e-9) + 1)]
            self._low, self._high = 0.0, self.ticks[-1]

    def at(self, value):
        if self._logarithmic:
            value = math.log10(max(value, 10.0 ** self._low))
        share = (value - self._low) / (self._high - self._low)
        return _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, share))


def _line(x, top, bottom, style):
    return f'<line class="{style}" x1="{x:.2f}%" x2="{x:.2f}%" y1="{top}" y2="{bottom}"/>'


def _across(x1, x2):
    return (f'<line class="whisker" x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{_MARK}" y2="{_MARK}"/>'
            + _line(x1, _MARK - 3, _MARK + 3, "whisker")
            + _line(x2, _MARK - 3, _MARK + 3, "whisker"))


def _dot(x, style):
    return f'<circle class="{style}" cx="{x:.2f}%" cy="{_MARK}" r="3.5"/>'


def _square(x):
    # Moved by its half in pixels, since x is in per cent.
    return (f'<rect class="ours" x="{x:.2f}%" y="{_MARK - 4}" width="8" height="8" '
            'transform="translate(-4 0)"/>')


def _bar(x, style):
    return (f'<rect class="bar {style}" x="{_LEFT}%" y="{_MARK - 5}" width="{x - _LEFT:.2f}%" '
            'height="10"/>')


def _lane(scale, words, marks, goal):
    """One figure: its words above its marks."""
    grid = "".join(_line(scale.at(tick), 0, _LANE, "grid") for tick in scale.ticks)
    limit = _line(scale.at(goal["limit"]), 0, _MARK * 2, "goal") if goal else ""
    if goal:
        words += f"; goal {number(goal['limit'])} {verdict(goal)}"
    return (f'<p class="words">{html.escape(words)}</p>'
            f'<svg aria-hidden="true" height="{_LANE}">{grid}{marks}{limit}</svg>')


def _axis(scale):
    def anchor(at):
        return "start" if at == 0 else "end" if at == len(scale.ticks) - 1 else "middle"

    labels = "".join(f'<text class="soft" x="{scale.at(tick):.2f}%" y="12" '
                     f'text-anchor="{anchor(at)}">{number(tick)}</text>'
                     for at, tick in enumerate(scale.ticks))
    return f'<svg aria-hidden="true" height="18">{labels}</svg>'


def _goal_of(goals, case, product):
    return next((goal for goal in goals if (goal["case"], goal["product"]) == (case, product)),
                None)


def _style(product):
    return "ours" if product == OURS else "peer"


def _shares(table, goals):
    """(case, words, values, marks by a scale, goal) of each lane; so are the next three."""
    samples = cells(table)
    for case in in_order(table["rows"], "case"):
        for peer in in_order(table["rows"], "product"):
            share = share_of(table, case, peer)
            if peer == OURS or share is None:
                continue
            rounds = shares(samples[case, OURS], samples[case, peer]) or [share]

            def marks(scale, share=share, rounds=rounds):
                bar = _bar(scale.at(share), "ours")
                return bar + (_across(scale.at(min(rounds)), scale.at(max(rounds)))
                              if len(rounds) > 1 else "")
            yield (case, f"of {name_of(peer)}: {number(share)}", [1.0, share, *rounds], marks,
                   _goal_of(goals, case, peer))


def _runs(table, goals):
    for (case, product), values in cells(table).items():
        if not values:
            continue

        def marks(scale, values=values, product=product):
            dots = "".join(_dot(scale.at(value), _style(product)) for value in values)
            return dots + _line(scale.at(statistics.median(values)), _MARK - 8, _MARK + 8,
                                "whisker")
        yield (case, f"{name_of(product)}: {spread(values, table['cut'])}", values, marks,
               _goal_of(goals, case, product))


def _quantiles(table, goals):
    samples = cells(table)
    for case in in_order(table["rows"], "case"):
        found = {name: statistics.median(samples[case, name]) for name in _SHAPES
                 if samples.get((case, name))}

        def marks(scale, found=found):
            drawn = {"circle": lambda x: _dot(x, "peer"), "disc": lambda x: _dot(x, "ours"),
                     "square": _square,
                     "stroke": lambda x: _line(x, _MARK - 8, _MARK + 8, "whisker")}
            ends = [scale.at(value) for value in found.values()]
            span = (f'<line class="grid" x1="{min(ends):.2f}%" x2="{max(ends):.2f}%" y1="{_MARK}" '
                    f'y2="{_MARK}"/>')
            return span + "".join(drawn[_SHAPES[name]](scale.at(value))
                                  for name, value in found.items())
        goal = next((goal for goal in goals if goal["case"] == case), None)
        yield (case, ", ".join(f"{name} {number(value)}" for name, value in found.items()),
               list(found.values()), marks, goal)


def _bars(table, goals):
    for (case, product), values in cells(table).items():
        if not values:
            continue

        def marks(scale, values=values, product=product):
            bar = _bar(scale.at(statistics.median(values)), _style(product))
            return bar + (_across(scale.at(min(values)), scale.at(max(values)))
                          if len(values) > 1 else "")
        yield (case, f"{name_of(product)}: {spread(values, table['cut'])}", values, marks,
               _goal_of(goals, case, product))


_DRAWN = {SHARES: _shares, RUNS: _runs, QUANTILES: _quantiles, BARS: _bars}


def figure(table, goals):
    """The plot of one table, as HTML."""
    plot = table["plot"]
    lanes = list(_DRAWN[plot](table, goals))
    if not lanes:  # nobody to compare with
        plot = BARS
        lanes = list(_bars(table, goals))
    values = [value for lane in lanes for value in lane[2]]
    values += [lane[4]["limit"] for lane in lanes if lane[4]]
    scale = Scale(values, plot in (RUNS, QUANTILES))
    parts, unit = [], "share" if plot == SHARES else table["unit"]
    for case in dict.fromkeys(lane[0] for lane in lanes):
        parts.append(f'<p class="case">{html.escape(case)}</p>')
        parts += [_lane(scale, words, marks(scale), goal)
                  for of, words, _, marks, goal in lanes if of == case]
    return (f"<figure><figcaption>{html.escape(table['title'])}, {html.escape(unit)}"
            f'<p class="key">{html.escape(_KEYS[plot])}</p></figcaption>\n'
            + "\n".join([*parts, _axis(scale)]) + "\n</figure>")
