"""Exporting a case: a person asks for it, a worker writes it, the log signs its manifest, and it can be taken.

The log signs nothing but itself, and only the integrator has its key. So the digest of a case's manifest becomes a leaf
(CaseExported), and once a signed checkpoint covers that leaf, leaf, proof and checkpoint seal the case. Each step finds
in the database what is to be done, and may run twice, or be ended anywhere, without harm.
"""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from django.db.models import Q

from compliance.cases.asked import ExportCase, terms_digest
from compliance.cases.gathered import MOST_LEAVES, Gathered, found_count, gather, newest_place
from compliance.cases.reads import MOST_ATTEMPTS, case_for, unfinished_of
from compliance.cases.written import body_of, seal_of, terms_of
from compliance.disclosure import newest_checkpoint, sealing_checkpoint
from compliance.errors import (
    AuditForked,
    CaseEmpty,
    CaseNotReady,
    CasesUnfinished,
    CaseTooLarge,
    LeafArchived,
)
from compliance.log_events import CaseEvent, CaseExported, CaseRequested, CaseTaken
from compliance.models import Case, CaseFile, CasePart, CaseState, TreeEntry
from compliance.tree_reads import newest_signed_head, opened_head
from compliance.verify import MANIFEST, pack, unpack
from execution.wake import wake_on_commit
from orders.authority import accounts_with
from orders.hooks import publish
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor, Door, process_actor
from orders.kernel.errors import DomainError, NotFound, NotPermitted
from orders.kernel.transactions import service
from orders.permissions import VIEW_AUDIT, VIEW_LIMITS
from orders.selectors import login_names, market_now

EXPORT_CASES = "compliance.export_cases"
_FINAL = (CaseTooLarge, CaseEmpty, LeafArchived, NotFound, NotPermitted)
MOST_UNFINISHED = 5
"""So many cases of one person are on their way at a time; two that are asked for at the same moment may make it six."""
_RETRY_AFTER = timedelta(minutes=1)
_LEASE = timedelta(minutes=5)
"""So long a worker has a case for itself; one that dies leaves it to the next after that."""
_REFUSAL_CHARACTERS = 300
_FAILED = "it could not be written: the worker's log says why"
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class TakenCase:
    """A case's file, and the name under which it is saved."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Written:
    """What a case was made of: for whom, which leaves, whose limits' numbers, and in a tree of which size."""

    asker: Actor | None
    gathered: Gathered
    limit_accounts: list[UUID]
    tree_size: int


@service
def request_case(*, actor: Actor, command: ExportCase) -> Case:
    """Ask for a case of what the person may see of the log. A worker writes it.

    Raises NotPermitted for who may audit nothing, or not the order; OrderNotFound, CaseEmpty, CaseTooLarge,
    LeafArchived, CasesUnfinished, and NotAPerson for a process.
    """
    actor.person_id()
    _require_auditor(actor)
    if unfinished_of(actor.reference) >= MOST_UNFINISHED:
        raise CasesUnfinished(f"{MOST_UNFINISHED} of your cases are being written or signed")
    return _request(actor, actor, command)


@service
def request_case_on_machine(*, actor: Actor, command: ExportCase) -> Case:
    """Ask for a case of the whole log, as whoever has the machine.

    Raises OrderNotFound, CaseEmpty, CaseTooLarge, LeafArchived, InvalidInput for a client order id.
    """
    return _request(actor, None, command)


def export_case(case_id: UUID) -> None:
    """Do what can be done now for a case: write it, or seal it. What cannot be yet is left for the next time.

    What nobody can mend refuses the case; whatever else fails is raised, and tried again later: a key that is just
    being exchanged is known in a while.
    """
    case = Case.objects.get(pk=case_id)
    try:
        if case.state == CaseState.REQUESTED:
            _write(case)
        elif case.state == CaseState.UNSIGNED:
            _seal(case)
    except _FINAL as error:
        _refuse(case_id, f"{error.code}: {error.detail}")


@service
def take_case(*, actor: Actor, case_id: UUID) -> TakenCase:
    """Return a case's file for a person who may see it, and leave a leaf. Raises CaseNotFound, CaseNotReady."""
    return _take(actor, case_for(actor, case_id))


