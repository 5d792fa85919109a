"""What is traded."""

from enum import StrEnum

from django.db import models

from orders.kernel.ids import new_id
from orders.models.fields import choices, price_field, quantity_field


class InstrumentState(StrEnum):
    """Whether an instrument may be traded."""

    ACTIVE = "active"
    HALTED = "halted"


class AssetClass(StrEnum):
    """What kind of thing is traded: limits and permissions to trade can name one."""

    EQUITY = "equity"
    FUND = "fund"
    BOND = "bond"
    FUTURE = "future"
    OPTION = "option"
    FX = "fx"


class MarketState(StrEnum):
    """Whether a market takes orders of ours."""

    ACTIVE = "active"
    HALTED = "halted"


class Market(models.Model):
    """A market by its MIC (ISO 10383), and whether orders for it are taken."""

    mic = models.CharField(max_length=4, primary_key=True)
    state = models.CharField(max_length=16, choices=choices(MarketState), default=MarketState.ACTIVE)

    class Meta:
        ordering = ("mic",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="market_mic_form", condition=models.Q(mic__regex=r"^[A-Z0-9]{4}$")),
            models.CheckConstraint(
                name="market_state_known", condition=models.Q(state__in=list(MarketState))
            ),
        ]

    def __str__(self) -> str:
        return self.mic


class Instrument(models.Model):
    """A financial instrument: `isin` (ISO 6166), `mic` of its market (ISO 10383), `currency` (ISO 4217).

    `tick_size` is the step of its prices in currency, `lot_size` the step of its quantities in units.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    symbol = models.CharField(max_length=32, unique=True)
    isin = models.CharField(max_length=12, unique=True)
    mic = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    asset_class = models.CharField(max_length=16, choices=choices(AssetClass), default=AssetClass.EQUITY)
    tick_size = price_field()
    lot_size = quantity_field()
    state = models.CharField(max_length=16, choices=choices(InstrumentState), default=InstrumentState.ACTIVE)

    class Meta:
        ordering = ("symbol",)
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="instrument_isin_form", condition=models.Q(isin__regex=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")
            ),
            models.CheckConstraint(
                name="instrument_mic_form", condition=models.Q(mic__regex=r"^[A-Z0-9]{4}$")
            ),
            models.CheckConstraint(
                name="instrument_currency_form", condition=models.Q(currency__regex=r"^[A-Z]{3}$")
            ),
            models.CheckConstraint(name="instrument_tick_positive", condition=models.Q(tick_size__gt=0)),
            models.CheckConstraint(name="instrument_lot_positive", condition=models.Q(lot_size__gt=0)),
            models.CheckConstraint(
                name="instrument_state_known", condition=models.Q(state__in=list(InstrumentState))
            ),
            models.CheckConstraint(
                name="instrument_asset_class_known",
                condition=models.Q(asset_class__in=list(AssetClass)),
            ),
        ]

    def __str__(self) -> str:
        return self.symbol
