"""Legal holds: one person places one at once, and two lift it. A row says for ever what was held, by whom and why."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from compliance.actions import LIFT_HOLD
from compliance.capture.registry import REGISTRY
from compliance.commands import HoldSubject, PlaceHold
from compliance.errors import HoldNotFound, RetentionUnfit
from compliance.log_events import LegalHoldLifted, LegalHoldPlaced
from compliance.models import Leaf, LegalHold, SearchEntry
from orders import authority
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.events import event_classes
from orders.kernel.transactions import service, step
from orders.permissions import PROPOSE_RETENTION
from orders.selectors import market_now
from orders.services.limits import payload_digest

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@service
def place_hold(*, actor: Actor, command: PlaceHold) -> LegalHold:
    """Keep what the command names from now on.

    Raises NotAPerson for a process, NotPermitted without propose_retention on everything, and RetentionUnfit for an
    account, an object or an object type that there is not: such a hold would hold nothing without a word.
    """
    person_id = actor.person_id()
    authority.require_on(actor, PROPOSE_RETENTION, None)
    row = LegalHold(
        kind=command.kind,
        subject=_subject(actor, command),
        since=command.since,
        until=command.until,
        reason=command.reason,
        placed_by_id=person_id,
        recorded_at=recorded_now(),
    )
    row.save(force_insert=True)
    publish(LegalHoldPlaced(**_about(actor, row, revision=1)))
    return row


@step
def lift_hold(*, actor: Actor, payload: Mapping[str, Any], approval_id: UUID) -> None:
    """Lift the hold, as was agreed. Raises HoldNotFound, and what the approval's hook raises."""
    row = hold_in_force(LegalHold.objects.select_for_update(), payload["hold_id"])
    if row.placed_by_id == actor.person_id():
        raise RetentionUnfit("you placed this hold yourself: another has to agree that it is lifted")
    hooks.require_approval(
        approval_id=approval_id,
        action=LIFT_HOLD,
        payload_digest=payload_digest(LIFT_HOLD, hold_payload(row)),
    )
    row.lifted_at, row.lifted_by_id = recorded_now(), actor.person_id()
    row.save(update_fields=["lifted_at", "lifted_by"])
    publish(LegalHoldLifted(approval_id=approval_id, **_about(actor, row, revision=2)))


def _subject(actor: Actor, command: PlaceHold) -> str:
    subject = command.subject or ""
    if command.kind == HoldSubject.ACCOUNT:
        account = authority.SCOPES["account"](actor, PROPOSE_RETENTION).filter(code=subject).first()
        if account is None:
            raise _unfit(f"there is no account {subject}: give its code")
        return str(account.pk)
    if command.kind == HoldSubject.OBJECT:
        return _object(subject)
    if command.kind == HoldSubject.OBJECT_TYPE and not _is_object_type(subject):
        raise _unfit(f"the log has no object type {subject}: give one as it spells it, such as order")
    return subject


def _object(subject: str) -> str:
    """Return the id as the log spells it. Raises RetentionUnfit where no leaf is about it."""
    spelled = subject.lower() if _UUID.fullmatch(subject) else subject
    for rows in (Leaf.objects, SearchEntry.objects):
        if rows.filter(object_id=spelled).exists():
            return spelled
    raise _unfit(f"the log has no object {subject}: give its own id; an order's is not its client order id")


def _is_object_type(subject: str) -> bool:
    of_events = {each.object_type for each in event_classes()}
    known = subject in of_events or subject in REGISTRY
    return known or SearchEntry.objects.filter(object_type=subject).exists()


def _unfit(detail: str) -> RetentionUnfit:
    return RetentionUnfit(detail, errors=[{"pointer": "/subject", "detail": detail}])


def hold_in_force(rows: QuerySet[LegalHold], hold_id: UUID | str) -> LegalHold:
    """Return one of these holds that holds. Raises HoldNotFound for one that is lifted as for one that is not there."""
    row = rows.filter(pk=hold_id, lifted_at=None).first()
    if row is None:
        raise HoldNotFound("there is no such hold, or it is lifted")
    return row


def hold_payload(row: LegalHold) -> dict[str, Any]:
    """Return what an approval to lift a hold is bound to."""
    return {
        "hold_id": str(row.pk),
        "kind": row.kind,
        "subject": row.subject,
        "since": None if row.since is None else row.since.isoformat(),
        "until": None if row.until is None else row.until.isoformat(),
    }


def _about(actor: Actor, row: LegalHold, *, revision: int) -> dict[str, Any]:
    return {
        "actor": actor,
        "object_id": str(row.pk),
        "revision": revision,
        "market_time": market_now(),
        "kind": row.kind,
        "subject": row.subject,
        "since": row.since,
        "until": row.until,
    }