@service
def take_case_on_machine(*, actor: Actor, case_id: UUID) -> TakenCase:
    """Return the same for whoever has the machine. Raises CaseNotReady."""
    return _take(actor, Case.objects.get(pk=case_id))


def _request(actor: Actor, asker: Actor | None, command: ExportCase) -> Case:
    through = newest_place(command.asked)
    count = 0 if through is None else found_count(asker, command.asked, through)
    if through is None or count == 0:
        raise CaseEmpty("nothing that you may see meets the criteria")
    if count > MOST_LEAVES:
        raise CaseTooLarge(f"more than {MOST_LEAVES:,} leaves meet the criteria")
    case = Case.objects.create(
        reference=command.reference,
        title=command.title,
        question=command.question,
        asked=command.asked,
        asked_by=actor.reference,
        door=actor.door,
        through=through,
        salt=token_hex(_SALT_BYTES),
        recorded_at=recorded_now(),
    )
    _tell(CaseRequested, actor, case, digest=terms_digest(terms_of(case)), through=through)
    wake_on_commit(EXPORT_CASES)
    return case


def _write(case: Case) -> None:
    signed = newest_signed_head()
    if signed is None or signed.size <= case.through or not _claim(case.pk):
        return
    try:
        _write_claimed(case)
    except _FINAL:
        raise
    except Exception as error:
        _put_off(case.pk, is_our_state=isinstance(error, DomainError))
        raise


def _write_claimed(case: Case) -> None:
    asker = _asker_of(case)
    if asker is not None:
        _require_auditor(asker)
    gathered = gather(asker, case.asked, case.through)
    if not gathered.leaves:
        raise CaseEmpty("nothing that you may see meets the criteria any more")
    limits = _limits_seen(asker, gathered)
    checkpoint = newest_checkpoint()
    body = body_of(case, asker, gathered, checkpoint)
    written = _Written(asker, gathered, limits, opened_head(checkpoint).size)
    _keep_body(case.pk, written, _stored(body), digest=hashlib.sha256(body[MANIFEST]).hexdigest())


@service
def _put_off(case_id: UUID, *, is_our_state: bool) -> None:
    """Let an attempt that failed be followed by another one, or by none after the last.

    One that failed for the state of the log or its keys does not count: no further one would do better before that is
    mended.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.state != CaseState.REQUESTED:
        return
    case.claimed_at, case.retry_at = None, recorded_now() + _RETRY_AFTER
    if is_our_state:
        case.attempts -= 1
    elif case.attempts == MOST_ATTEMPTS:
        case.state, case.refusal, case.retry_at = CaseState.REFUSED, _FAILED, None
    case.save(update_fields=["state", "refusal", "attempts", "claimed_at", "retry_at"])


def _limits_seen(asker: Actor | None, gathered: Gathered) -> list[UUID]:
    """Return the accounts of the orders whose limits' numbers the asker may see now, and so may be in the replays."""
    if asker is None:
        return []
    seen = accounts_with(asker, VIEW_LIMITS).filter(pk__in=gathered.order_accounts)
    return list(seen.order_by().values_list("pk", flat=True))


def _require_auditor(actor: Actor) -> None:
    if not accounts_with(actor, VIEW_AUDIT).exists():
        raise NotPermitted("cases are for who may audit an account", permission=VIEW_AUDIT)


@service
def _claim(case_id: UUID) -> bool:
    """Tell whether the case is ours to write. One that failed too often is refused."""
    now = recorded_now()
    is_free = Q(claimed_at=None) | Q(claimed_at__lt=now - _LEASE)
    is_due = Q(retry_at=None) | Q(retry_at__lte=now)
    rows = Case.objects.select_for_update(skip_locked=True)
    case = rows.filter(is_free, is_due, pk=case_id, state=CaseState.REQUESTED).first()
    if case is None:
        return False
    if case.attempts == MOST_ATTEMPTS:
        case.state, case.refusal = CaseState.REFUSED, _FAILED
    else:
        case.attempts, case.claimed_at, case.retry_at = case.attempts + 1, now, None
    case.save(update_fields=["state", "refusal", "attempts", "claimed_at", "retry_at"])
    return case.state == CaseState.REQUESTED


