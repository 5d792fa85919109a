"""What a backtest tells: one JSON document, or lines for a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from execution.backtest.backtest import Outcome
from execution.backtest.comparison import Comparison, SymbolDay, compared
from execution.backtest.measures import Result, Summary, mean
from execution.venues.simulated.bar_model import MODEL

BENCHMARK = (
    "VWAP of the session's minutes from the order's start to its end, each at (high + low + close) / 3"
)
_FIGURES = ("rms_bps", "slippage_bps", "bins", "shortfall_bps", "completion", "participation")
_HEADER = (
    f"{'symbol':<10}{'day':<12}{'rms bps':>9}{'slippage':>10}{'bins':>7}{'shortfall':>11}{'completion':>12}"
    f"{'participation':>15}  curve"
)
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Report:
    """What one algorithm did, and what others did on the same days: `against` by how each is called."""

    outcome: Outcome
    against: Mapping[str, Outcome]
    side: str
    seeds: int

    def document(self) -> dict[str, Any]:
        """Return the JSON document: bps and shares as numbers, quantities and prices as strings of digits."""
        comparisons = {
            name: {**_played(other), **_comparison(self._compared(other))}
            for name, other in self.against.items()
        }
        return {
            "model": MODEL,
            "benchmark": BENCHMARK,
            "side": self.side,
            "seeds": list(range(1, self.seeds + 1)),
            **_played(self.outcome),
            **comparisons,
        }

    def lines(self) -> Iterator[str]:
        """Return what a person reads."""
        yield f"{_named(self.outcome)}, {self.side}, fill model {MODEL}, {self.seeds} seed(s) a day"
        yield f"Benchmark: {BENCHMARK}."
        yield "Basis points above zero are a cost; the rms is over the seeds, pooled over all."
        yield _HEADER
        for key, each in self.outcome.summaries().items():
            curve = (
                _curve_of(self.outcome.results[key]) if self.outcome.contender.algorithm.reads_curve else "-"
            )
            yield _line(key[0], f"{key[1]}", each, curve)
        pooled = self.outcome.pooled()
        if pooled is not None:
            yield _line("pooled", f"{pooled.count} runs", pooled, "")
        yield from self._against_lines()
        for skip in self.outcome.skipped:
            yield f"not played: {skip.symbol} {skip.day}: {skip.reason}"

    def _against_lines(self) -> Iterator[str]:
        for other in self.against.values():
            pooled, made = other.pooled(), self._compared(other)
            if pooled is None or made is None:
                continue
            yield f"against {_named(other)}: rms {_bps(pooled.rms_bps)} bps in {pooled.bins:.0f} bins"
            yield (
                f"  mean difference of the rms {made.mean_difference_bps:+.2f} bps"
                f" ({made.level:.0%}: {made.low_bps:+.2f} to {made.high_bps:+.2f}, bootstrap of {made.pairs}"
                f" symbol-days), {made.share_won:.0%} of symbol-days won"
            )

    def _compared(self, other: Outcome) -> Comparison | None:
        return compared(self.outcome.rms_bps(), other.rms_bps())


def _named(outcome: Outcome) -> str:
    given = " ".join(f"{name}={value}" for name, value in outcome.contender.parameters.items())
    algorithm = outcome.contender.algorithm
    return f"{algorithm.name} {algorithm.version}" + (f" ({given})" if given else "")


def _played(outcome: Outcome) -> dict[str, Any]:
    algorithm, pooled = outcome.contender.algorithm, outcome.pooled()
    return {
        "algorithm": algorithm.name,
        "version": algorithm.version,
        "parameters": dict(outcome.contender.parameters),
        "symbol_days": [_symbol_day(key, outcome) for key in outcome.results],
        "pooled": None if pooled is None else {**_summary(pooled), "model": MODEL},
        "skipped": [
            {"symbol": each.symbol, "day": f"{each.day}", "reason": each.reason} for each in outcome.skipped
        ],
    }


def _symbol_day(key: SymbolDay, outcome: Outcome) -> dict[str, Any]:
    results, reads_curve = outcome.results[key], outcome.contender.algorithm.reads_curve
    first = results[0]
    prices = [float(each.average_price) for each in results if each.average_price is not None]
    return {
        "symbol": key[0],
        "day": f"{key[1]}",
        "seeds": [each.seed for each in results],
        **_summary(outcome.summaries()[key]),
        "quantity": _text(first.quantity),
        "average_price": _number(mean(prices)) if prices else None,
        "vwap": _number(float(first.vwap)),
        "curve_source": str(first.usual_day.source) if reads_curve else None,
        "curve_days": first.usual_day.curve.days if reads_curve else None,
        "model": first.model,
    }


def _summary(made: Summary) -> dict[str, Any]:
    figures = {name: _number(getattr(made, name)) for name in _FIGURES}
    return {**figures, "runs": made.count, "unfilled": made.unfilled}


def _comparison(made: Comparison | None) -> dict[str, Any]:
    """Return the figures of a comparison, all of them None where no day has both."""
    return {
        "pairs": 0 if made is None else made.pairs,
        "mean_difference_bps": None if made is None else _number(made.mean_difference_bps),
        "interval_bps": None if made is None else [_number(made.low_bps), _number(made.high_bps)],
        "level": None if made is None else made.level,
        "resamples": None if made is None else made.resamples,
        "seed": None if made is None else made.seed,
        "share_won": None if made is None else _number(made.share_won),
    }


def _curve_of(results: Sequence[Result]) -> str:
    day = results[0].usual_day
    return f"{day.source} ({day.curve.days} days)" if day.curve.days else str(day.source)


def _line(symbol: str, day: str, made: Summary, curve: str) -> str:
    return (
        f"{symbol:<10}{day:<12}{_bps(made.rms_bps):>9}{_bps(made.slippage_bps):>10}{made.bins:>7.0f}"
        f"{_bps(made.shortfall_bps):>11}{made.completion:>12.1%}{made.participation:>15.2%}  {curve}"
    ).rstrip()


def _bps(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _text(value: Decimal) -> str:
    return f"{value:f}"
