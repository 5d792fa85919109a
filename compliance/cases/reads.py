"""Which cases a person sees: their own while they hold what opened all that is in them; every one who may see all.

A case of somebody else has replays with orders and numbers of limits: the log's right alone does not open those.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from compliance.errors import CaseNotFound
from compliance.models import Case, CaseState
from compliance.selectors import may_read_log
from orders.authority import accounts_with, may_everywhere
from orders.kernel.context import Actor
from orders.permissions import VIEW_AUDIT, VIEW_LIMITS, VIEW_ORDERS

MOST_ATTEMPTS = 3
"""So often the writing of a case is tried."""
_UNFINISHED = Case.objects.filter(state__in=[CaseState.REQUESTED, CaseState.UNSIGNED])


def cases_for(actor: Actor) -> "QuerySet[Case]":
    """Return the cases that `actor` may see, newest first.

    Until a case is written it shows nothing but what its asker gave; from then on its accounts say who may see it.
    """
    if all(may_everywhere(actor, each) for each in (VIEW_AUDIT, VIEW_ORDERS, VIEW_LIMITS)):
        return Case.objects.order_by("-id")
    opened = Q(
        order_accounts__contained_by=_reach(actor, VIEW_ORDERS),
        limit_accounts__contained_by=_reach(actor, VIEW_LIMITS),
    )
    if not may_read_log(actor):
        opened &= Q(accounts__contained_by=_reach(actor, VIEW_AUDIT))
    own = Case.objects.filter(asked_by=actor.reference).order_by("-id")
    return own.filter(Q(manifest_digest="") | opened)


def case_for(actor: Actor, case_id: UUID) -> Case:
    """Return one case. Raises CaseNotFound for a hidden one and an absent one alike."""
    case = cases_for(actor).filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound("there is no such case for you")
    return case


def unfinished_cases() -> list[UUID]:
    """Return the cases that still have to be written or signed, oldest first."""
    return list(_UNFINISHED.order_by("id").values_list("pk", flat=True))


def unfinished_of(asked_by: str) -> int:
    """Return how many cases of a person still have to be written or signed, but for those that the log cannot seal now.

    What keeps a written case from its seal is nothing that its asker could do.
    """
    cannot_be_sealed = Q(state=CaseState.UNSIGNED, retry_at__isnull=False)
    return _UNFINISHED.filter(~cannot_be_sealed, asked_by=asked_by).count()


def _reach(actor: Actor, permission: str) -> list[UUID]:
    return list(accounts_with(actor, permission).order_by().values_list("pk", flat=True))
