"""Keep who was turned away: bounded, so that nobody fills the log from outside.

A minute has room for REFUSALS_PER_WINDOW leaves of one person's refusals, as many of all unknown people's together, and
as many of sign-ins by names that are nobody's, which requests without a token do not use up. What comes above that is
counted in one row and told by one leaf a minute, as a number. No answer changes.
"""

from datetime import timedelta

from compliance.events import AccessRefused, RefusalsLeftOut, SignInFailed, SignInFailure
from compliance.lock_out import Verdict
from compliance.models import RefusalTally
from compliance.services.lock_out import forget_old_tallies, shut_out
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import UNKNOWN, Actor, process_actor
from orders.kernel.statements import Statement
from orders.kernel.transactions import service
from orders.models import User
from orders.selectors import market_now

WINDOW = timedelta(minutes=1)
REFUSALS_PER_WINDOW = 60

_COUNT = Statement(
    """
    INSERT INTO compliance_refusaltally AS tally (subject, began_at, recorded, left_out)
    VALUES (%(subject)s, %(now)s, 1, 0)
    ON CONFLICT (subject) DO UPDATE SET
        began_at = CASE WHEN tally.began_at <= %(over)s THEN excluded.began_at ELSE tally.began_at END,
        recorded = CASE WHEN tally.began_at <= %(over)s THEN 1 ELSE least(tally.recorded, %(most)s) + 1 END,
        left_out = tally.left_out
            + CASE WHEN tally.began_at > %(over)s AND tally.recorded >= %(most)s THEN 1 ELSE 0 END,
        left_out_since = CASE WHEN tally.began_at > %(over)s AND tally.recorded >= %(most)s
            THEN coalesce(tally.left_out_since, excluded.began_at) ELSE tally.left_out_since END
    RETURNING recorded
    """
)


@service
def record_failed_sign_in(
    *, actor: Actor, person: User | None, reason: SignInFailure, verdict: Verdict | None = None
) -> None:
    """Keep that somebody did not get in as `person`, None for a name that is nobody's.

    What that was counted of is locked out where it was once too often.
    """
    if verdict is not None:
        shut_out(actor=actor, person=person, verdict=verdict)
    subject = UNKNOWN if person is None else str(person.pk)
    if _has_room(SignInFailure.UNKNOWN_NAME if person is None else subject):
        publish(
            SignInFailed(actor=actor, object_id=subject, revision=0, market_time=market_now(), reason=reason)
        )


@service
def record_refused_access(
    *, actor: Actor, object_id: str, status: int, code: str, method: str, route: str
) -> None:
    """Keep that the actor was turned away from `object_id`, by which code, on which of our routes."""
    if _has_room(UNKNOWN if actor.user_id is None else str(actor.user_id)):
        publish(
            AccessRefused(
                actor=actor,
                object_id=object_id,
                revision=0,
                market_time=market_now(),
                status=status,
                code=code,
                method=method,
                route=route,
            )
        )


@service
def tell_left_out() -> int:
    """Tell by a leaf each how many refusals were left out a minute ago or longer; return how many leaves that took.

    What was counted at the sign-in, and counts no more, is forgotten on the way.
    """
    forget_old_tallies()
    over = recorded_now() - WINDOW
    tallies = RefusalTally.objects.select_for_update().filter(left_out_since__lte=over).order_by("subject")
    for tally in tallies:
        publish(
            RefusalsLeftOut(
                actor=process_actor("audit_integrator"),
                object_id=tally.subject,
                revision=0,
                market_time=market_now(),
                number=tally.left_out,
                since=tally.left_out_since,  # type: ignore[arg-type]  # what has none was not asked for
            )
        )
        tally.left_out, tally.left_out_since = 0, None
        tally.save(update_fields=["left_out", "left_out_since"])
    return len(tallies)


def _has_room(subject: str) -> bool:
    """Count one more refusal of the subject, and tell whether it gets a leaf of its own."""
    now = recorded_now()
    values = {"subject": subject, "now": now, "over": now - WINDOW, "most": REFUSALS_PER_WINDOW}
    (recorded,) = _COUNT.row(values)
    return int(recorded) <= REFUSALS_PER_WINDOW
