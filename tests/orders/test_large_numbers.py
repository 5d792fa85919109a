"""Whatever numbers are asked for, the answer is an admission or a refusal with a code; what is admitted is bookable."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from execution.models import Bar
from orders import services
from orders.commands import AmendOrder
from orders.errors import RiskRefused
from orders.kernel.context import Actor
from orders.kernel.errors import DomainError, InvalidInput
from orders.limit_kinds import OVERRIDABLE_CODES, LimitKind
from orders.models import Execution, Instrument, Limit, Order, Position
from orders.permissions import OVERRIDE_LIMITS, VIEW_ORDERS
from orders.reports import RestatementReason
from orders.risk.figures import ZERO
from orders.selectors import denial_codes
from orders.states import OrderStatus
from tests.orders.api.conftest import client_of
from tests.orders.desk import MANUAL, SELL_SIDE, manual_order
from tests.orders.exposures import assert_exposure_follows, exposure_of
from tests.orders.fills import GATEWAY, fill
from tests.orders.rates import record
from tests.orders.restating import restate
from tests.orders.test_exposure_booking import euro_instrument
from tests.sign_in import sign_in
from tests.world import NOON, SETUP, World, person, restate_bars

D = Decimal
CODE = "RISK_TOO_LARGE_TO_COUNT"
LEAST, MOST = D("0.00000001"), D("999999999999.99999999")
WIDE = {
    LimitKind.ORDER_QUANTITY: D(10) ** 12,
    LimitKind.POSITION_QUANTITY: D(10) ** 14,
    LimitKind.ORDER_NOTIONAL: D("999999999999999999999999"),
    LimitKind.PRICE_COLLAR_BPS: D("999999999999999999999999"),
}
EXPOSED = (
    LimitKind.GROSS_NOTIONAL,
    LimitKind.NET_NOTIONAL,
    LimitKind.CREDIT_NOTIONAL,
    LimitKind.CONCENTRATION_BPS,
)
LEAST_LIMIT, MOST_LIMIT = D("0.0000000000000001"), D("999999999999999999999999")
CORPORATE_ACTION = RestatementReason.CORPORATE_ACTION


@dataclass(frozen=True)
class Vast:
    """A world that trades in the smallest steps, under limits that let nearly everything pass; who overrides them."""

    world: World
    euros: Instrument
    officer: Actor

    def limit_exposure(self, value: Decimal) -> None:
        Limit.objects.filter(kind__in=EXPOSED).update(value=value)

    def quote(self, last: Decimal, rate: Decimal) -> None:
        restate_bars(Bar.objects.all(), open=last, high=last, low=last, close=last)
        record(self.world, "EUR/USD", f"{rate:f}")

    def admitted(self, **terms: Any) -> Order | None:
        """The order, if need be by an override of every denial that can be waived; None where it is refused."""
        command = self.world.command(**terms)
        services.preview(actor=self.world.trader, command=command)
        order = services.place(actor=self.world.trader, command=command).order
        codes = [code for code in denial_codes(order) if code in OVERRIDABLE_CODES]
        if order.status == OrderStatus.REJECTED and codes:
            override = services.grant_override(
                actor=self.officer, order_id=order.pk, codes=codes, expires_in_minutes=15, reason="size"
            )
            order = self.world.place(**terms, override=str(override.pk))
        assert bool(order.denial_code) == (order.status == OrderStatus.REJECTED)
        return None if order.denial_code else order


@pytest.fixture
def vast(world: World) -> Vast:
    euros = euro_instrument(world)
    Instrument.objects.update(tick_size=LEAST, lot_size=LEAST)
    for kind, value in WIDE.items():
        Limit.objects.filter(kind=kind).update(value=value)
    for kind in EXPOSED:
        for holder in (world.account, world.desk, world.firm):
            services.register_limit(actor=SETUP, holder=holder, kind=kind, value=LEAST_LIMIT)
    return Vast(world, euros, person("officer", world.firm, (VIEW_ORDERS, OVERRIDE_LIMITS)))


def text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


numbers = st.sampled_from([LEAST, D(1), D(10) ** 11, D(10) ** 12 - 1, MOST]) | st.decimals(
    LEAST, MOST, places=8
)
rates = st.sampled_from([D("0.00000001"), D(1), D(10) ** 8]) | st.decimals(LEAST, D(10) ** 8, places=8)
limits = st.sampled_from([LEAST_LIMIT, MOST_LIMIT])
KINDS = {
    "market": (),
    "limit": ("limit_price",),
    "stop": ("stop_price",),
    "stop_limit": ("limit_price", "stop_price"),
    "trailing_stop": ("trail_price",),
}


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    prices = {name: text(draw(numbers)) for name in KINDS[kind]}
    if kind == "trailing_stop" and draw(st.booleans()):
        prices = {"trail_percent": draw(st.sampled_from(["0.00000001", "99.99999999"]))}
    return {
        "symbol": draw(st.sampled_from(["SPY", "SAP"])),
        "side": draw(st.sampled_from(["buy", "sell"])),
        "type": kind,
        "quantity": text(draw(numbers)),
        **{"limit_price": None, **prices},
    }


def dearest(order: Order, last: Decimal) -> Decimal:
    """What a unit costs at worst, in the instrument's currency."""
    prices = [order.limit_price, order.stop_price, last]
    if order.side == "buy":
        percent = order.trail_percent
        offset = order.trail_price if percent is None else (last * percent / 100).quantize(LEAST)
        prices.append(None if offset is None else min(last + offset, MOST))
    return max(price for price in prices if price is not None)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.tuples(orders(), numbers, numbers), min_size=1, max_size=4),
    last=numbers,
    rate=rates,
    limit=limits,
    later=st.tuples(numbers, rates),
)
def test_every_answer_has_a_code_and_all_that_is_admitted_can_be_filled_at_its_worst(
    vast: Vast,
    asked: Sequence[tuple[dict[str, Any], Decimal, Decimal]],
    last: Decimal,
    rate: Decimal,
    limit: Decimal,
    later: tuple[Decimal, Decimal],
) -> None:
    vast.quote(last, rate)
    vast.limit_exposure(limit)
    admitted = [(vast.admitted(**terms), *changed) for terms, *changed in asked]
    for order, quantity, price in admitted:
        if order is not None and order.limit_price is not None:
            _amend(vast, order, AmendOrder(quantity=text(quantity), limit_price=text(price)))

    for order in Order.objects.filter(pk__in=[order.pk for order, *_ in admitted if order]):
        assert fill(order, f"{order.quantity:f}", price=f"{dearest(order, last):f}")
    vast.quote(*later)
    services.revalue(actor=GATEWAY, market_time=NOON)
    assert_exposure_follows()


