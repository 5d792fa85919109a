"""A made-up trading day: the same for the same seed, in shape like a real one.

Volume follows the published U of US large caps, a random walk in ticks makes the prices, a few bars stand
before and after the regular session. It is for trying the system; it says nothing about any market.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

from execution.market_data.bars import BAR_LENGTH, Bar
from execution.session import XNYS, session_on

VOLUME_SHARES = (13.5, 9.5, 7.7, 6.4, 6.7, 5.3, 4.6, 5.0, 4.6, 5.5, 4.9, 7.4, 18.7)
"""Share of the day's volume in percent by 30 minutes from 09:30, US large caps, six days of October 2013
(recomputed from minute trades of AIG, BAC, IBM and SPY among others; the sum is 99.8 by rounding)."""

_BUCKET_MINUTES = 30
_EXTENDED_BARS = 12
_EXTENDED_MINUTES = 240
_MOST_STEP_TICKS = 3
_Prices = tuple[Decimal, Decimal, Decimal, Decimal]


def trading_day(
    symbol: str, day: date, *, seed: int, open_price: Decimal, tick_size: Decimal, day_volume: int
) -> list[Bar]:
    """A bar for each minute of New York's session (390, or 210 on a half day) with `day_volume` shares in all, and 24
    sparse ones before and after, by start.

    Prices begin near `open_price`, a positive multiple of the tick. Raises ValueError for a day
    without a session and for prices or volumes that are not positive.
    """
    session = session_on(day, XNYS)
    if session is None or open_price <= 0 or tick_size <= 0 or day_volume <= 0:
        raise ValueError(
            "a trading day needs a day of trading in New York and positive price, tick and volume"
        )
    dice = Random(f"{seed}:{symbol}:{day}")  # noqa: S311 - repeatable, not secret
    before = _sparse(dice, session.open - timedelta(minutes=_EXTENDED_MINUTES))
    regular = [
        session.open + minute * BAR_LENGTH for minute in range((session.close - session.open) // BAR_LENGTH)
    ]
    after = _sparse(dice, session.close)
    volumes = [
        *(_odd_volume(dice) for _ in before),
        *_regular_volumes(dice, day_volume, len(regular)),
        *(_odd_volume(dice) for _ in after),
    ]
    walk = _walk(dice, max(int(open_price / tick_size), 1), tick_size)
    return [
        Bar(symbol, start, *prices, Decimal(volume))
        for start, volume, prices in zip([*before, *regular, *after], volumes, walk, strict=False)
    ]


def _sparse(dice: Random, first: datetime) -> list[datetime]:
    minutes = sorted(dice.sample(range(_EXTENDED_MINUTES), _EXTENDED_BARS))
    return [first + minute * BAR_LENGTH for minute in minutes]


def _odd_volume(dice: Random) -> int:
    return dice.randint(1, 30) * 100


def _regular_volumes(dice: Random, day_volume: int, minutes: int) -> list[int]:
    """Whole shares per minute: the bucket's share spread unevenly over its minutes; the sum is exact."""
    weights: list[float] = []
    for share in VOLUME_SHARES[: minutes // _BUCKET_MINUTES]:
        noise = [dice.uniform(0.4, 1.6) for _ in range(_BUCKET_MINUTES)]
        weights += [share * part / sum(noise) for part in noise]
    marks = [round(day_volume * total / sum(weights)) for total in accumulate(weights)]
    return [mark - previous for mark, previous in zip(marks, [0, *marks], strict=False)]


def _walk(dice: Random, ticks: int, tick_size: Decimal) -> Iterator[_Prices]:
    """Open, high, low, close, bar after bar; never below one tick."""
    while True:
        opened = max(ticks + dice.randint(-1, 1), 1)
        ticks = max(opened + dice.randint(-_MOST_STEP_TICKS, _MOST_STEP_TICKS), 1)
        high = max(opened, ticks) + dice.randint(0, 2)
        low = max(min(opened, ticks) - dice.randint(0, 2), 1)
        yield opened * tick_size, high * tick_size, low * tick_size, ticks * tick_size
