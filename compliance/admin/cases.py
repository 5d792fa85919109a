"""The pages of cases: which there are, how far each is, and the form by which one is asked for."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_safe
from unfold.widgets import UnfoldAdminTextareaWidget

from compliance.admin.log import reads_log
from compliance.admin.proof_files import sent_file
from compliance.cases.asked import ExportCase
from compliance.cases.gathered import MOST_LEAVES, MOST_ORDERS
from compliance.cases.reads import MOST_ATTEMPTS, case_for, cases_for
from compliance.errors import CaseNotFound
from compliance.models import Case, CaseState
from compliance.search import AskedLeaves
from compliance.services.export_case import request_case, take_case
from orders.admin.granted import held
from orders.kernel.admin import ActPage, acting, actor_of, site, text_field
from orders.permissions import VIEW_AUDIT
from orders.selectors import login_names

MOST_CASES = 100
"""What a page shows at once; older ones are a page further."""
ABOUT = ("order_id", *AskedLeaves.model_fields)
"""What the address of the form may ask for: an order, or the criteria of a search."""


class CaseForm(forms.Form):
    """Somebody's question."""

    reference = text_field(max_length=64, help_text="Yours or the regulator's, for example FCA-2026-113.")
    title = text_field(max_length=120)
    question = forms.CharField(
        max_length=1_000,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        help_text="What is asked, by whom, or why. It stands in the case, and never in the log.",
    )


def case_form_url(**about: str) -> str:
    """Return the address of the form for what a search finds, or for an order."""
    return f"{reverse('admin:audit_case_export')}?{urlencode(about)}"


@require_safe
def cases_page(request: HttpRequest) -> HttpResponse:
    """Show the cases that the person may see, newest first."""
    _require_auditor(request)
    rows = cases_for(actor_of(request))
    before = request.GET.get("before")
    if before is not None:
        try:
            rows = rows.filter(pk__lt=UUID(before))
        except ValueError as error:
            raise Http404("there is no such page") from error
    found = list(rows.defer("question")[: MOST_CASES + 1])
    cases = found[:MOST_CASES]
    names = login_names(case.asked_by for case in cases)
    context = {
        "title": "Cases",
        "crumbs": _crumbs(request)[:-1],
        "rows": [{"case": case, "who": names[case.asked_by], "about": told_criteria(case)} for case in cases],
        "following": cases[-1].pk if len(found) > MOST_CASES else None,
        "is_paged": before is not None,
        "reads_log": reads_log(request),
    }
    return site.page(request, "compliance/cases.html", context)


@require_safe
def case_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show what a case is about, how far it is, and its file once there is one."""
    return site.page(request, "compliance/case.html", _shown(request, case_id))


@require_safe
def case_progress(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Return the part of the page that changes, and tell when it changes no more."""
    context = _shown(request, case_id)
    answer = site.page(request, "compliance/case_progress.html", context)
    answer.headers["X-Settled"] = "yes" if context["is_settled"] else "no"
    return answer


@require_GET
def case_file(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Return a case's file; that it was taken is a leaf of the log, so there is no HEAD, by which nothing is."""
    name = f"case-{case_id}.zip"
    return sent_file(
        name, "application/zip", lambda: take_case(actor=actor_of(request), case_id=case_id).content
    )


@acting
def export_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a case of what the address asks for, or ask for it."""
    _require_auditor(request)
    about = {name: str(request.GET[name]).strip() for name in ABOUT if request.GET.get(name, "").strip()}
    if not about:
        raise Http404("a case is of an order, or of what a search finds")
    asked: list[Case] = []

    def perform(given: dict[str, Any]) -> str:
        order_id = about.get("order_id")
        leaves = {name: value for name, value in about.items() if name != "order_id"} or None
        command = ExportCase.model_validate({**given, "order_id": order_id, "leaves": leaves})
        asked.append(request_case(actor=actor_of(request), command=command))
        return f"Case {command.reference} is being written."

    form = CaseForm(request.POST if request.method == "POST" else None)
    context = {
        "about": [(name.replace("_", " "), value) for name, value in about.items()],
        "crumbs": _crumbs(request),
        "submit": "Export the case",
        "most_leaves": MOST_LEAVES,
        "most_orders": MOST_ORDERS,
    }
    page = ActPage(
        site,
        "Export a case",
        form,
        perform,
        reverse("admin:audit_cases"),
        "compliance/export_case.html",
        context,
        arrive=lambda: reverse("admin:audit_case", args=[asked[0].pk]),
    )
    return page.answer(request)


def told_criteria(case: Case) -> str:
    """Return what a case is about, as a person reads it."""
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in case.asked.items())


def _shown(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    try:
        case = case_for(actor_of(request), case_id)
    except CaseNotFound as error:
        raise Http404("there is no such page for you") from error
    return {
        "title": f"Case {case.reference}",
        "crumbs": _crumbs(request),
        "case": case,
        "who": login_names([case.asked_by])[case.asked_by],
        "about": [(name.replace("_", " "), value) for name, value in case.asked.items()],
        "most_attempts": MOST_ATTEMPTS,
        "is_settled": case.state in (CaseState.READY, CaseState.REFUSED),
    }


def _crumbs(request: HttpRequest) -> list[tuple[str, str]]:
    log = [("Audit log", reverse("admin:compliance_leaf_changelist"))] if reads_log(request) else []
    return [*log, ("Cases", reverse("admin:audit_cases"))]


def _require_auditor(request: HttpRequest) -> None:
    if VIEW_AUDIT not in held(request):
        raise PermissionDenied
