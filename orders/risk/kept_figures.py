"""What a kept decision tells of the figures that a limit is held against: the tickets that fit what was seen. Pure.

A decision keeps what each limit was held against and not the tickets' figures themselves. For a limit of another day
`tickets_for` makes figures out of the kept ones of which the same check measures the same numbers. Where a kept number
is only a bound (a count goes no further than its limit, what is below nothing is kept as nothing), there are several
tickets: the extremes of what it can have been. A check is monotone in each figure, so what it says of all of them it
says of everything between.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from orders.kernel.money import PRICE_QUANTUM
from orders.limit_kinds import LimitKind
from orders.positions.trade import EXACT
from orders.risk.figures import (
    ZERO,
    Finding,
    Holder,
    HolderFigures,
    InstrumentFigures,
    LimitInForce,
)
from orders.risk.kept_order import FigureNotKept, KeptOrder, KeptTicket
from orders.risk.price_checks import BPS
from orders.risk.ticket import Ticket
from orders.terms import Side

COUNTLESS = Decimal(10**12)
"""More than was ever counted."""
ON_PLACING_ALONE = frozenset(
    {
        LimitKind.ORDERS_PER_SECOND,
        LimitKind.ORDERS_PER_MINUTE,
        LimitKind.DUPLICATE_WINDOW_S,
        LimitKind.REPEATED_EXECUTIONS,
    }
)
"""The kinds that have nothing to say of new terms."""
FITTED = frozenset({LimitKind.CASH_MINIMUM, LimitKind.DAY_LOSS, LimitKind.MARGIN})
"""The kinds whose finding of then tells which of several tickets it was: one under which they find the same."""

_ONE = Decimal(1)
_LAST_PLACE = Decimal(1).scaleb(-16)
"""To which bps are rounded upwards when they are measured."""
_COLLARS: Mapping[str, str] = {
    LimitKind.PRICE_COLLAR_BPS: "last",
    LimitKind.MID_COLLAR_BPS: "mid",
    LimitKind.CLOSE_COLLAR_BPS: "previous_close",
    LimitKind.WINDOW_COLLAR_BPS: "window_average",
}


def tickets_for(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Sequence[Ticket]:
    """Return the tickets that fit what was kept, for the check of this limit. Raises FigureNotKept.

    The first has the numbers as they were kept.
    """
    told = _TOLD.get(limit.kind)
    return (base,) if told is None else tuple(told(kept, limit, base))


def _volume(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    _require_seen(base.market.average_daily_volume is not None or kept.found(limit.kind))
    yield base


def _session(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    _require_seen(base.market.session_opens_in_s is not None or kept.found(limit.kind))
    yield base


def _collar(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    """A stop price stood in the reference's place, and is kept as the reference."""
    name, own = _COLLARS[limit.kind], kept.found(limit.kind)
    reference = getattr(base.market, name)
    if not kept.is_limited:
        yield base
    elif own is not None:
        numbers = own.numbers
        told = Decimal(numbers["reference_price"]) if numbers else None
        price = Decimal(numbers["limit_price"]) if numbers else _ONE
        yield replace(base, limit_price=price, market=replace(base.market, **{name: told}))
    else:
        terms = kept.terms
        if terms is None or (
            terms.limit_price is not None and not terms.stop_price and name != "last" and reference is None
        ):
            raise FigureNotKept(limit.kind)
        yield replace(base, limit_price=terms.limit_price, stop_price=terms.stop_price)


