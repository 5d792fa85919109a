"""Count what fails at the sign-in, shut out what fails too often, and let it in again.

A try is counted before it is looked at, and taken back when it succeeds: however many come at once, no more than the
bound are looked at.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Q

from compliance.events import SignInLocked, SignInLockLifted
from compliance.lock_out import FORGOTTEN_AFTER, Attempt, Counted, LockOut, Verdict, counted_of
from compliance.models import SignInTally
from compliance.services.doors import require_process
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import UNKNOWN, Actor
from orders.kernel.statements import Statement
from orders.kernel.transactions import service, step
from orders.models import User
from orders.selectors import market_now

_COUNT = Statement(
    """
    INSERT INTO compliance_signintally AS tally (subject, began_at, failures, locks)
    VALUES (%(subject)s, %(now)s, 1, 0)
    ON CONFLICT (subject) DO UPDATE SET
        began_at = CASE WHEN tally.began_at <= %(over)s OR tally.locked_until IS NOT NULL
            THEN excluded.began_at ELSE tally.began_at END,
        failures = CASE WHEN tally.began_at <= %(over)s OR tally.locked_until IS NOT NULL
            THEN 1 ELSE least(tally.failures, %(most)s) + 1 END,
        locks = CASE WHEN tally.locked_until < %(forgotten)s THEN 0 ELSE tally.locks END,
        locked_until = NULL
    WHERE tally.locked_until IS NULL OR tally.locked_until <= %(now)s
    RETURNING failures
    """
)
"""Counts one more in the window, or in a new one after it or after a lock-out; no row while that lasts."""


@service
def begin_attempt(*, attempt: Attempt) -> Verdict:
    """Count a try to sign in, and tell whether it is looked at.

    A browser that the person knows is counted by itself: who guesses elsewhere, be it from the same address, shuts
    out neither it nor, by it, the person. What comes from an address that is shut out counts against nobody else.
    """
    now = recorded_now()
    if attempt.browser is not None and _has_room(attempt.browser, now):
        return Verdict(True, (attempt.browser,))
    if attempt.address is not None and not _has_room(attempt.address, now):
        return Verdict(False, (attempt.address,), is_worth_a_hash=False)
    counted = tuple(filter(None, (attempt.address, attempt.person)))
    return Verdict(_has_room(attempt.person, now), counted)


@service
def forgive_attempt(*, verdict: Verdict) -> None:
    """Take back a try that succeeded: what failed before is forgotten, but not of an address, from which many come."""
    for tally in _locked(verdict):
        if counted_of(tally.subject) is Counted.ADDRESS:
            tally.failures = max(tally.failures - 1, 0)
        else:
            tally.failures, tally.locks, tally.locked_until = 0, 0, None
        tally.save()


@step
def shut_out(*, actor: Actor, person: User | None, verdict: Verdict) -> None:
    """After a try that failed: lock out what has reached its bound, and tell it by a leaf each."""
    now, bounds = recorded_now(), _bounds()
    for tally in _locked(verdict):
        if tally.failures >= bounds.most(tally.subject) and tally.locked_until is None:
            tally.locks += 1
            tally.locked_until = now + bounds.lasts(tally.locks)
            tally.save()
            counted = counted_of(tally.subject)
            is_persons = person is not None and counted is not Counted.ADDRESS
            publish(
                SignInLocked(
                    actor=actor,
                    object_id=str(person.pk) if is_persons and person else UNKNOWN,
                    revision=0,
                    market_time=market_now(),
                    counted=counted,
                    failures=tally.failures,
                    until=tally.locked_until,
                )
            )


@service
def lift_lock_out(*, actor: Actor, subjects: tuple[str, ...], person: User | None, reason: str) -> bool:
    """Forget the failures of these subjects, the person's or an address's; False where nothing is locked out.

    Raises NotPermitted for a person as the actor.
    """
    require_process(actor)
    still = SignInTally.objects.select_for_update().filter(
        subject__in=subjects, locked_until__gt=recorded_now()
    )
    lifted = [tally.subject for tally in still.order_by("subject")]
    SignInTally.objects.filter(subject__in=lifted).update(failures=0, locks=0, locked_until=None)
    if lifted:
        publish(
            SignInLockLifted(
                actor=actor,
                object_id=UNKNOWN if person is None else str(person.pk),
                revision=0,
                market_time=market_now(),
                counted=sorted({counted_of(each) for each in lifted}),
                reason=reason,
            )
        )
    return bool(lifted)


@step
def forget_old_tallies() -> None:
    """Remove what counts no more: strangers' addresses would fill the table."""
    old = recorded_now() - FORGOTTEN_AFTER
    SignInTally.objects.filter(Q(locked_until=None) | Q(locked_until__lt=old), began_at__lt=old).delete()


def _bounds() -> LockOut:
    bounds: LockOut = settings.LOCK_OUT
    return bounds


def _has_room(named: str, now: datetime) -> bool:
    bounds = _bounds()
    most = bounds.most(named)
    values = {"subject": named, "now": now, "over": now - bounds.window, "most": most}
    row = _COUNT.row({**values, "forgotten": now - FORGOTTEN_AFTER})
    return row is not None and int(row[0]) <= most


def _locked(verdict: Verdict) -> list[SignInTally]:
    rows = SignInTally.objects.select_for_update().filter(subject__in=verdict.counted)
    return list(rows.order_by("subject"))
