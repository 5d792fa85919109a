"""What orders cost as files: exactly the figures of the page, as CSV and as PDF."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from execution.costs.groups import GroupCosts
from execution.costs.intervals import Mean
from execution.costs.measured import Benchmark, Component
from orders.kernel.money import decimal_text

_COLUMNS = (
    "group", "currency", "orders", "paper_value", "shortfall", "shortfall_bps", "low_bps", "high_bps",
    *(f"{part}_bps" for part in Component),
    *(f"{benchmark}_slippage_bps" for benchmark in Benchmark),
    "spread_capture", "reversion_bps", "impact_bps", "participation",
)  # fmt: skip
_IN_PDF = (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)


def costs_csv(groups: Sequence[GroupCosts], notes: Sequence[str]) -> str:
    """Return the groups, a line each below the names of the columns, and then the notes, a line each after `#`."""
    text = StringIO()
    lines = csv.writer(text)
    lines.writerow(_COLUMNS)
    lines.writerows(map(_row, groups))
    lines.writerows([f"# {note}"] for note in notes)
    return text.getvalue()


def costs_pdf(title: str, groups: Sequence[GroupCosts], notes: Sequence[str]) -> bytes:
    """Return the groups as a table over as many pages as it needs, above them the title and the notes."""
    styles, file = getSampleStyleSheet(), BytesIO()
    head = [_COLUMNS[column].replace("_", " ").replace(" slippage", "") for column in _IN_PDF]
    small = styles["BodyText"].clone("small", fontSize=7, leading=8)
    rows: list[list[Any]] = [[Paragraph(_escaped(word), small) for word in head]]
    rows += [[Paragraph(_escaped(row[column]), small) for column in _IN_PDF] for row in map(_row, groups)]
    table = Table(rows, repeatRows=1, style=[("GRID", (0, 0), (-1, -1), 0.25, colors.grey)])
    story = [Paragraph(_escaped(title), styles["Heading2"])]
    story += [Paragraph(_escaped(note), small) for note in notes]
    SimpleDocTemplate(file, pagesize=landscape(A4), title=title, margin=36).build(
        [*story, Spacer(1, 8), table]
    )
    return file.getvalue()


def _row(group: GroupCosts) -> list[str]:
    total = group.total_bps
    return [
        _safe(group.name),
        group.currency,
        str(group.orders),
        decimal_text(group.paper_value),
        decimal_text(group.total),
        *(_number(each) for each in (total.mean, total.low, total.high)),
        *(_number(float(group.component_bps(part))) for part in Component),
        *(_slippage(group, benchmark) for benchmark in Benchmark),
        *(_mean(each) for each in (group.spread_capture, group.reversion_bps, group.impact_bps)),
        _number(None if group.participation is None else float(group.participation)),
    ]


def _slippage(group: GroupCosts, benchmark: Benchmark) -> str:
    return _mean(group.slippage[benchmark].bps) if benchmark in group.slippage else ""


def _mean(mean: Mean | None) -> str:
    return "" if mean is None else _number(mean.mean)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _safe(text: str) -> str:
    """Return a name that no program for sheets takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
