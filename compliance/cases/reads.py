"""Which cases a person sees: their own while they may see all that is in them, and every one with the whole log."""

from uuid import UUID

from django.db.models import Q, QuerySet

from compliance.errors import CaseNotFound
from compliance.models import Case, CaseState
from compliance.selectors import may_read_log
from orders.authority import accounts_with
from orders.kernel.context import Actor
from orders.permissions import VIEW_AUDIT

MOST_ATTEMPTS = 3
"""So often the writing of a case is tried."""


def cases_for(actor: Actor) -> "QuerySet[Case]":
    """Return the cases that `actor` may see, newest first.

    Until a case is written it shows nothing but what its asker gave; from then on its accounts say who may see it.
    """
    if may_read_log(actor):
        return Case.objects.order_by("-id")
    reach = list(accounts_with(actor, VIEW_AUDIT).order_by().values_list("pk", flat=True))
    is_bare = Q(manifest_digest="")
    own = Case.objects.filter(asked_by=actor.reference)
    return own.filter(is_bare | Q(accounts__contained_by=reach)).order_by("-id")


def case_for(actor: Actor, case_id: UUID) -> Case:
    """Return one case. Raises CaseNotFound for a hidden one and an absent one alike."""
    case = cases_for(actor).filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound("there is no such case for you")
    return case


def unfinished_cases() -> list[UUID]:
    """Return the cases that still have to be written or signed, oldest first."""
    waiting = Case.objects.filter(state__in=[CaseState.REQUESTED, CaseState.UNSIGNED])
    return list(waiting.order_by("id").values_list("pk", flat=True))
