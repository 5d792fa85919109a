"""Filters that stand above a list: a choice, or a text to be met exactly."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest


class ChoiceFilter(SimpleListFilter):
    """Rows whose `column` has the chosen value. Subclasses say which values there are."""

    widget = "select"
    without_choice = "All"
    """What stands there for no choice."""
    narrows = True
    """Whether a choice leaves rows out: what only orders them does not."""
    column: ClassVar[str]

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        """Return value and word of each choice."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.options(request))

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.value()
        if not chosen:
            return queryset
        try:
            return queryset.filter(**{self.column: chosen})
        except (ValidationError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error


class TextFilter(ChoiceFilter):
    """Rows whose `column` is exactly the text."""

    widget = "text"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return ()
