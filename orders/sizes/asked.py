"""Which orders a person asks to see the sizes of: the one validation for every door."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orders.commands import Code
from orders.kernel.moments import MarketDay
from orders.models.reference import AssetClass

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9@.+_-]*$")]


class Days(BaseModel):
    """From the first day to the last, both included: days of market time by UTC, at most 366."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_day: MarketDay | None = Field(
        default=None, description="a day of market time by UTC; without it the last 30 days with a session"
    )
    last_day: MarketDay | None = Field(default=None, description="the same; without it today")


class Asked(Days):
    """Whose orders, in what, and how they are told apart."""

    trader: Name | None = Field(default=None, description="a login name")
    account: Code | None = None
    asset_class: AssetClass | None = None
    symbol: Code | None = None
    apart: Literal["asset_class", "instrument"] | None = Field(
        default=None,
        description="a trader's orders in each asset class, or in each instrument, by themselves",
    )


class AskedProposal(Days):
    """Whose limits, and how they are reckoned: a quantile of what was admitted, times a margin.

    `floor` says whether the largest order that an override allowed is kept possible.
    """

    holder: Annotated[str, Field(pattern=r"^(account|trader) [A-Za-z0-9][A-Za-z0-9@._/+-]{0,63}$")] | None = (
        None
    )
    share: Literal["0.95", "0.99", "1"] = "0.99"
    margin: Literal["1", "1.25", "1.5", "2", "3"] = "1.5"
    floor: Literal["kept", "left"] = "kept"
