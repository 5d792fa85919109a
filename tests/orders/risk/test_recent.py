"""What limits count of the last moments: each number beside a reckoning in Python over all rows."""

import math
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.limit_kinds import LimitKind
from orders.models import Order, OrderRequest, ThrottleReset
from orders.models.history import RequestKind, RequestState
from orders.models.reference import AssetClass
from orders.risk.figures import LimitInForce
from orders.risk.recent import COUNTED_ON_AMENDING, COUNTED_ON_PLACING, recent_activity
from orders.states import TERMINAL, OrderStatus
from orders.terms import TRIGGERED_TYPES
from tests.orders.risk.lately import NOW, Market, a_limit, an_order, asked, market_of, placed, trader_of
from tests.world import World

K = LimitKind


def counted(order: Order, limit: LimitInForce, **amended: Any) -> Decimal:
    """What one limit counts before `order`."""
    return recent_activity(order, [limit], recorded_at=NOW, **amended)[limit.id]


def test_limits_that_count_nothing_lately_cost_no_statement(world: World) -> None:
    others = [a_limit(kind, "1", holder=world.desk) for kind in (K.GROSS_NOTIONAL, K.MARGIN, K.RESTRICTED)]

    with CaptureQueriesContext(connection) as captured:
        assert recent_activity(an_order(world), others, recorded_at=NOW) == {}
    assert len(captured) == 0


def test_all_limits_together_are_one_statement(world: World) -> None:
    limits = [a_limit(kind, "5", holder=world.account) for kind in sorted(COUNTED_ON_PLACING)]

    with CaptureQueriesContext(connection) as captured:
        found = recent_activity(an_order(world, algorithm="twap"), limits, recorded_at=NOW)

    assert len(captured) == 1
    assert found == {limit.id: 0 for limit in limits}


@pytest.mark.parametrize(("kind", "window_ms"), [(K.ORDERS_PER_SECOND, 1000), (K.ORDERS_PER_MINUTE, 60_000)])
def test_an_order_leaves_the_window_when_it_is_exactly_that_old(
    world: World, kind: str, window_ms: int
) -> None:
    limit = a_limit(kind, "5", holder=world.account)
    placed(world, age_ms=window_ms)
    assert counted(an_order(world), limit) == 0

    placed(world, age_ms=window_ms - 1)
    assert counted(an_order(world), limit) == 1


def test_what_another_process_wrote_with_a_later_time_counts(world: World) -> None:
    placed(world, age_ms=-40)

    assert counted(an_order(world), a_limit(K.ORDERS_PER_SECOND, "5", holder=world.account)) == 1


def test_an_order_does_not_count_itself_once_it_is_written(world: World) -> None:
    limits = [a_limit(kind, "5", holder=world.account) for kind in sorted(COUNTED_ON_PLACING)]
    order = placed(world, algorithm="twap")

    assert set(recent_activity(order, limits, recorded_at=NOW).values()) == {0}


def test_refused_orders_count_as_orders_and_messages_and_as_nothing_else(world: World) -> None:
    limits = {kind: a_limit(kind, "5", holder=world.account) for kind in COUNTED_ON_PLACING}
    placed(world, status="rejected", algorithm="twap")

    found = recent_activity(an_order(world, algorithm="twap"), limits.values(), recorded_at=NOW)

    counting = {kind for kind, limit in limits.items() if found[limit.id]}
    assert counting == {
        K.ORDERS_PER_SECOND,
        K.ORDERS_PER_MINUTE,
        K.MESSAGES_PER_SECOND,
        K.MESSAGES_PER_MINUTE,
    }


def test_requests_to_replace_and_to_cancel_are_messages_and_no_orders(world: World) -> None:
    messages, orders = (
        a_limit(kind, "5", holder=world.account) for kind in (K.MESSAGES_PER_SECOND, K.ORDERS_PER_SECOND)
    )
    old = placed(world, age_ms=90_000)
    asked(old)
    asked(old, kind=RequestKind.REPLACE)
    asked(old, age_ms=1000)

    assert counted(an_order(world), messages) == 2
    assert counted(an_order(world), orders) == 0


