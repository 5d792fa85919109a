"""From one currency into another by rates that somebody told: directly, inverted, or across a third. Never guessed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

AMOUNT_QUANTUM = Decimal(1).scaleb(-8)
_DIVISION = Context(prec=100, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `base` is worth `rate` units of `quote` at `market_time`, as `source` says."""

    base: str
    quote: str
    rate: Decimal
    market_time: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A rate as it is used: `inverted` from its quote to its base."""

    rate: Rate
    inverted: bool


@dataclass(frozen=True, slots=True)
class Conversion:
    """The way from one currency into another: no leg for the same currency, two across a third."""

    legs: tuple[Leg, ...]

    @property
    def rate(self) -> Decimal:
        """What one unit is worth, to 100 digits: for what is rounded only once it was multiplied."""
        return self._through_legs(Decimal(1))

    def convert(self, amount: Decimal) -> Decimal:
        """Return `amount` converted, rounded half-even to 8 places, once."""
        converted = self._through_legs(amount)
        return converted.quantize(AMOUNT_QUANTUM, context=_DIVISION) if self.legs else converted

    def _through_legs(self, amount: Decimal) -> Decimal:
        for leg in self.legs:
            by = _DIVISION.divide if leg.inverted else _DIVISION.multiply
            amount = by(amount, leg.rate.rate)
        return amount


class RateBook:
    """The newest rates of each ordered pair of currencies as of one moment."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates = {(rate.base, rate.quote): rate for rate in rates}

    def conversion(self, of: str, into: str, *, across: Sequence[str] = ()) -> Conversion | None:
        """Return the way from `of` into `into`, across one of the currencies `across` where there is no direct one.

        Of a pair told both ways round the newer rate is taken, and the direct one of two equally new. None where
        there is no way.
        """
        if of == into:
            return Conversion(())
        direct = self._leg(of, into)
        if direct is not None:
            return Conversion((direct,))
        for middle in across:
            first, second = self._leg(of, middle), self._leg(middle, into)
            if first is not None and second is not None:
                return Conversion((first, second))
        return None

    def _leg(self, of: str, into: str) -> Leg | None:
        told, inverse = self._rates.get((of, into)), self._rates.get((into, of))
        if told is None:
            return None if inverse is None else Leg(inverse, inverted=True)
        if inverse is None or inverse.market_time <= told.market_time:
            return Leg(told, inverted=False)
        return Leg(inverse, inverted=True)
