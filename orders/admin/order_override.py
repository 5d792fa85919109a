"""The page by which a named person lets a refused order be placed once."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from orders import services
from orders.admin.granted import held_on
from orders.commands import LONGEST_OVERRIDE_MINUTES
from orders.decisions import decisions_of
from orders.kernel.admin import ActPage, FactsAdmin, actor_of, text_field
from orders.kernel.clock import recorded_now
from orders.limit_kinds import KINDS, OVERRIDABLE_CODES, kinds_of
from orders.models import Order
from orders.permissions import OVERRIDE_LIMITS
from orders.risk.chart import picture
from orders.selectors import denial_codes, overrides_of


class OverrideForm(forms.Form):
    """Which denials are waived, for how long, and why."""

    codes = forms.MultipleChoiceField(widget=UnfoldAdminCheckboxSelectMultipleWidget, label="Waive")
    expires_in_minutes = forms.IntegerField(
        min_value=1,
        max_value=LONGEST_OVERRIDE_MINUTES,
        initial=15,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off"}),
        label="Expires in, minutes",
        help_text=f"Real time, at most {LONGEST_OVERRIDE_MINUTES}.",
    )
    reason = text_field(
        max_length=200,
        help_text="Kept with the override, under your name.",
    )

    def __init__(self, data: Any, *, codes: list[str], scopes: dict[str, str]) -> None:
        super().__init__(data, initial={"codes": codes})
        words = {code: " or ".join(KINDS[kind].words for kind in kinds_of(code)) for code in codes}
        self.fields["codes"].choices = [  # type: ignore[attr-defined]
            (code, f"{code}: {words[code]}, {scopes[code]}" if scopes.get(code) else f"{code}: {words[code]}")
            for code in codes
        ]


def waivable_codes(order: Order) -> list[str]:
    """Return the denials of a refused order that may be waived."""
    return [code for code in denial_codes(order) if code in OVERRIDABLE_CODES] if order.denial_code else []


def may_override(request: HttpRequest, order: Order, permissions: frozenset[str]) -> bool:
    """Tell whether the person may let this order be placed: not the trader's own decision."""
    return (
        OVERRIDE_LIMITS in permissions
        and order.placed_by_id != request.user.pk
        and bool(waivable_codes(order))
    )


def overrides_context(request: HttpRequest, order: Order, permissions: frozenset[str]) -> dict[str, Any]:
    """Return what an order's page shows: the overrides there are, and whether the person may grant one now."""
    if not order.denial_code:
        return {}
    overrides: list[Any] = list(overrides_of(order))
    for each in overrides:
        each.is_expired = each.used_at is None and each.expires_at <= recorded_now()
    is_open = any(each.used_at is None and not each.is_expired for each in overrides)
    return {
        "overrides": overrides,
        "may_override": not is_open and may_override(request, order, permissions),
    }


def override_page(admin: FactsAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    """Show the form to override a refusal, or do it and go back to the order."""
    if not may_override(request, order, held_on(request, order.account_id)):
        raise PermissionDenied

    def perform(given: dict[str, Any]) -> str:
        granted = services.grant_override(actor=actor_of(request), order_id=order.pk, **given)
        until = granted.expires_at.strftime("%H:%M:%S")
        return f"Granted: the trader may place these terms once until {until} UTC."

    (kept, *_) = decisions_of(actor_of(request), order)
    scopes = {each.code: "; ".join(each.scopes) for each in picture(kept.decision).reasons}
    data = request.POST if request.method == "POST" else None
    form = OverrideForm(data, codes=waivable_codes(order), scopes=scopes)
    url = reverse("admin:orders_order_change", args=[order.pk])
    context = {
        "row": order,
        "crumbs": [admin.crumb(), (order.client_order_id, url)],
        "never_waived": [code for code in denial_codes(order) if code not in OVERRIDABLE_CODES],
    }
    return ActPage(admin, "Override", form, perform, url, "orders/override.html", context).answer(request)