@service
def _keep_body(case_id: UUID, written: _Written, content: bytes, *, digest: str) -> None:
    gathered = written.gathered
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.state != CaseState.REQUESTED:
        return
    CaseFile.objects.create(case=case, part=CasePart.BODY, content=content)
    case.state, case.manifest_digest = CaseState.UNSIGNED, digest
    case.accounts, case.leaf_count = gathered.accounts, len(gathered.leaves)
    case.order_accounts, case.limit_accounts = gathered.order_accounts, written.limit_accounts
    case.save(
        update_fields=[
            "state",
            "manifest_digest",
            "accounts",
            "order_accounts",
            "limit_accounts",
            "leaf_count",
        ]
    )
    _tell(
        CaseExported,
        written.asker or process_actor("audit"),
        case,
        digest=digest,
        leaves=len(gathered.leaves),
        tree_size=written.tree_size,
    )


def _seal(case: Case) -> None:
    """Seal a case that the log has signed. What cannot be sealed as the log or its keys are now is tried again later.

    No further try seals one in another history than its own: that is refused.
    """
    if case.retry_at is not None and case.retry_at > recorded_now():
        return
    try:
        _seal_now(case)
    except AuditForked as error:
        _refuse(case.pk, f"{error.code}: {error.detail}")
    except Exception:
        _put_off_seal(case.pk)
        raise


@service
def _put_off_seal(case_id: UUID) -> None:
    unsigned = Case.objects.filter(pk=case_id, state=CaseState.UNSIGNED)
    unsigned.update(retry_at=recorded_now() + _RETRY_AFTER)


def _seal_now(case: Case) -> None:
    entries = TreeEntry.objects.filter(
        leaf__object_id=str(case.pk),
        leaf__object_type=CaseEvent.object_type,
        leaf__action=CaseExported.__name__,
    )
    entry = entries.values_list("sequence", "leaf__body").first()
    checkpoint = None if entry is None else sealing_checkpoint(entry[0])
    if entry is None or checkpoint is None:
        return
    body = _members(CaseFile.objects.get(case=case, part=CasePart.BODY))
    seal = seal_of(entry[1], entry[0], checkpoint, body)
    content = pack({**body, **seal})
    _keep_seal(case.pk, _stored(seal), digest=hashlib.sha256(content).hexdigest(), size_bytes=len(content))


@service
def _keep_seal(case_id: UUID, seal: bytes, *, digest: str, size_bytes: int) -> None:
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.state != CaseState.UNSIGNED:
        return
    CaseFile.objects.create(case=case, part=CasePart.SEAL, content=seal)
    case.state, case.ready_at = CaseState.READY, recorded_now()
    case.file_digest, case.file_bytes, case.retry_at = digest, size_bytes, None
    case.save(update_fields=["state", "ready_at", "file_digest", "file_bytes", "retry_at"])


@service
def _refuse(case_id: UUID, why: str) -> None:
    waiting = Case.objects.exclude(state=CaseState.READY)
    refused = {"state": CaseState.REFUSED, "refusal": why[:_REFUSAL_CHARACTERS], "retry_at": None}
    waiting.filter(pk=case_id).update(**refused)


def _take(actor: Actor, case: Case) -> TakenCase:
    if case.state != CaseState.READY:
        raise CaseNotReady(f"the case is {case.state}", state=case.state)
    parts = {file.part: _members(file) for file in CaseFile.objects.filter(case=case)}
    content = pack({**parts[CasePart.BODY], **parts[CasePart.SEAL]})
    digest = hashlib.sha256(content).hexdigest()
    _tell(CaseTaken, actor, case, digest=digest, size_bytes=len(content))
    return TakenCase(f"case-{case.pk}.zip", content)


def _stored(members: dict[str, bytes]) -> bytes:
    return zlib.compress(pack(members), level=1)


def _members(file: CaseFile) -> dict[str, bytes]:
    return unpack(zlib.decompress(bytes(file.content)))


def _asker_of(case: Case) -> Actor | None:
    """Return the person who asked, as they asked; None for whoever has the machine."""
    kind, _, user_id = case.asked_by.partition(":")
    if kind != "user":
        return None
    return Actor(login_names([case.asked_by])[case.asked_by], Door(case.door), UUID(user_id))


def _tell(event: type[CaseEvent], actor: Actor, case: Case, **facts: Any) -> None:
    publish(event(actor=actor, object_id=str(case.pk), revision=0, market_time=market_now(), **facts))
