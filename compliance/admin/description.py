"""What a person reads of an approval, in words and numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """What a person reads of an approval.

    `subject` is what it is about and `of` whom it concerns ("" for the scope of the approval), `before` how that is
    now ("" where there is nothing or it is not known), `after` how it is to be. `details` are further lines of its
    page, label and value. `obstacle` says why it can be refused only; `done` is the sentence after it was approved.
    """

    subject: str
    after: str
    before: str = ""
    of: str = ""
    details: tuple[tuple[str, str], ...] = ()
    obstacle: str = ""
    done: str = "Approved and carried out."
