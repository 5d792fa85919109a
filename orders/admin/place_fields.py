"""The fields of the form that places an order: its terms, and an algorithm's parameters by their JSON Schema."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from orders.hooks import DescribedAlgorithm

_SHOWN = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?P<minute>\d\d:\d\d)(?P<second>:\d\d)?", re.ASCII)
TYPED = {"autocomplete": "off", "spellcheck": "false"}


class Text(forms.CharField):
    """A line of text; the command says what may stand in it."""

    widget = forms.TextInput(TYPED)

    def __init__(self, label: str | None = None, help_text: str = "", **options: Any) -> None:
        super().__init__(required=False, label=label, help_text=help_text, **options)


class Figure(Text):
    """A quantity, price or amount, typed as digits: a number field would round it, and turn with the mouse wheel."""

    widget = forms.TextInput({**TYPED, "inputmode": "decimal", "class": "qt-digits"})


class Choice(Text):
    """One of some words. What else comes is left to the command, which refuses it as from any other door."""

    def __init__(
        self, choices: Iterable[tuple[str, str]], label: str | None = None, help_text: str = ""
    ) -> None:
        super().__init__(label, help_text, widget=forms.Select(choices=list(choices)))


class MomentField(Text):
    """A moment in UTC, as the site shows moments or as RFC 3339."""

    widget = forms.DateTimeInput(
        {**TYPED, "placeholder": "2013-10-07 13:30:00", "class": "qt-moment"}, format="%Y-%m-%d %H:%M:%S"
    )

    def clean(self, value: Any) -> Any:
        """Return RFC 3339 for what the site shows, anything else as it was typed."""
        text = super().clean(value)
        shown = _SHOWN.fullmatch(text)
        return f"{shown['day']}T{shown['minute']}{shown['second'] or ':00'}Z" if shown else text


class DayField(Text):
    """A day of the market."""

    widget = forms.DateInput({**TYPED, "placeholder": "2013-10-07"}, format="%Y-%m-%d")


def parameter_fields(algorithms: Iterable[DescribedAlgorithm]) -> dict[str, forms.Field]:
    """Return a field for each parameter of each algorithm, by the name that `parameter_name` gives it."""
    return {
        parameter_name(each.name, parameter): _field(schema, parameter)
        for each in algorithms
        for parameter, schema in each.parameters_schema.get("properties", {}).items()
    }


def parameter_name(algorithm: str, parameter: str) -> str:
    """Return the form's name of an algorithm's parameter."""
    return f"{algorithm}__{parameter}"


def _field(schema: Mapping[str, Any], parameter: str) -> forms.Field:
    """Return the field that fits a property of a JSON Schema; what is neither number, moment nor text is JSON."""
    kinds = schema.get("anyOf", [schema])
    kind: Mapping[str, Any] = next((each for each in kinds if each.get("type") != "null"), {})
    told = {"label": parameter.replace("_", " "), "help_text": schema.get("description", "")}
    if kind.get("type") == "integer":
        widget = forms.TextInput({**TYPED, "inputmode": "numeric", "class": "qt-digits"})
        return forms.IntegerField(required=False, widget=widget, localize=False, **told)
    if kind.get("type") == "string":
        return MomentField(**told) if kind.get("format") == "date-time" else Text(**told)
    return forms.JSONField(required=False, widget=forms.Textarea({**TYPED, "rows": 3}), **told)
