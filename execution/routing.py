"""Which venue a slice goes to: the first rule that fits decides, and the first of its venues that takes it. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Unavailable(StrEnum):
    """Why a venue does not take a slice now.

    not_connected: this installation has no address of it. away: it has not answered several times in a row.
    closed: by its calendar it is not in session.
    """

    NOT_CONNECTED = "not_connected"
    AWAY = "away"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is to be sent, as far as rules look at it: whose it is, of what, and how. `quantity` in units."""

    firm: UUID
    desk: UUID
    account: UUID
    instrument: UUID
    asset_class: str
    mic: str
    algorithm: str
    type: str
    time_in_force: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a rule asks of a slice: what is None is not asked. Units from `from_quantity` on, below `below_quantity`."""

    firm: UUID | None = None
    desk: UUID | None = None
    account: UUID | None = None
    instrument: UUID | None = None
    asset_class: str | None = None
    mic: str | None = None
    algorithm: str | None = None
    type: str | None = None
    time_in_force: str | None = None
    from_quantity: Decimal | None = None
    below_quantity: Decimal | None = None

    def fit(self, sent: Sent) -> bool:
        """Whether all that is asked holds of the slice."""
        if self.from_quantity is not None and sent.quantity < self.from_quantity:
            return False
        if self.below_quantity is not None and sent.quantity >= self.below_quantity:
            return False
        return all(getattr(self, name) in (None, getattr(sent, name)) for name in EQUAL)


EQUAL = (
    "firm",
    "desk",
    "account",
    "instrument",
    "asset_class",
    "mic",
    "algorithm",
    "type",
    "time_in_force",
)
"""What a condition and a slice have to have in common."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in force: what fits goes to the first of `venues`, by code, that takes it."""

    id: UUID
    conditions: Conditions
    venues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a slice goes, by which rule, and which venues before it did not take it and why.

    `venue` is None where none does, `rule` where none fits.
    """

    venue: str | None
    rule: UUID | None
    passed_over: tuple[tuple[str, Unavailable], ...] = ()


def route(sent: Sent, rules: Iterable[Rule], unavailable: Callable[[str], Unavailable | None]) -> Route:
    """Return where a slice goes by rules in their order.

    The first rule that fits decides alone: where none of its venues takes the slice it waits, and no later rule is
    asked. `unavailable` tells of a venue why it takes nothing now, None where it does.
    """
    rule = next((each for each in rules if each.conditions.fit(sent)), None)
    if rule is None:
        return Route(None, None)
    passed_over: list[tuple[str, Unavailable]] = []
    for venue in rule.venues:
        why = unavailable(venue)
        if why is None:
            return Route(venue, rule.id, tuple(passed_over))
        passed_over.append((venue, why))
    return Route(None, rule.id, tuple(passed_over))
