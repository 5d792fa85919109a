"""Another password, and another hash of the same one. Both come hashed: hashing takes long, no transaction waits."""

from uuid import UUID

from compliance.errors import PasswordMoved
from compliance.events import PasswordChanged, PasswordUpgraded
from compliance.services.sessions import end_sessions_of
from compliance.services.tokens import revoke_tokens_of
from compliance.session_rules import Ending
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import User
from orders.selectors import market_now
from orders.services import keep_password


@service
def change_password(
    *, actor: Actor, person: User, encoded: str, session_id: UUID | None, tokens_go_on: bool = False
) -> None:
    """Keep the person's new password in place of the one that `person` was read with; other sessions are over.

    So are the person's tokens, unless they go on.

    Raises PasswordMoved when that is not the one any more.
    """
    if not keep_password(person, was=person.password, encoded=encoded):
        raise PasswordMoved("the password has changed meanwhile")
    end_sessions_of(actor, person.pk, Ending.PASSWORD, but=session_id)
    if not tokens_go_on:
        revoke_tokens_of(actor, person.pk)
    publish(PasswordChanged(actor=actor, object_id=str(person.pk), revision=0, market_time=market_now()))


@service
def upgrade_password(*, actor: Actor, person: User, encoded: str) -> None:
    """Keep today's hash of the same password; nothing where the row has another one by now."""
    if keep_password(person, was=person.password, encoded=encoded):
        publish(PasswordUpgraded(actor=actor, object_id=str(person.pk), revision=0, market_time=market_now()))
