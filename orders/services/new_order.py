"""A new order out of a command and what stands when it comes in: not stored, and not judged yet."""

from decimal import Decimal

from orders.commands import PlaceOrder
from orders.errors import RiskRefused
from orders.hooks import hooks
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.models import Order
from orders.risk.standing import Standing, standing_of
from orders.risk.state_checks import MarketDataPresent
from orders.services.cash import units_for
from orders.states import BaseStatus, OrderStatus
from orders.terms import MANUAL


def standing_for(actor: Actor, command: PlaceOrder) -> Standing:
    """Return what stands for the command. Raises what `standing_of` raises."""
    return standing_of(
        actor,
        account_code=command.account,
        symbol=command.symbol,
        client_order_id=command.client_order_id,
    )


def new_order(actor: Actor, command: PlaceOrder, standing: Standing) -> Order:
    """Return the order that the command describes.

    Raises InvalidInput, MarketWithoutCalendar and MomentPassed (the instruction), CashBelowOneLot and RiskRefused.
    """
    algorithm, quantity = command.algorithm, command.quantity or _units_for(command, standing)
    is_manual = algorithm is not None and algorithm.name == MANUAL
    return Order(
        account=standing.account,
        instrument=standing.instrument,
        placed_by_id=actor.person_id(),
        client_order_id=command.client_order_id,
        current_client_order_id=command.client_order_id,
        digest=command.digest(),
        side=command.side,
        type=command.type,
        time_in_force=command.time_in_force,
        quantity=quantity,
        cash_quantity=command.cash_quantity,
        limit_price=command.limit_price,
        stop_price=command.stop_price,
        trail_price=command.trail_price,
        trail_percent=command.trail_percent,
        display_quantity=command.display_quantity,
        minimum_quantity=command.minimum_quantity,
        expires_on=command.expires_on,
        effective_at=command.effective_at,
        instruction=hooks.instruction_validator(
            name=algorithm.name if algorithm else None,
            parameters=algorithm.parameters if algorithm else {},
            command=command,
            quantity=quantity,
            instrument=standing.instrument,
            market_time=standing.market_time,
        ),
        status=OrderStatus.PENDING_NEW if is_manual else OrderStatus.NEW,
        base_status=BaseStatus.PENDING_NEW if is_manual else BaseStatus.WORKING,
        market_time=standing.market_time,
        recorded_at=recorded_now(),
    )


def _units_for(command: PlaceOrder, standing: Standing) -> Decimal:
    """Return what an order for cash buys at its limit price, or at the last price of the market.

    Raises CashBelowOneLot, and RiskRefused where the market has no price.
    """
    price = command.limit_price or _last_price(standing)
    if price is None:
        raise RiskRefused(MarketDataPresent.code, "the market has no price to convert the cash at")
    return units_for(command.cash_quantity or Decimal(0), price, standing.instrument.lot_size)


def _last_price(standing: Standing) -> Decimal | None:
    instrument, market_time = standing.instrument, standing.market_time
    return hooks.market_figures(instrument_id=instrument.pk, mic=instrument.mic, market_time=market_time).last
