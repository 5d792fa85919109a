"""Commands of compliance: what a person may ask for. The one validation for every door."""

import re
from datetime import date, datetime
from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from compliance.token_scopes import LEAST, TokenScope
from execution.commands import VenueCode
from orders.commands import Code, Command, Reason, bounded_parameters, legible
from orders.kernel.moments import Moment
from orders.kernel.money import NotNegative, Price, Quantity
from orders.limit_kinds import LimitKind
from orders.models.reference import AssetClass
from orders.terms import OrderType, TimeInForce


class HoldSubject(StrEnum):
    """What a hold keeps: all, or the leaves about one object, those that concern an account, or those of one type."""

    EVERYTHING = "everything"
    OBJECT = "object"
    ACCOUNT = "account"
    OBJECT_TYPE = "object_type"


def _once_each(scopes: tuple[TokenScope, ...]) -> tuple[TokenScope, ...]:
    if not scopes or len(set(scopes)) != len(scopes):
        raise ValueError("must name at least one, each once")
    return scopes


def _network(text: str) -> str:
    """Return the network as it is kept: 43 characters at most, since a zone of an interface is none of a client's."""
    if "%" in text:
        raise ValueError("must be a network, without a zone")
    return str(ip_network(text))


Network = Annotated[str, Field(max_length=43), AfterValidator(_network), Field(max_length=43)]
Password = Annotated[str, Field(min_length=1, max_length=1024, repr=False)]
WarnAtPercent = Annotated[int, Field(strict=True, ge=1, le=100)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9@.+_-]*$")]


class ChangePassword(Command):
    """Take another password, by the one that counts now; the tokens are revoked unless they are to go on."""

    old: Password
    new: Password
    tokens_go_on: bool = False


class GiveReason(Command):
    """Do what needs nothing but a reason."""

    reason: Reason


class MakeToken(Command):
    """Make an API token that opens what `scopes` name, for so many days, from addresses in these networks (CIDR).

    Without networks it opens from any address, without days for 90 of them, or as long as the token by which it is
    asked for. The label is for its owner, who has several.
    """

    label: Annotated[str, Field(max_length=64), AfterValidator(legible)] = "API client"
    scopes: Annotated[tuple[TokenScope, ...], AfterValidator(_once_each)] = LEAST
    days: Annotated[int, Field(strict=True, ge=1)] | None = None
    address_ranges: Annotated[tuple[Network, ...], Field(max_length=16)] = ()


class RotateToken(Command):
    """Exchange a token for another; the old one is valid for so many hours yet, so that no client is cut off."""

    overlap_hours: Annotated[int, Field(strict=True, ge=0, le=168)] = 24


class ProposeLimit(Command):
    """Ask for a new limit, and say why.

    The scope: at most one of `firm`, `desk`, `account` (codes) and `trader` (login name), at most one of `symbol` and
    `asset_class`, at least one of all. `value` in the unit of the kind; from `warn_at_percent` of it an order is
    warned. In force from `effective_from` until before `effective_until`, in market time; null is open.
    """

    kind: LimitKind
    firm: Code | None = None
    desk: Code | None = None
    account: Code | None = None
    trader: Name | None = None
    symbol: Code | None = None
    asset_class: AssetClass | None = None
    value: NotNegative
    warn_at_percent: WarnAtPercent = 80
    effective_from: Moment | None = None
    effective_until: Moment | None = None
    reason: Reason

    @model_validator(mode="after")
    def _is_somebodys(self) -> "ProposeLimit":
        holders = [name for name in ("firm", "desk", "account", "trader") if getattr(self, name) is not None]
        subjects = [name for name in ("symbol", "asset_class") if getattr(self, name) is not None]
        if len(holders) > 1 or len(subjects) > 1:
            raise ValueError(
                "give at most one of firm, desk, account, trader, and one of symbol, asset_class"
            )
        if not holders and not subjects:
            raise ValueError("give firm, desk, account, trader, symbol or asset_class: whom it is for")
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> "ProposeLimit":
        start, end = self.effective_from, self.effective_until
        if start is not None and end is not None and start >= end:
            raise ValueError("effective_from must come before effective_until")
        return self


class ProposeLimitChange(Command):
    """Ask for other terms of a limit, and say why. What is not given stays; null takes an effective date away.

    `version` is the one of the limit that the asker looked at, where that is to be checked.
    """

    value: NotNegative | None = None
    warn_at_percent: WarnAtPercent | None = None
    effective_from: Moment | None = None
    effective_until: Moment | None = None
    version: Annotated[int, Field(strict=True, ge=1)] | None = None
    reason: Reason

    def given(self) -> dict[str, Any]:
        """Return the terms that are asked for, by their names: value and percent where they are not null."""
        named = {name: getattr(self, name) for name in sorted(self.model_fields_set - {"reason", "version"})}
        return {name: value for name, value in named.items() if value is not None or name in _DATES}


_DATES = ("effective_from", "effective_until")


class ProposeLimitEnd(Command):
    """Ask that a limit be in force no longer, and say why."""

    reason: Reason


class ProposeBust(Command):
    """Ask that an execution be taken back, and say why."""

    reason: Reason


class ProposeDeal(Command):
    """Ask that an execution be corrected to this, or that this be booked as filled by hand, and say why.

    `quantity` in units, `price` in the instrument's currency per unit.
    """

    quantity: Quantity
    price: Price
    reason: Reason


class ProposeLift(Command):
    """Ask that a kill switch be lifted, and say why."""

    reason: Reason


