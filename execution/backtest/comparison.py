"""Two ways to trade, day by day: which comes closer to the market's VWAP, and how sure that is."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from execution.backtest.measures import mean

LEVEL = 0.95
RESAMPLES = 2_000
SEED = 1

SymbolDay = tuple[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`mean_difference_bps`: the mean over `pairs` symbol-days of one's rms less the other's. Below zero one is closer.

    `low_bps` to `high_bps` is its interval at `level`: percentiles of the means of `resamples` samples of as many
    symbol-days, drawn with replacement by `seed` (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993,
    section 13.3). `share_won` is the share of symbol-days on which one's rms is the smaller; equal is not won. Days on
    which either filled nothing are left out.
    """

    pairs: int
    mean_difference_bps: float
    low_bps: float
    high_bps: float
    level: float
    resamples: int
    seed: int
    share_won: float


def compared(
    one: Mapping[SymbolDay, float | None], other: Mapping[SymbolDay, float | None]
) -> Comparison | None:
    """Compare the rms (bps) of two on the symbol-days that both have; None where there is none."""
    pairs = [(one[key], other[key]) for key in sorted(one) if key in other]
    differences = [first - second for first, second in pairs if first is not None and second is not None]
    if not differences:
        return None
    low, high = _interval(differences)
    return Comparison(
        pairs=len(differences),
        mean_difference_bps=mean(differences),
        low_bps=low,
        high_bps=high,
        level=LEVEL,
        resamples=RESAMPLES,
        seed=SEED,
        share_won=sum(difference < 0 for difference in differences) / len(differences),
    )


def _interval(values: Sequence[float]) -> tuple[float, float]:
    chance = random.Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    means = sorted(mean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = (1 - LEVEL) / 2
    return means[int(tail * RESAMPLES)], means[-int(tail * RESAMPLES) - 1]
