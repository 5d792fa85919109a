"""Reads. The actor comes first, and sees what the grants reach: nothing by default."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Greatest

from orders.authority import Scope, accounts_with, reached_by
from orders.errors import ExecutionNotFound, OrderNotFound, PositionNotFound
from orders.kernel.clock import MarketClock, recorded_now
from orders.kernel.context import Actor
from orders.limit_kinds import HOLDERS, LimitKind
from orders.models import (
    Account,
    CashMovement,
    Desk,
    ExchangeRate,
    Execution,
    Exposure,
    Firm,
    Instrument,
    KillSwitch,
    Limit,
    Market,
    MarketTime,
    Order,
    OrderRequest,
    OrderRevision,
    Override,
    Position,
    Replacement,
    RiskDecision,
    TradingStateChange,
    User,
)
from orders.models.history import OUTSTANDING, RequestState
from orders.permissions import PLACE_ORDERS, VIEW_LIMITS, VIEW_ORDERS
from orders.positions.holding import Holding
from orders.reports import ExecType
from orders.states import TERMINAL, OrderStatus

_WORST_QUANTITY = Greatest(
    F("net_quantity") + F("open_buy_quantity"), F("open_sell_quantity") - F("net_quantity")
)


def orders_for(actor: Actor) -> QuerySet[Order]:
    """Return the orders that `actor` may see, newest first, each with its account and instrument."""
    visible = accounts_with(actor, VIEW_ORDERS).values("pk")
    return Order.objects.filter(account__in=visible).select_related("account", "instrument").order_by("-id")


def order_for(actor: Actor, order_id: UUID) -> Order:
    """Return one order. Raises OrderNotFound for a hidden one and an absent one alike."""
    order = orders_for(actor).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound("there is no such order for you")
    return order


def orders_with_ends(actor: Actor, *, begins: datetime, ends: datetime) -> QuerySet[Order]:
    """Return the orders that `actor` may see and that were placed from `begins` until before `ends` (market time).

    Each with its `trader`, a login name, and `ended_at`: the market time at which it came to its last end, of no
    meaning while it is open. What was only corrected later ended when it did.
    """
    said = OrderRevision.objects.filter(order_id=OuterRef("pk"), order_status__in=sorted(TERMINAL))
    last = said.exclude(exec_type__in=("", ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)).order_by(
        "-version"
    )
    return (
        orders_for(actor)
        .filter(market_time__gte=begins, market_time__lt=ends)
        .annotate(trader=F("placed_by__username"), ended_at=Subquery(last.values("market_time")[:1]))
    )


def orders_named(order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Return these orders by id, with instrument, account and desk: for processes of ours, which act for nobody."""
    named = Order.objects.filter(pk__in=list(order_ids)).select_related("instrument", "account__desk")
    return {order.pk: order for order in named}


def orders_among(order_ids: Iterable[UUID]) -> QuerySet[Order]:
    """Return the orders with these ids, whoever asks: for who has judged that already, or has the machine."""
    return Order.objects.filter(pk__in=order_ids).order_by("pk")


def order_of_chain(actor: Actor, *, account: str, client_order_id: str) -> Order:
    """Return the order that any id of its chain names in an account. Raises OrderNotFound, as order_for."""
    order = orders_in_chain(orders_for(actor), client_order_id).filter(account__code=account).first()
    if order is None:
        raise OrderNotFound("there is no such order for you")
    return order


def orders_in_chain(orders: QuerySet[Order], client_order_id: str) -> QuerySet[Order]:
    """Narrow `orders` to those that used this id: as their own, or for a request to replace or cancel them."""
    requested = OrderRequest.objects.filter(client_order_id=client_order_id).values("order_id")
    return orders.filter(Q(client_order_id=client_order_id) | Q(pk__in=requested))


