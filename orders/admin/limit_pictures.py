"""How the use of a limit is drawn: a bar up to the limit with the mark where it warns, and thirty days at a glance."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html, format_html_join

from orders.kernel.admin.figures import NONE, percent, rounded
from orders.limit_history import DayPeak
from orders.risk.figures import HUNDRED, ZERO
from orders.risk.utilisation import BEYOND, Use, is_minimum, tone_of

_DAY_WIDTH, _DAY_HEIGHT = 2, 18


def percent_text(used: Decimal) -> str:
    """Return how much of a limit is used, as a person reads it."""
    return "exceeded" if used == BEYOND else percent(used)


def use_text(use: Use | None) -> str:
    """Return what is used of a limit, its bar and its percent; a dash where nothing is told."""
    if use is None:
        return NONE
    left = " left" if is_minimum(use.kind) else ""
    return format_html(
        '{}{} {} <span class="qt-percent">{}</span>',
        rounded(use.used),
        left,
        use_bar(use),
        percent_text(use.percent),
    )


def use_bar(use: Use) -> str:
    """Return the bar: its track ends at the limit, the thin mark is where it warns."""
    said = f"{percent_text(use.percent)} of the limit, warns from {use.warn_at_percent} %"
    return format_html(
        '<span class="qt-use {}" role="img" aria-label="{}" title="{}">'
        '<span data-width="{}"></span><i data-left="{}"></i></span>',
        use.tone and f"qt-{use.tone}",
        said,
        said,
        f"{_length(use.percent):.1f}",
        use.warn_at_percent,
    )


def days_picture(days: Sequence[DayPeak], warn_at_percent: int) -> str:
    """Return a small column for each day, up to the limit, and the highest in words; a dash where nothing is known."""
    known = [(each.percent, each.day) for each in days if each.percent is not None]
    if not known:
        return NONE
    highest, day = max(known, key=lambda found: found[0])
    columns = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="1.6" height="{}"/>',
        (
            (f"qt-{tone_of(each.percent, warn_at_percent)}", number * _DAY_WIDTH, *_column(each.percent))
            for number, each in enumerate(days)
            if each.percent is not None
        ),
    )
    width = len(days) * _DAY_WIDTH
    said = f"Highest of {len(days)} days: {percent_text(highest)} on {day}"
    return format_html(
        '<svg class="qt-days" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}"><title>{}</title>'
        '<path d="M0,{}H{}"/>{}</svg> <span class="qt-percent">{}</span>',
        *(width, _DAY_HEIGHT, width, _DAY_HEIGHT, said, said),
        *(f"{_DAY_HEIGHT * (100 - warn_at_percent) / 100:.1f}", width, columns, percent_text(highest)),
    )


def _column(used: Decimal) -> tuple[str, str]:
    """Return the top and the height of a day's column: what is used of anything is seen."""
    height = max(_DAY_HEIGHT * _length(used) / HUNDRED, Decimal("0.8"))
    return f"{_DAY_HEIGHT - height:.1f}", f"{height:.1f}"


def _length(used: Decimal) -> Decimal:
    return min(max(used, ZERO), HUNDRED)
