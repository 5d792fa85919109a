"""The forms by which a person asks for a routing rule, or for the end of one."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from compliance.admin.limit_forms import moment_of
from compliance.admin.routing_words import holder_text
from execution import algorithms
from execution.models import RoutingRule
from execution.venue_reads import calendars_of_venues, holders_to_route
from orders.kernel.admin import text_field
from orders.kernel.context import Actor
from orders.kernel.money import decimal_text
from orders.models.reference import AssetClass
from orders.terms import OrderType, TimeInForce


def _choice(values: Any, **options: Any) -> forms.ChoiceField:
    choices = [("", "any"), *((str(each), str(each).replace("_", " ")) for each in values)]
    return forms.ChoiceField(choices=choices, required=False, widget=UnfoldAdminSelectWidget, **options)


class EndForm(forms.Form):
    """Why."""

    reason = text_field(max_length=200, help_text="The person who decides reads this.")


class RuleForm(forms.Form):
    """Whose slices, which of them, and where they go; `row` fills it in."""

    name = text_field(
        max_length=32, help_text="A short name. One that is taken for the same holder changes that rule."
    )
    place = forms.IntegerField(
        min_value=1,
        max_value=10_000,
        initial=500,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Rules are asked in the order of their places, the lowest first.",
    )
    holder = forms.ChoiceField(widget=UnfoldAdminSelectWidget, label="For", required=False)
    symbol = text_field(
        required=False, max_length=32, label="Instrument", help_text="Its symbol. Empty: any instrument."
    )
    asset_class = _choice(AssetClass, help_text="Instead of an instrument.")
    mic = text_field(required=False, max_length=4, label="Market", help_text="A MIC, instead of either.")
    algorithm = _choice([])
    type = _choice(OrderType)
    time_in_force = _choice(TimeInForce)
    from_quantity = text_field(
        required=False, max_length=21, label="From, units", help_text="So many units or more."
    )
    below_quantity = text_field(
        required=False, max_length=21, label="Below, units", help_text="Fewer than so many units."
    )
    venues = text_field(max_length=170)
    effective_from = text_field(
        required=False,
        max_length=32,
        help_text="Market time, UTC: 2026-11-24 14:30. Empty: from its approval on.",
    )
    reason = text_field(max_length=200, help_text="The person who decides reads this.")

    def __init__(self, data: Any, *, actor: Actor, row: RoutingRule | None) -> None:
        super().__init__(data, initial={} if row is None else _initial(row))
        self.fields["holder"].choices = holders_to_route(actor)  # type: ignore[attr-defined]
        known = [("", "any"), *((each.name, each.name) for each in algorithms.all_latest())]
        self.fields["algorithm"].choices = known  # type: ignore[attr-defined]
        codes = ", ".join(calendars_of_venues())
        self.fields["venues"].help_text = f"Codes by comma, the first choice first. There are {codes}."

    def clean_effective_from(self) -> str | None:
        """Return it as RFC 3339."""
        return moment_of(self.cleaned_data["effective_from"])

    def clean_venues(self) -> list[str]:
        """Return the codes."""
        return [code.strip() for code in self.cleaned_data["venues"].split(",") if code.strip()]

    def command(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the command says of it."""
        kind, _, code = given["holder"].partition(" ")
        said = {name: value for name, value in given.items() if name != "holder" and value not in ("", None)}
        return {**said, kind: code} if code else said


def _initial(row: RoutingRule) -> dict[str, Any]:
    held = holder_text(row)
    quantities = {name: getattr(row, name) for name in ("from_quantity", "below_quantity")}
    return {
        "name": row.name,
        "place": row.place,
        "holder": "" if row.scope is None else held,
        "symbol": "" if row.instrument is None else row.instrument.symbol,
        **{name: getattr(row, name) for name in ("asset_class", "mic", "algorithm", "type", "time_in_force")},
        **{name: "" if value is None else decimal_text(value) for name, value in quantities.items()},
        "venues": ", ".join(row.venues),
    }
