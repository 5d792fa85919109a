"""Lists that are read page by page along their keys: no COUNT, no OFFSET, whatever their length."""

from functools import reduce
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

BACK, ON = "back", "on"
_SEPARATOR = "~"


def _beyond(keys: tuple[str, ...], values: list[str], operator: str) -> Q:
    """Return the rows after `values` in the order of `keys`, all of them in one direction."""
    condition = Q(**{f"{keys[0]}__{operator}": values[0]})
    if keys[1:]:
        condition |= Q(**{keys[0]: values[0]}) & _beyond(keys[1:], values[1:], operator)
        condition &= Q(**{f"{keys[0]}__{operator}e": values[0]})  # implied, and what an index can begin at
    return condition


class KeysetChangeList(ChangeList):
    """A page of rows in the order of the admin's `keys`. `?on=` and `?back=` carry the keys of the row next door."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.title = self.model_admin.list_title()
        tabs = [spec for spec in self.filter_specs if spec.widget == "tabs"]
        self.tab_query = "&".join(f"{spec.parameter_name}={spec.value()}" for spec in tabs)
        self.has_active_filters = any(
            spec.value() for spec in self.filter_specs if spec.narrows and spec not in tabs
        )
        is_narrowed = self.has_active_filters or self.query
        self.empty_words = self.model_admin.empty_words(request, is_narrowed=is_narrowed)

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in (BACK, ON)}

    def get_ordering(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[str]:
        self.keys = self.model_admin.keys_for(request)
        return self._ordering(reverse=False)

    def _ordering(self, *, reverse: bool) -> list[str]:
        descending = self.model_admin.newest_first is not reverse
        return [f"{'-' if descending else ''}{key}" for key in self.keys]

    def get_results(self, request: HttpRequest) -> None:
        """Read one row more than a page holds: whether it is there tells whether there is a next page."""
        back = BACK in request.GET
        rows = self._rows(request.GET.get(BACK) or request.GET.get(ON), back=back)
        more = len(rows) > self.list_per_page
        rows = rows[: self.list_per_page]
        if back:
            rows.reverse()
        has_previous, has_next = (more, True) if back else (ON in request.GET, more)
        self.previous_url = self._url(BACK, rows[0]) if rows and has_previous else None
        self.next_url = self._url(ON, rows[-1]) if rows and has_next else None
        self.result_list, self.result_count, self.full_result_count = rows, len(rows), None
        self.can_show_all, self.multi_page = False, bool(self.previous_url or self.next_url)
        self.paginator = None
        self.model_admin.enrich(rows)

    def _rows(self, cursor: str | None, *, back: bool) -> list[Model]:
        rows = self.queryset.order_by(*self._ordering(reverse=back))
        if cursor is None:
            return list(rows[: self.list_per_page + 1])
        values = cursor.split(_SEPARATOR)
        keys = self.keys
        descending = self.model_admin.newest_first is not back
        try:
            if len(values) != len(keys):
                raise ValidationError("not a place in this list")
            beyond = _beyond(keys, values, "lt" if descending else "gt")
            return list(rows.filter(beyond)[: self.list_per_page + 1])
        except (ValidationError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error

    def _places(self, row: Model) -> list[str]:
        """Return where `row` stands, as a cursor carries it."""
        return [str(reduce(getattr, key.split("__"), row)) for key in self.keys]

    def _url(self, direction: str, row: Model) -> str:
        place = _SEPARATOR.join(self._places(row))
        return str(self.get_query_string({direction: place}, remove=[BACK, ON]))
