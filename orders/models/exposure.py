"""What firms, desks and accounts have at risk, and the cash that is brought in and taken out."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from orders.kernel.checks import Checks
from orders.kernel.ids import new_id
from orders.models.fields import notional_field, optional_total_notional_field, total_notional_field
from orders.models.organisation import Account, Desk, Firm
from orders.models.user import User


class Exposure(models.Model):
    """What one firm, desk or account has at risk, in the firm's currency. The id is the holder's own.

    Kept by triggers (migration 0005_exposure): a row comes with its holder, and every change of a position is carried
    to the rows of its account, desk and firm, in this order. `gross_notional` is the sum of the positions at their
    worst, `cash` (signed) what was brought in and what trades moved. `opening_equity` is cash and net notional at the
    first revaluation of the market day `opening_day` (UTC date), moved by what is brought in or taken out since.
    """

    id = models.UUIDField(primary_key=True)
    firm = models.OneToOneField(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.OneToOneField(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField(Account, null=True, on_delete=models.PROTECT, related_name="+")
    gross_notional = total_notional_field(default=Decimal(0))
    net_notional = total_notional_field(default=Decimal(0))
    open_buy_notional = total_notional_field(default=Decimal(0))
    open_sell_notional = total_notional_field(default=Decimal(0))
    cash = total_notional_field(default=Decimal(0))
    opening_equity = optional_total_notional_field()
    opening_day = models.DateField(null=True)

    class Meta:
        ordering = ("id",)
        default_permissions = ()
        constraints = [
            Checks(
                name="exposure_is_sound",
                checks=[
                    models.CheckConstraint(
                        name="exposure_one_holder",
                        condition=Q(firm=F("id"), desk=None, account=None)
                        | Q(firm=None, desk=F("id"), account=None)
                        | Q(firm=None, desk=None, account=F("id")),
                    ),
                    models.CheckConstraint(
                        name="exposure_nothing_negative",
                        condition=Q(
                            gross_notional__gte=0, open_buy_notional__gte=0, open_sell_notional__gte=0
                        ),
                    ),
                    models.CheckConstraint(
                        name="exposure_opened_at_once",
                        condition=Q(opening_day=None, opening_equity=None)
                        | Q(opening_day__isnull=False, opening_equity__isnull=False),
                    ),
                ],
            )
        ]

    @property
    def holder(self) -> Account | Desk | Firm:
        """Whose row it is."""
        return self.account or self.desk or self.firm  # type: ignore[return-value]  # exposure_one_holder

    @property
    def currency(self) -> str:
        """The firm's (ISO 4217), in which all of it is counted."""
        holder = self.holder
        desk = holder.desk if isinstance(holder, Account) else holder
        return (desk.firm if isinstance(desk, Desk) else desk).currency

    def day_loss(self, today: date) -> Decimal | None:
        """What the market day `today` (UTC date) lost since it was opened; None before that."""
        if self.opening_equity is None or self.opening_day != today:
            return None
        return self.opening_equity - (self.cash + self.net_notional)


class CashMovement(models.Model):
    """Cash that came into an account or left it: `amount` in the firm's currency, negative for a withdrawal.

    Never changed; what was wrong is followed by its opposite. `reference` is unique in the account, so the same
    movement told twice moves nothing twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount = notional_field()
    reference = models.CharField(max_length=64)
    market_time = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="cash_movement_once", fields=["account", "reference"]),
            models.CheckConstraint(name="cash_movement_moves", condition=~Q(amount=0)),
            models.CheckConstraint(name="cash_movement_has_reference", condition=~Q(reference="")),
        ]
