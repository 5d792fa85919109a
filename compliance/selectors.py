"""Reads of compliance. The actor comes first, and sees what the grants reach: nothing by default."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from compliance.actions import ACTIONS, LIFT_HOLD, ROLE_ACTIONS, SET_SUBSCRIPTION
from compliance.commands import HoldSubject
from compliance.models import Approval, Checkpoint, Leaf, LeafKind, LegalHold, TreeEntry
from compliance.models.approval import ApprovalState
from execution.services.routing_rules import RoutingAction
from orders import authority
from orders.kernel.clock import recorded_now
from orders.kernel.context import Actor
from orders.kernel.errors import NotPermitted
from orders.limit_reads import names_in_scopes
from orders.models import Order
from orders.permissions import APPROVE_RETENTION, PROPOSE_RETENTION, VIEW_AUDIT
from orders.selectors import limits_seen_by
from orders.services import LIFT

OF_ORDER = ("order", "run")
"""What an order's id names: the order, and the work on it."""


@dataclass(frozen=True)
class LogFilter:
    """Which leaves of the log: each criterion exactly as the leaf has it, None for any. Events only, unless told."""

    object_id: str | None = None
    action: str | None = None
    actor: str | None = None
    kind: LeafKind | None = LeafKind.EVENT


def approvals_for(actor: Actor) -> QuerySet[Approval]:
    """Return the approvals that `actor` may see, newest first, with scope (and its firm) and people.

    Those of an action whose `seen_with` the person holds on the whole scope of the approval.
    """
    seen = Q(pk=None)
    for permission in sorted({action.seen_with for action in ACTIONS.values()}):
        shown = [name for name, action in ACTIONS.items() if action.seen_with == permission]
        seen |= Q(action__in=shown) & authority.reached_by(actor, permission)
    found = Approval.objects.filter(seen)
    scopes = ("firm", "desk__firm", "account__desk__firm")
    return found.select_related(*scopes, "maker", "checker").order_by("-id")


def inbox(actor: Actor) -> QuerySet[Any]:
    """Return the approvals with `waits`, and `limit_version` of the limit that they are about as it is now.

    `waits` is True for those that can still be decided: pending and not expired.
    """
    named = approvals_for(actor).annotate(limit_key=Cast(KT("payload__limit_id"), UUIDField()))
    limit = limits_seen_by(actor).filter(pk=OuterRef("limit_key"))
    waits = Q(state=ApprovalState.PENDING, expires_at__gt=recorded_now())
    return named.annotate(
        waits=ExpressionWrapper(waits, BooleanField()), limit_version=Subquery(limit.values("version"))
    )


def name_scopes(approvals: list[Any]) -> None:
    """Give each approval `names`: what the ids are called that say what a limit is for, a kill switch stops, a routing
    rule is about, or who is to hold a role."""
    names = names_in_scopes(each for approval in approvals for each in _ids_in(approval))
    for approval in approvals:
        approval.names = names


def reads_hold_reasons(actor: Actor) -> bool:
    """Tell whether `actor` is one of those who decide about holds: nobody else reads why one was placed."""
    return any(authority.may_on(actor, each, None) for each in (PROPOSE_RETENTION, APPROVE_RETENTION))


def hold_reason_for(actor: Actor, approval: Approval) -> str | None:
    """Return why the hold was placed that an approval would lift; None for another approval, and for who may not."""
    if approval.action != LIFT_HOLD or not reads_hold_reasons(actor):
        return None
    return LegalHold.objects.values_list("reason", flat=True).get(pk=approval.payload["hold_id"])


def _ids_in(approval: Approval) -> list[dict[str, str]]:
    payload = approval.payload
    if approval.action in ROLE_ACTIONS:
        others = [each["user_id"] for each in payload.get("ends", ())]
        people = [payload["user_id"], payload.get("delegator_id"), *others]
        return [{"trader": each} for each in people if each]
    if "key" in payload:
        kind, _, target = payload["key"].partition(":")
        return [{kind: target}]
    if "replaces" in payload:
        rule = payload.get("after") or payload["before"]
        return [{name: rule[name] for name in ("firm", "desk", "account", "instrument") if name in rule}]
    if "hold_id" in payload:
        return [{"account": payload["subject"]}] if payload["kind"] == HoldSubject.ACCOUNT else []
    return [payload.get("scope", {})]


