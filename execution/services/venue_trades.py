"""Book what a venue says of trades: fills, and what it does to them after the fact. Each once, however it is told.

Reports and reconciliation come through here alike, so what one of them has booked the other finds booked.
"""

from execution.services.locks import LockedVenueOrder
from execution.services.venue_order_moves import move
from execution.venues.protocol import Execution as VenueExecution
from execution.venues.protocol import TradeChange, TradeChangeKind
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.selectors import executions_at
from orders.services import Fill, book_bust, book_correction, book_execution
from orders.states import Stimulus


@step
def book_fill(actor: Actor, locked: LockedVenueOrder, execution: VenueExecution) -> None:
    """Book a fill, unless it is booked. Raises ExecutionExceedsOrder and IllegalTransition."""
    fill = Fill(
        venue=locked.venue_order.venue,
        venue_execution_id=execution.execution_id,
        quantity=execution.quantity,
        price=execution.price,
        market_time=execution.market_time,
        reported_for=str(locked.venue_order.pk),
    )
    if book_execution(actor=actor, order=locked.order, fill=fill) is not None:
        _compare_again(locked)
        locked.venue_order.filled_quantity += execution.quantity
        locked.venue_order.fill_model = execution.model
        move(locked.venue_order, Stimulus.FILL)


@step
def book_trade_change(actor: Actor, locked: LockedVenueOrder, change: TradeChange) -> bool:
    """Book the venue's own bust or correction, unless it is booked; False where what it changes is not booked yet.

    Nobody approves it: the venue decides about its trades. Raises ExecutionNotInForce where the desk has taken the
    execution back itself, ExecutionExceedsOrder and IllegalTransition.
    """
    at_venue = executions_at(locked.venue_order.venue)
    if at_venue.filter(venue_execution_id=change.execution_id).exists():
        return True
    execution = at_venue.filter(venue_execution_id=change.execution_ref_id, order=locked.order).first()
    if execution is None:
        return False
    is_bust = change.kind is TradeChangeKind.CANCEL
    if is_bust:
        book_bust(
            actor=actor,
            order=locked.order,
            execution=execution,
            report_id=change.execution_id,
            reason=change.reason,
        )
    else:
        book_correction(
            actor=actor,
            order=locked.order,
            execution=execution,
            quantity=change.quantity,
            price=change.price,
            report_id=change.execution_id,
            reason=change.reason,
        )
    # Whoever hears of it may have opened the run again.
    locked.run.refresh_from_db()
    _compare_again(locked)
    locked.venue_order.filled_quantity += change.quantity - execution.quantity
    move(locked.venue_order, Stimulus.BUST if is_bust else Stimulus.CORRECT)
    return True


def _compare_again(locked: LockedVenueOrder) -> None:
    """Let a venue order that had ended, and on which both records agreed, be reconciled anew."""
    if locked.venue_order.reconciled_at is not None:
        locked.venue_order.reconciled_at = None
        locked.venue_order.save(update_fields=["reconciled_at"])
