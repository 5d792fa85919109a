"""Our fills beside those that the venue wrote down itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from execution.venues.simulated.record import VenueRecord
from orders.kernel.money import decimal_text


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill: `quantity` shares at `price` each, under the venue's execution id."""

    execution_id: str
    quantity: Decimal
    price: Decimal


def fills_of(executions: Iterable[dict[str, Any]]) -> set[Fill]:
    """Return the API's executions as fills."""
    return {
        Fill(each["venue_execution_id"], Decimal(each["quantity"]), Decimal(each["price"]))
        for each in executions
    }


def fills_on_record(store: Path) -> set[Fill]:
    """Return every fill in the venue's own file, read past our tables. Raises FileNotFoundError."""
    recorded = (each.execution for each in VenueRecord(store).executions())
    return {Fill(each.execution_id, each.quantity, each.price) for each in recorded}


def open_on_record(store: Path) -> int:
    """Return how many orders the venue still holds open. Raises FileNotFoundError."""
    return len(VenueRecord(store).open_orders())


def shares(fills: Iterable[Fill]) -> Decimal:
    """Return the fills' shares."""
    return sum((fill.quantity for fill in fills), Decimal(0))


def in_full(quantity: Decimal) -> str:
    """Return a quantity for reading: thousands set apart, no zeros after the point."""
    return f"{Decimal(decimal_text(quantity)):,}"
