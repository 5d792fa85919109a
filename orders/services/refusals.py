"""Keep what was refused before its account and instrument were known: bounded, and bounded in rate."""

from datetime import timedelta

from orders.errors import TooManyRefusals
from orders.events import InstructionRefused
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service
from orders.models import Refusal
from orders.selectors import market_now

WINDOW = timedelta(minutes=1)
REFUSALS_PER_WINDOW = 120
TEXT_LENGTH = 32


@service
def record_refusal(*, actor: Actor, code: str, account: str, symbol: str) -> Refusal:
    """Keep a refused request of `actor`. Raises TooManyRefusals above 120 a minute: those are not kept."""
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
            account=refusal.account,
            symbol=refusal.symbol,
        )
    )
    return refusal


def _bounded(text: str) -> str:
    """Return printable ASCII only, cut: what a stranger sent goes into a log that is read by people."""
    return "".join(character for character in text if " " < character < "\x7f")[:TEXT_LENGTH]