def _amend(vast: Vast, order: Order, command: AmendOrder) -> None:
    try:
        services.amend(actor=vast.world.trader, order_id=order.pk, command=command, expected_revision=1)
    except RiskRefused as refused:
        assert refused.code.startswith("RISK_")
        return
    # An algorithm has nothing at a venue yet, so that the new terms are in force at once.
    order.refresh_from_db()
    assert order.quantity == command.quantity


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quantity=numbers,
    price=st.none() | numbers,
    last=numbers,
    limit=limits,
    share=st.sampled_from([D(0), D("0.5"), D(1)]),
    restated=st.lists(st.tuples(numbers, st.sampled_from(RestatementReason)), min_size=1, max_size=3),
)
def test_the_desk_states_any_quantity_anew_or_is_told_why_not(
    vast: Vast,
    quantity: Decimal,
    price: Decimal | None,
    last: Decimal,
    limit: Decimal,
    share: Decimal,
    restated: Sequence[tuple[Decimal, RestatementReason]],
) -> None:
    vast.quote(last, D(10) ** 8)
    vast.limit_exposure(limit)
    terms = {"type": "limit" if price else "market", "limit_price": text(price), "quantity": text(quantity)}
    order = vast.admitted(**terms, algorithm=MANUAL)
    if order is None:
        return
    services.accept_order(actor=SELL_SIDE, order_id=order.pk)
    part = (quantity * share).quantize(LEAST)
    if part:
        fill(order, f"{part:f}", price=f"{dearest(order, last):f}")
    for again, reason in restated:
        try:
            services.restate(actor=SELL_SIDE, order_id=order.pk, quantity=again, reason=reason)
        except DomainError as error:
            assert error.code not in ("", DomainError.code)
    for execution in Execution.objects.filter(order=order, kind="trade"):
        last_of_chain = Execution.objects.filter(order=order).order_by("-id").first()
        restate(last_of_chain or execution, quantity="0", price="0")
    order.refresh_from_db()
    left = order.leaves_quantity
    if left:
        assert fill(order, f"{left:f}", price=f"{MOST:f}")
    assert_exposure_follows()


@pytest.mark.parametrize(
    ("terms", "last", "rate"),
    [
        ({"type": "trailing_stop", "trail_price": "999999999999"}, D(100), D(1)),
        ({"type": "trailing_stop", "trail_price": "999999999999"}, D(100), D("0.01")),
        ({"type": "trailing_stop", "trail_percent": "99"}, D("600000000000"), D("0.01")),
        ({"type": "market"}, D(10) ** 4, D(10) ** 8),
    ],
)
def test_what_costs_more_than_can_be_counted_is_refused_and_no_override_lets_it_pass(
    vast: Vast, terms: dict[str, str], last: Decimal, rate: Decimal
) -> None:
    vast.quote(last, rate)
    refused = vast.world.place(symbol="SAP", **{"limit_price": None, **terms})

    assert (refused.status, refused.denial_code, refused.worst_price) == (OrderStatus.REJECTED, CODE, 0)
    assert vast.admitted(symbol="SAP", **{"limit_price": None, **terms}) is None
    assert exposure_of(vast.world.firm).gross_notional == 0


