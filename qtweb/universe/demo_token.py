"""The token in the curl line that is printed: always a fresh one, and the one before is revoked."""

from pathlib import Path
from uuid import UUID

from django.contrib.auth import get_user_model

from compliance.commands import MakeToken
from compliance.services.tokens import create_token, revoke_token
from compliance.token_scopes import TokenScope
from orders.kernel.context import Actor

_FILE = "demo_token_id"
_ASKED = MakeToken(
    label="printed by serve", scopes=(TokenScope.READ, TokenScope.TRADE, TokenScope.AUDIT), days=7
)


def fresh_token(*, actor: Actor, username: str, home: Path) -> str:
    """Return a new token of a person, valid for a week; `home` keeps its id, never the token."""
    kept = home / _FILE
    if kept.exists():
        revoke_token(actor=actor, token_id=UUID(kept.read_text()))
    user = get_user_model().objects.get(username=username)
    token, secret = create_token(actor=actor, user=user, command=_ASKED)
    kept.write_text(str(token.id))
    return secret
