"""The page Costs: what orders cost by group, what stood out and why; and the same figures as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from pydantic import ValidationError

from execution.cost_files import costs_csv, costs_pdf
from execution.cost_reads import AskedCosts, Measured, costs_for
from execution.costs.chart import costs_chart
from execution.costs.groups import GroupBy, GroupCosts, grouped
from execution.costs.measured import Component, Unmeasured
from execution.costs.outliers import outliers_of
from execution.services.export_costs import record_export
from orders.admin.granted import held
from orders.kernel.admin import actor_of, sentences_of, site
from orders.kernel.errors import InvalidInput
from orders.permissions import VIEW_ORDERS
from orders.selectors import accounts_for
from orders.sizes.days import Span, span_of

MOST_ROWS = 200
"""What a person still reads; the files and the API have them all."""
WHY_NOT = {
    Unmeasured.REFUSED: "refused, so that they never came to the market",
    Unmeasured.OPEN: "still open",
    Unmeasured.NO_PRICE: "without a price of their decision or their end: no bars",
}
_LABELS = {
    "first_day": "First day",
    "last_day": "Last day",
    "account": "Account",
    "trader": "Trader",
    "algorithm": "Algorithm",
    "venue": "Venue",
    "group_by": "By",
}


@dataclass(frozen=True)
class Found:
    """What was asked for, and what was found."""

    asked: AskedCosts
    span: Span
    measured: Measured
    groups: list[GroupCosts]

    @property
    def notes(self) -> list[str]:
        """What has to be said beside the figures, in sentences."""
        told = [
            f"Orders placed from {self.span.first} to {self.span.last} (market time, UTC): "
            f"{len(self.measured.costs)} of {self.measured.orders} measured.",
            f"How venues filled: {', '.join(self.measured.fill_models) or 'not known'}. "
            "Fees: none recorded, counted as 0. A cost is positive.",
        ]
        return told + [f"Not measured: {number} {why}." for why, number in self.left_out]

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Why how many orders are in no figure."""
        return [
            (WHY_NOT[each], self.measured.unmeasured[each])
            for each in Unmeasured
            if self.measured.unmeasured.get(each)
        ]


@require_safe
def costs_page(request: HttpRequest) -> HttpResponse:
    """Show what orders cost, to who sees orders somewhere: of those orders alone."""
    found, given, errors = _look(request)
    context: dict[str, Any] = {"title": "Costs", "fields": _fields(request, given), "errors": errors}
    if found is not None:
        context |= {
            "found": found,
            "groups": found.groups[:MOST_ROWS],
            "hidden": max(len(found.groups) - MOST_ROWS, 0),
            "chart": costs_chart(found.groups),
            "components": list(Component),
            "outliers": outliers_of(found.measured.costs),
            "query": request.GET.urlencode(),
        }
    return site.page(request, "execution/costs.html", context, status=400 if errors else 200)


@require_safe
def costs_csv_file(request: HttpRequest) -> HttpResponse:
    """Return the figures of the page as CSV."""
    return _file(request, "csv", "text/csv; charset=utf-8")


@require_safe
def costs_pdf_file(request: HttpRequest) -> HttpResponse:
    """Return the figures of the page as PDF."""
    return _file(request, "pdf", "application/pdf")


def _file(request: HttpRequest, form: str, content_type: str) -> HttpResponse:
    found, given, errors = _look(request)
    if found is None:
        return HttpResponse("; ".join(errors), status=400, content_type="text/plain; charset=utf-8")
    title = f"Costs by {found.asked.group_by}"
    table = (found.groups, found.notes)
    body = costs_csv(*table) if form == "csv" else costs_pdf(title, *table)
    record_export(actor=actor_of(request), form=form, asked=given, orders=found.measured.orders)
    name = f"costs-{found.asked.group_by}-{found.span.first}-{found.span.last}.{form}"
    return HttpResponse(
        body, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _look(request: HttpRequest) -> tuple[Found | None, dict[str, str], list[str]]:
    """Return what was found, the choices, and what is wrong with them. Raises PermissionDenied."""
    if VIEW_ORDERS not in held(request):
        raise PermissionDenied
    given = {name: str(value) for name, value in request.GET.items() if value}
    try:
        asked = AskedCosts.model_validate(given)
        span = span_of(asked)
        measured = costs_for(actor_of(request), asked, span)
    except ValidationError as error:
        wrong = [f"{_LABELS.get(str(place[0]), place[0])}: {what}" for place, what in sentences_of(error)]
        return None, given, wrong
    except InvalidInput as error:
        return None, given, [error.detail]
    given |= {"first_day": str(span.first), "last_day": str(span.last), "group_by": asked.group_by.value}
    return Found(asked, span, measured, grouped(measured.costs, asked.group_by)), given, []


def _fields(request: HttpRequest, given: Mapping[str, str]) -> list[dict[str, Any]]:
    codes = list(accounts_for(actor_of(request)).values_list("code", flat=True))
    options = {"account": ["", *codes], "group_by": [each.value for each in GroupBy]}
    return [
        {"name": name, "label": label, "value": given.get(name, ""), "options": options.get(name)}
        for name, label in _LABELS.items()
    ]
