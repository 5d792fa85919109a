"""Which acts no person may do yet: those that only a command or a process of the house asks for."""

from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted


def require_process(actor: Actor) -> None:
    """Raise NotPermitted for a person, whatever roles they hold."""
    if actor.user_id is not None:
        raise NotPermitted("only a command on the server does this")
