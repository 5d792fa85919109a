"""Keep what was refused before its account and instrument were known: bounded, and bounded in rate."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import QuerySet

from orders.errors import TooManyRefusals
from orders.events import InstructionRefused
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import DomainError
from orders.kernel.transactions import service
from orders.models import Account, Instrument, Refusal
from orders.selectors import market_now

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=1)
REFUSALS_PER_WINDOW = 120
TEXT_LENGTH = 32


@service
def record_refusal(*, actor: Actor, code: str, account: str, symbol: str) -> Refusal:
    """Keep a refused request of `actor`. Raises TooManyRefusals above 120 a minute: those are not kept.

    What was typed in place of an account or a symbol stands in the row; the log says it where there is such a one.
    """
    now = recorded_now()
    recent = Refusal.objects.filter(user_id=actor.person_id(), recorded_at__gt=now - WINDOW)
    if len(recent.values_list("pk")[:REFUSALS_PER_WINDOW]) >= REFUSALS_PER_WINDOW:
        raise TooManyRefusals(
            f"{REFUSALS_PER_WINDOW} of your requests were refused within a minute", retry_after_s=60
        )
    refusal = Refusal.objects.create(
        user_id=actor.person_id(),
        code=code,
        account=_bounded(account),
        symbol=_bounded(symbol),
        recorded_at=now,
    )
    publish(
        InstructionRefused(
            actor=actor,
            object_id=str(refusal.pk),
            revision=1,
            market_time=market_now(),
            code=code,
            account=_known(Account.objects.filter(code=refusal.account), refusal.account),
            symbol=_known(Instrument.objects.filter(symbol=refusal.symbol), refusal.symbol),
        )
    )
    return refusal


def _known(found: "QuerySet[Account] | QuerySet[Instrument]", typed: str) -> str:
    return typed if typed and found.exists() else ""


def _bounded(text: str) -> str:
    """Return printable ASCII only, cut: what a stranger sent goes into a log that is read by people."""
    return "".join(character for character in text if " " < character < "\x7f")[:TEXT_LENGTH]


def refusal_recorded(actor: Actor, sent: Mapping[str, Any], error: DomainError) -> DomainError:
    """Record that `error` refused what `actor` had sent, and return the error to answer with.

    That is `error` itself, whatever becomes of the record, or TooManyRefusals where the actor was refused too often.
    A failure of the house (5xx) is no refusal.
    """
    if error.status >= 500:
        return error
    try:
        record_refusal(
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
