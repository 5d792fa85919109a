"""The form that places an order: what a person types, as the same command that comes by the API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from pydantic import ValidationError

from orders import combinations as fit
from orders.admin.place_fields import (
    TYPED,
    Choice,
    DayField,
    Figure,
    MomentField,
    Text,
    parameter_fields,
    parameter_name,
)
from orders.commands import PlaceOrder
from orders.errors import (
    AccountNotFound,
    CashBelowOneLot,
    ClientOrderIdUsed,
    InstrumentNotFound,
    MarketWithoutCalendar,
    OverrideNotFound,
    OverrideNotUsable,
)
from orders.hooks import DescribedAlgorithm
from orders.kernel.admin import refusal_text, sentences_of
from orders.kernel.errors import DomainError, NotPermitted
from orders.terms import OrderType, Side, TimeInForce

_WHERE: Mapping[type[DomainError], str] = {
    AccountNotFound: "account",
    NotPermitted: "account",
    InstrumentNotFound: "symbol",
    MarketWithoutCalendar: "symbol",
    ClientOrderIdUsed: "client_order_id",
    CashBelowOneLot: "cash_quantity",
    OverrideNotFound: "override",
    OverrideNotUsable: "override",
}
"""At which field an error is told that a service raises without naming a place."""

_PARAMETERS = "/algorithm/parameters/"

_ALWAYS = (
    "account",
    "symbol",
    "side",
    "quantity",
    "cash_quantity",
    "type",
    "limit_price",
    "stop_price",
    "trail_price",
    "trail_percent",
    "time_in_force",
    "expires_on",
    "algorithm",
)
_SELDOM = ("display_quantity", "minimum_quantity", "effective_at", "client_order_id", "override")

_FITS: Mapping[str, Mapping[str, Iterable[str]]] = {
    "limit_price": {"type": fit.LIMITED},
    "stop_price": {"type": fit.STOPPED},
    "trail_price": {"type": fit.TRAILING},
    "trail_percent": {"type": fit.TRAILING},
    "display_quantity": {"type": fit.DISPLAY_TYPES, "time_in_force": fit.DISPLAY_TIMES},
    "minimum_quantity": {"time_in_force": fit.MINIMUM_TIMES},
    "expires_on": {"time_in_force": {TimeInForce.GTD}},
    "effective_at": {"time_in_force": fit.EFFECTIVE_TIMES},
}
"""The types and times in force with which a field goes: the page shows it with those alone."""


@dataclass(frozen=True)
class Placed:
    """A field in its place on the page; `fits` are the data attributes that say when it is shown."""

    field: forms.BoundField
    fits: Mapping[str, str]


class PlaceForm(forms.Form):
    """The terms of PlaceOrder. A valid form has its `command`."""

    account = Choice([])
    symbol = Text(widget=forms.TextInput({**TYPED, "list": "symbols"}))
    side = Choice([(each, each) for each in Side])
    type = Choice([(each, each.replace("_", " ")) for each in OrderType])
    time_in_force = Choice([(each, each) for each in TimeInForce])
    quantity = Figure(help_text="units")
    cash_quantity = Figure(label="or for cash", help_text="in the instrument's currency")
    limit_price = Figure(help_text="per unit")
    stop_price = Figure(help_text="what the market has to reach")
    trail_price = Figure(label="trail", help_text="behind the best price")
    trail_percent = Figure(label="or trail in %", help_text="of the best price")
    display_quantity = Figure(help_text="Units shown at once; all when empty.")
    minimum_quantity = Figure(help_text="Units of the first execution at least; any when empty.")
    expires_on = DayField(label="last day", help_text="by the market's date")
    effective_at = MomentField(label="not before (UTC)", help_text="Market time; at once when empty.")
    algorithm = Choice([])
    client_order_id = Text(help_text="Once per account: this form sent twice places one order.")
    override = Text(help_text="The id of the leave to place what was refused.")

    command: PlaceOrder

    def __init__(
        self,
        data: Any,
        *,
        accounts: Iterable[str],
        algorithms: Sequence[DescribedAlgorithm],
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self._algorithms = algorithms
        self.fields["account"].widget.choices = [(code, code) for code in accounts]
        named = [("", "none named"), *((each.name, each.title) for each in algorithms)]
        self.fields["algorithm"].widget.choices = named
        self.fields.update(parameter_fields(algorithms))

    def clean(self) -> dict[str, Any]:
        """Build the command; every place that it refuses is told at its field."""
        try:
            self.command = PlaceOrder.model_validate(self._sent())
        except ValidationError as error:
            for location, sentence in sentences_of(error):
                self._tell("/" + "/".join(map(str, location)), sentence)
        return self.cleaned_data

    def _sent(self) -> dict[str, Any]:
        """Return the request that the API would have been sent."""
        given = {name: value for name in PlaceOrder.model_fields if (value := self.cleaned_data.get(name))}
        if name := given.pop("algorithm", None):
            given["algorithm"] = {"name": name, "parameters": dict(self._parameters(name))}
        return given

    def _parameters(self, algorithm: str) -> Iterator[tuple[str, Any]]:
        prefix = parameter_name(algorithm, "")
        for name, value in self.cleaned_data.items():
            if name.startswith(prefix) and value not in (None, ""):
                yield name.removeprefix(prefix), value

    def refuse(self, error: DomainError) -> None:
        """Tell why a service refused: at the fields that the error names, at the top otherwise."""
        places = error.facts.get("errors") or []
        for each in places:
            self._tell(each["pointer"], each["detail"])
        if not places:
            self.add_error(_WHERE.get(type(error)), refusal_text(error))

    def _tell(self, pointer: str, sentence: str) -> None:
        """Add an error at the field to which a JSON pointer (RFC 6901) into the request leads."""
        if pointer.startswith(_PARAMETERS):
            name = parameter_name(str(self["algorithm"].value()), pointer.removeprefix(_PARAMETERS))
        else:
            name = pointer.removeprefix("/").split("/")[0]
        self.add_error(name if name in self.fields else None, sentence)

    @property
    def first_wrong(self) -> str | None:
        """The name of the first field with an error, None where there is none."""
        return next((name for name in self.fields if name in self.errors), None)

    def look_at(self, name: str | None) -> None:
        """Have the page begin at this field."""
        if name is not None:
            self.fields[name].widget.attrs["autofocus"] = True

    @property
    def always(self) -> list[Placed]:
        """The fields of every order, in the order in which a trader says them."""
        return [self._placed(name) for name in _ALWAYS]

    @property
    def seldom(self) -> list[Placed]:
        """The fields of few orders."""
        return [self._placed(name) for name in _SELDOM]

    @property
    def is_seldom(self) -> bool:
        """Whether a seldom field has to be looked at."""
        named = [name for name in _SELDOM if name != "client_order_id" and self[name].value()]
        return bool(named) or any(name in self.errors for name in _SELDOM)

    @property
    def parameters(self) -> list[Placed]:
        """The fields of the algorithms' parameters."""
        return [
            Placed(self[parameter_name(each.name, parameter)], {"algorithm": each.name})
            for each in self._algorithms
            for parameter in each.parameters_schema.get("properties", {})
        ]

    def _placed(self, name: str) -> Placed:
        fits = {term: " ".join(sorted(words)) for term, words in _FITS.get(name, {}).items()}
        return Placed(self[name], fits)
