"""Kill switches: who may not trade at all, since when and why; and the gate that everything in scope passes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.models.fields import choices
from orders.models.organisation import Account, Desk, Firm
from orders.models.reference import Instrument
from orders.models.user import User
from orders.terms import KillSwitchScope


def _only(scope: KillSwitchScope) -> Q:
    """The target of this scope is named and no other."""
    rows = [each for each in KillSwitchScope if each != KillSwitchScope.ALGORITHM]
    named = {f"{each}__isnull": each != scope for each in rows}
    no_algorithm = Q(algorithm="")
    return Q(scope=scope, **named) & (~no_algorithm if scope == KillSwitchScope.ALGORITHM else no_algorithm)


class KillSwitch(models.Model):
    """From the commit of this row no order in its scope is admitted, amended, planned or sent, until it is lifted.

    Exactly one of the targets is set, the one that `scope` names; `key` is scope and target as the gate has them.
    `market_time` is when it was engaged in the market, `engaged_at` the same moment in real UTC. `swept_at` (recorded
    time) is when no open order in scope was left that had not been asked to be canceled, and `pending_before` how many
    of those had been asked by somebody else. Kept for ever: a lifted one says who lifted it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=10, choices=choices(KillSwitchScope))
    firm = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    trader = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.PROTECT, related_name="+")
    algorithm = models.CharField(max_length=32, blank=True)
    key = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    engaged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    market_time = models.DateTimeField()
    engaged_at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True)
    pending_before = models.PositiveIntegerField(default=0)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        default_permissions = ()
        ordering = ("-id",)
        verbose_name_plural = "kill switches"
        constraints = [
            models.CheckConstraint(
                name="kill_switch_one_target",
                condition=_only(KillSwitchScope.FIRM)
                | _only(KillSwitchScope.DESK)
                | _only(KillSwitchScope.ACCOUNT)
                | _only(KillSwitchScope.TRADER)
                | _only(KillSwitchScope.ALGORITHM)
                | _only(KillSwitchScope.INSTRUMENT),
            ),
            models.UniqueConstraint(
                name="kill_switch_engaged_once", fields=["key"], condition=Q(lifted_at=None)
            ),
            models.CheckConstraint(name="kill_switch_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="kill_switch_lifted_by_another",
                condition=Q(lifted_at=None, lifted_by=None)
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_by=F("engaged_by"))),
            ),
            models.CheckConstraint(
                name="kill_switch_lifted_when_swept",
                condition=Q(lifted_at=None) | Q(swept_at__isnull=False),
            ),
        ]

    @property
    def target(self) -> str:
        """The code, login name, symbol or algorithm that it stops."""
        if self.scope == KillSwitchScope.ALGORITHM:
            return self.algorithm
        named = getattr(self, self.scope)
        return str(named.username if isinstance(named, User) else named)

    @property
    def holder(self) -> Firm | Desk | Account | None:
        """The firm, desk or account that it stops; None where it reaches into every account."""
        return self.firm or self.desk or self.account

    @property
    def is_engaged(self) -> bool:
        """Whether it stops orders now."""
        return self.lifted_at is None

    def __str__(self) -> str:
        return f"{self.scope} {self.target}"


class KillSwitchGate(models.Model):
    """The one row that is read FOR SHARE before an order is admitted, amended, planned or sent.

    `engaged` holds the keys of the switches that are engaged. Who engages one, or changes a limit or a trading state,
    waits until all who read the gate have committed; who reads it after that sees what was changed.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    engaged = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(name="kill_switch_gate_is_one", condition=Q(id=1))]