class ProposeRoutingRule(Command):
    """Ask for a rule by which slices go to a venue, or for another form of the one of this name and holder; say why.

    Whatever condition is given has to fit a slice: at most one holder (`firm`, `desk`, `account`, by code), at most one
    subject (`symbol`, `asset_class`, `mic` of the instrument's market), `algorithm`, `type` and `time_in_force`, and
    units from `from_quantity` on and below `below_quantity`. What fits goes to the first of `venues` that takes it.
    Rules are asked by `place`, the lowest first. In force from `effective_from` (market time; null: its approval).
    """

    name: Code
    place: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    firm: Code | None = None
    desk: Code | None = None
    account: Code | None = None
    symbol: Code | None = None
    asset_class: AssetClass | None = None
    mic: Annotated[str, Field(pattern=r"^[A-Z0-9]{4}$")] | None = None
    algorithm: Code | None = None
    type: OrderType | None = None
    time_in_force: TimeInForce | None = None
    from_quantity: Quantity | None = None
    below_quantity: Quantity | None = None
    venues: Annotated[list[VenueCode], Field(min_length=1, max_length=10)]
    effective_from: Moment | None = None
    reason: Reason

    @model_validator(mode="after")
    def _conditions_go_together(self) -> "ProposeRoutingRule":
        for names in (("firm", "desk", "account"), ("symbol", "asset_class", "mic")):
            if sum(getattr(self, name) is not None for name in names) > 1:
                raise ValueError(f"give at most one of {', '.join(names)}")
        least, bound = self.from_quantity, self.below_quantity
        if least is not None and bound is not None and least >= bound:
            raise ValueError("from_quantity must be less than below_quantity")
        if len(set(self.venues)) != len(self.venues):
            raise ValueError("name each venue once")
        return self


class ProposeRoutingEnd(Command):
    """Ask that a routing rule hold no longer, and say why."""

    reason: Reason


def _as_a_day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("give a day as 2026-11-28")
    return value


Day = Annotated[date, BeforeValidator(_as_a_day)]
Citation = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9 .,:;()/§-]+$")]


class ProposeRetention(Command):
    """Ask that records of a class be kept for so many years by a regime from a day on, and say why.

    `years` null: the regime asks for nothing any more. `source` is where that is written; the log keeps it in clear.
    """

    regime: Code
    record_class: Literal["orders", "risk_controls", "access", "books"]
    years: Annotated[int, Field(strict=True, ge=1, le=100)] | None
    effective_from: Day
    source: Citation
    reason: Reason


class PlaceHold(Command):
    """Keep the months with leaves of a subject, whatever the rules say, from now on; say why.

    `subject` is an object's own id, an account's code, or an object type as the log has it; none for everything. One
    that the log does not know is refused. An account's hold keeps the months with leaves that name it or anything of
    it: its orders and the work on them, its cash, limits, positions, rights and refused requests. `since` and `until`
    are days, both included; null is open.
    """

    kind: HoldSubject
    subject: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:/-]+$")] | None = None
    since: Day | None = None
    until: Day | None = None
    reason: Reason

    @model_validator(mode="after")
    def _is_a_hold(self) -> "PlaceHold":
        if (self.kind == HoldSubject.EVERYTHING) != (self.subject is None):
            raise ValueError("give a subject, unless everything is kept")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("since must not come after until")
        return self


class ProposeHoldLift(Command):
    """Ask that a legal hold be lifted, and say why."""

    reason: Reason


RoleName = Annotated[str, Field(pattern="^[a-z_]{1,32}$")]


class ProposeRole(Command):
    """Ask that a person hold a role on exactly one of `firm`, `desk` and `account` (codes), and say why.

    From `effective_from` (recorded time; null, or passed: its approval) until before `effective_until`; null is
    without an end.
    """

    user: Name
    role: RoleName
    firm: Code | None = None
    desk: Code | None = None
    account: Code | None = None
    effective_from: Moment | None = None
    effective_until: Moment | None = None
    reason: Reason

    @model_validator(mode="after")
    def _is_somewhere(self) -> "ProposeRole":
        if sum(each is not None for each in (self.firm, self.desk, self.account)) != 1:
            raise ValueError("give exactly one of firm, desk, account: where the role is held")
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> "ProposeRole":
        _require_order(self.effective_from, self.effective_until)
        return self


class ProposeDelegation(Command):
    """Ask that another person stand in for who holds a role, for a time (recorded time) that has an end; say why."""

    user: Name
    effective_from: Moment
    effective_until: Moment
    reason: Reason

    @model_validator(mode="after")
    def _dates_in_order(self) -> "ProposeDelegation":
        _require_order(self.effective_from, self.effective_until)
        return self


def _require_order(start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and start >= end:
        raise ValueError("effective_from must come before effective_until")


class ProposeRevocation(Command):
    """Ask that a grant of a role give nothing any more, and say why."""

    reason: Reason


EventName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z]+$")]


class ProposeSubscription(Command):
    """Ask that a plugin be told of events, and say why. A name that is taken changes that subscription.

    `plugin` is the name of an installed event plugin, `events` are names of event classes, `parameters` are the
    plugin's own. A new subscription hears what happens from now on, or the audit log from `from_sequence` on.
    """

    name: Code
    plugin: Annotated[str, Field(min_length=1, max_length=64)]
    events: Annotated[list[EventName], Field(min_length=1, max_length=100)]
    parameters: Annotated[dict[str, Any], AfterValidator(bounded_parameters)] = {}
    from_sequence: Annotated[int, Field(strict=True, ge=0)] | None = None
    reason: Reason


class OperateSubscription(Command):
    """Stop or resume a subscription, or have deliveries made again; `reason` says why, and is kept."""

    reason: Reason


class Decide(Command):
    """Agree to a change or refuse it, and say why."""

    reason: Reason
