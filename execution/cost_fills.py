"""What orders were filled for, by venue, and how much of the quoted spread their fills kept: one query."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    DecimalField,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import NullIf

from execution.costs.measured import Fills
from execution.costs.shortfall import ZERO
from execution.market_data.quotes import LONGEST_AGE
from execution.models import Quote
from orders.in_force import executions_in_force
from orders.terms import Side

_EXACT = DecimalField(max_digits=40, decimal_places=16)


@dataclass(frozen=True)
class Filled:
    """The fills of one order at each venue and together, and when the last of them was (market time)."""

    by_venue: Mapping[str, Fills]
    whole: Fills
    last_at: datetime | None


NOTHING = Filled({}, Fills(), None)


def fills_of(ids: "QuerySet[Any]") -> dict[UUID, Filled]:
    """Return the fills in force by order: busts take theirs back, corrections stand for what they correct."""
    quoted = Quote.objects.filter(
        instrument_id=OuterRef("order__instrument_id"),
        at__lte=OuterRef("market_time"),
        at__gte=OuterRef("market_time") - LONGEST_AGE,
    ).order_by("-at")
    of_a_buy = ExpressionWrapper(
        (F("ask") - OuterRef("price")) / NullIf(F("ask") - F("bid"), Value(ZERO)), output_field=_EXACT
    )
    kept = Subquery(quoted.values(kept=of_a_buy)[:1], output_field=_EXACT)
    sums = (
        executions_in_force()
        .filter(order__in=ids)
        .alias(kept=kept)
        .values("order_id", "order__side", "venue")
        .annotate(
            units=Sum("quantity"),
            value=Sum(F("quantity") * F("price"), output_field=_EXACT),
            kept_units=Sum(F("quantity") * F("kept"), output_field=_EXACT),
            quoted_units=Sum("quantity", filter=Q(kept__isnull=False)),
            last_at=Max("market_time"),
        )
    )
    by_order: defaultdict[UUID, dict[str, Fills]] = defaultdict(dict)
    last: dict[UUID, datetime] = {}
    for row in sums:
        by_order[row["order_id"]][row["venue"]] = _fills(row)
        last[row["order_id"]] = max(row["last_at"], last.get(row["order_id"], row["last_at"]))
    return {pk: Filled(venues, _together(venues.values()), last[pk]) for pk, venues in by_order.items()}


def _fills(row: Mapping[str, Any]) -> Fills:
    sums: list[Decimal] = [row[name] or ZERO for name in ("units", "value", "kept_units", "quoted_units")]
    units, value, kept, quoted = sums
    # Of what a buyer keeps of the spread a seller gives away the same, so his is the rest.
    kept = kept if row["order__side"] == Side.BUY else quoted - kept
    return Fills(quantity=units, value=value, kept_spread=kept, quoted_quantity=quoted)


def _together(parts: Iterable[Fills]) -> Fills:
    fills = list(parts)
    return Fills(
        quantity=sum((each.quantity for each in fills), ZERO),
        value=sum((each.value for each in fills), ZERO),
        kept_spread=sum((each.kept_spread for each in fills), ZERO),
        quoted_quantity=sum((each.quoted_quantity for each in fills), ZERO),
    )
