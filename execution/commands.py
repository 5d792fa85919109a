"""Commands of execution: what a person may ask for. The one validation for every door."""

from orders.commands import Command, Reason


class SettleDeadLetter(Command):
    """Retry or discard a dead letter; `reason` says why, and is kept."""

    reason: Reason
