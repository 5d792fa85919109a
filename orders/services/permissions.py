"""Write and remove the rows that say what a person may do; compliance's roles decide which."""

from uuid import UUID

from orders import authority
from orders.events import PermissionChanged
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import step
from orders.models import User
from orders.selectors import market_now


@step
def grant_permission(*, actor: Actor, user_id: UUID, permission: str, scope: authority.Scope) -> None:
    """Let the person do what `permission` says on `scope` and below."""
    authority.assign(User.objects.get(pk=user_id), permission, scope)
    _announce(actor, user_id, permission, scope, granted=True)


@step
def revoke_permission(*, actor: Actor, user_id: UUID, permission: str, scope: authority.Scope) -> None:
    """Take the permission back."""
    authority.remove(User.objects.get(pk=user_id), permission, scope)
    _announce(actor, user_id, permission, scope, granted=False)


def _announce(actor: Actor, user_id: UUID, permission: str, scope: authority.Scope, *, granted: bool) -> None:
    publish(
        PermissionChanged(
            actor=actor,
            object_id=str(user_id),
            revision=0,
            market_time=market_now(),
            permission=permission,
            scope_type=type(scope).__name__.lower(),
            scope_id=scope.pk,
            granted=granted,
        )
    )
