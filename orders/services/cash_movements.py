"""Record cash that is brought into accounts and taken out of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from orders import authority
from orders.commands import RecordCash
from orders.errors import AccountNotFound, CashReferenceUsed
from orders.events import CashMoved
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.kernel.transactions import service
from orders.models import Account, CashMovement, Exposure
from orders.permissions import RECORD_CASH, VIEW_ORDERS
from orders.selectors import market_now

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class RecordedCash:
    """A movement and whether it is new: the same one told again is the one that is there."""

    movement: CashMovement
    created: bool


class _Key(NamedTuple):
    account_id: UUID
    reference: str


@service
def record_cash(*, actor: Actor, commands: Sequence[RecordCash]) -> list[RecordedCash]:
    """Keep what `commands` say, all or none, and return the movements in their order.

    Raises AccountNotFound for an account that is hidden or absent, NotPermitted for one on which the actor may not
    record cash, and CashReferenceUsed where a reference belongs to another amount.
    """
    accounts = _accounts(actor, {command.account for command in commands})
    keys = [_Key(accounts[command.account].pk, command.reference) for command in commands]
    known = _locked_movements(keys)
    at = {"market_time": market_now(), "recorded_at": recorded_now(), "recorded_by_id": actor.person_id()}
    recorded = []
    for key, command in zip(keys, commands, strict=True):
        movement = known.get(key)
        created = movement is None
        if movement is None:
            movement = CashMovement(
                account=accounts[command.account], amount=command.amount, reference=command.reference, **at
            )
            known[key] = movement
        elif movement.amount != command.amount:
            raise CashReferenceUsed(
                f"{command.reference} of {command.account} is another amount", reference=command.reference
            )
        recorded.append(RecordedCash(movement, created))
    _keep(actor, [each.movement for each in recorded if each.created])
    return recorded


def _accounts(actor: Actor, codes: set[str]) -> dict[str, Account]:
    visible = authority.accounts_with(actor, VIEW_ORDERS) | authority.accounts_with(actor, RECORD_CASH)
    rows = visible.filter(code__in=codes).select_related("desk__firm")
    accounts = {account.code: account for account in rows}
    absent = sorted(codes - set(accounts))
    if absent:
        raise AccountNotFound(f"there is no account {', '.join(absent)} for you")
    recording = authority.accounts_with(actor, RECORD_CASH).filter(code__in=codes)
    refused = sorted(codes - set(recording.values_list("code", flat=True)))
    if refused:
        raise NotPermitted(
            f"this needs the permission {RECORD_CASH} on {', '.join(refused)}", permission=RECORD_CASH
        )
    return accounts


def _locked_movements(keys: Sequence[_Key]) -> dict[_Key, CashMovement]:
    """Return what is recorded under these keys; nobody records under them until the transaction ends."""
    accounts = {key.account_id for key in keys}
    list(Exposure.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk").values("pk"))
    rows = CashMovement.objects.filter(account__in=accounts, reference__in={key.reference for key in keys})
    return {_Key(row.account_id, row.reference): row for row in rows.select_related("account__desk__firm")}


def _keep(actor: Actor, movements: Sequence[CashMovement]) -> None:
    CashMovement.objects.bulk_create(movements, batch_size=_ROWS_AT_ONCE)
    for movement in movements:
        publish(
            CashMoved(
                actor=actor,
                object_id=str(movement.pk),
                revision=0,
                market_time=movement.market_time,
                account_id=movement.account_id,
                amount=movement.amount,
            )
        )