def _position(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    yield _held(base, limit, _own(kept, limit, limit.holder), _in_instrument)


def _gross(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    own = _own_of_subject(kept, limit)
    yield _held(
        base, limit, own, _worst if limit.subject_kind else lambda used: HolderFigures(gross_notional=used)
    )


def _net(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    own = _own_of_subject(kept, limit)
    yield _held(base, limit, own, _in_instrument if limit.subject_kind else _open)


def _concentration(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    """What was in the instrument follows from its share of the gross limit of then; rounded upwards, so from two."""
    gross = [
        each.value
        for each in base.limits_of(LimitKind.GROSS_NOTIONAL)
        if each.holder == limit.holder and not each.subject_kind
    ]
    if not gross:
        yield base  # There is nothing to measure by: the check refuses for that, whatever was held.
        return
    own = _own(kept, limit, limit.holder)
    then = Decimal(own.numbers["gross_limit"]) or PRICE_QUANTUM
    yield _held(base, limit, own, lambda bps: _worst(_share(bps, then)))
    if then != (min(gross) or PRICE_QUANTUM):
        least = replace(own, with_order=_shrunk(own.with_order), used=_shrunk(own.used))
        yield _held(base, limit, least, lambda bps: _worst(_share(bps, then)))


def _share(bps: Decimal, whole: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(bps, whole), BPS)


def _shrunk(bps: Decimal | None) -> Decimal:
    return max(EXACT.subtract(bps or ZERO, _LAST_PLACE), ZERO)


def _credit(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    if kept.side == Side.SELL:
        yield _of_nobody(base, limit)
        return
    own = _own(kept, limit, limit.holder)
    cash = Decimal(own.numbers["cash"])
    yield _held(
        base, limit, own, lambda used: HolderFigures(cash=cash, open_buy_notional=EXACT.add(used, cash))
    )


def _cash(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    if kept.side == Side.SELL:
        yield _of_nobody(base, limit)
        return
    own = kept.found(limit.kind, limit.holder)
    if own is None:
        raise FigureNotKept(limit.kind)
    cash, remaining = Decimal(own.numbers["cash"]), Decimal(own.numbers["remaining"])
    figures = HolderFigures(cash=cash, open_buy_notional=EXACT.subtract(cash, remaining))
    for moved in _moves(kept, base):
        yield _with(moved, limit, HolderFigures(), figures)


def _short(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    """Units short beyond what was located, or where no more are kept than nothing, anything up to what was located."""
    if kept.side == Side.BUY:
        yield _of_nobody(base, limit)
        return
    position = kept.found(LimitKind.POSITION_QUANTITY, limit.holder)
    if position is not None:
        yield _held(base, limit, position, _in_instrument)
        return
    own = _own(kept, limit, limit.holder)
    located = Decimal(own.numbers["located"])
    for used, with_order in product(
        *(_short_of(each or ZERO, located) for each in (own.used, own.with_order))
    ):
        yield _held(base, limit, replace(own, used=used, with_order=with_order), _in_instrument)


def _short_of(beyond: Decimal, located: Decimal) -> tuple[Decimal, ...]:
    short = EXACT.add(beyond, located)
    return (short,) if beyond else (short, ZERO)


def _day_loss(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    own = kept.found(limit.kind, limit.holder)
    if own is None:
        raise FigureNotKept(limit.kind)
    loss = Decimal(own.numbers["loss"]) if "loss" in own.numbers else None
    for moved in _moves(kept, base):
        yield _with(moved, limit, HolderFigures(day_loss=loss), HolderFigures())


def _margin(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    own = kept.found(limit.kind, limit.holder)
    if own is None:
        raise FigureNotKept(limit.kind)
    of = {each.id for each in (limit, own.limit) if each}
    for moved in _moves(kept, base):
        yield replace(moved, margins=dict.fromkeys(of, own.with_order))


def _counted(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    """Nobody counted further than the limit of then."""
    if not kept.is_new and limit.kind in ON_PLACING_ALONE:
        yield base
        return
    own = kept.found(limit.kind, limit.holder, limit.subject_kind, limit.subject)
    is_other = limit.kind == LimitKind.REPEATED_EXECUTIONS and own and own.limit and own.limit.id != limit.id
    if own is None or own.limit is None or own.used is None or is_other:
        raise FigureNotKept(limit.kind)
    yield replace(base, recent={limit.id: own.used})
    if own.used >= own.limit.value:
        yield replace(base, recent={limit.id: EXACT.add(own.used, COUNTLESS)})


def _duplicates(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    """Equal orders are counted by account and window: a longer one had at least as many, a shorter one at most."""
    if not kept.is_new:
        yield base
        return
    found = [each for each in kept.by_kind.get(limit.kind, ()) if each.limit]
    least = [
        Decimal(each.numbers["orders"])
        for each in found
        if "orders" in each.numbers and _reaches(limit, each)
    ]
    none = [each for each in found if "orders" not in each.numbers and not _exceeds(limit, each)]
    if least:
        yield replace(base, recent={limit.id: max(least)})
    elif none:
        yield replace(base, recent={limit.id: ZERO})
    else:
        raise FigureNotKept(limit.kind)


def _reaches(limit: LimitInForce, found: Finding) -> bool:
    return found.limit is not None and limit.value >= found.limit.value


def _exceeds(limit: LimitInForce, found: Finding) -> bool:
    return found.limit is not None and limit.value > found.limit.value


def _crossing(kept: KeptOrder, limit: LimitInForce, base: KeptTicket) -> Iterator[Ticket]:
    """What crosses more than is left of the order tells what is left of it."""
    own = _own(kept, limit, limit.holder, limit.subject_kind, limit.subject)
    crossing, with_order = Decimal(own.numbers["crossing_quantity"]), own.with_order or ZERO
    filled = EXACT.subtract(base.quantity, with_order) if with_order < crossing else ZERO
    yield replace(base, recent={limit.id: crossing}, filled_quantity=filled)


def _own(kept: KeptOrder, limit: LimitInForce, *scope: str) -> Finding:
    """Return what was found with a number for a limit of the same kind and scope."""
    found = kept.found(limit.kind, *scope)
    if found is None or found.with_order is None:
        raise FigureNotKept(limit.kind)
    return found


def _own_of_subject(kept: KeptOrder, limit: LimitInForce) -> Finding:
    """As `_own`; any subject is the order's instrument, which is counted apart from everything."""
    for each in kept.by_kind.get(limit.kind, ()):
        of = each.limit
        if of and of.holder == limit.holder and bool(of.subject_kind) == bool(limit.subject_kind):
            return each
    raise FigureNotKept(limit.kind)


def _held(
    base: KeptTicket, limit: LimitInForce, own: Finding, figures: Callable[[Decimal], HolderFigures]
) -> Ticket:
    """Return the ticket whose holder has `figures` of what was kept, before the order and with it.

    Less than nothing was kept as nothing: whichever it was, no limit is below it.
    """
    return _with(base, limit, figures(own.used or ZERO), figures(own.with_order or ZERO))


def _with(ticket: Ticket, limit: LimitInForce, before: HolderFigures, after: HolderFigures) -> Ticket:
    """Return the ticket with the figures of the limit's holder; those of the account in the instrument stay."""
    holder = Holder(limit.holder_kind)
    own = ticket.before.get(holder), ticket.after.get(holder)
    before, after = (
        new if new.instrument or not old else replace(new, instrument=old.instrument)
        for new, old in zip((before, after), own, strict=True)
    )
    return replace(ticket, before={**ticket.before, holder: before}, after={**ticket.after, holder: after})


def _of_nobody(base: KeptTicket, limit: LimitInForce) -> Ticket:
    return _with(base, limit, HolderFigures(), HolderFigures())


def _moves(kept: KeptOrder, base: KeptTicket) -> Iterator[Ticket]:
    """The ticket with what the account had in the instrument, before and with the order, as its position limit saw it.

    That tells whether the order enlarges the position: where it does not, once so and once not.
    """
    own = kept.found(LimitKind.POSITION_QUANTITY, *_account_of(kept))
    known = own is not None and own.with_order is not None
    used, with_order = (own.used or ZERO, own.with_order or ZERO) if own else (ZERO, ZERO)
    adds = [True] if kept.is_new or (known and with_order > used) else [True, False]
    reduces = [with_order == 0] if known else [False, True]
    for is_more, is_back in product(adds, reduces):
        after = ZERO if is_back else max(with_order, _ONE)
        before = min(used, after - _ONE) if is_more else after
        yield _with_moves(base, _in_instrument(before), _in_instrument(after))


def _account_of(kept: KeptOrder) -> tuple[str, ...]:
    for each in kept.by_kind.get(LimitKind.POSITION_QUANTITY, ()):
        if each.limit and each.limit.holder_kind == Holder.ACCOUNT:
            return (each.limit.holder,)
    return ("no account",)


def _with_moves(base: KeptTicket, before: HolderFigures, after: HolderFigures) -> KeptTicket:
    return replace(base, before={Holder.ACCOUNT: before}, after={Holder.ACCOUNT: after})


def _in_instrument(used: Decimal) -> HolderFigures:
    """Figures of a holder who uses so many units, or so much, on either side in the instrument."""
    return HolderFigures(
        instrument=InstrumentFigures(
            open_buy_quantity=used, open_sell_quantity=used, open_buy_notional=used, open_sell_notional=used
        )
    )


def _worst(used: Decimal) -> HolderFigures:
    return HolderFigures(instrument=InstrumentFigures(worst_notional=used))


def _open(used: Decimal) -> HolderFigures:
    return HolderFigures(open_buy_notional=used, open_sell_notional=used)


def _require_seen(is_seen: object) -> None:
    if not is_seen:
        raise FigureNotKept


_TOLD: Mapping[str, Callable[[KeptOrder, LimitInForce, KeptTicket], Iterator[Ticket]]] = {
    LimitKind.ORDER_VOLUME_SHARE_BPS: _volume,
    LimitKind.LEAD_TIME_MINUTES: _session,
    **dict.fromkeys(_COLLARS, _collar),
    LimitKind.POSITION_QUANTITY: _position,
    LimitKind.GROSS_NOTIONAL: _gross,
    LimitKind.NET_NOTIONAL: _net,
    LimitKind.CONCENTRATION_BPS: _concentration,
    LimitKind.CREDIT_NOTIONAL: _credit,
    LimitKind.CASH_MINIMUM: _cash,
    LimitKind.UNLOCATED_SHORT_QUANTITY: _short,
    LimitKind.DAY_LOSS: _day_loss,
    LimitKind.MARGIN: _margin,
    LimitKind.ORDERS_PER_SECOND: _counted,
    LimitKind.ORDERS_PER_MINUTE: _counted,
    LimitKind.MESSAGES_PER_SECOND: _counted,
    LimitKind.MESSAGES_PER_MINUTE: _counted,
    LimitKind.REPEATED_EXECUTIONS: _counted,
    LimitKind.DUPLICATE_WINDOW_S: _duplicates,
    LimitKind.SELF_TRADE_QUANTITY: _crossing,
}
"""What each kind of limit needs beside quantity and worth, which are always kept."""
