"""Requests to replace or cancel an order: links of its chain of client order ids, each answered once."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError

from orders.commands import AmendOrder, CancelOrder
from orders.errors import AnswerNotAsked, ChainMoved, ClientOrderIdUsed, RiskRefused
from orders.kernel.clock import recorded_now
from orders.kernel.ids import new_id
from orders.kernel.transactions import step
from orders.models import Order, OrderRequest, UsedClientOrderId
from orders.models.history import RequestKind, RequestState
from orders.reports import CancelRejectReason
from orders.risk.id_locks import lock_id
from orders.selectors import outstanding_requests

R = TypeVar("R")


def answered_again(ask: Callable[[], R]) -> R:
    """Return what `ask` returns, asked again when its client order id was being used by somebody else.

    Another request under this id committed while ours was being checked: its answer is ours.
    """
    try:
        return ask()
    except IntegrityError as error:
        if "client_order_id" not in str(error):
            raise
        return ask()


@step
def earlier_request(
    order: Order, kind: RequestKind, command: AmendOrder | CancelOrder
) -> OrderRequest | None:
    """Return the request that `command` repeats; None for a new one.

    Raises ClientOrderIdUsed where its id was used for something else, and RiskRefused where a check refused it the
    first time: the same request gets the same answer.
    """
    if command.client_order_id is None:
        return None
    used = {"account_id": order.account_id, "client_order_id": command.client_order_id}
    earlier = OrderRequest.objects.filter(**used, order=order, kind=kind, digest=command.digest()).first()
    if earlier is None:
        if UsedClientOrderId.objects.filter(**used).exists():
            raise ClientOrderIdUsed("this client_order_id belongs to something else")
        return None
    if earlier.denial_code:
        raise RiskRefused(earlier.denial_code, earlier.denial_detail, order_id=str(order.pk))
    return earlier


@step
def new_request(
    order: Order,
    kind: RequestKind,
    command: AmendOrder | CancelOrder,
    *,
    state: RequestState | None = None,
    denial: tuple[str, str] = ("", ""),
    kill_switch_id: UUID | None = None,
) -> OrderRequest:
    """Write the request down as the next link of the chain; without an id of its own it gets one.

    A request to a desk is received and waits for its acknowledgement, one to an algorithm is pending at once.
    Raises ChainMoved where the asker names another link to follow than the last that was not rejected.
    """
    last = end_of_chain(order)
    if command.orig_client_order_id not in (None, last):
        raise ChainMoved(f"the last link of the chain is {last}", last_client_order_id=last)
    waiting = RequestState.RECEIVED if order.is_manual else RequestState.PENDING
    if command.client_order_id is not None:
        lock_id(order.account_id, command.client_order_id)
    return OrderRequest.objects.create(
        order=order,
        account_id=order.account_id,
        kind=kind,
        client_order_id=command.client_order_id or str(new_id()),
        orig_client_order_id=last,
        digest=command.digest(),
        state=state or waiting,
        reject_reason=CancelRejectReason.OTHER if denial[0] else None,
        denial_code=denial[0],
        denial_detail=denial[1],
        kill_switch_id=kill_switch_id,
        recorded_at=recorded_now(),
    )


def end_of_chain(order: Order) -> str:
    """Return the last client order id of the order's chain that was not rejected."""
    last = outstanding_requests(order).filter(kind=RequestKind.REPLACE).last()
    return order.current_client_order_id if last is None else last.client_order_id


def outstanding(order: Order, client_order_id: str | None, *states: RequestState) -> OrderRequest:
    """Return the outstanding request with this id, the oldest where none is named. Raises AnswerNotAsked."""
    requests = outstanding_requests(order)
    if states:
        requests = requests.filter(state__in=states)
    if client_order_id is not None:
        requests = requests.filter(client_order_id=client_order_id)
    found = requests.first()
    if found is None:
        raise AnswerNotAsked("no such request is outstanding", order_status=str(order.status))
    return found


@step
def decide(request: OrderRequest, state: RequestState, reason: CancelRejectReason | None = None) -> None:
    """Write down how a request stands now."""
    request.state, request.reject_reason = state, reason
    request.save(update_fields=["state", "reject_reason"])
