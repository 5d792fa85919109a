"""Recomputes the books from the executions and names what differs: orders, positions with lots and
settlement, and exposures.

Everything is read as a stream, in one snapshot: memory is bounded by the open lots of one position and the executions
of one order, and the books may go on meanwhile.
"""

from orders.verification.differences import Difference
from orders.verification.verify import Progress, verify_orders

__all__ = ["Difference", "Progress", "verify_orders"]
