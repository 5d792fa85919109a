"""Who may do what where: the only caller of django-guardian.

A permission is granted to a person on a firm, a desk or an account and reaches downwards. Nothing else opens
anything: no superuser flag, no group, no model permission. Processes hold no permission at all.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from guardian.shortcuts import assign_perm, remove_perm

from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.statements import Statement
from orders.models import Account, AccountPermission, Desk, DeskPermission, Firm, FirmPermission, User
from orders.permissions import PERMISSIONS

Scope = Firm | Desk | Account


def accounts_with(actor: Actor, permission: str) -> QuerySet[Account]:
    """Return the accounts on which `actor` holds `permission`, usable as one SQL subquery."""
    if actor.user_id is None:
        return Account.objects.none()
    held = {"user_id": actor.user_id, "permission__codename": permission}
    return Account.objects.filter(
        Q(pk__in=AccountPermission.objects.filter(**held).values("content_object_id"))
        | Q(desk_id__in=DeskPermission.objects.filter(**held).values("content_object_id"))
        | Q(desk__firm_id__in=FirmPermission.objects.filter(**held).values("content_object_id"))
    )


def desks_with(actor: Actor, permission: str) -> QuerySet[Desk]:
    """Return the desks on which, or on whose firm, `actor` holds `permission`: one SQL subquery."""
    if actor.user_id is None:
        return Desk.objects.none()
    held = {"user_id": actor.user_id, "permission__codename": permission}
    return Desk.objects.filter(
        Q(pk__in=DeskPermission.objects.filter(**held).values("content_object_id"))
        | Q(firm_id__in=FirmPermission.objects.filter(**held).values("content_object_id"))
    )


def firms_with(actor: Actor, permission: str) -> QuerySet[Firm]:
    """Return the firms on which `actor` holds `permission`: one SQL subquery."""
    if actor.user_id is None:
        return Firm.objects.none()
    held = {"user_id": actor.user_id, "permission__codename": permission}
    return Firm.objects.filter(pk__in=FirmPermission.objects.filter(**held).values("content_object_id"))


SCOPES: Mapping[str, Callable[[Actor, str], QuerySet[Any]]] = {
    "firm": firms_with,
    "desk": desks_with,
    "account": accounts_with,
}
"""What a permission is held on, by the name that commands, columns and addresses have for it."""


def scope_names_with(actor: Actor, permission: str, kinds: Iterable[str] = SCOPES) -> list[str]:
    """Return what `actor` holds `permission` on: "desk EQ1" and the like, by code within each of these kinds."""
    return [
        f"{kind} {code}"
        for kind in kinds
        for code in SCOPES[kind](actor, permission).order_by("code").values_list("code", flat=True)
    ]


def reached_by(actor: Actor, permission: str) -> Q:
    """Return the condition on rows whose `firm`, `desk` or `account` is set: `actor` holds `permission` on it.

    A row with none of them concerns everybody: it is reached by who holds the permission on every account.
    """
    accounts = accounts_with(actor, permission).order_by()
    reached = (
        Q(account__in=accounts.values("pk"))
        | Q(desk__in=desks_with(actor, permission).order_by().values("pk"))
        | Q(firm__in=firms_with(actor, permission).order_by().values("pk"))
    )
    if may_everywhere(actor, permission):
        reached |= Q(firm=None, desk=None, account=None)
    return reached


HELD_ON_ACCOUNT = """
    ARRAY(
        SELECT codename FROM auth_permission WHERE id IN (
            SELECT permission_id FROM orders_accountpermission
            WHERE user_id = %(user)s AND content_object_id = account.id
            UNION ALL
            SELECT permission_id FROM orders_deskpermission
            WHERE user_id = %(user)s AND content_object_id = account.desk_id
            UNION ALL
            SELECT permission_id FROM orders_firmpermission
            WHERE user_id = %(user)s AND content_object_id = (
                SELECT firm_id FROM orders_desk WHERE id = account.desk_id
            )
        )
    )
"""
"""SQL of the permissions that the person %(user)s holds on the row `account`: `permissions_of` for written-out SQL."""


_HELD_ON_ONE = Statement(
    f"SELECT unnest({HELD_ON_ACCOUNT}) FROM orders_account AS account WHERE account.id = %(account)s"  # noqa: S608 - our own names and constants: values are parameters
)
_HELD_ANYWHERE = Statement(
    """
    SELECT codename FROM auth_permission WHERE id IN (
        SELECT permission_id FROM orders_accountpermission WHERE user_id = %(user)s
        UNION ALL
        SELECT held.permission_id FROM orders_deskpermission AS held WHERE held.user_id = %(user)s
        AND EXISTS (SELECT FROM orders_account WHERE desk_id = held.content_object_id)
        UNION ALL
        SELECT held.permission_id FROM orders_firmpermission AS held WHERE held.user_id = %(user)s
        AND EXISTS (
            SELECT FROM orders_account AS account JOIN orders_desk AS desk ON desk.id = account.desk_id
            WHERE desk.firm_id = held.content_object_id
        )
    )
    """
)
_NAMES = frozenset(name for name, _title in PERMISSIONS)


def may(actor: Actor, permission: str, account_id: UUID) -> bool:
    """Tell whether `actor` holds `permission` on the account: one query."""
    return accounts_with(actor, permission).filter(pk=account_id).exists()


def require(actor: Actor, permission: str, account_id: UUID) -> None:
    """Raise NotPermitted unless `actor` holds `permission` on the account."""
    if not may(actor, permission, account_id):
        raise NotPermitted(f"this needs the permission {permission} on the account", permission=permission)


def may_on(actor: Actor, permission: str, scope: Scope | None) -> bool:
    """Tell whether `actor` holds `permission` on the whole of `scope`; None is everything: all accounts there are."""
    if scope is None:
        return may_everywhere(actor, permission)
    if isinstance(scope, Account):
        return may(actor, permission, scope.pk)
    reached = desks_with if isinstance(scope, Desk) else firms_with
    return reached(actor, permission).filter(pk=scope.pk).exists()


def require_on(actor: Actor, permission: str, scope: Scope | None) -> None:
    """Raise NotPermitted unless `actor` holds `permission` on the whole of `scope`; None is everything."""
    if not may_on(actor, permission, scope):
        where = "everything" if scope is None else f"{scope._meta.model_name} {scope}"
        raise NotPermitted(f"this needs the permission {permission} on {where}", permission=permission)


def may_somewhere(actor: Actor, permission: str) -> bool:
    """Tell whether `actor` holds `permission` on any firm, desk or account: one query."""
    return accounts_with(actor, permission).exists()


def may_everywhere(actor: Actor, permission: str) -> bool:
    """Tell whether there are accounts and `actor` holds `permission` on every one of them."""
    reached = accounts_with(actor, permission)
    return reached.exists() and not Account.objects.exclude(pk__in=reached.values("pk")).exists()


def permissions_of(actor: Actor, account_id: UUID | None = None) -> frozenset[str]:
    """Return what `actor` holds on the account, or on any at all where none is named: one query."""
    if actor.user_id is None:
        return frozenset()
    if account_id is None:
        held = _HELD_ANYWHERE.rows({"user": actor.user_id})
    else:
        held = _HELD_ON_ONE.rows({"user": actor.user_id, "account": account_id})
    return frozenset(name for (name,) in held) & _NAMES


def assign(user: User, permission: str, scope: Scope) -> None:
    """Write the permission's row."""
    assign_perm(permission, user, scope)


def remove(user: User, permission: str, scope: Scope) -> None:
    """Remove the permission's row, if there is one."""
    remove_perm(permission, user, scope)
