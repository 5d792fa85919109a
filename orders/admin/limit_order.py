"""The list of limits read in another order: the most used first, as they are used now."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from orders.kernel.admin import ChoiceFilter
from orders.kernel.admin.keyset import KeysetChangeList
from orders.limit_reads import tightest_first

TIGHTEST = "tightest"


class OrderFilter(ChoiceFilter):
    """In which order the limits stand."""

    title = "order"
    parameter_name = "sort"
    without_choice = "By holder"
    narrows = False

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(TIGHTEST, "Most used first")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset


class LimitChangeList(KeysetChangeList):
    """By the admin's keys, or the most used first: then a place in the list is a percent and an id.

    What is used is reckoned, not stored: that order is made of all the limits that the filters leave, by three queries.
    """

    @property
    def _is_tightest_first(self) -> bool:
        return any(
            spec.parameter_name == OrderFilter.parameter_name and spec.value() == TIGHTEST
            for spec in self.filter_specs
        )

    def _rows(self, cursor: str | None, *, back: bool) -> list[Model]:
        if not self._is_tightest_first:
            return super()._rows(cursor, back=back)
        ranks = tightest_first(self.queryset)
        if cursor is not None:
            place = _place(cursor)
            ranks = [rank for rank in ranks if (rank > place if back else rank < place)]
        if back:
            ranks.reverse()
        shown = {pk: percent for percent, pk in ranks[: self.list_per_page + 1]}
        rows = self.queryset.in_bulk(list(shown))
        for pk, row in rows.items():
            row.place = f"{shown[pk]}~{pk}"
        return [rows[pk] for pk in shown if pk in rows]

    def _places(self, row: Any) -> list[str]:
        return [row.place] if self._is_tightest_first else super()._places(row)


def _place(cursor: str) -> tuple[Decimal, UUID]:
    percent, _, key = cursor.partition("~")
    try:
        place = (Decimal(percent), UUID(key))
    except (InvalidOperation, ValueError) as error:
        raise IncorrectLookupParameters(error) from error
    if place[0].is_nan():
        raise IncorrectLookupParameters("not a place in this list")
    return place
