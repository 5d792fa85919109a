"""Tokens: made for a person, shown once, exchanged for another, revocable at once.

A person makes, exchanges and revokes their own, and revokes anybody's on a page with manage_sign_ins; a command on the
server does it for anybody. Who comes by a token (`by`) gets by it no token that opens more, from elsewhere, or for
longer, nor one that is still there when it is revoked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from knox.models import get_digest_token

from compliance.commands import MakeToken, RotateToken
from compliance.errors import TokenBeyondAnother, TokenNotFound, TokenOver, TokenTooLong
from compliance.events import TokenCreated, TokenEvent, TokenRevoked, TokenRotated
from compliance.models import ApiToken, TokenUse
from compliance.session_rules import USE_NOTED_AFTER
from orders import authority
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service, step
from orders.models import User
from orders.permissions import MANAGE_SIGN_INS
from orders.selectors import market_now

USUAL_DAYS = 90
_SHOWN_OF_SECRET = 8
"""How much of it knox's column has in clear, of 64: nothing of ours looks for a token by that."""


@service
def create_token(
    *, actor: Actor, user: User, command: MakeToken, by: ApiToken | None = None
) -> tuple[ApiToken, str]:
    """Return a new token of the person and the secret text, which is kept nowhere.

    Raises NotPermitted for another person's, TokenTooLong, TokenBeyondAnother, and TokenOver for `by`.
    """
    by = _still_open(by)
    if actor.user_id not in (None, user.pk):
        raise NotPermitted("a person makes tokens of their own alone")
    expiry = _end(command.days, by)
    _require_within(by, command.scopes, command.address_ranges, expiry)
    token = ApiToken(
        user_id=user.pk,
        label=command.label,
        scopes=sorted(command.scopes),
        address_ranges=list(command.address_ranges),
        expiry=expiry,
        made_by=by,
    )
    secret = _keep(token)
    _announce(TokenCreated, actor, token, revision=1)
    return token, secret


@service
def rotate_token(
    *, actor: Actor, token_id: UUID, command: RotateToken, by: ApiToken | None = None
) -> tuple[ApiToken, str]:
    """Return a token that takes another's place, and its secret text; the old one is valid for the overlap, no longer.

    The new one opens the same from the same addresses, for as long again as the old one was made for; who comes by a
    token gets the old one's end. Raises TokenNotFound, TokenOver, and TokenBeyondAnother.
    """
    by = _still_open(by)
    old, now = _own(actor, token_id), recorded_now()
    if old.revoked_at is not None or _end_of(old) <= now or hasattr(old, "successor"):
        raise TokenOver("the token is over, or another has taken its place")
    lifetime = min(_end_of(old) - old.created, timedelta(days=settings.TOKEN_MOST_DAYS))
    expiry = now + lifetime if by is None else _end_of(old)
    _require_within(by, old.scopes, old.address_ranges, expiry)
    token = ApiToken(
        user_id=old.user_id,
        label=old.label,
        scopes=old.scopes,
        address_ranges=old.address_ranges,
        expiry=expiry,
        rotated_from=old,
        made_by=by,
    )
    secret = _keep(token)
    old.expiry = min(_end_of(old), now + timedelta(hours=command.overlap_hours))
    old.save(update_fields=["expiry"])
    _announce(TokenCreated, actor, token, revision=1)
    publish(
        TokenRotated(
            actor=actor,
            object_id=str(old.id),
            revision=2,
            market_time=market_now(),
            user_id=old.user_id,
            expires_at=old.expiry,
            scopes=old.scopes,
            successor_id=token.id,
        )
    )
    return token, secret


@service
def revoke_token(*, actor: Actor, token_id: UUID, by: ApiToken | None = None) -> ApiToken:
    """Let a token and all that came of it open nothing from the next request on; a second time changes nothing.

    What came of it was made by it or took its place, and so on: who had its secret may have those, too.

    Raises TokenNotFound for what is not the actor's, who comes by a token or holds no manage_sign_ins on everything.
    """
    is_anybodys = (
        by is None and actor.user_id is not None and authority.may_everywhere(actor, MANAGE_SIGN_INS)
    )
    token = _locked(token_id) if is_anybodys else _own(actor, token_id)
    for each in (token, *_came_of(token)):
        if each.revoked_at is None:
            _revoke(actor, each)
    return token


