"""Who sends an API request: the person whose token it carries, and what that token opens. No cookie, so no CSRF."""

import logging
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from compliance.errors import TokenAddressRefused, TokenScopeMissing
from compliance.models import ApiToken
from compliance.services.tokens import note_token_use
from compliance.session_rules import USE_NOTED_AFTER
from compliance.token_scopes import missing_scope
from orders.kernel.clock import recorded_now
from orders.kernel.context import came_by_token
from orders.kernel.rows import columns_of, rows_of
from orders.kernel.statements import Statement
from orders.models import User

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which asks for this module while it is read

logger = logging.getLogger(__name__)


@cache
def _statement() -> Statement:
    return Statement(f"""
        SELECT {columns_of(ApiToken, "token")}, {columns_of(User, "person")}, use.last_used_at
        FROM compliance_apitoken AS token JOIN orders_user AS person ON person.id = token.user_id
        JOIN compliance_tokenuse AS use ON use.token_id = token.id
        WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND person.is_active
            AND token.expiry > %(now)s
    """)  # noqa: S608 - names of our own columns


class ApiTokenAuthentication(TokenAuthentication):
    """knox's `Authorization: Token ...`, found by its digest in one query.

    knox itself looks for the token's beginning, asks for all tokens of its owner, and deletes what has expired.
    Here nothing is deleted: expired and revoked tokens stay for the trail, and open nothing.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """Return the active owner of a valid token. Raises AuthenticationFailed without saying what was wrong."""
        found = self._valid(token)
        if found is None:
            logger.warning("a token was refused")
            raise AuthenticationFailed
        came_by_token(found.id, found.user_id)
        return found.user, found

    def _valid(self, token: bytes) -> ApiToken | None:
        try:
            digest = hash_token(token.decode("ascii"))
        except UnicodeDecodeError:
            return None
        row = _statement().row({"digest": digest, "now": recorded_now()})
        if row is None:
            return None
        *columns, last_used_at = row
        found: ApiToken
        found, found.user = rows_of((ApiToken, User), columns)
        found.last_used_at = last_used_at
        return found

    def authenticate_header(self, request: Any) -> str:
        """Return the scheme that a 401 names in WWW-Authenticate."""
        return "Token"


class OpenedByToken(IsAuthenticated):
    """Lets through who is known by a token that opens the endpoint, from where they come: all others have no business.

    Whether its owner may do what is asked for, the endpoint decides by the owner's permissions.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Tell whether somebody is known. Raises TokenAddressRefused and TokenScopeMissing."""
        if not super().has_permission(request, view):
            return False
        token: ApiToken = request.auth  # type: ignore[assignment]  # there is no other way to be known
        if not _is_from(request.META.get("REMOTE_ADDR", ""), token.address_ranges):
            raise TokenAddressRefused("this token opens nothing from here")
        _require_scope(request, view, token)
        if token.last_used_at is None or recorded_now() - token.last_used_at >= USE_NOTED_AFTER:
            note_token_use(token_id=token.id)
        return True


def _require_scope(request: Request, view: "APIView", token: ApiToken) -> None:
    """Raise TokenScopeMissing unless the token opens the endpoint; what the view does not answer at all it may say."""
    method = str(request.method)
    if method == "OPTIONS" or not hasattr(view, method.lower()):
        return
    name = request.resolver_match.url_name if request.resolver_match else ""
    try:
        missing = missing_scope(token.scopes, str(name), method)
    except KeyError:
        raise TokenScopeMissing("this opens to no token", scope="none") from None
    if missing is not None:
        raise TokenScopeMissing(f"this needs a token with the scope {missing}", scope=str(missing))


def _is_from(address: str, ranges: list[str]) -> bool:
    if not ranges:
        return True
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in ip_network(each) for each in ranges)