def test_an_amendment_counts_the_placing_of_its_order_and_not_its_own_request(world: World) -> None:
    limit = a_limit(K.MESSAGES_PER_MINUTE, "5", holder=world.account)
    order = placed(world, age_ms=500)
    terms = {"quantity": Decimal(50), "limit_price": Decimal(101)}
    assert counted(order, limit, terms=terms) == 1

    request = asked(order, kind=RequestKind.REPLACE, limit_price=Decimal(101))

    assert counted(order, limit, terms=terms) == 2
    assert counted(order, limit, terms=terms, request_id=request.pk) == 1


def test_an_amendment_is_no_new_order(world: World) -> None:
    limits = [a_limit(kind, "5", holder=world.account) for kind in sorted(COUNTED_ON_PLACING)]

    found = recent_activity(
        placed(world), limits, recorded_at=NOW, terms={"quantity": None, "limit_price": None}
    )

    assert {limit.kind for limit in limits if limit.id in found} == COUNTED_ON_AMENDING


@pytest.mark.parametrize(
    "other",
    [
        {"side": "sell"},
        {"quantity": Decimal(99)},
        {"limit_price": Decimal("100.01")},
        {"type": "market"},
        {"type": "stop_limit"},
        {"status": "rejected"},
        {"age_ms": 3000},
    ],
)
def test_an_order_with_other_terms_or_older_or_refused_is_no_duplicate(
    world: World, other: dict[str, Any]
) -> None:
    limit = a_limit(K.DUPLICATE_WINDOW_S, "3", holder=world.firm)
    placed(world, **{"age_ms": 2999, **other})
    assert counted(an_order(world), limit) == 0

    placed(world, age_ms=2999, status="canceled")
    assert counted(an_order(world), limit) == 1


def test_a_duplicate_is_of_the_same_account_and_instrument_whatever_the_scope(world: World) -> None:
    market = market_of(world)
    limit = a_limit(K.DUPLICATE_WINDOW_S, "3", holder=world.firm)
    placed(world, account=world.other_account)
    placed(world, instrument=market.instruments[1])

    assert counted(an_order(world), limit) == 0


def test_a_window_longer_than_all_time_is_no_error(world: World) -> None:
    placed(world, age_ms=10**9)

    limit = a_limit(K.DUPLICATE_WINDOW_S, "999999999999999999", holder=world.firm)
    assert counted(an_order(world), limit) == 1


def test_a_throttle_counts_from_when_it_was_set(world: World) -> None:
    limit = a_limit(K.REPEATED_EXECUTIONS, "9", holder=world.account, age=timedelta(seconds=10))
    placed(world, algorithm="twap", age_ms=10_001)
    placed(world, algorithm="twap", age_ms=9_999)
    placed(world, algorithm="vwap", age_ms=100)

    assert counted(an_order(world, algorithm="twap"), limit) == 1
    assert counted(an_order(world, algorithm="vwap"), limit) == 1


def test_a_reset_lets_a_throttle_count_from_zero_and_no_other_one(world: World) -> None:
    limit, other = (
        a_limit(K.REPEATED_EXECUTIONS, "9", holder=holder) for holder in (world.account, world.desk)
    )
    for age_ms in (5000, 3000, 1000):
        placed(world, algorithm="twap", age_ms=age_ms)
    for age_ms in (4000, 3000):
        ThrottleReset.objects.create(
            limit_id=limit.id,
            reset_by_id=world.trader.user_id,
            reason="looked at",
            recorded_at=NOW - timedelta(milliseconds=age_ms),
        )

    assert counted(an_order(world, algorithm="twap"), limit) == 1
    assert counted(an_order(world, algorithm="twap"), other) == 3


def test_a_throttle_counts_no_further_than_it_allows(world: World) -> None:
    limit = a_limit(K.REPEATED_EXECUTIONS, "1.5", holder=world.account)
    for _ in range(4):
        placed(world, algorithm="twap")

    assert counted(an_order(world, algorithm="twap"), limit) == 2


