"""The result of each desk and firm in the firm's currency: summed by instrument in the database, then converted."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from orders.authority import accounts_with
from orders.currencies.rates import RateBook
from orders.hooks import LastPrice, hooks
from orders.kernel.context import Actor
from orders.models import Position
from orders.permissions import VIEW_ORDERS
from orders.positions.holding import Holding, market_value, unrealised
from orders.positions.trade import EXACT
from orders.valuation.reads import rates_at
from orders.valuation.worth import AsOf

_SUMS = (
    "bought_quantity",
    "sold_quantity",
    "bought_notional",
    "sold_notional",
    "realised_average_cost",
    "realised_fifo",
)


@dataclass
class DeskResult:
    """P&L of a desk (of the whole firm where `desk` is "") by FIFO, in the firm's `currency`.

    It covers the accounts that the asker sees. `missing` names what could not be valued; while there is something,
    a figure that lacks it is None.
    """

    firm: str
    desk: str
    currency: str
    realised: Decimal | None = Decimal(0)
    unrealised: Decimal | None = Decimal(0)
    missing: set[str] = field(default_factory=set)

    @property
    def total(self) -> Decimal | None:
        """Realised and unrealised together: the same by average cost."""
        return _plus(self.realised, self.unrealised)

    def add(self, realised: Decimal | None, open_gain: Decimal | None, missing: set[str]) -> None:
        """Add the figures of one instrument."""
        self.realised = _plus(self.realised, realised)
        self.unrealised = _plus(self.unrealised, open_gain)
        self.missing |= missing


def results_by_desk(actor: Actor, moment: AsOf) -> list[DeskResult]:
    """Return the result of each firm and its desks, as far as `actor` sees their accounts: three queries."""
    rows = _sums(actor)
    prices = hooks.last_prices(
        instrument_ids={row["instrument_id"] for row in rows}, market_time=moment.market_time
    )
    of_currency = ("instrument__currency", "account__currency", "currency")
    currencies = {row[name] for row in rows for name in of_currency}
    rates = RateBook(rates_at(currencies, moment))
    results: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for desk in ("", row["desk"]):
            results[row["firm"], desk, row["currency"]].append(row)
    return [_result(key, results[key], prices, rates) for key in sorted(results)]


def _sums(actor: Actor) -> list[Any]:
    visible = accounts_with(actor, VIEW_ORDERS).values("pk")
    grouped = (
        Position.objects.filter(account__in=visible)
        .order_by()
        .values(
            "instrument_id",
            "instrument__symbol",
            "instrument__currency",
            "account__currency",
            desk=F("account__desk__code"),
            firm=F("account__desk__firm__code"),
            currency=F("account__desk__firm__currency"),
        )
    )
    return list(grouped.annotate(**{f"sum_{name}": Sum(name) for name in _SUMS}))


def _result(
    key: tuple[str, str, str],
    rows: list[dict[str, Any]],
    prices: dict[Any, LastPrice],
    rates: RateBook,
) -> DeskResult:
    result = DeskResult(*key)
    for row in rows:
        holding = Holding(**{name: row[f"sum_{name}"] for name in _SUMS})
        last = prices.get(row["instrument_id"])
        value = market_value(holding.net_quantity, None if last is None else last.price)
        gain = unrealised(value, holding.fifo_cost)
        of = row["instrument__currency"]
        conversion = rates.conversion(of, result.currency, across=(row["account__currency"],))
        if conversion is None:
            result.add(None, None, {f"a rate from {of} into {result.currency}"})
        elif gain is None:
            result.add(
                conversion.convert(holding.realised_fifo), None, {f"a price of {row['instrument__symbol']}"}
            )
        else:
            result.add(conversion.convert(holding.realised_fifo), conversion.convert(gain), set())
    return result


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else EXACT.add(one, other)
