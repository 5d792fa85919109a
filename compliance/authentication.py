"""Who sends an API request: the person whose token it carries. No cookie, so no CSRF."""

import logging
from typing import Any

from django.db.models import Q
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from compliance.models import ApiToken
from orders.kernel.clock import recorded_now
from orders.models import User

logger = logging.getLogger(__name__)


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
        return found.user, found

    def _valid(self, token: bytes) -> ApiToken | None:
        try:
            digest = hash_token(token.decode("ascii"))
        except UnicodeDecodeError:
            return None
        unexpired = Q(expiry=None) | Q(expiry__gt=recorded_now())
        tokens = ApiToken.objects.filter(unexpired, digest=digest, revoked_at=None, user__is_active=True)
        return tokens.select_related("user").first()

    def authenticate_header(self, request: Any) -> str:
        """Return the scheme that a 401 names in WWW-Authenticate."""
        return "Token"
