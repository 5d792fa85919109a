"""The page Order sizes: how large and how far from the market each trader orders, and what stood out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from compliance.admin.history_page import form_fields, history_page
from orders.admin.limit_words import holder_text, subject_text, value_text
from orders.kernel.admin.figures import words
from orders.kernel.context import Actor
from orders.limit_kinds import LimitKind
from orders.models import Limit
from orders.models.reference import AssetClass
from orders.risk.chart import CURRENCY
from orders.selectors import accounts_watched_by, instruments_for
from orders.sizes.asked import Asked
from orders.sizes.chart import Box, Drawn, boxes
from orders.sizes.days import Span
from orders.sizes.outliers import FEWEST, Outliers, Verdict
from orders.sizes.present import tightest_by_row
from orders.sizes.reads import Spread, TraderSizes, sizes_by_trader, traders_seen

MOST_ROWS = 100
"""How many rows are shown; who wants more narrows them, or asks the API."""
_MEASURES = (
    ("quantity", "Quantity", "", LimitKind.ORDER_QUANTITY),
    ("notional", "Notional", CURRENCY, LimitKind.ORDER_NOTIONAL),
    ("distance_bps", "From last price", "bps", LimitKind.PRICE_COLLAR_BPS),
)
_LABELS = {
    "first_day": "First day",
    "last_day": "Last day",
    "trader": "Trader",
    "account": "Account",
    "asset_class": "Asset class",
    "symbol": "Symbol",
    "apart": "Told apart by",
}


@dataclass(frozen=True)
class Measure:
    """One measure of a row, and the limit that holds it down now, where one does that the person may see."""

    title: str
    unit: str
    spread: Spread
    limit: Limit | None

    @property
    def limit_value(self) -> str:
        """The limit's value in words."""
        return "" if self.limit is None else value_text(self.limit.kind, self.limit.value, self.limit.scope)

    @property
    def limit_scope(self) -> str:
        """Whose limit it is, and about what."""
        return "" if self.limit is None else scope_text(self.limit)


@dataclass(frozen=True)
class Row:
    """What the page shows of one row."""

    sizes: TraderSizes
    measures: tuple[Measure, ...]
    trader_url: str
    proposals_url: str

    @property
    def name(self) -> str:
        """Whose orders, and in what."""
        return ", ".join(part for part in (self.sizes.trader, words(self.sizes.subject)) if part)

    @property
    def happened(self) -> list[tuple[int, str]]:
        """How many orders were refused, let past and warned, in words; nothing for none."""
        sizes = self.sizes
        counts = (
            (sizes.refused_as_large, "refused as too large"),
            (sizes.refused_by_price, "refused by price"),
            (sizes.overridden, "overridden"),
            (sizes.warned, "warned"),
        )
        return [(number, what) for number, what in counts if number]

    @property
    def stood_out(self) -> str:
        """What the measure of outliers tells, in words."""
        return outlier_words(self.sizes.outliers)


@dataclass(frozen=True)
class Picture:
    """The boxes of the rows of one currency, and what the scale marks."""

    currency: str
    rows: list[tuple[Row, Box]]
    marks: list[tuple[Decimal, str]]


@require_safe
def order_sizes_page(request: HttpRequest) -> HttpResponse:
    """Show the sizes, to who may see limits somewhere: of the accounts where that person also sees orders."""
    return history_page(
        request,
        "compliance/order_sizes.html",
        asks=Asked,
        labels=_LABELS,
        found=_found,
        fields=_fields,
        title="Order sizes",
    )


def _found(actor: Actor, asked: Asked, span: Span) -> dict[str, Any]:
    sizes = sizes_by_trader(actor, asked, span)
    shown = sizes[:MOST_ROWS]
    limits = tightest_by_row(actor, [kind for *_, kind in _MEASURES], shown, asked)
    rows = [_row(each, limits, span) for each in shown]
    return {
        "span": span,
        "asked": asked,
        "rows": rows,
        "pictures": list(_pictures(rows)),
        "hidden": len(sizes) - len(shown),
        "fewest": FEWEST,
    }


def _row(sizes: TraderSizes, limits: Mapping[tuple[str, LimitKind], Limit], span: Span) -> Row:
    measures = tuple(
        Measure(
            title,
            sizes.currency if unit == CURRENCY else unit,
            getattr(sizes, name),
            limits.get((sizes.key, kind)),
        )
        for name, title, unit, kind in _MEASURES
    )
    days = {"first_day": span.first, "last_day": span.last}
    narrowed = urlencode({"trader": sizes.trader, "apart": "instrument", **days})
    whose = urlencode({"holder": f"trader {sizes.trader}", **days})
    return Row(
        sizes,
        measures,
        f"{reverse('admin:order_sizes')}?{narrowed}",
        f"{reverse('admin:limit_proposals')}?{whose}",
    )


def _pictures(rows: Iterable[Row]) -> Iterable[Picture]:
    drawable = [row for row in rows if row.sizes.notional.smallest]
    for currency, group in groupby(sorted(drawable, key=_currency), key=_currency):
        of_currency = list(group)
        drawn = boxes([_drawn(row) for row in of_currency])
        yield Picture(currency, list(zip(of_currency, drawn.boxes, strict=True)), list(drawn.marks))


def _currency(row: Row) -> str:
    return row.sizes.currency


def _drawn(row: Row) -> Drawn:
    notional = row.sizes.notional
    (limit,) = [each.limit for each in row.measures if each.spread is notional]
    names = ("smallest", "lower_quartile", "median", "upper_quartile", "p99", "largest")
    value = None if limit is None or not limit.value else limit.value
    return Drawn(**{name: getattr(notional, name) for name in names}, limit=value)


def outlier_words(found: Outliers) -> str:
    """Return what can be told of a trader's outliers."""
    if found.verdict == Verdict.TOO_FEW:
        return f"too few to tell: {found.orders} of {FEWEST}"
    if found.verdict == Verdict.ONE_SIZE:
        return f"cannot be told: most are of one size, {found.differing} differ"
    return f"{found.large} large, {found.small} small" if found.large or found.small else "none"


def scope_text(limit: Limit) -> str:
    """Return whose a limit is, and about what where that is not anything."""
    subject = subject_text(limit)
    return holder_text(limit) + ("" if subject == "anything" else f", {subject}")


def _fields(actor: Actor, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the fields of the form above the page: with options those that are chosen from."""
    options: dict[str, Iterable[tuple[str, str]]] = {
        "trader": [(name, name) for name in traders_seen(actor)],
        "account": [(code, code) for code in accounts_watched_by(actor).values_list("code", flat=True)],
        "asset_class": [(each.value, each.value) for each in AssetClass],
        "symbol": [(symbol, symbol) for symbol in instruments_for(actor).values_list("symbol", flat=True)],
        "apart": [("asset_class", "asset class"), ("instrument", "instrument")],
    }
    return form_fields(_LABELS, given, options, lambda name: "nothing" if name == "apart" else "All")
