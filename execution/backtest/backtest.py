"""Every day of every symbol played by an algorithm, with every seed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from execution.algorithms import Algorithm, UnknownAlgorithm, algorithm, latest
from execution.backtest.comparison import SymbolDay
from execution.backtest.days import Archive, Day, KnownDay, Skipped
from execution.backtest.measures import Result, Summary, measured, summary
from execution.backtest.play import Terms, play
from execution.venues.simulated.bar_model import DEFAULT_PARTICIPATION, whole_lots
from orders.kernel.errors import InvalidInput
from orders.terms import Side

DEFAULT_SHARE = Decimal("0.01")
"""Of the average daily volume: so little that the venue's share of each minute can fill it."""
UNKNOWN_QUANTITY = Decimal(1_000)
"""The order's size where no earlier day tells what is usual."""
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"vwap": {"closing_auction": "exclude"}}
"""The benchmark has no auction in it, nor has the bar model one that is worth the name."""
_CHANCE: Mapping[str, Any] = {"randomise_size": "0.2", "randomise_time": "0.5"}
"""What seeds vary where nobody says what."""


@dataclass(frozen=True, slots=True)
class Contender:
    """An algorithm with parameters of a request, as a client would give them."""

    algorithm: Algorithm
    parameters: Mapping[str, Any]

    def with_seed(self, seed: int, *, of: int) -> dict[str, Any]:
        """Return the parameters for one of several seeds; with one alone nothing is left to chance unasked."""
        chance = {} if of == 1 or _CHANCE.keys() & self.parameters.keys() else _CHANCE
        return {"seed": seed, **chance, **self.parameters}


def contender(name: str, parameters: Mapping[str, Any]) -> Contender:
    """Return the algorithm `name`, newest or as `name@version`. Raises InvalidInput where there is none to test."""
    word, _, version = name.partition("@")
    try:
        found = algorithm(word, int(version)) if version.isdigit() else latest(name)
    except UnknownAlgorithm as error:
        raise InvalidInput(str(error)) from error
    if not found.is_bound:
        raise InvalidInput(f"{name} is not held against the market: there is nothing to test")
    return Contender(found, {**_DEFAULTS.get(word, {}), **parameters})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What orders are played. `adv_share` is of the average volume of up to 20 days before, unless `quantity` (units).

    With `limit_bps` orders have a limit so far above (a sale: below) the last price before the open.
    """

    side: Side = Side.BUY
    quantity: Decimal | None = None
    adv_share: Decimal = DEFAULT_SHARE
    limit_bps: Decimal | None = None
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    participation: Decimal = DEFAULT_PARTICIPATION
    seeds: int = 1

    def terms(self, day: KnownDay) -> Terms:
        """Return the order of a day, placed at the open."""
        return Terms(
            side=self.side,
            quantity=self._quantity(day),
            limit_price=self._limit(day),
            lot_size=self.lot_size,
            tick_size=self.tick_size,
            placed_at=day.session.open,
            participation=self.participation,
        )

    def _quantity(self, day: KnownDay) -> Decimal:
        if self.quantity is not None:
            return self.quantity
        usual = day.average_daily_volume
        wanted = UNKNOWN_QUANTITY if usual is None else usual * self.adv_share
        return max(whole_lots(wanted, self.lot_size), self.lot_size)

    def _limit(self, day: KnownDay) -> Decimal | None:
        if self.limit_bps is None:
            return None
        last = day.market(day.session.open).last_price
        if last is None:
            last = day.day.minutes[0].open
        distance = last * self.limit_bps / 10_000
        price = last + distance if self.side is Side.BUY else last - distance
        return (price / self.tick_size).to_integral_value(ROUND_HALF_UP) * self.tick_size


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of a contender, by symbol-day: one for each seed. `skipped` says which days have none, and why."""

    contender: Contender
    results: Mapping[SymbolDay, Sequence[Result]]
    skipped: Sequence[Skipped] = field(default_factory=list)

    def summaries(self) -> dict[SymbolDay, Summary]:
        """Return what each symbol-day came to over the seeds."""
        return {key: summary(results) for key, results in self.results.items()}

    def pooled(self) -> Summary | None:
        """Return what all results come to together; None without one."""
        every = [each for results in self.results.values() for each in results]
        return summary(every) if every else None

    def rms_bps(self) -> dict[SymbolDay, float | None]:
        """Return the root mean square of each symbol-day."""
        return {key: each.rms_bps for key, each in self.summaries().items()}


def run(
    who: Contender,
    days: Iterable[Day],
    archive: Archive,
    setting: Setting,
    *,
    played: Callable[[], None] = lambda: None,
) -> Outcome:
    """Play the days, calling `played` after each. Raises InvalidInput for parameters that fit no order of a day."""
    results: defaultdict[SymbolDay, list[Result]] = defaultdict(list)
    skipped = []
    for day in days:
        known = archive.known(day)
        terms = setting.terms(known)
        for seed in range(1, setting.seeds + 1):
            done = play(terms, who.algorithm, who.with_seed(seed, of=setting.seeds), known)
            result = measured(done, terms, known, seed=seed)
            if result is None:
                reason = "nothing was traded in the order's interval"
                skipped.append(Skipped(day.symbol, day.session.day, reason))
                break
            results[day.symbol, day.session.day].append(result)
        played()
    return Outcome(who, results, skipped)
