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
def grant_permission(
    *,
    actor: Actor,
    user_id: UUID,
    permission: str,
    scope: authority.Scope,
    held: authority.Held = authority.WITHOUT_END,
) -> None:
    """Let the person do what `permission` says on `scope` and below, as `held` says; what was before counts no more."""
    authority.assign(User.objects.get(pk=user_id), permission, scope, held)
    _announce(actor, user_id, permission, scope, held)


@step
def revoke_permission(*, actor: Actor, user_id: UUID, permission: str, scope: authority.Scope) -> None:
    """Take the permission back."""
    authority.remove(User.objects.get(pk=user_id), permission, scope)
    _announce(actor, user_id, permission, scope, None)


def _announce(
    actor: Actor, user_id: UUID, permission: str, scope: authority.Scope, held: authority.Held | None
) -> None:
    publish(
        PermissionChanged(
            actor=actor,
            object_id=str(user_id),
            revision=0,
            market_time=market_now(),
            permission=permission,
            scope_type=type(scope).__name__.lower(),
            scope_id=scope.pk,
            granted=held is not None,
            expires_at=None if held is None else held.expires_at,
            on_behalf_of=None if held is None else held.on_behalf_of or None,
        )
    )
