"""What today's limits would have done to past orders: a form for the period, and what came of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders import selectors
from orders.admin.granted import held
from orders.kernel.admin import actor_of, site
from orders.kernel.clock import recorded_now
from orders.permissions import VIEW_LIMITS, VIEW_ORDERS
from orders.risk.denials import words_of
from orders.stress import Change, Judged, Period, Tally, decisions_between, decisions_seen_by, period, stress

MOST_DECISIONS = 1_000
"""How many of the newest decisions a page judges, within some two seconds; the command has no bound."""
MOST_ORDERS = 200
"""What a person still reads; the command lists them all."""

SHOWN = (Change.REFUSED, Change.ADMITTED, Change.WARNED, Change.NO_LONGER_WARNED, Change.NOT_JUDGED)
_TONES = {
    Change.REFUSED: "refused",
    Change.ADMITTED: "admitted",
    Change.WARNED: "warned",
    Change.NO_LONGER_WARNED: "unwarned",
    Change.NOT_JUDGED: "unknown",
}


@dataclass(frozen=True)
class Segment:
    """A part of a bar: its length in percent of the longest one, and its colour's name."""

    length: float
    tone: str


@dataclass(frozen=True)
class Line:
    """A line of a table of counts. `url` leads to what is counted, where that has a page."""

    words: str
    numbers: tuple[int, ...]
    segments: tuple[Segment, ...]
    url: str = ""


class StressForm(forms.Form):
    """Which days, and whose orders."""

    def __init__(self, data: Any, *, request: HttpRequest, usual: Period) -> None:
        super().__init__(data, initial={"from": usual.first, "to": usual.last})
        accounts = list(selectors.accounts_for(actor_of(request)).values_list("desk__code", "code"))
        self._today = usual.last
        self.fields["from"] = _DayField("From day (UTC)")
        self.fields["to"] = _DayField("To day (UTC)")
        self.fields["desk"] = _choice("Desk", sorted({desk for desk, _code in accounts}))
        self.fields["account"] = _choice("Account", [code for _desk, code in accounts])

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a period that ends before it begins."""
        given: dict[str, Any] = super().clean() or {}
        if "from" in given and "to" in given:
            try:
                given["period"] = period(given["from"], given["to"], today=self._today)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return given


class _DayField(forms.DateField):
    """A day, typed as the site shows days."""

    def __init__(self, label: str) -> None:
        widget = forms.DateInput(
            format="%Y-%m-%d", attrs={"placeholder": "YYYY-MM-DD", "maxlength": 10, "autocomplete": "off"}
        )
        super().__init__(label=label, required=False, input_formats=["%Y-%m-%d"], widget=widget)


def _choice(label: str, codes: Iterable[str]) -> forms.ChoiceField:
    choices = [("", "All"), *((code, code) for code in codes)]
    return forms.ChoiceField(label=label, required=False, choices=choices)


@require_safe
def stress_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and for a period that was asked for what the limits of now would have changed."""
    if not {VIEW_LIMITS, VIEW_ORDERS} <= held(request):
        raise PermissionDenied
    usual = period(None, None, today=recorded_now().astimezone(UTC).date())
    form = StressForm(request.GET or None, request=request, usual=usual)
    is_wrong = form.is_bound and not form.is_valid()
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "Stress",
        "form": form,
        "most": f"{MOST_DECISIONS:,}",
        "columns": [(str(each), _TONES[each]) for each in SHOWN],
        "result": _result(request, form.cleaned_data) if form.is_bound and not is_wrong else None,
    }
    return TemplateResponse(request, "orders/stress.html", context, status=400 if is_wrong else 200)


def _result(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    actor, asked = actor_of(request), given["period"]
    rows = decisions_seen_by(actor, decisions_between(asked.since, asked.until)).order_by("-id")
    narrowed = {"order__account__desk__code": given["desk"], "order__account__code": given["account"]}
    rows = rows.filter(**{column: code for column, code in narrowed.items() if code})
    changed: list[dict[str, Any]] = []

    def hear(judged: Judged, change: Change) -> None:
        if change is not Change.NOT_JUDGED and len(changed) < MOST_ORDERS:
            changed.append({"judged": judged, "change": change, "causes": judged.compared.causes})

    tally = stress(rows[:MOST_DECISIONS], actor=actor, hear=hear)
    number = sum(tally.changes[each] for each in SHOWN if each is not Change.NOT_JUDGED)
    return {
        "period": asked,
        "tally": tally,
        "limits_at": selectors.market_now(),
        "figures": [(str(each), tally.changes[each]) for each in (*SHOWN, Change.NONE)],
        "is_cut": tally.judged == MOST_DECISIONS and rows[MOST_DECISIONS : MOST_DECISIONS + 1].exists(),
        "changed": changed,
        "unlisted": number - len(changed),
        "number": number,
        "tables": _tables(tally),
    }


def _tables(tally: Tally) -> list[tuple[str, list[Line]]]:
    limits = [
        (
            f"{words_of(of.check)}, {of.limit.scope}"
            if of.limit
            else f"{words_of(of.check)}, not for you to see",
            of.changes,
            reverse("admin:orders_limit_change", args=[of.limit.id]) if of.limit else "",
        )
        for of in tally.by_limit.values()
    ]
    return [
        ("check", _lines((words_of(check), changes, "") for check, changes in tally.by_check.items())),
        ("limit", _lines(limits)),
        ("account", _lines((code, changes, "") for code, changes in tally.by_account.items())),
        ("trader", _lines((name, changes, "") for name, changes in tally.by_trader.items())),
    ]


def _lines(counted: Iterable[tuple[str, Counter[Change], str]]) -> list[Line]:
    """Return the lines, what changes most first; a bar is as long as the longest where it counts as many."""
    given = sorted(counted, key=lambda each: (-each[1].total(), each[0]))
    most = given[0][1].total() if given else 0
    return [
        Line(
            words,
            tuple(changes[each] for each in SHOWN),
            tuple(
                Segment(round(100 * changes[each] / most, 1), _TONES[each]) for each in SHOWN if changes[each]
            ),
            url,
        )
        for words, changes, url in given
    ]
