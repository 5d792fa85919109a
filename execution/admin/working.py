"""The page of the orders at work: who needs somebody first, how far each has come, and why it stands where it does."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from execution.algorithms import all_latest
from execution.at_work import Wanted, at_work
from execution.run_words import Alarm
from orders import selectors
from orders.admin.granted import held
from orders.kernel.admin import actor_of, site
from orders.permissions import VIEW_ORDERS

MOST_ROWS = 200


class WantedForm(forms.Form):
    """Which orders at work."""

    desk = forms.ChoiceField(required=False)
    account = forms.ChoiceField(required=False)
    algorithm = forms.ChoiceField(required=False)
    alarm = forms.ChoiceField(required=False)

    def __init__(self, data: Any, *, accounts: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        known = list(accounts)
        offered = {
            "desk": sorted({desk for _, desk in known}),
            "account": [code for code, _ in known],
            "algorithm": [each.name for each in all_latest()],
            "alarm": [alarm.value for alarm in Alarm],
        }
        for name, values in offered.items():
            words = [(value, value.replace("_", " ")) for value in values]
            self.fields[name].choices = [("", "All"), *words]  # type: ignore[attr-defined]  # they are all choices


@require_safe
def working(request: HttpRequest) -> HttpResponse:
    """Show the orders at work that the person may see; what is no choice of the form is 400."""
    if VIEW_ORDERS not in held(request):
        raise PermissionDenied
    actor = actor_of(request)
    accounts = selectors.accounts_for(actor).values_list("code", "desk__code")
    form = WantedForm(request.GET, accounts=accounts)
    rows = at_work(actor, Wanted(**form.cleaned_data), most=MOST_ROWS + 1) if form.is_valid() else []
    context = {
        "title": "Working orders",
        "form": form,
        "is_narrowed": any(request.GET.values()),
        "rows": rows[:MOST_ROWS],
        "cut": len(rows) > MOST_ROWS,
        "most": MOST_ROWS,
        **site.each_context(request),
    }
    return TemplateResponse(
        request, "execution/working.html", context, status=200 if form.is_valid() else 400
    )
