"""The page on which a person places an order."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import mark_safe

from orders import selectors, services
from orders.admin.granted import held
from orders.admin.place_fields import parameter_name
from orders.admin.place_form import PlaceForm
from orders.commands import PlaceOrder
from orders.decisions import redacted_for
from orders.errors import OrderNotFound
from orders.hooks import hooks
from orders.kernel.admin import FactsAdmin, actor_of
from orders.kernel.errors import DomainError
from orders.kernel.ids import new_id
from orders.kernel.money import decimal_text
from orders.models import Order
from orders.permissions import PLACE_ORDERS
from orders.risk.chart import picture
from orders.states import OrderStatus

MOST_SYMBOLS = 1_000
"""How many symbols are offered while typing; others are typed in full."""


class PlacePage:
    """One request for the form: show it, preview what it says, or place it and go to the order.

    What is placed was previewed: the form carries the digest of the terms that the person has seen the decision on.
    """

    def __init__(self, admin: FactsAdmin, request: HttpRequest) -> None:
        if PLACE_ORDERS not in held(request):
            raise PermissionDenied
        self.admin, self.request, self.actor = admin, request, actor_of(request)
        accounts = list(selectors.accounts_to_trade(self.actor).values_list("code", flat=True))
        data = request.POST if request.method == "POST" else None
        self.form = PlaceForm(
            data, accounts=accounts, algorithms=hooks.algorithms(), initial=self._initial(data is None)
        )

    def answer(self) -> HttpResponse:
        """Answer the request. A refusal by a check leads to the order that was kept; any other comes back here."""
        if self.request.method != "POST":
            return self._page(200)
        if not self.form.is_valid():
            return self._page(400)
        command = self.form.command
        try:
            return self._placed(command) if self._is_to_be_placed(command) else self._previewed(command)
        except DomainError as error:
            told = services.refusal_recorded(self.actor, command.model_dump(mode="json"), error)
            self.form.refuse(told)
            return self._page(told.status)

    def _is_to_be_placed(self, command: PlaceOrder) -> bool:
        given = self.request.POST
        return given.get("act") == "place" and given.get("previewed") == command.digest()

    def _previewed(self, command: PlaceOrder) -> HttpResponse:
        (decision,) = redacted_for(self.actor, [services.preview(actor=self.actor, command=command)])
        return self._page(
            200,
            picture=picture(decision),
            parts=self._parts(command),
            previewed=command.digest(),
            was_changed=self.request.POST.get("act") == "place",
        )

    def _parts(self, command: PlaceOrder) -> list[str]:
        """Return what stands above has to say of the order; each part escapes in its own template."""
        return [mark_safe(part.render(self.actor, command)) for part in hooks.preview_parts]  # noqa: S308 - a fragment of our own templates, which escape what they show

    def _placed(self, command: PlaceOrder) -> HttpResponse:
        placement = services.place(actor=self.actor, command=command)
        order = placement.order
        if order.status == OrderStatus.REJECTED:
            messages.warning(self.request, f"Refused and kept: {order.denial_code}, {order.denial_detail}.")
        elif placement.created:
            messages.success(self.request, f"Placed: {order.client_order_id}.")
        else:
            messages.info(self.request, "This order was placed before: nothing was placed twice.")
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))

    def _page(self, status: int, **decided: Any) -> HttpResponse:
        self.form.look_at(self.form.first_wrong if self.form.is_bound else "symbol")
        symbols = selectors.instruments_for(self.actor).values_list("symbol", flat=True)[:MOST_SYMBOLS]
        context = {
            "title": "Place order",
            "crumbs": [self.admin.crumb()],
            "form": self.form,
            "symbols": symbols,
            "back_url": self.admin.list_url(),
            **decided,
        }
        return self.admin.page(self.request, "orders/place.html", context, status=status)

    def _initial(self, is_new: bool) -> dict[str, Any]:
        """Return what stands in a new form: an id, and the terms of the order `like` with the `override` for them."""
        if not is_new:
            return {}
        asked = self.request.GET
        terms = _terms_of(self._order(asked["like"])) if "like" in asked else {}
        return {**terms, "client_order_id": f"form-{new_id()}", "override": asked.get("override", "")}

    def _order(self, given: str) -> Order:
        try:
            return selectors.order_for(self.actor, UUID(given))
        except (OrderNotFound, ValueError):
            raise Http404("there is no such order for you") from None


def _terms_of(order: Order) -> dict[str, Any]:
    """Return the terms of an order as the form names them."""
    kept = {name: getattr(order, name) for name in PlaceOrder.model_fields if hasattr(order, name)}
    if order.cash_quantity is not None:
        del kept["quantity"]
    algorithm = order.instruction["name"]
    parameters = order.instruction["parameters"].items()
    return {
        **{
            name: decimal_text(value) if isinstance(value, Decimal) else value for name, value in kept.items()
        },
        "account": order.account.code,
        "symbol": order.instrument.symbol,
        "algorithm": algorithm,
        **{parameter_name(algorithm, parameter): value for parameter, value in parameters},
    }
