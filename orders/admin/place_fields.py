"""The fields of the form that places an order: its terms, and an algorithm's parameters by their JSON Schema."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from orders.hooks import DescribedAlgorithm

_SHOWN = re.compile(r"(?P<day>\d{4}-\d\d-\d\d) (?P<minute>\d\d:\d\d)(?P<second>:\d\d)?", re.ASCII)
_KEPT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)Z", re.ASCII)
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


class YesNo(Choice):
    """Yes, no, or what is usual."""

    def __init__(self, usual: Any, label: str | None = None, help_text: str = "") -> None:
        left = "usual: yes" if usual else "usual: no"
        super().__init__([("", left), ("yes", "yes"), ("no", "no")], label, help_text)

    def prepare_value(self, value: Any) -> Any:
        """Return the word for a value that was kept."""
        return {True: "yes", False: "no"}.get(value, value)

    def clean(self, value: Any) -> Any:
        """Return true or false, None where nothing was said; what is neither is left to the algorithm to refuse."""
        text = super().clean(value)
        return {"yes": True, "no": False, "": None}.get(text, text)


class MomentField(Text):
    """A moment in UTC, as the site shows moments or as RFC 3339."""

    widget = forms.DateTimeInput(
        {**TYPED, "placeholder": "2013-10-07 13:30:00", "class": "qt-moment"}, format="%Y-%m-%d %H:%M:%S"
    )

    def prepare_value(self, value: Any) -> Any:
        """Return what was kept in RFC 3339 as the site shows moments."""
        kept = _KEPT.fullmatch(str(value))
        return f"{kept['day']} {kept['time']}" if kept else value

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
        parameter_name(each.name, parameter): parameter_field(schema, parameter)
        for each in algorithms
        for parameter, schema in each.parameters_schema.get("properties", {}).items()
    }


def parameter_name(algorithm: str, parameter: str) -> str:
    """Return the form's name of an algorithm's parameter."""
    return f"{algorithm}__{parameter}"


def parameter_field(schema: Mapping[str, Any], parameter: str) -> forms.Field:
    """Return the field that fits a property of a JSON Schema.

    Integers, texts, moments, choices and yes or no by their kind, decimals as digits; anything else is typed as JSON.
    """
    kinds = schema.get("anyOf", [schema])
    kind: Mapping[str, Any] = next((each for each in kinds if each.get("type") != "null"), {})
    told = {"label": parameter.replace("_", " "), "help_text": schema.get("description", "")}
    if "enum" in kind:
        usual = schema.get("default")
        words = [
            ("", f"usual: {_word(usual)}" if usual else "not given"),
            *((each, _word(each)) for each in kind["enum"]),
        ]
        return Choice(words, **told)
    match kind.get("type"), kind.get("format"):
        case "boolean", _:
            return YesNo(usual=schema.get("default"), **told)
        case "integer", _:
            widget = forms.TextInput({**TYPED, "inputmode": "numeric", "class": "qt-digits"})
            return forms.IntegerField(required=False, widget=widget, localize=False, **told)
        case "string", "date-time":
            return MomentField(**told)
        case "string", _:
            return (Figure if _is_decimal(kind) else Text)(**told)
    return forms.JSONField(required=False, widget=forms.Textarea({**TYPED, "rows": 3}), **told)


def _word(value: Any) -> str:
    return str(value).replace("_", " ")


def _is_decimal(kind: Mapping[str, Any]) -> bool:
    """Whether a text is a number: its pattern lets digits and a point through, and nothing else."""
    return str(kind.get("pattern", "")).startswith("^[0-9]")
