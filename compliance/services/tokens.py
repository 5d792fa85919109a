"""Tokens: made for a person, shown once, revocable at once."""

from datetime import timedelta
from uuid import UUID

from compliance.errors import TokenNotFound
from compliance.events import TokenCreated, TokenEvent, TokenRevoked
from compliance.models import ApiToken
from compliance.services.doors import require_process
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.models import User
from orders.selectors import market_now


@service
def create_token(*, actor: Actor, user: User, days: int) -> tuple[ApiToken, str]:
    """Return a new token of the person, valid for `days`, and the secret text, which is kept nowhere.

    Raises NotPermitted for a person as the actor.
    """
    require_process(actor)
    token, secret = ApiToken.objects.create(user=user, expiry=timedelta(days=days))
    _announce(TokenCreated, actor, token, revision=1)
    return token, secret


@service
def revoke_token(*, actor: Actor, token_id: UUID) -> ApiToken:
    """Let a token open nothing any more, from the next request on; a second time changes nothing.

    Raises TokenNotFound, and NotPermitted for a person as the actor.
    """
    require_process(actor)
    token = ApiToken.objects.select_for_update().filter(id=token_id).first()
    if token is None:
        raise TokenNotFound("there is no such token")
    if token.revoked_at is None:
        _revoke(actor, token)
    return token


@step
def revoke_tokens_of(actor: Actor, user_id: UUID) -> None:
    """Revoke all tokens of a person."""
    tokens = ApiToken.objects.select_for_update().filter(user_id=user_id, revoked_at=None)
    for token in tokens.order_by("id"):
        _revoke(actor, token)


def _revoke(actor: Actor, token: ApiToken) -> None:
    token.revoked_at = recorded_now()
    token.save(update_fields=["revoked_at"])
    _announce(TokenRevoked, actor, token, revision=2)


def _announce(event_class: type[TokenEvent], actor: Actor, token: ApiToken, *, revision: int) -> None:
    publish(
        event_class(
            actor=actor,
            object_id=str(token.id),
            revision=revision,
            market_time=market_now(),
            user_id=token.user_id,
            expires_at=token.expiry,
        )
    )