def orders_of_client_id(actor: Actor, permission: str, client_order_id: str) -> list[UUID]:
    """Return the orders with this id of their own, or of a request to replace or cancel them, in whatever account.

    Of the accounts on which `actor` holds `permission`, one order each at most: an account uses an id once.
    """
    orders = orders_with(actor, permission)
    requested = OrderRequest.objects.filter(client_order_id=client_order_id).values("order_id")
    own = orders.filter(client_order_id=client_order_id).order_by()
    changed = orders.filter(pk__in=requested).order_by()
    return list(own.values_list("pk", flat=True).union(changed.values_list("pk", flat=True)))


def executions_at(venue: str) -> QuerySet[Execution]:
    """Return all that a venue reported of executions, busts and corrections included: for processes, not for people."""
    return Execution.objects.filter(venue=venue)


def executions_of(order: Order) -> QuerySet[Execution]:
    """Return what was reported of an order's fills, oldest first: trades, corrections and busts."""
    return Execution.objects.filter(order_id=order.pk).order_by("id")


def execution_for(actor: Actor, execution_id: UUID) -> Execution:
    """Return one execution of an order that `actor` may see. Raises ExecutionNotFound, hidden and absent alike."""
    visible = accounts_with(actor, VIEW_ORDERS).values("pk")
    found = Execution.objects.filter(pk=execution_id, order__account__in=visible).first()
    if found is None:
        raise ExecutionNotFound("there is no such execution for you")
    return found


def account_of_order(order_id: UUID) -> Account:
    """Return the account of an order that the asker was given."""
    return Order.objects.select_related("account").get(pk=order_id).account


def revisions_of(order: Order) -> QuerySet[OrderRevision]:
    """Return an order's history, a row for each version: its execution reports among them."""
    return OrderRevision.objects.filter(order_id=order.pk).order_by("version")


def requests_of(order: Order) -> QuerySet[OrderRequest]:
    """Return the requests to replace and cancel an order, oldest first."""
    return OrderRequest.objects.filter(order_id=order.pk).select_related("replacement").order_by("id")


def outstanding_requests(order: Order) -> QuerySet[OrderRequest]:
    """Return the requests that nobody has decided yet, oldest first."""
    return requests_of(order).filter(state__in=OUTSTANDING)


def pending_replacements(orders: Iterable[Order]) -> dict[UUID, Replacement]:
    """Return the newest terms that were asked for, by order: one query, and none where no order is pending replace."""
    replaced = [order.pk for order in orders if order.status == OrderStatus.PENDING_REPLACE]
    if not replaced:
        return {}
    pending = Replacement.objects.filter(order__in=replaced, request__state=RequestState.PENDING)
    return {replacement.order_id: replacement for replacement in pending.order_by("id")}


def positions_for(actor: Actor) -> QuerySet[Position]:
    """Return the positions in the accounts that `actor` may see."""
    visible = accounts_with(actor, VIEW_ORDERS).values("pk")
    rows = Position.objects.filter(account__in=visible)
    return rows.select_related("account__desk__firm", "instrument").order_by("id")


def position_for(actor: Actor, position_id: UUID) -> Position:
    """Return one position. Raises PositionNotFound for a hidden one and an absent one alike."""
    position = positions_for(actor).filter(pk=position_id).first()
    if position is None:
        raise PositionNotFound("there is no such position for you")
    return position


def rates_for(actor: Actor) -> QuerySet[ExchangeRate]:
    """Return all exchange rates to anyone who may see orders somewhere, none to others."""
    visible = accounts_with(actor, VIEW_ORDERS)
    return ExchangeRate.objects.filter(Exists(visible)).order_by("-id")


def cash_movements_for(actor: Actor) -> QuerySet[CashMovement]:
    """Return the movements of cash in the accounts that `actor` may see, newest first."""
    visible = accounts_with(actor, VIEW_ORDERS).values("pk")
    rows = CashMovement.objects.filter(account__in=visible)
    return rows.select_related("account__desk__firm").order_by("-id")


def exposures_for(actor: Actor) -> QuerySet[Exposure]:
    """Return the exposures of the accounts, desks and firms on the whole of which `actor` may see orders."""
    rows = Exposure.objects.filter(reached_by(actor, VIEW_ORDERS))
    return rows.select_related("account__desk__firm", "desk__firm", "firm").order_by("id")


