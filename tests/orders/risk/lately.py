"""Orders and requests of any age, written straight into their tables: services know no time but now."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from orders import services
from orders.kernel.ids import new_id
from orders.limit_kinds import HOLDERS
from orders.models import Account, Instrument, Limit, Order, OrderRequest, Replacement, User
from orders.models.history import RequestKind, RequestState
from orders.models.reference import AssetClass
from orders.risk.figures import LimitInForce
from orders.services.reference import scope_of
from orders.states import TERMINAL, OrderStatus
from tests.world import LAST_PRICE, NOON, SETUP, World, person

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The recorded time of the order that is asked about."""
TRIGGER_PRICES = {
    "stop": ("stop_price",),
    "stop_limit": ("stop_price",),
    "market_if_touched": ("stop_price",),
    "trailing_stop": ("trail_price",),
}
_numbers = count(1)


@dataclass(frozen=True)
class Market:
    """The world with another firm, another trader, and a fund beside the share."""

    world: World
    foreign: Account
    accounts: tuple[Account, ...]
    instruments: tuple[Instrument, ...]
    traders: tuple[UUID, ...]


def market_of(world: World) -> Market:
    """Add what the scopes of limits tell apart."""
    firm = services.register_firm(actor=SETUP, code="OTHER", currency="USD")
    desk = services.register_desk(actor=SETUP, firm=firm, code="OT1")
    foreign = services.register_account(actor=SETUP, desk=desk, code="GAMMA")
    fund = services.register_instrument(
        actor=SETUP,
        symbol="GLD",
        isin="US78463V1070",
        mic="ARCX",
        currency="USD",
        asset_class=AssetClass.FUND,
        tick_size=Decimal("0.01"),
        lot_size=Decimal(1),
    )
    second = person("second", None, ())
    assert world.trader.user_id
    assert second.user_id
    return Market(
        world,
        foreign,
        (world.account, world.other_account, foreign),
        (world.instrument, fund),
        (world.trader.user_id, second.user_id),
    )


def an_order(world: World, *, age_ms: int = 0, **terms: Any) -> Order:
    """An order that is not saved: the trader's, to buy 100 SPY at 100, recorded so long before NOW."""
    order_type = terms.pop("type", "limit")
    algorithm = terms.pop("algorithm", "direct")
    status = OrderStatus(terms.pop("status", "new"))
    is_triggered = terms.pop("is_triggered", False)
    limit_price = terms.pop("limit_price", Decimal(100))
    prices = {name: Decimal(90) for name in TRIGGER_PRICES.get(order_type, ())}
    if order_type in ("limit", "stop_limit"):
        prices["limit_price"] = limit_price
    number = f"lately-{next(_numbers)}-{uuid4().hex[:8]}"
    given = {
        "account": world.account,
        "instrument": world.instrument,
        "placed_by_id": world.trader.user_id,
        "side": "buy",
        "quantity": Decimal(100),
        **terms,
    }
    if status == OrderStatus.REJECTED:
        given["denial_code"] = "RISK_ORDER_QUANTITY"
    if status == OrderStatus.FILLED:
        given["filled_quantity"] = given["quantity"]
    reserved = Decimal(0) if status in TERMINAL else given["quantity"]
    return Order(
        client_order_id=number,
        current_client_order_id=number,
        digest="0" * 64,
        type=order_type,
        time_in_force="day",
        instruction={"name": algorithm, "version": 1, "parameters": {}},
        status=status,
        base_status="canceled" if status == OrderStatus.CANCELED else "working",
        reserved_quantity=reserved,
        reserved_notional=reserved * LAST_PRICE,
        worst_price=LAST_PRICE,
        triggered_at=NOON if is_triggered else None,
        market_time=NOON,
        recorded_at=NOW - timedelta(milliseconds=age_ms),
        **prices,
        **given,
    )


def placed(world: World, **terms: Any) -> Order:
    """The same, saved."""
    order = an_order(world, **terms)
    order.save(force_insert=True)
    return order


def asked(
    order: Order,
    *,
    kind: RequestKind = RequestKind.CANCEL,
    age_ms: int = 0,
    state: RequestState = RequestState.REJECTED,
    limit_price: Decimal | None = None,
) -> OrderRequest:
    """A request to cancel or replace `order`, recorded so long before NOW."""
    request = OrderRequest.objects.create(
        order=order,
        account_id=order.account_id,
        kind=kind,
        client_order_id=f"request-{next(_numbers)}-{uuid4().hex[:8]}",
        orig_client_order_id=order.client_order_id,
        digest="0" * 64,
        state=state,
        reject_reason=99 if state == RequestState.REJECTED else None,
        recorded_at=NOW - timedelta(milliseconds=age_ms),
    )
    if kind == RequestKind.REPLACE:
        Replacement.objects.create(
            request=request,
            order=order,
            terms_revision=2 + Replacement.objects.filter(order=order).count(),
            quantity=order.quantity,
            limit_price=limit_price,
            worst_price=LAST_PRICE,
            recorded_at=request.recorded_at,
        )
    return request


def id_of(moment: datetime) -> UUID:
    """A UUIDv7 that was made at this moment."""
    millisecond = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return UUID(int=(millisecond << 80) | (new_id().int & ((1 << 80) - 1)))


def a_limit(
    kind: str,
    value: str,
    *,
    holder: Any = None,
    subject: Any = None,
    age: timedelta = timedelta(days=1),
) -> LimitInForce:
    """A limit that was set so long before NOW, and what admission reads of it."""
    row = Limit.objects.create(
        id=id_of(NOW - age), kind=kind, value=Decimal(value), **_ids(scope_of(holder, subject))
    )
    return in_force(row)


def in_force(row: Limit) -> LimitInForce:
    """What admission reads of a limit."""
    holder = next((name for name in HOLDERS if getattr(row, f"{name}_id") is not None), "")
    subject = "instrument" if row.instrument_id else "asset_class" if row.asset_class else ""
    return LimitInForce(
        id=row.pk,
        kind=row.kind,
        version=row.version,
        value=row.value,
        warn_at_percent=row.warn_at_percent,
        holder_kind=holder,
        holder=holder and f"{holder} {getattr(row, holder)}",
        subject_kind=subject,
        subject=subject,
    )


def _ids(columns: dict[str, Any]) -> dict[str, Any]:
    """The person of a scope may be known by the id alone."""
    return {f"{name}_id" if isinstance(value, UUID) else name: value for name, value in columns.items()}


def trader_of(world: World) -> User:
    """The world's trader as a row."""
    return User.objects.get(pk=world.trader.user_id)
