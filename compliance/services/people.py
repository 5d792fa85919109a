"""Who may use the house at all: let a person in no more, with all that is open in their name, or in again."""

from compliance.events import PersonDeactivated, PersonReactivated, PersonStanding
from compliance.services.doors import require_process
from compliance.services.sessions import end_sessions_of
from compliance.services.tokens import revoke_tokens_of
from compliance.session_rules import Ending
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import User
from orders.selectors import market_now
from orders.services import set_active


@service
def deactivate_person(*, actor: Actor, person: User, reason: str) -> bool:
    """Let the person open nothing any more: sessions are over, tokens revoked; False where that was so already.

    Raises NotPermitted for a person as the actor.
    """
    require_process(actor)
    if not set_active(person, is_active=False):
        return False
    end_sessions_of(actor, person.pk, Ending.DEACTIVATED)
    revoke_tokens_of(actor, person.pk)
    _announce(PersonDeactivated, actor, person, reason)
    return True


@service
def reactivate_person(*, actor: Actor, person: User, reason: str) -> bool:
    """Let the person sign in again; False where nothing was in the way. What was ended stays so.

    Raises NotPermitted for a person as the actor.
    """
    require_process(actor)
    if not set_active(person, is_active=True):
        return False
    _announce(PersonReactivated, actor, person, reason)
    return True


def _announce(event_class: type[PersonStanding], actor: Actor, person: User, reason: str) -> None:
    publish(
        event_class(
            actor=actor, object_id=str(person.pk), revision=0, market_time=market_now(), reason=reason
        )
    )
