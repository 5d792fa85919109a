"""Tokens as people read them: their own, and everybody's for who may."""

from uuid import UUID

from django.db.models import QuerySet

from compliance.models import ApiToken
from compliance.session_rules import SEEN_FOR
from orders import authority
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.permissions import MANAGE_SIGN_INS, VIEW_SIGN_INS


def tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """Return the actor's own tokens, the newest first, each with its last use; what is over for a week is left out."""
    return _tokens().filter(user_id=actor.person_id())


def open_tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """Return those of the actor's own tokens that open something now."""
    return tokens_of(actor).filter(revoked_at=None, expiry__gt=recorded_now())


def tokens_for(actor: Actor) -> QuerySet[ApiToken]:
    """Return everybody's, likewise, for who holds view_sign_ins on everything; else none."""
    return _tokens() if authority.may_everywhere(actor, VIEW_SIGN_INS) else ApiToken.objects.none()


def token_for(actor: Actor, token_id: UUID) -> ApiToken | None:
    """Return a token that the actor may revoke: their own, or anybody's with manage_sign_ins."""
    token = _tokens().filter(id=token_id).first()
    is_theirs = token is not None and token.user_id == actor.user_id
    return token if is_theirs or authority.may_everywhere(actor, MANAGE_SIGN_INS) else None


def _tokens() -> QuerySet[ApiToken]:
    recent = recorded_now() - SEEN_FOR
    over = ApiToken.objects.filter(expiry__lt=recent) | ApiToken.objects.filter(revoked_at__lt=recent)
    shown = ApiToken.objects.exclude(pk__in=over.order_by().values("pk"))
    return shown.select_related("user", "use", "successor").order_by("-id")
