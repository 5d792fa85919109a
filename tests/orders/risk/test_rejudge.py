"""Kept decisions judged anew: what the figures suffice for is judged as it would have been, the rest is not."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.limit_kinds import KINDS, LimitKind
from orders.risk.check_list import EXPOSURE, TERMS
from orders.risk.figures import Finding, HolderFigures, LimitInForce, Outcome
from orders.risk.kept_figures import ON_PLACING_ALONE
from orders.risk.recent import COUNTED_ON_AMENDING, COUNTED_ON_PLACING
from orders.risk.rejudge import Rejudged, Verdict, rejudge, verdict_of
from orders.terms import Side
from tests.orders.risk.past_orders import CHECKS, Past, a_past_order, changed, limits_by_chance
from tests.orders.risk.tickets import a_limit

D = Decimal
SEEDS = st.randoms(use_true_random=False)


def said(findings: tuple[Finding, ...]) -> dict[tuple[str, object], tuple[Outcome, str]]:
    return {(each.check, each.limit and each.limit.id): (each.outcome, each.code) for each in findings}


def rejudged(past: Past, then: tuple[LimitInForce, ...], now: tuple[LimitInForce, ...]) -> Rejudged:
    return rejudge(past.kept_under(then), now, CHECKS)


@settings(max_examples=250)
@given(SEEDS, st.booleans())
def test_by_the_same_limits_all_is_found_again_with_every_number(chance: Random, is_new: bool) -> None:
    past, limits = a_past_order(chance, is_new=is_new), limits_by_chance(chance)

    again = rejudged(past, limits, limits)

    if past.ticket.worst_price is not None:
        assert again.not_judged == ()
        assert again.decision == past.kept_under(limits).decision
    assert verdict_of(again.decision) == verdict_of(past.kept_under(limits).decision)


@settings(max_examples=250)
@given(SEEDS, st.booleans())
def test_by_other_limits_nothing_is_said_that_would_not_have_been_found(chance: Random, is_new: bool) -> None:
    past, then = a_past_order(chance, is_new=is_new), limits_by_chance(chance)
    now = changed(then, chance)

    again = rejudged(past, then, now)

    if past.ticket.worst_price is None:
        assert again.verdict is Verdict.REFUSED
        return
    truth, passed_over = (
        said(past.found_under(now)),
        {each.limit and each.limit.id for each in again.not_judged},
    )
    assert said(again.decision.findings) == {
        (check, limit): found
        for (check, limit), found in truth.items()
        if limit is None or limit not in passed_over
    }


@given(SEEDS)
def test_a_new_order_is_judged_wherever_a_limit_of_the_scope_was_seen_and_counts_went_far_enough(
    chance: Random,
) -> None:
    past, then = a_past_order(chance, is_new=True), limits_by_chance(chance)
    lowered = tuple(
        replace(each, value=each.value / 2) if KINDS[LimitKind(each.kind)].fixed_value is None else each
        for each in then
    )

    again = rejudged(past, then, lowered)

    if past.ticket.worst_price is not None:
        # A window that is shorter may have had no equal order; what is measured by another limit moves with it.
        may_miss = {LimitKind.DUPLICATE_WINDOW_S, LimitKind.UNLOCATED_SHORT_QUANTITY}
        # Without a position of the account nothing tells whether an order brings it nearer to nothing.
        has_position = any(
            each.kind == LimitKind.POSITION_QUANTITY and each.holder_kind == "account" for each in then
        )
        may_miss |= set() if has_position else {LimitKind.DAY_LOSS, LimitKind.MARGIN}
        assert {each.check for each in again.not_judged} <= may_miss


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in LimitKind
        if KINDS[kind].code
        and KINDS[kind].fixed_value is None
        and kind in {each.id for each in CHECKS}
        # Quantity, worth, the last price and the account's cash on a sell need no limit of then.
        and kind
        not in (
            LimitKind.ORDER_QUANTITY,
            LimitKind.ORDER_MINIMUM_QUANTITY,
            LimitKind.ORDER_NOTIONAL,
            LimitKind.CONCENTRATION_BPS,
        )
    ],
)
def test_a_limit_that_did_not_apply_then_is_not_judged(kind: LimitKind) -> None:
    past = a_past_order(Random(5), is_new=True)
    past = replace(past, ticket=replace(past.ticket, limit_price=D(100), stop_price=None), is_as_placed=False)
    holder = "account ALPHA" if "account" in KINDS[kind].holders else "trader ann"
    new = a_limit(kind, "1", holder=holder)
    sides = {
        rejudged(replace(past, ticket=replace(past.ticket, side=side)), (), (new,)).not_judged
        for side in ("buy", "sell")
    }

    assert {each for found in sides for each in found} == {(kind, new)}


@pytest.mark.parametrize(
    ("stop", "judged"), [(None, {"price_collar_bps"}), (D(99), {"price_collar_bps", "mid_collar_bps"})]
)
def test_a_new_collar_is_judged_by_the_prices_of_an_order_that_nobody_amended(
    stop: Decimal | None, judged: set[str]
) -> None:
    past = a_past_order(Random(5), is_new=True)
    market = replace(past.ticket.market, last=D(100), mid=D(100))
    ticket = replace(past.ticket, limit_price=D(103), stop_price=stop, side=Side.BUY, market=market)
    past = replace(past, ticket=ticket, is_as_placed=True)
    now = tuple(a_limit(kind, "100") for kind in (LimitKind.PRICE_COLLAR_BPS, LimitKind.MID_COLLAR_BPS))

    again = rejudged(past, (), now)

    collars = {each.check: each for each in again.decision.findings if each.check.endswith("collar_bps")}
    assert collars.keys() == judged
    assert {each.outcome for each in collars.values()} == {Outcome.DENIED}
    assert {each.numbers["reference_price"] for each in collars.values()} == {f"{stop or 100}"}
    assert {each.check for each in again.not_judged} == {each.kind for each in now} - judged


def test_a_loss_that_was_let_pass_because_it_enlarged_nothing_still_is() -> None:
    """No position of the account was kept: what the limit of then found tells which of two orders it was."""
    past = a_past_order(Random(5), is_new=True)
    figures = {holder: replace(each, day_loss=D(900)) for holder, each in past.ticket.before.items()}
    bought = {holder: _holding(each, D(-5_000)) for holder, each in figures.items()}
    market = replace(past.ticket.market, last=D(100))
    enlarging = replace(past, ticket=replace(past.ticket, side=Side.BUY, before=figures, market=market))
    reducing = replace(enlarging, ticket=replace(enlarging.ticket, before=bought))
    then = a_limit(LimitKind.DAY_LOSS, "500")

    def found(past: Past, now: str) -> list[Outcome]:
        again = rejudged(past, (then,), (replace(then, value=D(now)),))
        return [each.outcome for each in again.decision.findings if each.check == LimitKind.DAY_LOSS]

    assert found(reducing, "10") == [Outcome.PASSED]
    assert (found(enlarging, "10"), found(enlarging, "5000")) == ([Outcome.DENIED], [Outcome.PASSED])


def _holding(figures: HolderFigures, net: Decimal) -> HolderFigures:
    return replace(figures, instrument=replace(figures.in_instrument, net_quantity=net))


def test_an_override_waives_what_it_waived_and_no_other_limit() -> None:
    past = a_past_order(Random(1), is_new=True)
    limit = a_limit(LimitKind.ORDER_QUANTITY, "0.5")
    kept = past.kept_under((limit,))
    waived = frozenset({("RISK_ORDER_QUANTITY", limit.id)})
    findings = tuple(each.waived_by(waived) for each in kept.decision.findings)
    kept = replace(kept, decision=replace(kept.decision, findings=findings))

    def outcomes(*limits: LimitInForce) -> list[Outcome]:
        found = rejudge(kept, limits, CHECKS).decision.findings
        return [each.outcome for each in found if each.check == LimitKind.ORDER_QUANTITY]

    assert outcomes(replace(limit, value=D("0.25"))) == [Outcome.OVERRIDDEN]
    assert outcomes(a_limit(LimitKind.ORDER_QUANTITY, "0.5")) == [Outcome.DENIED]


def test_what_was_found_of_states_stands_and_what_no_check_says_any_more_too() -> None:
    past = a_past_order(Random(2), is_new=True)
    kept = past.kept_under(())
    halted = Finding(check="kill_switch", outcome=Outcome.DENIED, code="RISK_KILL_SWITCH", detail="engaged")
    kept = replace(kept, decision=replace(kept.decision, findings=(halted, *kept.decision.findings)))

    again = rejudge(kept, (), CHECKS)

    assert again.decision.findings[0] == halted
    assert again.verdict is Verdict.REFUSED


def test_a_permission_that_was_missing_and_is_there_now_lets_pass() -> None:
    past = a_past_order(Random(2), is_new=True)
    permission = a_limit(LimitKind.PERMITTED, "1", holder="trader ann")

    codes = [
        {each.code for each in rejudged(past, (), limits).decision.denials} for limits in ((), (permission,))
    ]

    assert "RISK_NOT_PERMITTED" in codes[0]
    assert "RISK_NOT_PERMITTED" not in codes[1]


@pytest.mark.parametrize(
    ("count", "then", "now", "verdict"),
    [
        (3, "5", "3", Outcome.DENIED),
        (3, "5", "9", Outcome.PASSED),
        (5, "5", "4", Outcome.DENIED),
        (5, "5", "6", None),
    ],
)
def test_what_was_counted_to_its_limit_says_nothing_of_a_higher_one(
    count: int, then: str, now: str, verdict: Outcome | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Past, "number", lambda *_scope, most: count)
    past = a_past_order(Random(2), is_new=True)
    limit = a_limit(LimitKind.ORDERS_PER_MINUTE, then)

    again = rejudged(past, (limit,), (replace(limit, value=D(now)),))

    found = [each.outcome for each in again.decision.findings if each.check == LimitKind.ORDERS_PER_MINUTE]
    assert found == ([verdict] if verdict else [])
    assert len(again.not_judged) == (verdict is None)


@pytest.mark.parametrize(("now", "verdict"), [("60", Outcome.DENIED), ("90", Outcome.DENIED), ("30", None)])
def test_equal_orders_of_a_window_stand_in_a_longer_one_and_tell_nothing_of_a_shorter(
    now: str, verdict: Outcome | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Past, "number", lambda *_scope, most: 1)
    past = a_past_order(Random(2), is_new=True)
    limit = a_limit(LimitKind.DUPLICATE_WINDOW_S, "60")

    again = rejudged(past, (limit,), (replace(limit, value=D(now)),))

    found = [each.outcome for each in again.decision.findings if each.check == LimitKind.DUPLICATE_WINDOW_S]
    assert found == ([verdict] if verdict else [])
    assert len(again.not_judged) == (verdict is None)


@given(
    quantities=st.lists(st.integers(1, 400), min_size=1, max_size=20),
    before=st.integers(1, 400),
    after=st.integers(1, 400),
    kind=st.sampled_from([LimitKind.ORDER_QUANTITY, LimitKind.ORDER_NOTIONAL, LimitKind.POSITION_QUANTITY]),
)
def test_a_changed_limit_turns_exactly_the_orders_whose_number_lies_between_the_old_and_the_new(
    quantities: list[int], before: int, after: int, kind: LimitKind
) -> None:
    unit = 100 if kind == LimitKind.ORDER_NOTIONAL else 1
    then = a_limit(kind, str(before * unit))
    now = replace(then, value=D(after * unit))
    turned, between = set(), set()
    for quantity in quantities:
        past = _plain(quantity)
        kept = past.kept_under((then,))
        (seen,) = [each.with_order for each in kept.decision.findings if each.check == kind]
        again = rejudge(kept, (now,), CHECKS)
        if _is_denied(kept.decision.findings, kind) != _is_denied(again.decision.findings, kind):
            turned.add(quantity)
        if seen is not None and min(then.value, now.value) < seen <= max(then.value, now.value):
            between.add(quantity)

    assert turned == between


def _plain(quantity: int) -> Past:
    past = a_past_order(Random(0), is_new=True)
    market = replace(past.ticket.market, last=D(100))
    ticket = replace(past.ticket, quantity=D(quantity), limit_price=D(100), stop_price=None, market=market)
    figures = {
        holder: replace(
            each,
            instrument=replace(
                each.in_instrument, net_quantity=D(0), open_buy_quantity=D(0), open_sell_quantity=D(0)
            ),
        )
        for holder, each in ticket.before.items()
    }
    return replace(
        past,
        ticket=replace(ticket, before=figures),
        more_quantity=D(quantity),
        more_notional=D(quantity) * 100,
    )


def _is_denied(findings: tuple[Finding, ...], kind: LimitKind) -> bool:
    return any(each.outcome is Outcome.DENIED for each in findings if each.check == kind)


def test_new_terms_are_not_asked_for_what_only_placing_counts() -> None:
    assert ON_PLACING_ALONE == COUNTED_ON_PLACING - COUNTED_ON_AMENDING


def test_every_check_of_a_limit_is_judged_anew_by_itself() -> None:
    assert len({each.id for each in (*TERMS, *EXPOSURE)}) == len((*TERMS, *EXPOSURE))