@service
def note_token_use(*, token_id: UUID) -> None:
    """Write down that the token is used now, unless that was done within the last minute."""
    now = recorded_now()
    uses = TokenUse.objects.filter(token__id=token_id)
    uses.exclude(last_used_at__gt=now - USE_NOTED_AFTER).update(last_used_at=now)


@step
def revoke_tokens_of(actor: Actor, user_id: UUID) -> None:
    """Revoke all tokens of a person, also what was made by one of them until that was locked."""
    tokens = ApiToken.objects.select_for_update().filter(user_id=user_id, revoked_at=None).order_by("id")
    while found := list(tokens.all()):
        for token in found:
            _revoke(actor, token)


def _own(actor: Actor, token_id: UUID) -> ApiToken:
    """Return a locked token of the actor's, of anybody's for a process. Raises TokenNotFound."""
    token = _locked(token_id)
    if actor.user_id not in (None, token.user_id):
        raise TokenNotFound("there is no such token")
    return token


def _locked(token_id: UUID) -> ApiToken:
    token = ApiToken.objects.select_for_update(of=("self",)).filter(id=token_id).first()
    if token is None:
        raise TokenNotFound("there is no such token")
    return token


def _still_open(by: ApiToken | None) -> ApiToken | None:
    """Return the token that somebody comes by as it is now, locked: it was read before. Raises TokenOver."""
    if by is None:
        return None
    open_now = ApiToken.objects.filter(id=by.id, revoked_at=None, expiry__gt=recorded_now())
    token = open_now.select_for_update(of=("self",)).first()
    if token is None:
        raise TokenOver("the token that you come by is over")
    return token


def _came_of(token: ApiToken) -> Iterable[ApiToken]:
    """Return the tokens that were made by a locked one or took its place, and theirs in turn, each once and locked.

    Whoever adds one locks the token that it comes of before, so none appears behind.
    """
    found: dict[UUID, ApiToken] = {}
    parents = [token.id]
    while parents:
        theirs = ApiToken.objects.filter(Q(made_by__in=parents) | Q(rotated_from__in=parents))
        born = theirs.exclude(id__in=found).select_for_update(of=("self",)).order_by("id")
        parents = [each.id for each in born]
        found |= {each.id: each for each in born}
    return found.values()


def _end(days: int | None, by: ApiToken | None) -> datetime:
    """Return when a new token expires. Raises TokenTooLong."""
    if days is not None and days > settings.TOKEN_MOST_DAYS:
        raise TokenTooLong(f"a token is valid for {settings.TOKEN_MOST_DAYS} days at most")
    end = recorded_now() + timedelta(days=days or min(USUAL_DAYS, settings.TOKEN_MOST_DAYS))
    return min(end, _end_of(by)) if days is None and by is not None else end


def _keep(token: ApiToken) -> str:
    """Insert a new token, and return the secret text, of which it has the digest."""
    token.digest, secret = get_digest_token()
    token.token_key = secret[:_SHOWN_OF_SECRET]
    token.save(force_insert=True)
    TokenUse.objects.create(token=token)
    return secret


def _require_within(
    by: ApiToken | None, scopes: Sequence[str], address_ranges: Sequence[str], expiry: datetime
) -> None:
    """Raise TokenBeyondAnother unless whoever comes by the token `by` may have such a one."""
    if by is None:
        return
    reach = [ip_network(each) for each in by.address_ranges]
    asked = [ip_network(each) for each in address_ranges]
    is_near = not reach or (asked and all(any(_is_in(each, outer) for outer in reach) for each in asked))
    if set(scopes) - set(by.scopes) or not is_near or expiry > _end_of(by):
        raise TokenBeyondAnother(
            "a token makes none that opens more, from elsewhere, or for longer than itself"
        )


def _is_in(inner: object, outer: object) -> bool:
    return type(inner) is type(outer) and inner.subnet_of(outer)  # type: ignore[attr-defined]


def _end_of(token: ApiToken) -> datetime:
    """When a token expires: a constraint holds that it does."""
    end: datetime = token.expiry
    return end


def _revoke(actor: Actor, token: ApiToken) -> None:
    token.revoked_at = recorded_now()
    token.save(update_fields=["revoked_at"])
    _announce(TokenRevoked, actor, token, revision=3)


def _announce(event_class: type[TokenEvent], actor: Actor, token: ApiToken, *, revision: int) -> None:
    publish(
        event_class(
            actor=actor,
            object_id=str(token.id),
            revision=revision,
            market_time=market_now(),
            user_id=token.user_id,
            expires_at=token.expiry,
            scopes=token.scopes,
        )
    )
