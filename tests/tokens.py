"""Tokens for tests: of a person, by the service; and one that opens everything, for who is past authentication."""

from datetime import UTC, datetime

from compliance.commands import MakeToken
from compliance.models import ApiToken
from compliance.services.tokens import create_token
from compliance.token_scopes import TokenScope
from orders.kernel.context import Actor
from orders.models import User
from tests.world import SETUP

ALL_SCOPES = tuple(TokenScope)
EVERYTHING = ApiToken(scopes=list(ALL_SCOPES))
"""In nobody's table: of clients that act for a person without one. Its use was noted for good."""
EVERYTHING.last_used_at = datetime.max.replace(tzinfo=UTC)


def token_for(
    person: User | Actor, *scopes: TokenScope, days: int = 1, address_ranges: tuple[str, ...] = ()
) -> tuple[ApiToken, str]:
    """A new token of the person and its secret, for these scopes, for all where none is named."""
    user = person if isinstance(person, User) else User.objects.get(pk=person.user_id)
    command = MakeToken(scopes=scopes or ALL_SCOPES, days=days, address_ranges=address_ranges)
    return create_token(actor=SETUP, user=user, command=command)
