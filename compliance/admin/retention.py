"""The page Retention: the log's months, until when each is kept and why, the rules and holds, and ways to others."""

from collections import Counter
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from compliance.actions import LIFT_HOLD, SET_RETENTION
from compliance.admin.log import reads_log
from compliance.admin.routing_forms import EndForm
from compliance.commands import HoldSubject, PlaceHold, ProposeHoldLift, ProposeRetention
from compliance.models import LegalHold
from compliance.retention import RECORD_CLASSES
from compliance.retention_reads import accounts_held, holds_for, months_for, months_held, rules_for
from compliance.selectors import inbox, reads_hold_reasons
from compliance.services.holds import place_hold
from compliance.services.retention_changes import propose_hold_lift, propose_retention
from orders import authority
from orders.kernel.admin import ActPage, acting, actor_of, site, text_field
from orders.kernel.admin.figures import words
from orders.permissions import PROPOSE_RETENTION

MOST_ROWS = 200
_DAY = "2026-11-28"
_MEANING = (
    "A month is kept as a whole: of all record classes in it, and of all rules in force since then, the longest time "
    "counts. What no rule speaks of is kept for ever, and a hold keeps a month whatever the rules say. Nothing is "
    "destroyed by itself when its time is over; the tree with the hash of every leaf stays for ever."
)


class RetentionForm(forms.Form):
    """By which regime records of which class are kept for how long."""

    regime = text_field(max_length=32, help_text="A short name, such as MiFID-II.")
    record_class = forms.ChoiceField(
        choices=[(name, f"{words(name)}: {text}") for name, text in RECORD_CLASSES.items()],
        widget=UnfoldAdminSelectWidget,
    )
    years = forms.IntegerField(
        required=False, min_value=1, max_value=100, help_text="Empty: the regime asks for nothing any more."
    )
    effective_from = text_field(max_length=10, help_text=f"A day, such as {_DAY}.")
    source = text_field(max_length=200, help_text="Where that is written; the log keeps it in clear.")
    reason = text_field(max_length=200, help_text="The person who decides reads this.")


class HoldForm(forms.Form):
    """What is kept, and between which days."""

    kind = forms.ChoiceField(
        choices=[(str(each), words(each)) for each in HoldSubject],
        widget=UnfoldAdminSelectWidget,
        label="Keep",
    )
    subject = text_field(
        required=False,
        max_length=64,
        help_text="An object's own id (an order's, not its client order id), an account's code, or an object type as "
        "the log spells it. Empty for everything.",
    )
    since = text_field(
        required=False, max_length=10, help_text=f"From this day on, such as {_DAY}. Empty: open."
    )
    until = text_field(required=False, max_length=10, help_text="Through this day. Empty: open.")
    reason = text_field(
        max_length=200, help_text="Why. Only those who may propose or approve retention read this."
    )


@require_safe
def retention_page(request: HttpRequest) -> HttpResponse:
    """Show months, rules and holds to those who may read the log."""
    if not reads_log(request):
        raise PermissionDenied
    actor = actor_of(request)
    holds = list(holds_for(actor)[: MOST_ROWS + 1])
    months = months_for(actor)
    _name([*holds, *(hold for month in months for hold in month.holds)])
    held = Counter(hold.pk for month in months for hold in month.holds)
    context = {
        "title": "Retention",
        "meaning": _MEANING,
        "months": months[:MOST_ROWS],
        "rules": list(rules_for(actor)),
        "holds": [(hold, held[hold.pk]) for hold in holds[:MOST_ROWS]],
        "are_more": len(holds) > MOST_ROWS,
        "asked": list(inbox(actor).filter(action__in=(SET_RETENTION, LIFT_HOLD), waits=True)),
        "may_propose": authority.may_on(actor, PROPOSE_RETENTION, None),
        "reads_reasons": reads_hold_reasons(actor),
    }
    return site.page(request, "compliance/retention.html", context)


@acting
def propose_retention_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a rule, or ask for it."""

    def perform(given: dict[str, Any]) -> str:
        command = ProposeRetention.model_validate({**given, "years": given["years"] or None})
        propose_retention(actor=actor_of(request), command=command)
        return f"The rule of {command.regime} waits for a second person."

    return _act(request, RetentionForm, perform, "Propose a retention rule", _MEANING)


@acting
def place_hold_page(request: HttpRequest) -> HttpResponse:
    """Show the form of a hold, or place it."""

    def perform(given: dict[str, Any]) -> str:
        said = {name: value for name, value in given.items() if value}
        row = place_hold(actor=actor_of(request), command=PlaceHold.model_validate(said))
        months = months_held()[row.pk]
        return f"It is held from now on: {months} month{'' if months == 1 else 's'} so far."

    meaning = (
        "Months that have a leaf of this are not destroyed, whatever the rules say. To lift it takes two persons. A "
        "hold on an account keeps the months with leaves that name it or anything of it: orders, cash, limits, "
        "positions, rights, refused requests. It keeps the open month too, and one that was not read to its end yet. "
        "What is set for its desk, its firm or a trader names no account: hold that object, or everything between days."
    )
    return _act(request, HoldForm, perform, "Place a legal hold", meaning, is_at_once=True, submit="Place")


@acting
def lift_hold_page(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Show what lifting a hold does, or ask for it."""
    if not LegalHold.objects.filter(pk=hold_id, lifted_at=None).exists():
        raise Http404("there is no such page for you")

    def perform(given: dict[str, Any]) -> str:
        command = ProposeHoldLift.model_validate(given)
        propose_hold_lift(actor=actor_of(request), hold_id=hold_id, command=command)
        return "That the hold is lifted waits for a second person."

    meaning = "Then the rules alone say until when the months are kept that it held."
    return _act(request, EndForm, perform, "Propose that a hold be lifted", meaning)


def _name(holds: list[Any]) -> None:
    """Give each hold `named`: its subject, with the code of an account for its id."""
    codes = accounts_held(holds)
    for hold in holds:
        hold.named = codes.get(hold.subject, hold.subject)


def _act(
    request: HttpRequest, form_class: type[forms.Form], perform: Any, title: str, meaning: str, **more: object
) -> HttpResponse:
    if not authority.may_on(actor_of(request), PROPOSE_RETENTION, None):
        raise PermissionDenied
    back = reverse("admin:retention")
    form = form_class(request.POST if request.method == "POST" else None)
    context = {"heading": title, "meaning": meaning, "crumbs": [("Retention", back)], **more}
    return ActPage(site, title, form, perform, back, "compliance/propose.html", context).answer(request)
