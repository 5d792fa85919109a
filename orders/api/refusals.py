"""Keep what was refused before it became an order: who asked, for which account and symbol, and the code."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError

from orders import services
from orders.errors import TooManyRefusals
from orders.kernel.context import Actor
from orders.kernel.errors import DomainError

logger = logging.getLogger(__name__)


def refusal_recorded(actor: Actor, sent: Mapping[str, Any], error: DomainError) -> DomainError:
    """Record that `error` refused what `actor` had sent, and return the error to answer with.

    That is `error` itself, whatever becomes of the record, or TooManyRefusals where the actor was refused too often.
    A failure of the house (5xx) is no refusal.
    """
    if error.status >= 500:
        return error
    try:
        services.record_refusal(
            actor=actor, code=error.code, account=_text(sent, "account"), symbol=_text(sent, "symbol")
        )
    except TooManyRefusals as too_many:
        return too_many
    except DatabaseError:
        logger.exception("a refusal (%s) of %s could not be recorded", error.code, actor.reference)
    return error


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    return value if isinstance(value, str) else ""
