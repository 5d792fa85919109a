"""Commands of compliance: what a person may ask for. The one validation for every door."""

from orders.commands import Command, Reason
from orders.kernel.money import Quantity


class ProposeLimitChange(Command):
    """Ask for another value of a limit, in the unit of its kind, and say why."""

    value: Quantity
    reason: Reason


class Decide(Command):
    """Agree to a change or refuse it, and say why."""

    reason: Reason
