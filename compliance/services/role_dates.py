"""Grants begin and end by their dates: a start is written within seconds, an end has counted by itself already."""

from datetime import datetime

from django.db.models import Q

from compliance.events import RoleBegan, RoleEnded
from compliance.models import RoleGrant
from compliance.services.role_grants import announce, locked_roles, materialise
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service

MOST_AT_ONCE = 100


def grants_due() -> bool:
    """Tell whether a grant's time has come or is over, and its permissions do not say so yet."""
    return RoleGrant.objects.filter(_due(recorded_now())).exists()


@service
def begin_and_end_roles(*, actor: Actor) -> int:
    """Write what has begun, remove what has ended, and return how many grants that were: a hundred at most.

    Until a start is written the person is refused; a permission that has ended counts no more, written or not. Where
    one grant ends and another, in somebody's place, goes on, its permissions are written anew.
    """
    locked_roles()
    now = recorded_now()
    due = RoleGrant.objects.filter(_due(now)).select_related("role", "firm", "desk", "account")
    rows = list(due.order_by("effective_from", "id")[:MOST_AT_ONCE])
    for row in rows:
        is_over = row.effective_until is not None and row.effective_until <= now
        row.begun_at = row.begun_at or now
        row.ended_at = now if is_over else None
        row.save(update_fields=["begun_at", "ended_at"])
        if is_over:
            announce(RoleEnded, actor, row, revision=3)
        else:
            announce(RoleBegan, actor, row, revision=2)
    for user_id, scope in dict.fromkeys((row.user_id, row.scope) for row in rows):
        materialise(actor, user_id, scope, now)
    return len(rows)


def _due(now: datetime) -> Q:
    return Q(ended_at=None) & (Q(begun_at=None, effective_from__lte=now) | Q(effective_until__lte=now))
