"""How a decision is drawn: what is nearest to a refusal first, bars that stay on their track."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from orders.risk.chart import bar_of, picture
from orders.risk.figures import Decision, Finding, LimitInForce, MarketFigures, Outcome

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)


def _limit(value: str, *, kind: str = "gross_notional", warn_at_percent: int = 80) -> LimitInForce:
    return LimitInForce(
        id=UUID(int=1),
        kind=kind,
        version=1,
        value=Decimal(value),
        warn_at_percent=warn_at_percent,
        holder_kind="desk",
        holder="desk EQ1",
    )


def _finding(outcome: Outcome, used: str, with_order: str, limit: LimitInForce) -> Finding:
    return Finding(
        check=limit.kind, outcome=outcome, limit=limit, used=Decimal(used), with_order=Decimal(with_order)
    )


def _decision(*findings: Finding) -> Decision:
    return Decision(
        findings=findings,
        market=MarketFigures(),
        market_time=datetime(2013, 10, 4, 16, tzinfo=UTC),
        quantity=Decimal(1),
        notional=None,
        currency="USD",
    )


def test_a_bar_within_its_limit_ends_at_the_limit() -> None:
    bar = bar_of(_finding(Outcome.PASSED, "20", "50", _limit("100")))

    assert (bar.used, bar.added, bar.warn_at, bar.limit_at) == (20, 30, 80, 100)


def test_a_bar_beyond_its_limit_shows_how_far() -> None:
    bar = bar_of(_finding(Outcome.DENIED, "100", "125", _limit("100")))

    assert (bar.used, bar.added, bar.warn_at, bar.limit_at) == (80, 20, 64, 80)


def test_what_is_many_times_a_limit_fills_a_track_of_twice_the_limit() -> None:
    bar = bar_of(_finding(Outcome.DENIED, "0", "5000", _limit("100")))

    assert (bar.used, bar.added, bar.limit_at) == (0, 100, 50)


def test_a_sell_that_reduces_what_is_used_adds_nothing() -> None:
    assert bar_of(_finding(Outcome.PASSED, "90", "40", _limit("100"))).added == 0


def test_there_is_no_bar_for_what_has_no_limit_to_fill() -> None:
    restricted = _limit("0", kind="restricted")

    assert bar_of(Finding(check="tick", outcome=Outcome.PASSED)) is None
    assert bar_of(Finding(check="restricted", outcome=Outcome.DENIED, limit=restricted)) is None
    assert bar_of(_finding(Outcome.DENIED, "0", "1", restricted)) is None


@given(used=AMOUNTS, with_order=AMOUNTS, value=AMOUNTS.filter(bool), warn=st.integers(1, 100))
def test_every_length_lies_on_the_track(
    used: Decimal, with_order: Decimal, value: Decimal, warn: int
) -> None:
    limit = _limit(str(value), warn_at_percent=warn)
    bar = bar_of(_finding(Outcome.PASSED, str(used), str(with_order), limit))

    assert all(0 <= each <= 100 for each in (bar.used, bar.with_order, bar.added, bar.warn_at, bar.limit_at))
    assert bar.warn_at <= bar.limit_at
    assert bar.used + bar.added <= 100


def test_the_nearest_to_a_refusal_stands_first() -> None:
    passed = _finding(Outcome.PASSED, "0", "70", _limit("100"))
    less = _finding(Outcome.PASSED, "0", "10", _limit("100"))
    warned = _finding(Outcome.WARNED, "0", "90", _limit("100"))
    denied = _finding(Outcome.DENIED, "0", "101", _limit("100"))
    always = Finding(check="tick", outcome=Outcome.PASSED)
    halted = Finding(check="instrument_active", outcome=Outcome.DENIED, code="RISK_MADE_UP")

    drawn = picture(_decision(always, less, passed, halted, warned, denied))

    assert [each.finding for each in drawn.limits] == [denied, warned, passed, less]
    assert drawn.passed_always == (always,)
    assert drawn.next is not None
    assert drawn.next.finding is warned


def test_a_decision_without_a_limit_to_fill_has_nothing_that_binds_next() -> None:
    decision = _decision(Finding(check="tick", outcome=Outcome.PASSED))

    assert picture(decision).next is None


def test_each_code_that_refuses_is_told_once() -> None:
    one, other = (
        replace(_finding(Outcome.DENIED, "0", "101", _limit("100")), code="RISK_MADE_UP", detail="too much")
        for _each in range(2)
    )
    unseen = replace(other, limit=None)

    (reason,) = picture(_decision(one, unseen)).reasons

    assert (reason.code, reason.detail, reason.limits, reason.scopes) == (
        "RISK_MADE_UP",
        "too much",
        2,
        ("desk EQ1",),
    )


def test_a_limit_is_told_in_words_and_in_its_unit() -> None:
    decision = _decision(
        _finding(Outcome.PASSED, "0", "2", _limit("100")),
        _finding(Outcome.PASSED, "0", "1", _limit("100", kind="price_collar_bps")),
    )

    exposure, collar = picture(decision).limits

    assert (exposure.words, exposure.unit) == ("gross exposure", "USD")
    assert (collar.words, collar.unit) == ("price collar around the last price", "bps")


def test_a_limit_that_was_taken_out_of_its_finding_is_told_without_a_bar() -> None:
    redacted = Finding(check="gross_notional", outcome=Outcome.DENIED, code="RISK_MADE_UP")

    (drawn,) = picture(_decision(redacted)).limits

    assert (drawn.words, drawn.bar, drawn.refuses) == ("gross exposure", None, True)
