"""The report as one HTML page: nothing from elsewhere, no script, light and dark, for any width."""

import html
import re

import plots
from document import Code, Figure, Grid, Heading, Paragraph, document, verdict

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #c9d1d9;
  --paper: #fff; --shade: #f3f5f7; --ours: #0b5fbf; --peer: #8a939d; --goal: #b3261e;
  --good: #1a6b35; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --soft: #a3adb8; --line: #3b444d;
  --paper: #12161a; --shade: #1c2228; --ours: #6cb0ff; --peer: #8d98a4; --goal: #ff8a80;
  --good: #7fd79a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem;
  border-top: 1px solid var(--line); padding-top: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; background: var(--shade); }
pre { padding: .75rem; overflow-x: auto; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: normal; }
th { font-weight: 600; } th[scope=row] { min-width: 6.5rem; } td { min-width: 4rem; }
.missed { color: var(--goal); font-weight: 700; } .met { color: var(--good); }
figure { margin: 1.5rem 0; } figcaption { font-weight: 600; }
.key { color: var(--soft); font-size: .875rem; margin: .25rem 0; font-weight: 400; }
.case { font-size: .875rem; margin: .75rem 0 0; font-weight: 600; }
.words { font-size: .8125rem; line-height: 1.3; margin: .25rem 0 .125rem; }
svg { display: block; width: 100%; overflow: visible; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .soft { fill: var(--soft); }
.grid { stroke: var(--line); stroke-width: 1; }
.ours { fill: var(--ours); stroke: var(--ours); }
.bar { fill-opacity: .45; } circle { fill-opacity: .6; }
.peer { fill: var(--paper); stroke: var(--peer); stroke-width: 1.5; }
.whisker { stroke: var(--ink); stroke-width: 1.5; }
.goal { stroke: var(--goal); stroke-width: 2; stroke-dasharray: 4 2; }
"""


def inline(text):
    """Escaped, with code and what is bold."""
    text = html.escape(text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)


def _cell(text):
    for met, shown in ((True, "✓ met"), (False, "✗ MISSED")):
        if text == verdict({"met": met}):
            return f'<td class="{text.lower()}">{shown}</td>'
    return f"<td>{inline(text)}</td>"


def _grid(grid):
    head = "".join(f'<th scope="col">{inline(text)}</th>' for text in grid.head)
    rows = "".join(f'<tr><th scope="row">{inline(first)}</th>{"".join(map(_cell, others))}</tr>\n'
                   for first, *others in grid.rows)
    name = html.escape(grid.caption)
    return (f'<div class="wide" tabindex="0" role="region" aria-label="{name}">'
            f"<table><caption>{inline(grid.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{rows}</tbody></table></div>")


def _block(block):
    match block:
        case Heading(level, text):
            return f"<h{level}>{inline(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{inline(text)}</p>"
        case Code(text):
            return f"<pre>{html.escape(text)}</pre>"
        case Grid():
            return _grid(block)
        case Figure(table, goals):
            return plots.figure(table, goals)
    raise TypeError(block)


def as_html(data):
    body = "\n".join(map(_block, document(data)))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>hapair {html.escape(data["versions"].get("hapair", ""))}: performance</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
