"""What a person asks for as a case: the one validation for every door."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from compliance.leaves import canonical
from compliance.search import AskedLeaves
from orders.commands import Command, legible


def paragraphs(text: str) -> str:
    """Return text of one or more lines, each ended as Unix does. Raises ValueError where a line is not legible."""
    unix = text.replace("\r\n", "\n")
    legible(unix.replace("\n", " "))
    return unix


Line = Annotated[str, AfterValidator(legible)]
Paragraphs = Annotated[str, AfterValidator(paragraphs)]


class ExportCase(Command):
    """Ask for what the log has, as a case: what a search finds (`leaves`), or all about one order (`order_id`).

    `reference` is the asker's or the regulator's own, `question` what is asked or why. All three are kept with the case
    and in its file, and never in the log.
    """

    reference: Annotated[Line, Field(min_length=1, max_length=64)]
    title: Annotated[Line, Field(min_length=1, max_length=120)]
    question: Annotated[Paragraphs, Field(min_length=1, max_length=1_000)]
    order_id: UUID | None = None
    leaves: AskedLeaves | None = None

    @model_validator(mode="after")
    def _is_about_something(self) -> "ExportCase":
        if (self.order_id is None) == (self.leaves is None):
            raise ValueError("give either order_id or leaves")
        if self.leaves is not None and self.leaves.is_empty:
            raise ValueError("leaves needs at least one criterion")
        if "\0" in "".join(map(str, self.asked.values())):
            raise ValueError("the character U+0000 is not allowed")
        return self

    @property
    def asked(self) -> dict[str, Any]:
        """The criteria that were given, by name, as JSON types."""
        if self.leaves is None:
            return {"order_id": str(self.order_id)}
        return self.leaves.model_dump(mode="json", exclude_none=True)


def terms_digest(terms: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of a case's terms in canonical JSON; their salt keeps the words from being tried."""
    return hashlib.sha256(canonical(terms).encode()).hexdigest()
