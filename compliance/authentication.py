"""Who sends an API request: the person whose token it carries. No cookie, so no CSRF."""

import logging
from functools import cache
from typing import Any

from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from compliance.models import ApiToken
from orders.kernel.clock import recorded_now
from orders.kernel.context import came_by_token
from orders.kernel.rows import columns_of, rows_of
from orders.kernel.statements import Statement
from orders.models import User

logger = logging.getLogger(__name__)


@cache
def _statement() -> Statement:
    return Statement(f"""
        SELECT {columns_of(ApiToken, "token")}, {columns_of(User, "person")}
        FROM compliance_apitoken AS token JOIN orders_user AS person ON person.id = token.user_id
        WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND person.is_active
            AND (token.expiry IS NULL OR token.expiry > %(now)s)
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
        found: ApiToken
        found, found.user = rows_of((ApiToken, User), row)
        return found

    def authenticate_header(self, request: Any) -> str:
        """Return the scheme that a 401 names in WWW-Authenticate."""
        return "Token"
