"""Limits by scope, the decisions that they led to, and what loosens one for a moment."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.limit_kinds import HELD_BY_EXPOSURE, HOLDERS, WITHOUT_SUBJECT, LimitKind
from orders.models.fields import at_most_one_of, choices, notional_field
from orders.models.order import Order
from orders.models.organisation import Account, Desk, Firm
from orders.models.reference import Instrument
from orders.models.user import User

_SCOPE = (*HOLDERS, "instrument", "asset_class")


class Limit(models.Model):
    """A limit, a rule that is on (`restricted`, value 0), a right (`permitted`, value 1) or a locate.

    It applies to an order where every column of the scope that is set fits: at most one holder (firm, desk, account,
    trader) and at most one subject (instrument, asset class; empty for any). `value` in the unit of the kind. In force
    from `effective_from` until before `effective_until` (market time, None for open) and until it is ended
    (`ended_at`, recorded time). `version` counts its changes. From `warn_at_percent` of the value a check warns.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24, choices=choices(LimitKind))
    firm = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    trader = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.PROTECT, related_name="+")
    asset_class = models.CharField(max_length=16, blank=True)
    value = notional_field()
    warn_at_percent = models.PositiveSmallIntegerField(default=80)
    effective_from = models.DateTimeField(null=True)
    effective_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    @property
    def scope(self) -> Firm | Desk | Account | None:
        """Whom it concerns as a whole: None for a limit of a trader or without a holder, which concerns everybody."""
        return self.firm or self.desk or self.account

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        indexes = [
            # Every admission asks for them (orders/risk/applying.py), and no foreign key leads to them.
            models.Index(
                fields=["instrument", "asset_class"],
                name="limit_without_holder",
                condition=Q(ended_at=None, firm=None, desk=None, account=None, trader=None),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="limit_once_per_scope",
                fields=["kind", *_SCOPE],
                condition=Q(ended_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="limit_value_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(name="limit_kind_known", condition=Q(kind__in=list(LimitKind))),
            models.CheckConstraint(name="limit_one_holder", condition=at_most_one_of(*HOLDERS)),
            models.CheckConstraint(
                name="limit_one_subject", condition=Q(instrument=None) | Q(asset_class="")
            ),
            models.CheckConstraint(
                name="limit_has_scope",
                condition=~Q(
                    **{f"{name}__isnull": True for name in (*HOLDERS, "instrument")}, asset_class=""
                ),
            ),
            models.CheckConstraint(
                name="limit_of_exposure_has_holder",
                condition=~Q(kind__in=sorted(HELD_BY_EXPOSURE))
                | Q(firm__isnull=False)
                | Q(desk__isnull=False)
                | Q(account__isnull=False),
            ),
            models.CheckConstraint(
                name="limit_of_everything_has_no_subject",
                condition=~Q(kind__in=sorted(WITHOUT_SUBJECT)) | Q(instrument=None, asset_class=""),
            ),
            models.CheckConstraint(
                name="limit_permission_has_trader",
                condition=~Q(kind=LimitKind.PERMITTED) | Q(trader__isnull=False),
            ),
            models.CheckConstraint(
                name="limit_warns_within_value", condition=Q(warn_at_percent__gte=1, warn_at_percent__lte=100)
            ),
            models.CheckConstraint(
                name="limit_effective_in_order",
                condition=Q(effective_from=None)
                | Q(effective_until=None)
                | Q(effective_from__lt=F("effective_until")),
            ),
        ]


class DecisionStage(StrEnum):
    """What was decided on: a new order, or new terms of one."""

    PLACE = "place"
    AMEND = "amend"


class RiskDecision(models.Model):
    """What pre-trade risk decided on an order's terms, with every number that it saw. Append-only.

    `findings` are those of orders/risk/figures.py as orders/risk/kept.py spells them; `tightest` the limit that binds
    next.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=8, choices=choices(DecisionStage))
    is_admitted = models.BooleanField()
    findings: "models.JSONField[list[dict[str, Any] | str], list[dict[str, Any] | str]]" = models.JSONField()
    tightest: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    figures: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        indexes = [
            # For the list of what was refused: an admission writes nothing to it.
            models.Index(
                fields=["recorded_at", "id"], name="decision_refused", condition=Q(is_admitted=False)
            )
        ]


class Override(models.Model):
    """Leave to place once what was refused: the terms of `refused`, against these denial codes, until it expires.

    Given by a named person who is not the trader (RTS 6 Art. 15(6)). `used_by` is the order that was admitted by it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    refused = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    trader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    codes: "models.JSONField[list[str], list[str]]" = models.JSONField()
    reason = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    used_by = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="override_granted_by_another", condition=~Q(granted_by=F("trader"))),
            models.CheckConstraint(
                name="override_used_at_once",
                condition=Q(used_by=None, used_at=None) | Q(used_by__isnull=False, used_at__isnull=False),
            ),
        ]


class ThrottleReset(models.Model):
    """A named person let a repeated-execution throttle count from zero again (RTS 6 Art. 15(3)). Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    limit = models.ForeignKey(Limit, on_delete=models.PROTECT, related_name="+")
    reset_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
