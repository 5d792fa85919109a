"""How large and how far from the market each trader's orders were asked for: one statement, whatever their number.

Of orders as they were placed, refused ones among them, in the figures of the decisions that were kept on them. New
terms of an order are none of its. tests/orders/sizes/test_reads.py holds every number equal to a naive reckoning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from orders.kernel.context import Actor
from orders.models import Order, User
from orders.selectors import accounts_watched_by
from orders.sizes.asked import Asked
from orders.sizes.days import Span
from orders.sizes.kinds import LIMIT_PRICE, PRICE_KINDS, SIZE_KINDS, found
from orders.sizes.outliers import FACTOR, THRESHOLD, Outliers, outliers_of

MOST_NAMED = 5
"""How many of the orders that stand out are named, the most extreme first."""
_AS_PRECISE_AS_FLOAT = Context(prec=15)


@dataclass(frozen=True, slots=True)
class Spread:
    """How a measure is spread over the orders that have it; None throughout where none has.

    Quantiles as orders/sizes/quantiles.py reckons them, to 15 significant digits. `largest` is exact, and
    `largest_order` one that had it.
    """

    smallest: Decimal | None
    lower_quartile: Decimal | None
    median: Decimal | None
    upper_quartile: Decimal | None
    p95: Decimal | None
    p99: Decimal | None
    largest: Decimal | None
    largest_order: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderSizes:
    """The orders of one trader in accounts of one currency (the firm's), of one `subject` where they are told apart.

    `quantity` in units; `notional` at worst in `currency`; `distance_bps` of the limit price from the last price, on
    either side of it. `refused_as_large` and `refused_by_price` count orders that a limit of size or a price collar
    refused, `overridden` those that an override let pass it, `warned` those that were warned of one.
    `standing_out` names the most extreme of the outliers by notional; `accounts` and `asset_classes` are those of the
    orders.
    """

    key: str
    trader: str
    subject: str
    currency: str
    orders: int
    quantity: Spread
    notional: Spread
    distance_bps: Spread
    refused_as_large: int
    refused_by_price: int
    overridden: int
    warned: int
    outliers: Outliers
    standing_out: tuple[UUID, ...]
    accounts: frozenset[UUID]
    asset_classes: frozenset[str]


def traders_seen(actor: Actor) -> list[str]:
    """Return the login names of those who ever placed an order in an account that `accounts_watched_by` has."""
    placed = Order.objects.filter(
        placed_by=OuterRef("pk"), account__in=accounts_watched_by(actor).order_by().values("pk")
    )
    return list(
        User.objects.filter(Exists(placed.order_by())).order_by("username").values_list("username", flat=True)
    )


def sizes_by_trader(actor: Actor, asked: Asked, span: Span) -> list[TraderSizes]:
    """Return the sizes of the orders that were placed in `span` in accounts that `actor` sees: two queries.

    By trader, subject and currency.
    """
    accounts = accounts_watched_by(actor).order_by()
    if asked.account is not None:
        accounts = accounts.filter(code=asked.account)
    values: dict[str, Any] = {
        "accounts": list(accounts.values_list("pk", flat=True)),
        "begins": span.begins,
        "ends": span.ends,
        "trader": asked.trader,
        "asset_class": asked.asset_class,
        "symbol": asked.symbol,
        "factor": FACTOR,
        "threshold": THRESHOLD,
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement(asked.apart), values)
        names = [column.name for column in cursor.description]
        return [_sizes(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


_SUBJECTS = {None: "''", "asset_class": "instrument.asset_class", "instrument": "instrument.symbol"}
_MEASURES = ("quantity", "notional", "distance_bps")
_SHARES = "0.25, 0.5, 0.75, 0.95, 0.99"
_GROUP = "trader, subject, currency"
_PLACED = """
    SELECT placed.id, placed.account_id, instrument.asset_class, trader.username AS trader, {subject} AS subject,
        decision.figures->>'currency' AS currency,
        (decision.figures->>'quantity')::numeric AS quantity,
        (decision.figures->>'notional')::numeric AS notional,
        ln(nullif((decision.figures->>'notional')::float8, 0)) AS size,
        abs(((jsonb_path_query_first(decision.findings, '{limit_price}') #>> '{{}}')::numeric - last) * 10000) / last
            AS distance_bps,
        jsonb_path_exists(decision.findings, '{large}') AS is_large,
        jsonb_path_exists(decision.findings, '{far}') AS is_far,
        jsonb_path_exists(decision.findings, '{overridden}') AS is_overridden,
        jsonb_path_exists(decision.findings, '{warned}') AS is_warned
    FROM orders_order AS placed
    JOIN orders_riskdecision AS decision ON decision.order_id = placed.id AND decision.stage = 'place'
    JOIN orders_user AS trader ON trader.id = placed.placed_by_id
    JOIN orders_instrument AS instrument ON instrument.id = placed.instrument_id
    CROSS JOIN LATERAL (SELECT nullif((decision.figures->'market'->>'last')::numeric, 0) AS last) AS market
    WHERE placed.account_id = ANY(%(accounts)s)
        AND placed.market_time >= %(begins)s AND placed.market_time < %(ends)s
        AND (%(trader)s::text IS NULL OR trader.username = %(trader)s)
        AND (%(asset_class)s::text IS NULL OR instrument.asset_class = %(asset_class)s)
        AND (%(symbol)s::text IS NULL OR instrument.symbol = %(symbol)s)
"""
_SPREAD = f"""
    min({{name}}) AS {{name}}_smallest,
    percentile_cont(ARRAY[{_SHARES}]::float8[]) WITHIN GROUP (ORDER BY {{name}}::float8) AS {{name}}_quantiles,
    max({{name}}) AS {{name}}_largest,
    (array_agg(id ORDER BY {{name}} DESC, id) FILTER (WHERE {{name}} IS NOT NULL))[1] AS {{name}}_order
"""
# Materialized, or a plan that expects few rows would reckon each trader's median once for every order.
_TEXT = f"""
    WITH placed AS MATERIALIZED ({{placed}}),
    middles AS MATERIALIZED (
        SELECT {_GROUP}, percentile_cont(0.5) WITHIN GROUP (ORDER BY size) AS middle FROM placed GROUP BY {_GROUP}
    ),
    measured AS MATERIALIZED (SELECT *, size - middle AS deviation FROM placed JOIN middles USING ({_GROUP})),
    spreads AS MATERIALIZED (
        SELECT {_GROUP}, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(deviation)) AS spread
        FROM measured GROUP BY {_GROUP}
    ),
    told AS (
        SELECT *, %(factor)s * deviation > %(threshold)s * spread AND spread > 0 AS stands_above,
            %(factor)s * -deviation > %(threshold)s * spread AND spread > 0 AS stands_below
        FROM measured JOIN spreads USING ({_GROUP})
    )
    SELECT {_GROUP}, count(*) AS orders, array_agg(DISTINCT account_id) AS accounts,
        array_agg(DISTINCT asset_class) AS asset_classes,
        {", ".join(_SPREAD.format(name=name) for name in _MEASURES)},
        count(*) FILTER (WHERE is_large) AS refused_as_large,
        count(*) FILTER (WHERE is_far) AS refused_by_price,
        count(*) FILTER (WHERE is_overridden) AS overridden,
        count(*) FILTER (WHERE is_warned) AS warned,
        count(size) AS sized,
        count(*) FILTER (WHERE deviation <> 0) AS differing,
        max(spread) AS spread,
        count(*) FILTER (WHERE stands_above) AS large,
        count(*) FILTER (WHERE stands_below) AS small,
        (array_agg(id ORDER BY abs(deviation) DESC, id) FILTER (WHERE stands_above OR stands_below))[1:{MOST_NAMED}]
            AS standing_out
    FROM told GROUP BY {_GROUP} ORDER BY {_GROUP}
"""  # noqa: S608 - names of our own columns


def _statement(apart: str | None) -> str:
    either = (*SIZE_KINDS, *PRICE_KINDS)
    placed = _PLACED.format(
        subject=_SUBJECTS[apart],
        limit_price=LIMIT_PRICE,
        large=found("denied", SIZE_KINDS),
        far=found("denied", PRICE_KINDS),
        overridden=found("overridden", either),
        warned=found("warned", either),
    )
    return _TEXT.format(placed=placed)


def _sizes(row: Mapping[str, Any]) -> TraderSizes:
    told = outliers_of(
        orders=row["sized"],
        differing=row["differing"],
        spread=row["spread"],
        large=row["large"],
        small=row["small"],
    )
    named: Sequence[UUID] = row["standing_out"] or () if told.large is not None else ()
    return TraderSizes(
        key="|".join((row["trader"], row["subject"], row["currency"])),
        trader=row["trader"],
        subject=row["subject"],
        currency=row["currency"],
        outliers=told,
        standing_out=tuple(named),
        accounts=frozenset(row["accounts"]),
        asset_classes=frozenset(row["asset_classes"]),
        orders=row["orders"],
        quantity=_spread(row, "quantity"),
        notional=_spread(row, "notional"),
        distance_bps=_spread(row, "distance_bps"),
        refused_as_large=row["refused_as_large"],
        refused_by_price=row["refused_by_price"],
        overridden=row["overridden"],
        warned=row["warned"],
    )


def _spread(row: Mapping[str, Any], name: str) -> Spread:
    quantiles: Sequence[float | None] = row[f"{name}_quantiles"] or [None] * 5
    lower_quartile, median, upper_quartile, p95, p99 = map(_decimal, quantiles)
    return Spread(
        smallest=row[f"{name}_smallest"],
        lower_quartile=lower_quartile,
        median=median,
        upper_quartile=upper_quartile,
        p95=p95,
        p99=p99,
        largest=row[f"{name}_largest"],
        largest_order=row[f"{name}_order"],
    )


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else _AS_PRECISE_AS_FLOAT.create_decimal_from_float(number)
