"""What a person may do with an order: amend it, cancel what is left of it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from orders import services
from orders.admin.granted import held_on
from orders.commands import AMENDABLE, AmendOrder, CancelOrder
from orders.kernel.admin import ActPage, FactsAdmin, actor_of, text_field
from orders.kernel.money import decimal_text
from orders.models import Order
from orders.permissions import AMEND_ORDERS, CANCEL_ORDERS
from orders.states import TERMINAL, OrderStatus, Stimulus, allows

Perform = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Act:
    """A verb on orders: the permission that it needs and the row of the state table that must exist."""

    name: str
    title: str
    permission: str
    stimulus: Stimulus

    def is_possible(self, order: Order) -> bool:
        """Tell whether the order's state allows it: what has ended takes only what a desk may still do."""
        is_open = order.status not in TERMINAL or order.is_manual
        return is_open and allows(OrderStatus(order.status), self.stimulus)


AMEND = Act("amend", "Amend", AMEND_ORDERS, Stimulus.REQUEST_REPLACE)
CANCEL = Act("cancel", "Cancel order", CANCEL_ORDERS, Stimulus.REQUEST_CANCEL)


def acts_on(order: Order, permissions: frozenset[str]) -> list[Act]:
    """Return what these permissions and the order's state allow."""
    return [act for act in (AMEND, CANCEL) if act.permission in permissions and act.is_possible(order)]


class CancelForm(forms.Form):
    """Why."""

    reason = text_field(max_length=200, help_text="Kept in the order's history and in the audit log.")


class AmendForm(forms.Form):
    """The terms as they should be, and the revision of those that the person looked at."""

    quantity = text_field(max_length=21, help_text="The new total in units, what is filled included.")
    limit_price = text_field(max_length=21, help_text="In the instrument's currency per unit.")
    stop_price = text_field(
        max_length=21, help_text="What the market has to reach first, in currency per unit."
    )
    trail_price = text_field(max_length=21, help_text="The offset from the best price, in currency per unit.")
    trail_percent = text_field(max_length=21, help_text="The offset from the best price, in percent of it.")
    reason = text_field(max_length=200, help_text="Kept in the order's history and in the audit log.")
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, order: Order) -> None:
        terms = _terms_of(order)
        current = {name: decimal_text(value) for name, value in terms.items()}
        super().__init__(data, initial={**current, "revision": order.terms_revision})
        for name in set(AMENDABLE) - set(terms):
            del self.fields[name]


def _terms_of(order: Order) -> dict[str, Decimal]:
    """Return the terms that can be amended now: those that the order has, its trigger's only until it fired."""
    fired = set() if order.triggered_at is None else {"stop_price", "trail_price", "trail_percent"}
    terms = {name: getattr(order, name) for name in AMENDABLE if name not in fired}
    return {name: value for name, value in terms.items() if value is not None}


def amend_page(admin: FactsAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    """Show the form to amend `order`, or amend it and go back to it."""

    def perform(given: dict[str, Any]) -> str:
        current = _terms_of(order)
        terms = {name: given[name] for name in current if _differs(given[name], current[name])}
        command = AmendOrder.model_validate({**terms, "reason": given["reason"]})
        amended = services.amend(
            actor=actor_of(request), order_id=order.pk, command=command, expected_revision=given["revision"]
        )
        return _sentence("New terms", amended)

    form = AmendForm(request.POST if request.method == "POST" else None, order=order)
    return _answer(admin, request, order, act=AMEND, form=form, perform=perform)


def cancel_page(admin: FactsAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    """Show the form to cancel `order`, or cancel it and go back to it."""

    def perform(given: dict[str, Any]) -> str:
        command = CancelOrder.model_validate(given)
        return _sentence(
            "Cancel", services.cancel(actor=actor_of(request), order_id=order.pk, command=command)
        )

    form = CancelForm(request.POST if request.method == "POST" else None)
    return _answer(admin, request, order, act=CANCEL, form=form, perform=perform)


def _differs(given: str, current: Decimal) -> bool:
    try:
        return Decimal(given) != current
    except InvalidOperation:
        return True


def _sentence(what: str, order: Order) -> str:
    return f"{what} requested: {order.client_order_id} is now {order.status.replace('_', ' ')}."


def _answer(
    admin: FactsAdmin, request: HttpRequest, order: Order, *, act: Act, form: forms.Form, perform: Perform
) -> HttpResponse:
    order_url = reverse("admin:orders_order_change", args=[order.pk])
    if act.permission not in held_on(request, order.account_id):
        raise PermissionDenied
    if request.method != "POST" and not act.is_possible(order):
        messages.warning(request, f"The order is {order.status.replace('_', ' ')}: it takes no {act.name}.")
        return HttpResponseRedirect(order_url)
    context = {"row": order, "act": act, "crumbs": [admin.crumb(), (order.client_order_id, order_url)]}
    page = ActPage(admin, act.title, form, perform, order_url, "orders/order_act.html", context)
    return page.answer(request)
