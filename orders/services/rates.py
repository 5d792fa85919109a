"""Record exchange rates: who trades does not, because rates move everyone's figures."""

import hashlib
from collections.abc import Sequence

from orders import authority
from orders.currencies.rates import Rate
from orders.errors import RatesFileError
from orders.events import ExchangeRatesRecorded
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.ids import new_id
from orders.kernel.money import decimal_text
from orders.kernel.transactions import service
from orders.models import ExchangeRate
from orders.permissions import RECORD_RATES
from orders.selectors import market_now

_ROWS_AT_ONCE = 1000


@service
def record_rates(*, actor: Actor, rates: Sequence[Rate]) -> ExchangeRatesRecorded:
    """Keep `rates`, all or none, and return the event that says which.

    A rate for a moment that has one already stands in its place. Raises NotPermitted unless the actor may record
    rates on every account, and RatesFileError for no rates at all.
    """
    if not authority.may_everywhere(actor, RECORD_RATES):
        raise NotPermitted(
            f"this needs the permission {RECORD_RATES} on all accounts", permission=RECORD_RATES
        )
    if not rates:
        raise RatesFileError(["there is no rate to record"])
    now = recorded_now()
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(
                base=rate.base,
                quote=rate.quote,
                rate=rate.rate,
                market_time=rate.market_time,
                recorded_at=now,
                source=rate.source,
            )
            for rate in rates
        ],
        batch_size=_ROWS_AT_ONCE,
    )
    event = ExchangeRatesRecorded(
        actor=actor,
        object_id=str(new_id()),
        revision=0,
        market_time=market_now(),
        count=len(rates),
        pairs=tuple(sorted({f"{rate.base}/{rate.quote}" for rate in rates})),
        first=min(rate.market_time for rate in rates),
        last=max(rate.market_time for rate in rates),
        digest=_digest(rates),
    )
    publish(event)
    return event


def _digest(rates: Sequence[Rate]) -> str:
    lines = [
        f"{rate.base},{rate.quote},{decimal_text(rate.rate)},{rate.market_time.isoformat()},{rate.source}\n"
        for rate in rates
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
