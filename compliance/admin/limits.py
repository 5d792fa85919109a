"""Limits with their history, and the way to a new one, to other terms or to an end: ask, and have a second decide."""

from typing import Any
from uuid import UUID

from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from compliance import selectors
from compliance.admin.descriptions import describe
from compliance.admin.limit_forms import ChangeForm, EndForm, NewForm, ResetForm
from compliance.commands import ProposeLimit, ProposeLimitChange, ProposeLimitEnd
from compliance.models import Approval
from compliance.services.limit_changes import propose_limit, propose_limit_change, propose_limit_end
from orders import authority
from orders.admin.granted import held
from orders.admin.limit_pictures import use_text
from orders.admin.limit_utilisation import utilisation
from orders.admin.limit_words import LISTS, MEANINGS, holder_text, subject_text, title_of, value_text
from orders.admin.limits import LimitAdmin, limit_url, list_of
from orders.kernel.admin import ActPage, acting, actor_of
from orders.limit_kinds import KINDS, LimitKind
from orders.limit_reads import throttle_resets_of
from orders.models import Limit
from orders.permissions import PROPOSE_LIMITS, RESET_THROTTLES
from orders.services import reset_throttle


class ChangeableLimitAdmin(LimitAdmin):
    """The limits of orders, each with its history and the way to propose something else where the person may."""

    object_template = "compliance/limit.html"

    def get_urls(self) -> list[URLPattern]:
        below = [
            path("new/", self.guarded(require_safe(self.choose)), name="orders_limit_choose"),
            path("new/<slug:kind>/", self.guarded(acting(self.new)), name="orders_limit_new"),
            path(
                self.object_route("propose/"),
                self.guarded(acting(self.propose)),
                name="orders_limit_propose",
            ),
            path(self.object_route("end/"), self.guarded(acting(self.end)), name="orders_limit_end"),
            path(self.object_route("reset/"), self.guarded(acting(self.reset)), name="orders_limit_reset"),
        ]
        return [*super().get_urls(), *below]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return [*super().get_list_display(request), "change"]

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        shown = list_of(request)
        url = reverse("admin:orders_limit_choose")
        if len(shown.kinds) == 1:
            url = reverse("admin:orders_limit_new", args=[shown.kinds[0]])
        may_propose = PROPOSE_LIMITS in held(request)
        return {
            **super().list_context(request),
            "propose_url": url if may_propose else "",
            "history_url": reverse("admin:limit_proposals") if shown == LISTS[0] else "",
        }

    @display(description="change")
    def change(self, row: Any) -> str:
        if not row.may_propose or row.ended_at is not None:
            return ""
        named = f"Propose other terms: {title_of(row.kind)}, {holder_text(row)}, {subject_text(row)}"
        url = reverse("admin:orders_limit_propose", args=[row.pk])
        return format_html('<a class="qt-link" href="{}" aria-label="{}">Propose change</a>', url, named)

    def object_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        history = selectors.history_of_limit(actor_of(request), row.pk)
        return {
            **_strip(row),
            "title": f"{title_of(row.kind).capitalize()}: {holder_text(row)}, {subject_text(row)}",
            "meaning": MEANINGS[LimitKind(row.kind)],
            "warns": KINDS[LimitKind(row.kind)].fixed_value is None,
            "history": [{"approval": each, "description": describe(each)} for each in history],
            "is_registered": not any("before" not in each.payload for each in history),
            "may_propose": row.may_propose and row.ended_at is None,
            "may_reset": _may_reset(request, row),
            "utilisation": utilisation(request, row),
            "resets": list(throttle_resets_of(row)) if row.kind == LimitKind.REPEATED_EXECUTIONS else [],
        }

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Show the kinds of limits: what each does, and the way to its form."""
        _require_proposer(request)
        context = {
            "title": "Propose a limit",
            "crumbs": [self.crumb()],
            "lists": [
                (each.title, [(kind, KINDS[kind], MEANINGS[kind]) for kind in each.kinds]) for each in LISTS
            ],
        }
        return self.page(request, "compliance/limit_kinds.html", context)

    def new(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Show the form for a new limit of one kind, or ask for it and go to the approvals."""
        _require_proposer(request)
        if kind not in list(LimitKind):
            raise Http404("there is no such kind of limit")

        def perform(given: dict[str, Any]) -> str:
            command = ProposeLimit.model_validate({**form.command(given), "kind": kind})
            return _waits(propose_limit(actor=actor_of(request), command=command))

        form = NewForm(_posted(request), actor=actor_of(request), kind=LimitKind(kind), asked=_asked(request))
        words = title_of(kind)
        crumbs = [self.crumb(), ("Propose a limit", reverse("admin:orders_limit_choose"))]
        context = {"heading": words.capitalize(), "meaning": MEANINGS[LimitKind(kind)], "crumbs": crumbs}
        return self._act(request, f"Propose: {words}", form, perform, context)

    def propose(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the form to ask for other terms, or ask for them and go to the approvals."""
        limit = self._proposable(request, object_id)

        def perform(given: dict[str, Any]) -> str:
            command = ProposeLimitChange.model_validate(form.command(given))
            return _waits(propose_limit_change(actor=actor_of(request), limit_id=limit.pk, command=command))

        form = ChangeForm(_posted(request), limit=limit, asked=_asked(request))
        context = {**self._about(limit), "heading": "Propose other terms", "may_restart": True}
        return self._act(request, "Propose change", form, perform, context)

    def end(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the form to ask for the end of a limit, or ask for it and go to the approvals."""
        limit = self._proposable(request, object_id)

        def perform(given: dict[str, Any]) -> str:
            command = ProposeLimitEnd.model_validate(given)
            return _waits(propose_limit_end(actor=actor_of(request), limit_id=limit.pk, command=command))

        context = {
            **self._about(limit),
            "heading": "Propose to end it",
            "submit": "Propose the end",
            "tone": "danger",
        }
        return self._act(request, "Propose end", EndForm(_posted(request)), perform, context)

    def reset(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the form to let a throttled algorithm go on, or do it and go back to the limit."""
        limit = self.row(request, object_id)
        if not _may_reset(request, limit):
            raise PermissionDenied

        def perform(given: dict[str, Any]) -> str:
            reset_throttle(actor=actor_of(request), limit_id=limit.pk, **given)
            return "The throttle counts from zero again."

        context = {
            **self._about(limit),
            "heading": "Let it go on",
            "submit": "Count from zero",
            "is_at_once": True,
        }
        form = ResetForm(_posted(request))
        return ActPage(
            self, "Let it go on", form, perform, limit_url(limit), "compliance/propose.html", context
        ).answer(request)

    def _about(self, limit: Limit) -> dict[str, Any]:
        crumb = (f"{title_of(limit.kind).capitalize()}: {holder_text(limit)}", limit_url(limit))
        meaning = MEANINGS[LimitKind(limit.kind)]
        return {**_strip(limit), "row": limit, "meaning": meaning, "crumbs": [self.crumb(), crumb]}

    def _proposable(self, request: HttpRequest, object_id: UUID) -> Any:
        limit = self.row(request, object_id)
        if not limit.may_propose or limit.ended_at is not None:
            raise PermissionDenied
        return limit

    def _act(
        self, request: HttpRequest, title: str, form: Any, perform: Any, context: dict[str, Any]
    ) -> HttpResponse:
        done = reverse("admin:compliance_approval_changelist")
        back = {"back_url": context["crumbs"][-1][1]}
        return ActPage(
            self, title, form, perform, done, "compliance/propose.html", {**context, **back}
        ).answer(request)


def _may_reset(request: HttpRequest, limit: Limit) -> bool:
    is_throttle = limit.kind == LimitKind.REPEATED_EXECUTIONS and limit.ended_at is None
    return is_throttle and authority.may_on(actor_of(request), RESET_THROTTLES, limit.scope)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return what the address fills into the form, as a proposal from history does: the person sends it, or not."""
    return {name: request.GET[name] for name in ("holder", "value", "reason") if name in request.GET}


def _require_proposer(request: HttpRequest) -> None:
    if PROPOSE_LIMITS not in held(request):
        raise PermissionDenied


def _waits(approval: Approval) -> str:
    until = approval.expires_at.strftime("%Y-%m-%d %H:%M")
    return f"Proposed. A second person has to decide until {until} UTC; until then nothing changes."


def _strip(limit: Any) -> dict[str, Any]:
    return {
        "kind": title_of(limit.kind),
        "holder": holder_text(limit),
        "subject": subject_text(limit),
        "value": value_text(limit.kind, limit.value, limit.scope),
        "use": limit.use and use_text(limit.use),
    }
