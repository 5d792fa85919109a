"""The page of an instrument's market data: its figures, what its days lack, what stands out, and what was loaded."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from execution.market_data.day_report import THRESHOLD
from execution.market_history import day_reports, loads_of, newest_day, quote_count
from execution.markets import markets
from orders.admin.granted import held
from orders.errors import MarketWithoutCalendar
from orders.kernel.admin import actor_of, site
from orders.models import Instrument
from orders.permissions import VIEW_ORDERS
from orders.selectors import instruments_for, login_names, market_now

MOST_DAYS = 31
USUAL_DAYS = 5
MOST_GAPS = 20
"""How many gaps and outliers of a day are written out: what a person still reads; the command lists them all."""


class _Asked(forms.Form):
    """Which instrument, and which days of its market."""

    def __init__(self, data: Any, symbols: list[str]) -> None:
        super().__init__(data)
        self.fields["symbol"] = forms.ChoiceField(
            label="Instrument", choices=[(each, each) for each in symbols]
        )
        for name, label in (("from", "From day"), ("to", "To day")):
            widget = forms.DateInput(
                format="%Y-%m-%d", attrs={"placeholder": "YYYY-MM-DD", "maxlength": 10, "autocomplete": "off"}
            )
            self.fields[name] = forms.DateField(
                label=label, required=False, input_formats=["%Y-%m-%d"], widget=widget
            )

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for days that are too many, or none."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("from"), given.get("to")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            raise forms.ValidationError(
                f"the page shows 1 to {MOST_DAYS} days; more by manage.py market_data report"
            )
        return given


@require_safe
def market_data(request: HttpRequest) -> HttpResponse:
    """Show the form and the instrument that was asked for, or the first, to those who see orders."""
    if VIEW_ORDERS not in held(request):
        raise PermissionDenied
    instruments = {each.symbol: each for each in instruments_for(actor_of(request))}
    symbols = list(instruments)
    asked = {**request.GET.dict()}
    asked.setdefault("symbol", symbols[0] if symbols else "")
    form = _Asked(asked, symbols)
    is_good = form.is_valid()
    context = {
        **site.each_context(request),
        "title": "Market data",
        "form": form,
        "threshold": f"{THRESHOLD:g}",
        "most": MOST_GAPS,
        "result": _result(instruments[form.cleaned_data["symbol"]], form.cleaned_data) if is_good else None,
    }
    status = 200 if is_good or not symbols else 400
    return TemplateResponse(request, "execution/market_data.html", context, status=status)


def _result(instrument: Instrument, given: dict[str, Any]) -> dict[str, Any]:
    now = market_now()
    loads = loads_of(instrument.symbol)
    names = login_names(load.actor for load in loads)
    result: dict[str, Any] = {
        "instrument": instrument,
        "now": now,
        "loads": [(load, names[load.actor]) for load in loads],
    }
    if (days := _days(instrument, given)) is None:
        return result
    first, last = days
    result |= {"first": first, "last": last, "quotes": quote_count(instrument, first, last)}
    try:
        result["market"] = markets({instrument.pk: instrument.mic}, market_time=now)[instrument.pk]
        result["reports"] = day_reports(instrument, first, last)
    except MarketWithoutCalendar as error:
        result["problem"] = str(error)
    return result


def _days(instrument: Instrument, given: dict[str, Any]) -> tuple[date, date] | None:
    """The days that were asked for, or the newest ones that have bars; None where there are none."""
    last = given.get("to") or (given["from"] + timedelta(days=MOST_DAYS - 1) if given.get("from") else None)
    last = last or newest_day(instrument)
    if last is None:
        return None
    return given.get("from") or last - timedelta(days=USUAL_DAYS - 1), last
