"""Validates an order's algorithm instruction inside admission: what orders.hooks calls instruction_validator."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from execution.algorithms import DEFAULT, Algorithm, Asked, UnknownAlgorithm, all_latest, latest
from execution.algorithms.instruction import completed
from execution.algorithms.terms import invalid
from execution.algorithms.working import WorkingParameters
from execution.session import Session, current_or_next_session
from orders.commands import PlaceOrder
from orders.errors import MomentPassed
from orders.kernel.moments import moment_text
from orders.models import Instrument
from orders.terms import TRIGGERED_TYPES, TimeInForce, live_type

FURTHEST_AHEAD = timedelta(days=366)
"""How long an order may wait for its moment."""


def validate_instruction(
    *,
    name: str | None,
    parameters: Mapping[str, Any],
    command: PlaceOrder,
    quantity: Decimal,
    instrument: Instrument,
    market_time: datetime,
) -> dict[str, Any]:
    """Return the instruction as it is kept: name, version and completed parameters, as JSON types.

    An order without one is worked by `direct`. Raises InvalidInput whose errors point into the request,
    MarketWithoutCalendar and MomentPassed. `quantity` is what the order comes to in units.
    """
    try:
        algorithm = latest(name or DEFAULT)
    except UnknownAlgorithm:
        known = ", ".join(each.name for each in all_latest())
        raise invalid("/algorithm/name", f"no such algorithm; there are {known}") from None
    session = _session_of(command, instrument.mic, market_time)
    if algorithm.is_spread:
        _require_no_terms_of_one_venue_order(algorithm, command)
    asked = Asked(
        side=command.side,
        type=live_type(command.type),
        time_in_force=command.time_in_force,
        quantity=quantity,
        limit_price=command.limit_price,
        lot_size=instrument.lot_size,
        tick_size=instrument.tick_size,
        market_time=market_time,
        session=session,
    )
    kept = completed(algorithm, parameters, asked)
    return {"name": algorithm.name, "version": algorithm.version, "parameters": kept}


def works_until(algorithm: Algorithm, parameters: Mapping[str, Any], session: Session) -> datetime:
    """Return the market time from which on nothing of an order is sent, and what is live of it is asked back.

    That is its session's close, or the end of the algorithm's own time.
    """
    if not algorithm.is_bound:
        return session.close
    working = algorithm.parameters.model_validate(parameters)
    return working.span[1] if isinstance(working, WorkingParameters) else session.close


def _session_of(command: PlaceOrder, mic: str, market_time: datetime) -> Session:
    """Return the session in which the order is first worked. Raises MomentPassed where there is none for it."""
    effective_at = command.effective_at
    if effective_at is not None and not market_time < effective_at <= market_time + FURTHEST_AHEAD:
        _refuse("/effective_at", f"must be after {moment_text(market_time)}, by a year at most")
    session = current_or_next_session(effective_at or market_time, mic)
    if command.expires_on is not None and command.expires_on < session.day:
        _refuse("/expires_on", f"the order would first be worked on {session.day}")
    if command.time_in_force is TimeInForce.OPG and market_time in session:
        _refuse("/time_in_force", f"the opening auction was at {moment_text(session.opening_auction)}")
    return session


def _refuse(pointer: str, detail: str) -> NoReturn:
    raise MomentPassed(detail, errors=[{"pointer": pointer, "detail": detail, "code": "moment_passed"}])


def _require_no_terms_of_one_venue_order(algorithm: Algorithm, command: PlaceOrder) -> None:
    if command.type in TRIGGERED_TYPES:
        raise invalid("/type", f"{algorithm.name} works at once: use market or limit")
    for field in ("display_quantity", "minimum_quantity", "effective_at"):
        if getattr(command, field) is not None:
            raise invalid(f"/{field}", f"{algorithm.name} makes several orders of this one: leave it out")