def lifts_waiting(actor: Actor, kill_switch_id: UUID) -> list[Any]:
    """Return the requests that a kill switch be lifted which can still be decided, newest first."""
    asked = inbox(actor).filter(action=LIFT, payload__kill_switch_id=str(kill_switch_id), waits=True)
    return list(asked.order_by("-id"))


def subscriptions_asked_for(actor: Actor) -> list[Any]:
    """Return the requests for an event plugin's subscription which can still be decided, newest first."""
    return list(inbox(actor).filter(action=SET_SUBSCRIPTION, waits=True).order_by("-id"))


def routing_asked_for(actor: Actor) -> list[Any]:
    """Return the requests for routing rules, and for the end of some, which can still be decided, newest first."""
    return list(inbox(actor).filter(action__in=list(RoutingAction), waits=True).order_by("-id"))


def roles_asked_for(actor: Actor) -> list[Any]:
    """Return what was asked for of roles and can still be decided, newest first, each with `names`."""
    found = list(inbox(actor).filter(action__in=ROLE_ACTIONS, waits=True).order_by("-id"))
    name_scopes(found)
    return found


def history_of_limit(actor: Actor, limit_id: UUID) -> list[Any]:
    """Return what was asked for and decided of a limit, newest first, each with `names` (RTS 6 Art. 5(7))."""
    found = list(inbox(actor).filter(limit_key=limit_id).order_by("-id"))
    name_scopes(found)
    return found


def last_checkpoint(actor: Actor) -> Checkpoint | None:
    """Return the newest checkpoint of the tree, None before the first. Raises NotPermitted unless `may_read_log`."""
    require_log(actor)
    return Checkpoint.objects.order_by("-tree_size").first()


def trail_of(actor: Actor, order: Order) -> QuerySet[Leaf]:
    """Return the leaves about an order and the work on it, oldest first, each with `sequence` and `leaf_hash`.

    Both are None as long as the leaf waits for the integrator. Raises NotPermitted without view_audit on the
    order's account.
    """
    authority.require(actor, VIEW_AUDIT, order.account_id)
    return _placed(Leaf.events.filter(object_type__in=OF_ORDER, object_id=str(order.pk)).order_by("id"))


def changes_of(actor: Actor, order: Order) -> QuerySet[Leaf]:
    """Return what happened to an order's row, oldest first, as `trail_of` does: whoever wrote it, SQL by hand included.

    Raises what `trail_of` raises.
    """
    authority.require(actor, VIEW_AUDIT, order.account_id)
    rows = Leaf.objects.filter(kind=LeafKind.ROW, object_type=Order._meta.db_table, object_id=str(order.pk))
    return _placed(rows.order_by("id"))


def may_read_log(actor: Actor) -> bool:
    """Tell whether `actor` holds view_audit on every account there is.

    The log tells of all accounts, of roles and of the machinery at once, and a leaf names its object as text only:
    so it opens to those whose reach has no gap, and an order's own trail to the others.
    """
    return authority.may_everywhere(actor, VIEW_AUDIT)


def log_for(actor: Actor, criteria: LogFilter | None = None) -> QuerySet[Leaf]:
    """Return the leaves of the whole log that meet the criteria, newest first, each with `sequence` and `leaf_hash`.

    Raises NotPermitted unless `may_read_log`. Page through it by id: it is too long to be counted.
    """
    require_log(actor)
    given = {name: said for name, said in vars(criteria or LogFilter()).items() if said is not None}
    return _placed(Leaf.objects.filter(**given).order_by("-id"))


def leaf_hash_text(leaf: Any) -> str | None:
    """Return the hash of a leaf that `trail_of` or `log_for` returned, in hex; None until it is integrated."""
    return None if leaf.leaf_hash is None else bytes(leaf.leaf_hash).hex()


def require_log(actor: Actor) -> None:
    """Raise NotPermitted unless `may_read_log`."""
    if not may_read_log(actor):
        raise NotPermitted("the log is read by those who may audit every account", permission=VIEW_AUDIT)


def _placed(leaves: QuerySet[Leaf]) -> QuerySet[Leaf]:
    entry = TreeEntry.objects.filter(leaf_id=OuterRef("pk"))
    return leaves.annotate(
        sequence=Subquery(entry.values("sequence")), leaf_hash=Subquery(entry.values("leaf_hash"))
    )