def holding_of(position: Position) -> Holding:
    """Return the sums that a position's row holds."""
    return Holding(
        bought_quantity=position.bought_quantity,
        sold_quantity=position.sold_quantity,
        bought_notional=position.bought_notional,
        sold_notional=position.sold_notional,
        realised_average_cost=position.realised_average_cost,
        realised_fifo=position.realised_fifo,
    )


def accounts_for(actor: Actor) -> QuerySet[Account]:
    """Return the accounts that `actor` may see, with their desk and firm."""
    return accounts_with(actor, VIEW_ORDERS).select_related("desk__firm").order_by("code")


def accounts_watched_by(actor: Actor) -> QuerySet[Account]:
    """Return the accounts of which `actor` may see both orders and limits, by code."""
    limited = accounts_with(actor, VIEW_LIMITS).order_by()
    return accounts_with(actor, VIEW_ORDERS).filter(pk__in=limited.values("pk")).order_by("code")


def accounts_to_trade(actor: Actor) -> QuerySet[Account]:
    """Return the accounts for which `actor` may place orders."""
    return accounts_with(actor, PLACE_ORDERS).order_by("code")


def limits_for(actor: Actor) -> QuerySet[Limit]:
    """Return the limits that `actor` may see and that have not been ended, with the rows of their scope."""
    return (
        limits_seen_by(actor)
        .filter(ended_at=None)
        .select_related(*HOLDERS, "instrument")
        .order_by("account__code", "kind", "id")
    )


def limits_seen_by(actor: Actor) -> QuerySet[Limit]:
    """Return the limits in whose scope `actor` holds view_limits, ended ones too.

    A limit of a trader is seen by that trader and by who sees the limits of every account, one without a holder by
    who sees limits anywhere.
    """
    if actor.user_id is None:
        return Limit.objects.none()
    accounts = accounts_with(actor, VIEW_LIMITS).order_by()
    without_holder = Q(Exists(accounts), **{f"{name}__isnull": True for name in HOLDERS})
    return Limit.objects.filter(reached_by(actor, VIEW_LIMITS) | Q(trader=actor.user_id) | without_holder)


def instruments_for(actor: Actor) -> QuerySet[Instrument]:
    """Return all instruments to anyone who may see orders somewhere, none to others."""
    if not accounts_with(actor, VIEW_ORDERS).exists():
        return Instrument.objects.none()
    return Instrument.objects.order_by("symbol")


def orders_with(actor: Actor, permission: str) -> QuerySet[Order]:
    """Return the orders in the accounts on which `actor` holds `permission`."""
    return Order.objects.filter(account__in=accounts_with(actor, permission).values("pk"))


def instrument_with_symbol(symbol: str) -> Instrument | None:
    """Return an instrument for our own processes (people use `instruments_for`)."""
    return Instrument.objects.filter(symbol=symbol).first()


def instruments_of_market(mic: str) -> list[UUID]:
    """Return the instruments of a market (ISO 10383), for our own processes."""
    return list(Instrument.objects.filter(mic=mic).order_by("pk").values_list("pk", flat=True))


def engaged_kill_switches() -> list[UUID]:
    """Return the kill switches that are engaged, oldest first; for our own processes."""
    return list(KillSwitch.objects.filter(lifted_at=None).order_by("id").values_list("pk", flat=True))


def market_clock() -> MarketClock:
    """Return the market's clock."""
    return MarketTime.objects.get().clock()


def market_now() -> datetime:
    """Return the market time of this moment."""
    return market_clock().at(recorded_now())


def positions_with_limits(actor: Actor) -> QuerySet[Position]:
    """Return the positions with `worst_quantity` and `position_limit`, both in units.

    The worst is the position with all open orders of one side filled and none of the other, as
    orders.risk.exposure reserves it. The limit is None where there is none, or `actor` may not see it.
    """
    limits = limits_for(actor).filter(
        account_id=OuterRef("account_id"), kind=LimitKind.POSITION_QUANTITY, instrument=None, asset_class=""
    )
    return positions_for(actor).annotate(
        worst_quantity=_WORST_QUANTITY, position_limit=Subquery(limits.values("value")[:1])
    )


