"""Writes the report of a run of benches: as text, Markdown, HTML and the data itself."""

import json
import pathlib
import textwrap

import page
from document import Code, Figure, Grid, Heading, Paragraph, document

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = pathlib.Path("docs/performance.md")
# What stands below in docs/performance.md is written by people, and kept.
BY_HAND = "<!-- Above: written by ./dev bench --write-docs. Below: written by hand. -->"
_WIDTH = 100


def plain(text):
    return text.replace("**", "").replace("`", "")


def _text_grid(grid):
    widths = [max(len(plain(row[at])) for row in (grid.head, *grid.rows))
              for at in range(len(grid.head))]
    lines = [plain(grid.caption)] if grid.caption else []
    for row in (grid.head, *grid.rows):
        first, *others = (plain(cell) for cell in row)
        lines.append("  " + "  ".join([first.ljust(widths[0]), *(
            cell.ljust(width) for cell, width in zip(others, widths[1:]))]).rstrip())
    return "\n".join(line for line in lines if line.strip())


def as_text(data):
    parts = []
    for block in document(data):
        match block:
            case Heading(level, text):
                parts.append(f"{text}\n{('=' if level == 1 else '-') * len(text)}")
            case Paragraph(text):
                parts.append(textwrap.fill(plain(text), _WIDTH, break_on_hyphens=False))
            case Code(text):
                parts.append(textwrap.indent(text, "  "))
            case Grid():
                parts.append(_text_grid(block))
    return "\n\n".join(parts) + "\n"


def _markdown_grid(grid):
    def line(cells):
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rows = [tuple(f"**{cell}**" if cell == "MISSED" else cell for cell in row) for row in grid.rows]
    table = "\n".join([line(grid.head), "|" + "---|" * len(grid.head), *map(line, rows)])
    return f"{grid.caption}:\n\n{table}" if grid.caption else table


def as_markdown(data):
    parts = []
    for block in document(data):
        match block:
            case Heading(level, text):
                parts.append(f"{'#' * level} {text}")
            case Paragraph(text):
                parts.append(text)
            case Code(text):
                parts.append(f"```sh\n{text}\n```")
            case Grid():
                parts.append(_markdown_grid(block))
            case Figure():
                pass  # its table follows
    return "\n\n".join(parts) + "\n"


def write(data, directory):
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in (("report.json", json.dumps(data, indent=1) + "\n"),
                       ("report.txt", as_text(data)), ("performance.md", as_markdown(data)),
                       ("report.html", page.as_html(data))):
        (directory / name).write_text(text, encoding="utf-8")


def reason_against_docs(data):
    """Why docs/performance.md can't hold this run, or None."""
    if data["part"] or data["quick"]:
        return "it was a part, or made with --quick"
    failed = [bench["name"] for bench in data["benches"] if bench["fault"]]
    return f"these benches failed: {', '.join(failed)}" if failed else None


def write_docs(data, path=ROOT / DOCUMENT):
    """Puts the report in the document's place, and keeps what people have written below."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    _, mark, by_hand = before.partition(BY_HAND)
    path.write_text(as_markdown(data) + (f"\n{mark}{by_hand}" if mark else ""), encoding="utf-8")
