"""Exposure for tests: a holder's row, its figures, and whether all rows follow from what is booked."""

from itertools import chain

from orders.models import Account, Desk, Exposure, Firm
from orders.verification.exposure_rows import exposures_now
from orders.verification.order_rows import orders_now
from orders.verification.position_rows import positions_now


def exposure_of(holder: Account | Desk | Firm) -> Exposure:
    """A holder's row as it is now."""
    return Exposure.objects.get(pk=holder.pk)


def assert_exposure_follows() -> None:
    """Orders, positions and exposures are what their executions, orders and movements of cash make of them."""
    found = [str(each) for each in chain.from_iterable(chain(orders_now(), positions_now(), exposures_now()))]
    assert not found, "\n".join(found)
