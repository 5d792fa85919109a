"""Commands of compliance: what a person may ask for. The one validation for every door."""

from orders.commands import Command, Reason
from orders.kernel.money import Price, Quantity


class ProposeLimitChange(Command):
    """Ask for another value of a limit, in the unit of its kind, and say why."""

    value: Quantity
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


class Decide(Command):
    """Agree to a change or refuse it, and say why."""

    reason: Reason