@pytest.mark.parametrize("algorithm", ["direct", "manual"])
def test_what_no_algorithm_works_is_never_throttled(world: World, algorithm: str) -> None:
    limit = a_limit(K.REPEATED_EXECUTIONS, "9", holder=world.account)
    placed(world, algorithm=algorithm)

    with CaptureQueriesContext(connection) as captured:
        assert counted(an_order(world, algorithm=algorithm), limit) == 0
    assert len(captured) == 0


@pytest.mark.parametrize(
    ("side", "price", "meets"),
    [("buy", "99.99", 0), ("buy", "100", 7), ("buy", "100.01", 7), ("sell", "100.01", 0), ("sell", "100", 7)],
)
def test_a_price_crosses_where_the_other_sides_own_order_would_trade(
    world: World, side: str, price: str, meets: int
) -> None:
    limit = a_limit(K.SELF_TRADE_QUANTITY, "0", holder=world.account)
    other = "sell" if side == "buy" else "buy"
    placed(world, side=other, quantity=Decimal(7))
    placed(world, side=side, quantity=Decimal(5))
    placed(world, side=other, quantity=Decimal(3), status="canceled")

    assert counted(an_order(world, side=side, limit_price=Decimal(price)), limit) == meets


def test_a_market_order_crosses_everything_and_is_crossed_by_everything(world: World) -> None:
    limit = a_limit(K.SELF_TRADE_QUANTITY, "0", holder=world.account)
    placed(world, side="sell", quantity=Decimal(7), limit_price=Decimal(500))
    assert counted(an_order(world, type="market"), limit) == 7

    placed(world, side="sell", quantity=Decimal(2), type="market")
    assert counted(an_order(world, limit_price=Decimal(1)), limit) == 2


def test_what_waits_for_its_trigger_meets_nobody_until_it_is_triggered(world: World) -> None:
    limit = a_limit(K.SELF_TRADE_QUANTITY, "0", holder=world.account)
    placed(world, side="sell", type="stop", quantity=Decimal(7))
    assert counted(an_order(world), limit) == 0

    placed(world, side="sell", type="stop", quantity=Decimal(2), is_triggered=True)
    assert counted(an_order(world), limit) == 2
    assert counted(an_order(world, type="stop"), limit) == 0
    assert counted(an_order(world, type="stop", is_triggered=True), limit) == 2


def test_a_price_that_was_asked_for_crosses_as_long_as_nobody_has_decided(world: World) -> None:
    limit = a_limit(K.SELF_TRADE_QUANTITY, "0", holder=world.account)
    resting = placed(world, side="sell", quantity=Decimal(7), limit_price=Decimal(105))
    asked(resting, kind=RequestKind.REPLACE, limit_price=Decimal(100), state=RequestState.REJECTED)
    assert counted(an_order(world), limit) == 0

    request = asked(resting, kind=RequestKind.REPLACE, limit_price=Decimal(100), state=RequestState.PENDING)
    assert counted(an_order(world), limit) == 7

    request.state = RequestState.ACCEPTED
    request.save()
    assert counted(an_order(world), limit) == 0


def test_new_terms_cross_at_their_own_price(world: World) -> None:
    limit = a_limit(K.SELF_TRADE_QUANTITY, "0", holder=world.account)
    placed(world, side="sell", quantity=Decimal(7), limit_price=Decimal(105))
    order = placed(world)

    assert counted(order, limit, terms={"quantity": None, "limit_price": Decimal(100)}) == 0
    assert counted(order, limit, terms={"quantity": None, "limit_price": Decimal(105)}) == 7