def newest_orders_by_status(actor: Actor, *, among: int) -> dict[str, int]:
    """Return how many of the newest `among` orders that `actor` may see stand in each status."""
    newest = orders_for(actor).select_related(None).values("pk")[:among]
    counted = Order.objects.filter(pk__in=newest).order_by().values("status").annotate(orders=Count("pk"))
    return {row["status"]: row["orders"] for row in counted}


def denial_numbers(order: Order) -> dict[str, str]:
    """Return the numbers that the denying check saw, by name, as its revision keeps them."""
    first = OrderRevision.objects.filter(order_id=order.pk, version=1).first()
    return {} if first is None else first.facts["details"].get("numbers", {})


def denials_of(order: Order) -> list[tuple[str, UUID | None]]:
    """Return code and limit (None for what holds always) of each denial of the decision that refused an order.

    In the order of the checks, and those that an override let pass too: the next attempt meets them again.
    """
    decision = RiskDecision.objects.filter(order_id=order.pk, is_admitted=False).first()
    outcomes = ("denied", "overridden")
    told = [each for each in decision.findings if isinstance(each, dict)] if decision else []
    denied = [each for each in told if each["outcome"] in outcomes]
    return [(each["code"], UUID(each["limit"]["id"]) if "limit" in each else None) for each in denied]


def denial_codes(order: Order) -> list[str]:
    """Return every denial code of the decision that refused an order, in the order of the checks."""
    return list(dict.fromkeys(code for code, _limit_id in denials_of(order)))


def overrides_of(order: Order) -> QuerySet[Override]:
    """Return the overrides that were granted for a refused order, newest first, with the people."""
    return (
        Override.objects.filter(refused=order)
        .select_related("trader", "granted_by", "used_by")
        .order_by("-id")
    )


def markets_for(actor: Actor) -> QuerySet[Market]:
    """Return all markets to anyone who may see orders somewhere, none to others."""
    return Market.objects.filter(Exists(accounts_with(actor, VIEW_ORDERS).order_by())).order_by("mic")


def state_changes_of(row: Instrument | Market | Account) -> QuerySet[TradingStateChange]:
    """Return who halted and resumed an instrument, a market or an account, newest first."""
    found = TradingStateChange.objects.filter(**{str(row._meta.model_name): row})
    return found.select_related("changed_by").order_by("-id")


def last_state_changes(column: str, keys: Sequence[Any]) -> dict[Any, TradingStateChange]:
    """Return the newest change of state of each of these instruments, markets or accounts (`column` says which)."""
    found = TradingStateChange.objects.filter(**{f"{column}__in": keys}).select_related("changed_by")
    return {getattr(each, f"{column}_id"): each for each in found.order_by("id")}


def login_names(references: Iterable[str]) -> dict[str, str]:
    """Return what a person reads for each actor reference of the trail: the login name, or our process's name.

    A reference that names nobody, as a forged leaf may have, is read as it stands.
    """
    wanted = set(references)
    ids = {found for found in map(_person_id, wanted) if found is not None}
    names = {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "username")}
    return {reference: names.get(reference, reference.removeprefix("process:")) for reference in wanted}


def _person_id(reference: str) -> UUID | None:
    kind, _, person_id = reference.partition(":")
    try:
        return UUID(person_id) if kind == "user" else None
    except ValueError:
        return None


def scope_with_code(kind: str, code: str) -> Scope | None:
    """Return the firm, desk or account (`kind` says which) with this code; for commands, as `user_named`."""
    tables: dict[str, type[Scope]] = {"firm": Firm, "desk": Desk, "account": Account}
    return tables[kind]._default_manager.filter(code=code).first()


def user_named(username: str) -> User | None:
    """Return the person with this login name; for commands, whose caller owns the machine."""
    return User.objects.filter(username=username).first()


def actor_reference(name: str) -> str:
    """Return the reference under which the trail knows a login name; a reference is returned as it is."""
    found = None if ":" in name else User.objects.filter(username=name).values_list("pk", flat=True).first()
    return name if found is None else f"user:{found}"
