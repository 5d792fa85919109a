"""How numbers, moments and states look on a page: filters and small pieces of HTML, all of it escaped."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils.html import format_html

from orders.kernel.money import decimal_text

register = template.Library()

NONE = "-"
TONES = {
    "new": "info",
    "partially_filled": "info",
    "filled": "success",
    "done_for_day": "quiet",
    "stopped": "info",
    "pending_new": "warning",
    "pending_cancel": "warning",
    "pending_replace": "warning",
    "canceled": "quiet",
    "expired": "quiet",
    "rejected": "danger",
    "pending": "warning",
    "approved": "success",
    "refused": "danger",
    "engaged": "danger",
    "lifted": "quiet",
    "open": "warning",
    "confirmed": "success",
    "in_force": "success",
    "to_come": "info",
    "over": "quiet",
    "ended": "quiet",
    "active": "success",
    "halted": "danger",
    "suspended": "danger",
    "admitted": "success",
    "passed": "success",
    "warned": "warning",
    "overridden": "info",
    "denied": "danger",
    "waiting": "info",
    "delivered": "success",
    "parked": "danger",
    "no_failures": "success",
    "failing": "warning",
    "away": "danger",
    "in_session": "success",
    "going": "success",
    "still": "warning",
    "agrees": "success",
    "silent": "warning",
    "differs": "danger",
    "withdrawn": "quiet",
    "requested": "info",
    "unsigned": "info",
    "ready": "success",
    "buy": "buy",
    "sell": "sell",
}
"""The colour of a state; the word always stands beside it."""


@register.filter
def amount(value: Decimal | None) -> str:
    """Show a quantity or price in plain digits with thousands separators; a dash for None."""
    if value is None:
        return NONE
    whole, point, digits = decimal_text(abs(value)).partition(".")
    return f"{'-' if value < 0 else ''}{int(whole):,}{point}{digits}"


@register.filter
def plain(value: Decimal) -> str:
    """Show a number as style sheets and SVG read it: plain digits, no separators."""
    return decimal_text(value)


@register.filter
def number_text(text: str) -> str:
    """Show a number that was kept as text as `amount` does; what is none as it is."""
    try:
        return amount(Decimal(text))
    except InvalidOperation:
        return text


@register.filter
def rounded(value: Decimal | None) -> str:
    """Show a reckoned figure with at most two decimal places: a share of something has more than anybody reads."""
    return amount(value if value is None else Decimal(f"{value:.2f}"))


@register.filter
def significant(value: Decimal | None) -> str:
    """Show an estimate with four significant digits, very small ones too; a dash for None."""
    return NONE if value is None else amount(Decimal(f"{value:.3e}"))


@register.filter
def price(value: Decimal | None) -> str:
    """Show a price with at least two and at most four decimal places."""
    if value is None:
        return NONE
    places = max(2, min(4, len(decimal_text(value).partition(".")[2])))
    return f"{value:,.{places}f}"


@register.filter
def average(value: Decimal | None) -> str:
    """Show an average price with four decimal places."""
    return NONE if value is None else f"{value:,.4f}"


@register.filter
def money(value: Decimal | None) -> str:
    """Show an amount of a currency with two decimal places; a dash for None."""
    return NONE if value is None else f"{value:,.2f}"


@register.filter
def gain(value: Decimal | None) -> str:
    """Show P&L with its sign, coloured as well; a dash for None."""
    if value is None:
        return NONE
    tone = "qt-success" if value > 0 else "qt-danger" if value < 0 else "qt-quiet"
    return format_html('<span class="{}">{}</span>', tone, f"{value:+,.2f}" if value else "0.00")


@register.filter
def percent(value: Decimal | None) -> str:
    """Show hundredths with one decimal place; a dash for None."""
    return NONE if value is None else f"{value:,.1f} %"


@register.filter
def moment(value: datetime | None) -> str:
    """Show a moment in UTC to the second."""
    if value is None:
        return NONE
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


@register.filter
def duration(value: timedelta) -> str:
    """Show how long something takes in hours and minutes, in days and hours from two days on."""
    minutes = int(value.total_seconds()) // 60
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} d {minutes // 60 % 24} h"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


@register.filter
def words(value: Any) -> str:
    """Show a machine's word as a person reads it."""
    return str(value).replace("_", " ")


@register.filter
def label(value: str) -> str:
    """Show a state as a coloured label."""
    return format_html('<span class="qt-label qt-{}">{}</span>', TONES.get(value, "quiet"), words(value))


@register.filter
def short(value: Any) -> str:
    """Show the end of an id, whole in its title: the beginning of a UUIDv7 is only its time."""
    text = str(value)
    return (
        format_html('<span class="qt-id" title="{}">…{}</span>', text, text[-8:]) if len(text) > 12 else text
    )


@register.simple_tag
def bar(part: Decimal, whole: Decimal | None, title: str = "") -> str:
    """Show `part` of `whole` as a small bar; red from nine tenths when `whole` is a limit named in `title`."""
    percent = min(100, int(100 * part / whole)) if whole else (100 if part else 0)
    tone = "near" if title and percent >= 90 else ""
    return format_html(
        '<span class="qt-bar {}" role="img" aria-label="{}% {}" title="{}% {}"><span data-width="{}"></span></span>',
        tone,
        percent,
        title,
        percent,
        title,
        percent,
    )
