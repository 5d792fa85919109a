"""Who may do what where: the only caller of django-guardian.

A permission is granted to a person on a firm, a desk or an account and reaches downwards. Nothing else opens
anything: no superuser flag, no group, no model permission. Processes hold no permission at all.

A row that has expired by recorded time counts no more, whoever removes it and when. Where a right is another
person's, for whom the actor stands in, `require` and `require_on` let the service that asks say so in the trail.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from guardian.shortcuts import assign_perm, remove_perm

from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.statements import Statement
from orders.kernel.transactions import stand_in
from orders.models import Account, AccountPermission, Desk, DeskPermission, Firm, FirmPermission, User
from orders.permissions import PERMISSIONS

Scope = Firm | Desk | Account


@dataclass(frozen=True, slots=True)
class Held:
    """How a permission is held: until `expires_at` (recorded time, None without an end), for whom, "" for oneself."""

    expires_at: datetime | None = None
    on_behalf_of: str = ""


WITHOUT_END = Held()
"""A right of the person's own that nothing ends."""


def _on(table: type[Any], actor: Actor, permission: str, **more: Any) -> QuerySet[Any]:
    """The objects of `table` on which the person holds the permission now."""
    in_time = Q(expires_at=None) | Q(expires_at__gt=recorded_now())
    rows = table.objects.filter(in_time, user_id=actor.user_id, permission__codename=permission, **more)
    found: QuerySet[Any] = rows.values("content_object_id")
    return found


def _reaching(actor: Actor, permission: str, **more: Any) -> Q:
    """The condition on accounts that the person holds the permission on them."""
    return (
        Q(pk__in=_on(AccountPermission, actor, permission, **more))
        | Q(desk_id__in=_on(DeskPermission, actor, permission, **more))
        | Q(desk__firm_id__in=_on(FirmPermission, actor, permission, **more))
    )


def accounts_with(actor: Actor, permission: str) -> QuerySet[Account]:
    """Return the accounts on which `actor` holds `permission`, usable as one SQL subquery."""
    if actor.user_id is None:
        return Account.objects.none()
    return Account.objects.filter(_reaching(actor, permission))


def desks_with(actor: Actor, permission: str) -> QuerySet[Desk]:
    """Return the desks on which, or on whose firm, `actor` holds `permission`: one SQL subquery."""
    if actor.user_id is None:
        return Desk.objects.none()
    return Desk.objects.filter(
        Q(pk__in=_on(DeskPermission, actor, permission))
        | Q(firm_id__in=_on(FirmPermission, actor, permission))
    )


def firms_with(actor: Actor, permission: str) -> QuerySet[Firm]:
    """Return the firms on which `actor` holds `permission`: one SQL subquery."""
    if actor.user_id is None:
        return Firm.objects.none()
    return Firm.objects.filter(pk__in=_on(FirmPermission, actor, permission))


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


_IN_TIME = "(expires_at IS NULL OR expires_at > %(now)s::timestamptz)"


def _held_on(account: str, desk: str, firm: str) -> str:
    """SQL of what the person %(user)s holds at %(now)s on what these expressions name, as `rights` reads it."""
    named = (
        ("orders_accountpermission", account),
        ("orders_deskpermission", desk),
        ("orders_firmpermission", firm),
    )
    rows = " UNION ALL ".join(
        f"SELECT permission_id, on_behalf_of FROM {table} "  # noqa: S608 - names of our own
        f"WHERE user_id = %(user)s AND content_object_id = {place} AND {_IN_TIME}"
        for table, place in named
    )
    return f"""
    ARRAY(
        SELECT concat_ws(' ', codename, nullif(on_behalf_of, ''))
        FROM ({rows}) AS held JOIN auth_permission AS permission ON permission.id = held.permission_id
    )
    """  # noqa: S608 - names of our own


_FIRM_OF_ACCOUNT = "(SELECT firm_id FROM orders_desk WHERE id = account.desk_id)"
HELD_ON_ACCOUNT = _held_on("account.id", "account.desk_id", _FIRM_OF_ACCOUNT)
"""SQL of what the person %(user)s holds at %(now)s on the row `account`: for written-out SQL, read by `rights`."""

