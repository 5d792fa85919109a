"""The whole verification, in one snapshot of the database."""

from collections.abc import Callable, Iterable
from datetime import datetime

from orders.kernel.transactions import snapshot
from orders.verification.differences import Difference
from orders.verification.exposure_rows import exposures_now
from orders.verification.order_history import orders_then
from orders.verification.order_rows import orders_now
from orders.verification.position_rows import positions_now

Progress = Callable[[str, int], None]
"""Hears after each row what was looked at ("orders", "positions", "exposures") and how many of them by now."""


def verify_orders(
    *, progress: Progress, report: Callable[[Difference], None], recorded_by: datetime | None = None
) -> int:
    """Recompute the books from the executions, tell each difference to `report`, and return how many there are.

    With `recorded_by` (real UTC) the orders as their history tells them at that moment; the rows of positions and
    exposures keep no history, and are compared as they are now only.
    """
    with snapshot():
        if recorded_by is not None:
            return _told("orders", orders_then(recorded_by), progress, report)
        found = _told("orders", orders_now(), progress, report)
        found += _told("positions", positions_now(), progress, report)
        return found + _told("exposures", exposures_now(), progress, report)


def _told(
    what: str,
    checked: Iterable[list[Difference]],
    progress: Progress,
    report: Callable[[Difference], None],
) -> int:
    found = 0
    for number, differences in enumerate(checked, start=1):
        for difference in differences:
            report(difference)
        found += len(differences)
        progress(what, number)
    return found