AGES_MS = [-20, 0, 500, 999, 1000, 1001, 2999, 3000, 59_999, 60_000, 60_001]
STATUSES = ["new", "partially_filled", "pending_cancel", "filled", "canceled", "rejected"]
PRICES = [Decimal(99), Decimal(100), Decimal(101)]
TYPES = ["limit", "limit", "market", "stop", "stop_limit", "trailing_stop"]
TERMS = st.fixed_dictionaries(
    {
        "account": st.integers(0, 2),
        "trader": st.integers(0, 1),
        "instrument": st.integers(0, 1),
        "side": st.sampled_from(["buy", "sell"]),
        "type": st.sampled_from(TYPES),
        "is_triggered": st.booleans(),
        "limit_price": st.sampled_from(PRICES),
        "quantity": st.sampled_from([Decimal(1), Decimal(2)]),
        "algorithm": st.sampled_from(["direct", "twap", "vwap", "manual"]),
        "age_ms": st.sampled_from(AGES_MS),
        "status": st.sampled_from(STATUSES),
    }
)
REQUESTS = st.tuples(
    st.integers(0, 11),
    st.sampled_from(list(RequestKind)),
    st.sampled_from(AGES_MS),
    st.sampled_from([RequestState.REJECTED, RequestState.PENDING, RequestState.ACCEPTED]),
    st.sampled_from(PRICES),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    lately=st.lists(TERMS, max_size=12),
    requests=st.lists(REQUESTS, max_size=6),
    new=TERMS,
    throttle_age_ms=st.sampled_from([400, 2000, 10**8]),
    reset_age_ms=st.sampled_from([None, 500, 3000]),
)
def test_every_measure_in_every_scope_is_what_a_look_at_all_rows_gives(
    world: World,
    lately: list[dict[str, Any]],
    requests: list[tuple[Any, ...]],
    new: dict[str, Any],
    throttle_age_ms: int,
    reset_age_ms: int | None,
) -> None:
    mark = transaction.savepoint()
    try:
        market = market_of(world)
        rows = [placed(world, **_terms(market, each)) for each in lately]
        for index, kind, age_ms, state, price in requests:
            _ask(rows, index, kind, age_ms, state, price)
        limits = [
            a_limit(kind, "3", holder=holder, subject=subject, age=timedelta(milliseconds=throttle_age_ms))
            for kind in sorted(COUNTED_ON_PLACING)
            for holder, subject in _scopes(market)
        ]
        if reset_age_ms is not None:
            _reset(market, limits, reset_age_ms)
        order = an_order(world, **{**_terms(market, new), "age_ms": 0, "status": "new"})

        found = recent_activity(
            order, [limit for limit in limits if _applies(market, limit, order)], recorded_at=NOW
        )

        naive = Naive(market, order, list(Order.objects.select_related("account__desk", "instrument")))
        assert found == {limit.id: naive.count(limit) for limit in limits if limit.id in found}
        assert len(found) >= len(COUNTED_ON_PLACING) * 3
    finally:
        transaction.savepoint_rollback(mark)


def _terms(market: Market, drawn: dict[str, Any]) -> dict[str, Any]:
    terms = {name: value for name, value in drawn.items() if name != "trader"}
    if terms["type"] not in TRIGGERED_TYPES:
        terms["is_triggered"] = False
    return {
        **terms,
        "account": market.accounts[drawn["account"]],
        "instrument": market.instruments[drawn["instrument"]],
        "placed_by_id": market.traders[drawn["trader"]],
    }


def _ask(
    rows: list[Order], index: int, kind: RequestKind, age_ms: int, state: RequestState, price: Decimal
) -> None:
    """One cancel at most is outstanding, and only terms with a limit price are replaced."""
    if index >= len(rows):
        return
    if kind == RequestKind.CANCEL and state == RequestState.PENDING:
        state = RequestState.ACCEPTED
    limited = rows[index].limit_price is not None
    asked(rows[index], kind=kind, age_ms=age_ms, state=state, limit_price=price if limited else None)


def _scopes(market: Market) -> list[tuple[Any, Any]]:
    world = market.world
    holders = [None, world.firm, world.desk, world.account, trader_of(world)]
    subjects = [None, world.instrument, AssetClass.FUND]
    return [(holder, subject) for holder in holders for subject in subjects if holder or subject]


def _applies(market: Market, limit: LimitInForce, order: Order) -> bool:
    world = market.world
    held = {
        "": True,
        "firm": order.account != market.foreign,
        "desk": order.account == world.account,
        "account": order.account == world.account,
        "trader": order.placed_by_id == world.trader.user_id,
    }
    on = {
        "": True,
        "instrument": order.instrument == world.instrument,
        "asset_class": order.instrument.asset_class == AssetClass.FUND,
    }
    return held[limit.holder_kind] and on[limit.subject_kind]