_ON_ONE = {
    "account": (HELD_ON_ACCOUNT, "orders_account AS account"),
    "desk": (_held_on("NULL", "desk.id", "desk.firm_id"), "orders_desk AS desk"),
    "firm": (_held_on("NULL", "NULL", "firm.id"), "orders_firm AS firm"),
}
_HELD_ON_ONE = {
    kind: Statement(f"SELECT unnest({what}) FROM {table} WHERE {kind}.id = %(object)s")  # noqa: S608 - as above
    for kind, (what, table) in _ON_ONE.items()
}
_HELD_ANYWHERE = Statement(
    f"""
    SELECT codename FROM auth_permission WHERE id IN (
        SELECT permission_id FROM orders_accountpermission WHERE user_id = %(user)s AND {_IN_TIME}
        UNION ALL
        SELECT held.permission_id FROM orders_deskpermission AS held WHERE held.user_id = %(user)s AND {_IN_TIME}
        AND EXISTS (SELECT FROM orders_account WHERE desk_id = held.content_object_id)
        UNION ALL
        SELECT held.permission_id FROM orders_firmpermission AS held WHERE held.user_id = %(user)s AND {_IN_TIME}
        AND EXISTS (
            SELECT FROM orders_account AS account JOIN orders_desk AS desk ON desk.id = account.desk_id
            WHERE desk.firm_id = held.content_object_id
        )
    )
    """  # noqa: S608 - as above
)
_TABLES: Mapping[type[Any], type[Any]] = {
    Account: AccountPermission,
    Desk: DeskPermission,
    Firm: FirmPermission,
}
_NAMES = frozenset(name for name, _title in PERMISSIONS)


def may(actor: Actor, permission: str, account_id: UUID) -> bool:
    """Tell whether `actor` holds `permission` on the account: one query."""
    return accounts_with(actor, permission).filter(pk=account_id).exists()


def require(actor: Actor, permission: str, account_id: UUID) -> None:
    """Raise NotPermitted unless `actor` holds `permission` on the account: one query."""
    if not _use(actor, permission, "account", account_id):
        raise NotPermitted(f"this needs the permission {permission} on the account", permission=permission)


def may_on(actor: Actor, permission: str, scope: Scope | None) -> bool:
    """Tell whether `actor` holds `permission` on the whole of `scope`; None is everything: all accounts there are."""
    if scope is None:
        return may_everywhere(actor, permission)
    return permission in rights_on(actor, str(scope._meta.model_name), scope.pk)


def require_on(actor: Actor, permission: str, scope: Scope | None) -> None:
    """Raise NotPermitted unless `actor` holds `permission` on the whole of `scope`; None is everything."""
    kind = "" if scope is None else str(scope._meta.model_name)
    if not (_use_everywhere(actor, permission) if scope is None else _use(actor, permission, kind, scope.pk)):
        where = "everything" if scope is None else f"{kind} {scope}"
        raise NotPermitted(f"this needs the permission {permission} on {where}", permission=permission)


def rights(held: Iterable[str]) -> dict[str, str]:
    """Return the permissions that HELD_ON_ACCOUNT has found, each with whom the person stands in for by it.

    "" where it is, from whatever container, a right of the person's own.
    """
    found: dict[str, str] = {}
    for each in sorted(held):
        permission, _, whom = each.partition(" ")
        found.setdefault(permission, whom)
    return found


def rights_on(actor: Actor, kind: str, object_id: UUID) -> dict[str, str]:
    """Return what `actor` holds on the firm, desk or account (`kind` says which), as `rights` does: one query."""
    if actor.user_id is None:
        return {}
    values = {"user": actor.user_id, "now": recorded_now(), "object": object_id}
    return rights(name for (name,) in _HELD_ON_ONE[kind].rows(values))


def _use(actor: Actor, permission: str, kind: str, object_id: UUID) -> bool:
    """Tell whether the permission is held, and let the trail say for whom the person stands in by it."""
    held = rights_on(actor, kind, object_id)
    stand_in(held.get(permission, ""))
    return permission in held


def _use_everywhere(actor: Actor, permission: str) -> bool:
    if not may_everywhere(actor, permission):
        return False
    others = (_on(table, actor, permission).exclude(on_behalf_of="") for table in _TABLES.values())
    whom = {each for rows in others for each in rows.values_list("on_behalf_of", flat=True)}
    if whom and Account.objects.exclude(_reaching(actor, permission, on_behalf_of="")).exists():
        stand_in(min(whom))
    return True


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
    if account_id is not None:
        return frozenset(rights_on(actor, "account", account_id)) & _NAMES
    held = _HELD_ANYWHERE.rows({"user": actor.user_id, "now": recorded_now()})
    return frozenset(name for (name,) in held) & _NAMES


def held_on(user_id: UUID, scope: Scope) -> dict[str, Held]:
    """Return the permission rows of a person on exactly `scope`, whether they count still or have expired."""
    rows = _TABLES[type(scope)].objects.filter(user_id=user_id, content_object_id=scope.pk)
    told = rows.values_list("permission__codename", "expires_at", "on_behalf_of")
    return {name: Held(expires_at, whom) for name, expires_at, whom in told}


def assign(user: User, permission: str, scope: Scope, held: Held) -> None:
    """Write the permission's row."""
    row: Any = assign_perm(permission, user, scope)
    if (row.expires_at, row.on_behalf_of) != (held.expires_at, held.on_behalf_of):
        row.expires_at, row.on_behalf_of = held.expires_at, held.on_behalf_of
        row.save(update_fields=["expires_at", "on_behalf_of"])


def remove(user: User, permission: str, scope: Scope) -> None:
    """Remove the permission's row, if there is one."""
    remove_perm(permission, user, scope)
