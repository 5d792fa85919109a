"""Who sees what in the admin: the grants say it, asked once per request."""

from uuid import UUID

from django.http import HttpRequest

from orders import authority
from orders.kernel.admin import FactsAdmin, actor_of


def held(request: HttpRequest) -> frozenset[str]:
    """Return the permissions that the signed-in person holds anywhere: one query in a request."""
    known: frozenset[str] | None = getattr(request, "qtweb_permissions", None)
    if known is None:
        known = authority.permissions_of(actor_of(request))
        request.qtweb_permissions = known  # type: ignore[attr-defined]
    return known


def held_on(request: HttpRequest, account_id: UUID) -> frozenset[str]:
    """Return the permissions that the signed-in person holds on the account: one query."""
    return authority.permissions_of(actor_of(request), account_id)


class GrantedAdmin(FactsAdmin):
    """A list for those who hold `permission` somewhere; `rows` has to narrow it to where they hold it."""

    permission: str

    def permits(self, request: HttpRequest) -> bool:
        return self.permission in held(request)
