"""Pre-trade risk: what is seen of an order, what the checks find, and the decision that is kept.

First the terms are judged, by what was read without a lock. Exposure is judged last, under the locks of position,
account, desk and firm, so that orders which meet never exceed a limit together.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import DatabaseError

from orders.commands import AMENDABLE
from orders.errors import NoExchangeRate, RiskRefused
from orders.hooks import hooks
from orders.kernel.clock import recorded_now
from orders.kernel.rows import insert_values
from orders.kernel.statements import Statement
from orders.kernel.transactions import service, step
from orders.limit_kinds import LimitKind
from orders.models import Order, RiskDecision
from orders.models.limit import DecisionStage
from orders.risk import exposure, kill_switch
from orders.risk.applying import Bounds, bounds_of
from orders.risk.check_list import IN_INSTRUMENT, MARKET_FIGURES
from orders.risk.checks import evaluate
from orders.risk.figures import Decision, Finding, Holder, HolderFigures, LimitInForce
from orders.risk.holders import lock_figures, read_figures
from orders.risk.kept import figures_json, findings_json, tightest_json
from orders.risk.recent import COUNTED_ON_PLACING, HAPPENINGS, recent_activity
from orders.risk.ticket import Ticket
from orders.risk.worst import Reservation, reservation, with_order
from orders.selectors import market_now
from orders.services.firm_currency import conversion_of
from orders.services.revisions import rehold
from orders.terms import Side

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

Terms = Mapping[str, Decimal | None]

_LOCK_LIMITS = Statement("SELECT FROM orders_limit WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE")


@dataclass(frozen=True)
class Case:
    """An order before pre-trade risk: what was seen of it, and what was found so far.

    `terms` are those of an amendment, None for the order's own. `waived` are the denials that an override lets pass:
    code and limit.
    """

    order: Order
    ticket: Ticket
    findings: tuple[Finding, ...]
    market_time: datetime
    terms: Terms | None = None
    waived: frozenset[tuple[str, UUID]] = frozenset()

    @property
    def decision(self) -> Decision:
        """What follows from the findings."""
        return Decision(
            findings=tuple(each.waived_by(self.waived) for each in self.findings),
            market=self.ticket.market,
            market_time=self.market_time,
            quantity=self.ticket.quantity,
            notional=self.ticket.notional,
            currency=self.order.account.desk.firm.currency,
        )


@step
def judge_terms(
    order: Order,
    bounds: Bounds,
    *,
    market_time: datetime,
    terms: Terms | None = None,
    waived: frozenset[tuple[str, UUID]] = frozenset(),
    asked_by: UUID | None = None,
) -> Case:
    """Judge an order's terms, or those of an amendment, by states, limits and the market. All checks have their say.

    `asked_by` is the user who amends, where that is not the order's trader.
    """
    ticket = _ticket(order, bounds, market_time, terms)
    stopped = kill_switch.finding_for(order, bounds.engaged, asked_by)
    findings = (stopped, *evaluate(hooks.pre_trade_checks, ticket))
    return Case(order, ticket, findings, market_time, terms, waived)


def _ticket(order: Order, bounds: Bounds, market_time: datetime, terms: Terms | None) -> Ticket:
    given = {name: getattr(order, name) for name in AMENDABLE} if terms is None else terms
    instrument, waits = order.instrument, order.triggered_at is None
    wanted = frozenset(
        MARKET_FIGURES[kind] for each in bounds.limits if (kind := each.kind) in MARKET_FIGURES
    )
    return Ticket(
        side=Side(order.side),
        quantity=given["quantity"] or order.quantity,
        filled_quantity=order.filled_quantity,
        limit_price=given["limit_price"],
        stop_price=given["stop_price"] if waits else None,
        trail_price=given["trail_price"] if waits else None,
        trail_percent=given["trail_percent"] if waits else None,
        display_quantity=order.display_quantity,
        minimum_quantity=order.minimum_quantity,
        account_is_active=bounds.account_is_active,
        instrument_is_active=bounds.instrument_is_active,
        market_is_active=bounds.market_is_active,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        limits=bounds.limits,
        market=hooks.market_figures(
            instrument_id=instrument.pk,
            mic=instrument.mic,
            market_time=market_time,
            wanted=wanted,
            effective_at=order.effective_at,
        ),
        rate=_rate(order, market_time),
    )


def _rate(order: Order, market_time: datetime) -> Decimal | None:
    try:
        return conversion_of(order, market_time).rate
    except NoExchangeRate:
        return None


@step
def judge_exposure(
    case: Case, more: Reservation, *, is_locked: bool = True, request_id: UUID | None = None
) -> Case:
    """Judge what account, desk and firm come to hold with `more` reserved for the order, and what happened lately.

    Where `is_locked`, their figures are locked to the end of the transaction; a preview only reads them.
    """
    order, ticket = case.order, case.ticket
    read = lock_figures if is_locked else read_figures
    before = read(
        order.account,
        order.instrument,
        market_time=case.market_time,
        wanted_instrument_of=_holders_in_instrument(ticket.limits),
    )
    if is_locked:
        _lock_limits_of_many_firms(ticket.limits)
    recent = recent_activity(
        order, ticket.limits, recorded_at=recorded_now(), terms=case.terms, request_id=request_id
    )
    exposed = replace(
        ticket,
        before=before,
        after=_after(order, before, more),
        recent=recent,
        margins={each.id: _margin(order, each, more) for each in ticket.limits_of(LimitKind.MARGIN)},
    )
    return replace(case, ticket=exposed, findings=(*case.findings, *evaluate(hooks.exposure_checks, exposed)))


@step
def judge_exposure_unlocked(case: Case) -> Case:
    """Judge what an order or new terms would add, with nothing locked: for a preview, and so that a refusal says all.

    Without a price or a rate there is nothing to add: the terms are refused for that.
    """
    order, ticket = case.order, case.ticket
    if ticket.worst_price is None:
        return case
    held = Reservation(order.reserved_quantity, order.reserved_notional)
    asked = reservation([(ticket.quantity, ticket.worst_price)], order.filled_quantity)
    # What is in force stays held until the new terms are: they only ever add.
    most = Reservation(max(asked.quantity, held.quantity), max(asked.notional, held.notional))
    return judge_exposure(case, most.beyond(held), is_locked=False)


def _lock_limits_of_many_firms(limits: tuple[LimitInForce, ...]) -> None:
    """Let orders of a trader, or of everybody, wait for each other: no exposure is locked by all of them."""
    ids = [
        each.id for each in limits if each.kind in COUNTED_ON_PLACING and each.holder_kind in ("", "trader")
    ]
    if ids:
        _LOCK_LIMITS.run({"ids": ids})


def _holders_in_instrument(limits: tuple[LimitInForce, ...]) -> frozenset[Holder]:
    named = {each.value for each in Holder}
    return frozenset(
        Holder(each.holder_kind)
        for each in limits
        if each.holder_kind in named and (each.kind in IN_INSTRUMENT or each.subject_kind)
    )


def _after(
    order: Order, before: Mapping[Holder, HolderFigures], more: Reservation
) -> dict[Holder, HolderFigures]:
    return with_order(before, Side(order.side), more.quantity, more.notional)


def _margin(order: Order, limit: LimitInForce, more: Reservation) -> Decimal | None:
    try:
        return hooks.margin(
            holder_kind=limit.holder_kind,
            account_id=order.account_id,
            instrument_id=order.instrument_id,
            side=Side(order.side),
            quantity=more.quantity,
            notional=more.notional,
        )
    except DatabaseError:
        raise
    except Exception:
        # The firm's own code: whatever it raises, the order is refused for want of a number, and nothing else fails.
        logger.exception("the margin model could not say what an order needs")
        return None


@step
def keep_decision(order: Order, decision: Decision, stage: DecisionStage) -> None:
    """Keep what was decided on an order that is stored, with every number that was seen."""
    insert_values(
        RiskDecision,
        order_id=order.pk,
        stage=stage,
        is_admitted=decision.is_admitted,
        findings=findings_json(decision.findings),
        tightest=tightest_json(decision),
        figures=figures_json(decision),
        market_time=decision.market_time,
        recorded_at=recorded_now(),
    )


@step
def reserve_or_refuse(order: Order) -> None:
    """Judge a locked order's present terms anew and let it hold what they need, in a service that is `refusal_kept`.

    The desk's word is neither a new order nor a message: rates, duplicates and throttles have nothing to say of it.
    """
    market_time = market_now()
    bounds = bounds_of(order, market_time)
    asked = tuple(each for each in bounds.limits if each.kind not in HAPPENINGS)
    case = judge_terms(order, replace(bounds, limits=asked), market_time=market_time)
    order.worst_price = case.ticket.worst_price or order.worst_price
    change = rehold(order)
    decision = judge_exposure(case, change).decision
    if not decision.is_admitted:
        raise _Denied(order, decision)
    exposure.reserve(order, change.quantity, change.notional)
    keep_decision(order, decision, DecisionStage.AMEND)


class _Denied(Exception):
    """Takes back everything that was written, and tells by which decision."""

    def __init__(self, order: Order, decision: Decision) -> None:
        self.order, self.decision = order, decision


def refusal_kept(change: Callable[P, R]) -> Callable[P, R]:
    """Let a service that calls `reserve_or_refuse` keep the decision that refused, in a transaction of its own.

    It raises RiskRefused then.
    """

    @wraps(change)
    def wrapped(*args: P.args, **given: P.kwargs) -> R:
        try:
            return change(*args, **given)
        except _Denied as denied:
            _keep_denied(order=denied.order, decision=denied.decision)
            denial, order_id = denied.decision.denials[0], str(denied.order.pk)
            raise RiskRefused(denial.code, denial.detail, order_id=order_id, **told_numbers(denial)) from None

    return wrapped


@service
def _keep_denied(*, order: Order, decision: Decision) -> None:
    keep_decision(order, decision, DecisionStage.AMEND)


def told_numbers(finding: Finding) -> dict[str, str]:
    """Return the numbers that whoever sees the order may know: of limits, those of the order's own account."""
    limit = finding.limit
    return dict(finding.numbers) if limit is None or limit.holder_kind == Holder.ACCOUNT else {}