def _reset(market: Market, limits: list[LimitInForce], age_ms: int) -> None:
    for limit in limits:
        if limit.kind == K.REPEATED_EXECUTIONS:
            ThrottleReset.objects.create(
                limit_id=limit.id,
                reset_by_id=market.traders[0],
                reason="looked at",
                recorded_at=NOW - timedelta(milliseconds=age_ms),
            )


@dataclass
class Naive:
    """The same numbers from every row there is, one after the other. All limits are held by the world's own."""

    market: Market
    order: Order
    rows: list[Order]

    def count(self, limit: LimitInForce) -> Decimal:
        inside = [row for row in self.rows if _applies(self.market, limit, row) and row != self.order]
        most = math.ceil(limit.value)
        measure = {
            K.ORDERS_PER_SECOND: lambda: min(self.orders(inside, 1), most),
            K.ORDERS_PER_MINUTE: lambda: min(self.orders(inside, 60), most),
            K.MESSAGES_PER_SECOND: lambda: self.messages(inside, 1, most),
            K.MESSAGES_PER_MINUTE: lambda: self.messages(inside, 60, most),
            K.DUPLICATE_WINDOW_S: lambda: sum(map(self.is_identical, self.rows)),
            K.REPEATED_EXECUTIONS: lambda: self.repeated(limit, inside),
            K.SELF_TRADE_QUANTITY: lambda: sum(row.reserved_quantity for row in inside if self.crosses(row)),
        }
        return Decimal(measure[K(limit.kind)]())

    def orders(self, rows: list[Order], seconds: int) -> int:
        return len([row for row in rows if (NOW - row.recorded_at).total_seconds() < seconds])

    def requests(self, rows: list[Order], seconds: int) -> int:
        found = [request for row in rows for request in OrderRequest.objects.filter(order=row)]
        return len([request for request in found if (NOW - request.recorded_at).total_seconds() < seconds])

    def messages(self, rows: list[Order], seconds: int, most: int) -> int:
        return min(self.orders(rows, seconds), most) + min(self.requests(rows, seconds), most)

    def is_identical(self, row: Order) -> bool:
        names = (
            "account",
            "instrument",
            "side",
            "type",
            "quantity",
            "limit_price",
            "stop_price",
            "trail_price",
        )
        is_recent = (NOW - row.recorded_at).total_seconds() < 3
        same = all(getattr(row, name) == getattr(self.order, name) for name in names)
        return same and is_recent and row.status != OrderStatus.REJECTED

    def repeated(self, limit: LimitInForce, rows: list[Order]) -> int:
        algorithm = self.order.instruction["name"]
        if algorithm in ("direct", "manual"):
            return 0
        resets = [reset.recorded_at for reset in ThrottleReset.objects.filter(limit_id=limit.id)]
        since = max(resets, default=NOW - _age_of(limit.id))
        applied = [
            row
            for row in rows
            if row.instruction["name"] == algorithm
            and row.recorded_at > since
            and row.status != OrderStatus.REJECTED
        ]
        return min(len(applied), math.ceil(limit.value))

    def crosses(self, row: Order) -> bool:
        mine = self.order
        is_met = row.instrument == mine.instrument and row.side != mine.side and row.status not in TERMINAL
        if not is_met or _is_waiting(row) or _is_waiting(mine):
            return False
        if mine.limit_price is None or row.limit_price is None:
            return True
        outstanding = OrderRequest.objects.filter(
            order=row, kind="replace", state__in=["received", "pending"]
        )
        prices = [row.limit_price, *(request.replacement.limit_price for request in outstanding)]
        best = min(prices) if row.side == "sell" else max(prices)
        return best <= mine.limit_price if mine.side == "buy" else best >= mine.limit_price


def _is_waiting(row: Order) -> bool:
    return row.type in TRIGGERED_TYPES and row.triggered_at is None


def _age_of(limit_id: UUID) -> timedelta:
    made_s = int(limit_id.hex[:12], 16) / 1000
    return timedelta(seconds=NOW.timestamp() - made_s)
