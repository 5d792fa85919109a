"""Two ways to trade are compared day by day."""

from datetime import date

from execution.backtest.comparison import compared

DAY = date(2013, 10, 7)


def days(*rms: float | None) -> dict[tuple[str, date], float | None]:
    return {(f"S{number:03}", DAY): each for number, each in enumerate(rms)}


def test_days_that_both_have_are_paired_and_equal_is_not_won() -> None:
    made = compared(days(1, 2, 3, None, 5), days(4, 2, 1, 9))

    assert made is not None
    assert (made.pairs, made.mean_difference_bps, made.share_won) == (3, -1 / 3, 1 / 3)
    assert made.low_bps <= made.mean_difference_bps <= made.high_bps
    assert (made.low_bps, made.high_bps) == (-3, 2)
    assert (made.level, made.resamples, made.seed) == (0.95, 2000, 1)


def test_the_interval_is_that_of_the_mean_and_the_same_each_time() -> None:
    # 400 differences of -1 and +1 have a mean of 0 with a standard error of 0.05.
    one, other = days(*[1, 3] * 200), days(*[2] * 400)
    made = compared(one, other)

    assert made == compared(one, other)
    assert made is not None
    assert abs(made.low_bps + 0.098) < 0.02
    assert abs(made.high_bps - 0.098) < 0.02


def test_without_a_pair_there_is_nothing_to_say() -> None:
    assert compared(days(None), days(1)) is None
    assert compared({}, days(1)) is None
