"""Pages by key: each page starts after the last row of the one before, so no row is skipped and none counted."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from pydantic import BaseModel, BeforeValidator, Field

from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.validation import Query

T = TypeVar("T")
M = TypeVar("M", bound=Model)
R = TypeVar("R")
MOST_ROWS = 200
LONGEST_CURSOR = 200


def _plain_integer(value: object) -> object:
    """Refuse what int() would read and nobody means: signs, underscores, spaces, digits of other scripts."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ValueError("must be a whole number in digits")
    return value


WholeNumber = Annotated[int, BeforeValidator(_plain_integer)]


class PageQuery(Query):
    """Which page of a list: at most `limit` items, after the page that gave `cursor`."""

    limit: WholeNumber = Field(default=50, ge=1, le=MOST_ROWS, description="how many items at most")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_CURSOR, description="`next` of the page before"
    )


class Page(BaseModel, Generic[T]):
    """A page of a list. `next` is the cursor of the page after it, null on the last one."""

    items: list[T]
    next: str | None


@dataclass(frozen=True)
class Keyset:
    """The unique column that a list is ordered by, and how its value is read back from a cursor's text.

    `parse` raises ValueError for text that is no value of the column.
    """

    column: str
    parse: Callable[[str], Any]
    descending: bool = False

    def page(self, rows: "QuerySet[M]", query: PageQuery) -> tuple[list[M], str | None]:
        """Return a page of `rows` and the cursor of the next, in one statement. Raises MalformedCursor."""
        kind = rows.model.__name__
        ordered = rows.order_by(f"-{self.column}" if self.descending else self.column)
        if query.cursor is not None:
            comparison = "lt" if self.descending else "gt"
            ordered = ordered.filter(**{f"{self.column}__{comparison}": self._value(kind, query.cursor)})
        found = list(ordered[: query.limit + 1])
        page = found[: query.limit]
        return page, self._cursor(kind, page[-1]) if len(found) > query.limit else None

    def page_of(self, rows: Iterable[R], kind: str, query: PageQuery) -> tuple[list[R], str | None]:
        """As `page`, for rows that are at hand; `kind` is the name that their cursors bear. Raises MalformedCursor."""
        ordered = sorted(rows, key=attrgetter(self.column))
        if query.cursor is not None:
            after = self._value(kind, query.cursor)
            ordered = [row for row in ordered if getattr(row, self.column) > after]
        page = ordered[: query.limit]
        return page, self._cursor(kind, page[-1]) if len(ordered) > query.limit else None

    def page_read(self, rows: list[R], kind: str, query: PageQuery) -> tuple[list[R], str | None]:
        """As `page`, for rows that were read in the list's order from `after` on: one more than are asked for."""
        page = rows[: query.limit]
        return page, self._cursor(kind, page[-1]) if len(rows) > query.limit else None

    def after(self, kind: str, query: PageQuery) -> Any:
        """Return the value after which the asked page starts, None for the first. Raises MalformedCursor."""
        return None if query.cursor is None else self._value(kind, query.cursor)

    def _cursor(self, kind: str, last: object) -> str:
        text = f"{kind}:{getattr(last, self.column)}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _value(self, kind: str, cursor: str) -> Any:
        try:
            text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
            meant_for, _, value = text.partition(":")
            if meant_for != kind or "\0" in value:
                raise ValueError("the cursor belongs to another list")
            return self.parse(value)
        except ValueError as error:
            raise MalformedCursor("the cursor is not one that this list gave") from error
