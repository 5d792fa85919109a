"""Venues, and the rules by which slices go to one of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from orders.kernel.ids import new_id
from orders.models.fields import at_most_one_of, choices, optional_quantity_field
from orders.models.organisation import Account, Desk, Firm
from orders.models.reference import AssetClass, Instrument
from orders.terms import OrderType, TimeInForce


class Venue(models.Model):
    """A venue by the code under which its orders, reports and executions are kept.

    `calendar` is the MIC (ISO 10383) whose sessions it keeps; empty for one that keeps those of each instrument's
    market. Where it listens is each installation's own (VENUES in the environment).
    """

    code = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=64)
    calendar = models.CharField(max_length=4, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                name="venue_code_form", condition=Q(code__regex=r"^[A-Z][A-Z0-9_]{0,15}$")
            ),
            models.CheckConstraint(
                name="venue_calendar_form", condition=Q(calendar="") | Q(calendar__regex=r"^[A-Z0-9]{4}$")
            ),
        ]

    def __str__(self) -> str:
        return self.code


class RoutingRule(models.Model):
    """A rule in force from `effective_from` until before `effective_until` (market time, None: until it is replaced).

    Rules are asked by `place`, the lowest first, then by name, then the older. Whatever column of the conditions is set
    has to fit the slice: at most one holder (firm, desk, account), at most one subject (instrument, asset class, MIC of
    its market), the algorithm, type and time in force, and a quantity of units from `from_quantity` on and below
    `below_quantity`. `venues` are codes, the first choice first. A row never changes but for its end, which `version`
    counts: a change is a new row of the name for the same holder.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=32)
    place = models.PositiveIntegerField()
    firm = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.PROTECT, related_name="+")
    asset_class = models.CharField(max_length=16, blank=True, choices=choices(AssetClass))
    mic = models.CharField(max_length=4, blank=True)
    algorithm = models.CharField(max_length=32, blank=True)
    type = models.CharField(max_length=17, blank=True, choices=choices(OrderType))
    time_in_force = models.CharField(max_length=4, blank=True, choices=choices(TimeInForce))
    from_quantity = optional_quantity_field()
    below_quantity = optional_quantity_field()
    venues = ArrayField(models.CharField(max_length=16))
    effective_from = models.DateTimeField()
    effective_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("place", "name", "id")
        constraints = [
            models.UniqueConstraint(
                name="routing_rule_once",
                fields=["name", "firm", "desk", "account"],
                condition=Q(effective_until=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="routing_rule_one_holder", condition=at_most_one_of("firm", "desk", "account")
            ),
            models.CheckConstraint(
                name="routing_rule_one_subject",
                condition=Q(instrument=None, asset_class="")
                | Q(instrument=None, mic="")
                | Q(asset_class="", mic=""),
            ),
            models.CheckConstraint(
                name="routing_rule_quantities_in_order",
                condition=Q(from_quantity=None)
                | Q(below_quantity=None)
                | Q(from_quantity__lt=F("below_quantity")),
            ),
            models.CheckConstraint(
                name="routing_rule_effective_in_order",
                condition=Q(effective_until=None) | Q(effective_until__gte=F("effective_from")),
            ),
            models.CheckConstraint(name="routing_rule_names_a_venue", condition=Q(venues__len__gt=0)),
        ]

    @property
    def scope(self) -> Firm | Desk | Account | None:
        """Whom it concerns; None for everybody."""
        return self.firm or self.desk or self.account
