"""Commands of execution: what a person may ask for. The one validation for every door."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from orders.commands import Command, Reason, bounded_parameters


class PauseRun(Command):
    """Send nothing more of an order for now, and ask back what is live at the venue."""

    reason: Reason


class ResumeRun(Command):
    """Go on with an order that was paused: what remains is planned anew."""

    reason: Reason


class ChangeParameters(Command):
    """Give an algorithm at work other parameters.

    Those that are not named stay, one that is null is taken back. An end goes by a new duration, and the other way
    round.
    """

    parameters: Annotated[dict[str, Any], AfterValidator(bounded_parameters)]
    reason: Reason


VenueCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,15}$")]


class RegisterVenue(Command):
    """Let a venue be known by a code. `calendar` is the MIC whose sessions it keeps, "" for each instrument's."""

    code: VenueCode
    name: Annotated[str, Field(min_length=1, max_length=64)]
    calendar: Annotated[str, Field(pattern=r"^([A-Z0-9]{4})?$")] = ""


class SettleVenueBreak(Command):
    """Close a difference between the venue's record and ours; `reason` says why both may stay, and is kept."""

    reason: Reason


class SettleDeadLetter(Command):
    """Retry or discard a dead letter; `reason` says why, and is kept."""

    reason: Reason
