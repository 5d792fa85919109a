"""The desk's answers, by the one command that every door of a person validates."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import UUID

from orders.commands import AnswerOrder, DeskAnswer
from orders.kernel.context import Actor
from orders.models import Order
from orders.reports import CancelRejectReason, RestatementReason
from orders.selectors import order_for
from orders.services import desk
from orders.services.restate import restate


def answer_order(*, actor: Actor, order_id: UUID, command: AnswerOrder) -> Order:
    """Do what the desk answers, and return the order. Raises OrderNotFound and what the answer's service raises."""
    order_for(actor, order_id)
    return _services(command)[command.answer](actor=actor, order_id=order_id)


def _services(command: AnswerOrder) -> dict[DeskAnswer, Callable[..., Order]]:
    link, text = command.client_order_id, command.reason or ""
    quantity = command.quantity or Decimal(0)
    why_not = CancelRejectReason[command.reject_reason.name]
    why = RestatementReason[command.restatement_reason.name]
    return {
        DeskAnswer.ACCEPT: partial(desk.accept_order, price=command.price),
        DeskAnswer.REJECT: partial(desk.reject_order, reason=text),
        DeskAnswer.ACKNOWLEDGE_REQUEST: partial(desk.acknowledge_request, client_order_id=link),
        DeskAnswer.CONFIRM_REQUEST: partial(desk.confirm_request, client_order_id=link),
        DeskAnswer.REJECT_REQUEST: partial(
            desk.reject_request, client_order_id=link, reason=why_not, text=text
        ),
        DeskAnswer.CANCEL: partial(desk.cancel_unsolicited, reason=text),
        DeskAnswer.DONE_FOR_DAY: desk.done_for_day,
        DeskAnswer.RESTATE: partial(restate, quantity=quantity, reason=why),
        DeskAnswer.STOP: partial(desk.stop_order, quantity=quantity, price=command.price),
        DeskAnswer.TRIGGER: desk.trigger_held_order,
    }
