"""Legal holds: one person places one at once, and two lift it. A row says for ever what was held, by whom and why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from compliance.actions import LIFT_HOLD
from compliance.commands import HoldSubject, PlaceHold
from compliance.errors import HoldNotFound, RetentionUnfit
from compliance.log_events import LegalHoldLifted, LegalHoldPlaced
from compliance.models import LegalHold
from orders import authority
from orders.hooks import hooks, publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.transactions import service, step
from orders.permissions import PROPOSE_RETENTION
from orders.selectors import market_now
from orders.services.limits import payload_digest


@service
def place_hold(*, actor: Actor, command: PlaceHold) -> LegalHold:
    """Keep what the command names from now on.

    Raises NotAPerson for a process, NotPermitted without propose_retention on everything, and RetentionUnfit for an
    account that there is not.
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
    row = LegalHold.objects.select_for_update().filter(pk=payload["hold_id"], lifted_at=None).first()
    if row is None:
        raise HoldNotFound("there is no such hold, or it is lifted")
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
    if command.kind != HoldSubject.ACCOUNT or command.subject is None:
        return command.subject or ""
    account = authority.SCOPES["account"](actor, PROPOSE_RETENTION).filter(code=command.subject).first()
    if account is None:
        detail = f"there is no account {command.subject}"
        raise RetentionUnfit(detail, errors=[{"pointer": "/subject", "detail": detail}])
    return str(account.pk)


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
