"""Firms, desks and accounts: the containers on which permissions are granted."""

from enum import StrEnum

from django.db import models

from orders.kernel.ids import new_id
from orders.models.fields import choices
from orders.permissions import PERMISSIONS


class AccountState(StrEnum):
    """Whether an account may trade."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Firm(models.Model):
    """A legal entity that trades. `currency` (ISO 4217) is the one that it reports in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=32, unique=True)
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ("code",)
        default_permissions = ()
        permissions = PERMISSIONS
        constraints = [
            models.CheckConstraint(
                name="firm_currency_form", condition=models.Q(currency__regex=r"^[A-Z]{3}$")
            )
        ]

    def __str__(self) -> str:
        return self.code


class Desk(models.Model):
    """A trading desk of a firm."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=32, unique=True)

    class Meta:
        ordering = ("code",)
        default_permissions = ()
        permissions = PERMISSIONS

    def __str__(self) -> str:
        return self.code


class Account(models.Model):
    """What orders are placed for and positions are held in. `currency` (ISO 4217) is its base currency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=32, unique=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=choices(AccountState), default=AccountState.ACTIVE)

    class Meta:
        ordering = ("code",)
        default_permissions = ()
        permissions = PERMISSIONS
        constraints = [
            models.CheckConstraint(
                name="account_state_known", condition=models.Q(state__in=list(AccountState))
            ),
            models.CheckConstraint(
                name="account_currency_form", condition=models.Q(currency__regex=r"^[A-Z]{3}$")
            ),
        ]

    def __str__(self) -> str:
        return self.code