def test_an_amendment_to_a_price_that_cannot_be_counted_is_refused_and_kept(vast: Vast) -> None:
    vast.quote(D(100), D(10) ** 6)
    order = vast.admitted(symbol="SAP")
    assert order

    with pytest.raises(RiskRefused) as refused:
        services.amend(
            actor=vast.world.trader,
            order_id=order.pk,
            command=AmendOrder(limit_price="1000000"),
            expected_revision=1,
        )

    assert (refused.value.code, refused.value.facts["worst_price"]) == (CODE, "1000000000000")
    order.refresh_from_db()
    assert (order.limit_price, order.terms_revision) == (100, 1)


def test_positions_hold_more_units_and_more_money_than_any_order_can_ask_for(vast: Vast) -> None:
    vast.quote(D("999999999999"), D(1))
    for _ in range(3):
        order = vast.admitted(quantity="999999999999", limit_price="999999999999")
        assert order
        fill(order, "999999999999", price="999999999999")

    position = Position.objects.get()
    assert position.bought_quantity == 3 * 999_999_999_999
    assert position.bought_notional == 3 * 999_999_999_999**2
    assert exposure_of(vast.world.firm).cash == -3 * 999_999_999_999**2


def test_no_digit_of_a_large_trade_is_lost(vast: Vast) -> None:
    vast.quote(MOST, D(1))
    order = vast.admitted(quantity=text(MOST), limit_price=text(MOST))
    assert order
    execution = fill(order, f"{MOST:f}", price=f"{MOST:f}")

    worth = D("999999999999999999980000.0000000000000001")
    order.refresh_from_db()
    assert execution
    assert (order.filled_notional, execution.cash_amount) == (worth, worth.copy_negate())
    assert_exposure_follows()


def test_one_position_beyond_all_measure_keeps_no_other_from_its_mark(vast: Vast) -> None:
    vast.quote(D(100), D(1))
    for symbol, quantity in (("SPY", "10"), ("SAP", "999999999999")):
        order = vast.admitted(symbol=symbol, quantity=quantity)
        assert order
        fill(order, quantity, price="99")
    vast.quote(MOST, D(10) ** 8)

    assert services.revalue(actor=GATEWAY, market_time=NOON) == 2
    assert Position.objects.get(instrument=vast.world.instrument).mark == MOST
    assert_exposure_follows()


@pytest.mark.parametrize("terms", [{"limit_price": "100"}, {"type": "market", "limit_price": None}])
def test_a_split_that_would_make_a_unit_too_dear_says_what_to_do(vast: Vast, terms: dict[str, Any]) -> None:
    vast.quote(D(100), D(1))
    order = vast.admitted(quantity="999999999999", algorithm=MANUAL, **terms)
    assert order
    services.accept_order(actor=SELL_SIDE, order_id=order.pk)

    with pytest.raises(InvalidInput, match="state a larger quantity, or cancel the order and place it anew"):
        services.restate(actor=SELL_SIDE, order_id=order.pk, quantity=LEAST, reason=CORPORATE_ACTION)


def test_a_split_by_thirds_is_exact_where_the_numbers_are(world: World) -> None:
    order = manual_order(world, quantity="30", limit_price="100")
    fill(order, "12")

    split = services.restate(actor=SELL_SIDE, order_id=order.pk, quantity=D(10), reason=CORPORATE_ACTION)

    assert (split.quantity, split.filled_quantity, split.limit_price) == (10, 4, 300)
    assert_exposure_follows()


def test_who_is_far_beyond_a_tiny_limit_may_still_reduce(vast: Vast) -> None:
    vast.quote(MOST, D(1))
    order = vast.admitted(quantity="999999999999", limit_price="999999999999")
    assert order
    fill(order, "999999999999", price="999999999999")

    reducing = vast.world.place(side="sell", quantity="100", limit_price=text(MOST))

    assert (reducing.status, reducing.reserved_quantity) == (OrderStatus.NEW, 100)
    assert reducing.reserved_notional > ZERO


def test_every_page_and_list_shows_what_is_that_large(vast: Vast) -> None:
    vast.quote(MOST, D(1))
    placed = [vast.admitted(quantity=text(MOST), limit_price=text(MOST)) for _ in range(3)]
    order = placed[0]
    assert order
    fill(order, f"{MOST:f}", price=f"{MOST:f}")
    browser, client = sign_in(vast.world.risk_officer), client_of(vast.world.risk_officer)
    page, position = reverse("admin:orders_order_change", args=[order.pk]), Position.objects.get()
    lists = [reverse(f"admin:orders_{name}_changelist") for name in ("order", "position", "limit")]
    tabs = [f"{page}panel/{name}/" for name in ("risk", "executions", "history", "trail")]

    for url in (*lists, page, *tabs, reverse("admin:orders_position_change", args=[position.pk])):
        assert (url, browser.get(url).status_code) == (url, 200)
    for name in ("orders", f"orders/{order.pk}/decisions", f"positions/{position.pk}", "exposures", "limits"):
        assert (name, client.get(f"/api/v1/{name}").status_code) == (name, 200)
