"""A decision that is kept is the decision that was made, whatever it found."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orders.limit_kinds import LimitKind
from orders.risk.figures import Decision, Finding, LimitInForce, MarketFigures, Outcome
from orders.risk.kept import decision_from, figures_json, findings_json, tightest_json

NOON = datetime(2024, 3, 4, 17, 0, tzinfo=UTC)
amounts = st.decimals(-(10**12), 10**12, places=8, allow_nan=False)
words = st.text(max_size=12)
kinds = st.sampled_from([str(kind) for kind in LimitKind])


@st.composite
def limits(draw: st.DrawFn, kind: str) -> LimitInForce:
    holder_kind, subject_kind = (draw(st.sampled_from(("", each))) for each in ("account", "instrument"))
    return LimitInForce(
        id=draw(st.uuids()),
        kind=kind,
        version=draw(st.integers(1, 99)),
        value=draw(amounts),
        warn_at_percent=draw(st.integers(1, 100)),
        holder_kind=holder_kind,
        holder=f"{holder_kind} {draw(st.text('ABC', min_size=1))}" if holder_kind else "",
        subject_kind=subject_kind,
        subject=f"{subject_kind} {draw(st.text('ABC', min_size=1))}" if subject_kind else "",
    )


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    check = draw(kinds)
    code = draw(words)
    return Finding(
        check=check,
        outcome=draw(st.sampled_from(Outcome)),
        code=code,
        detail=draw(words) if code else "",
        limit=draw(st.none() | limits(check)),
        used=draw(st.none() | amounts),
        with_order=draw(st.none() | amounts),
        numbers=draw(st.dictionaries(words, words, max_size=2)),
    )


decisions = st.builds(
    Decision,
    findings=st.lists(findings(), max_size=6).map(tuple),
    market=st.builds(MarketFigures, last=st.none() | amounts, mid=st.none() | amounts),
    market_time=st.just(NOON),
    quantity=amounts,
    notional=st.none() | amounts,
    currency=st.sampled_from(["USD", "EUR"]),
)


@given(decisions)
def test_what_is_read_back_is_what_was_decided(decision: Decision) -> None:
    kept_findings, kept_figures = (
        json.loads(json.dumps(part)) for part in (findings_json(decision.findings), figures_json(decision))
    )

    assert decision_from(kept_findings, kept_figures, NOON) == decision


@given(decisions)
def test_the_limit_that_binds_next_is_the_most_used_of_those_that_were_passed(decision: Decision) -> None:
    passed = [
        each.with_order / each.limit.value * 100
        for each in decision.findings
        if each.outcome in (Outcome.PASSED, Outcome.WARNED)
        and each.limit is not None
        and each.with_order is not None
        and each.limit.value > 0
    ]

    told = tightest_json(decision)

    assert (told is None) == (not passed)
    assert told is None or Decimal(told["percent"]) == round(max(passed), 2)
