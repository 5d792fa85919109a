"""A page about the orders of some days: a form of what is looked at above what was found."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from pydantic import ValidationError

from orders.admin.granted import held
from orders.kernel.admin import actor_of, sentences_of, site
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.permissions import VIEW_LIMITS
from orders.sizes.asked import Days
from orders.sizes.days import Span, span_of

A = TypeVar("A", bound=Days)
Options = Mapping[str, Iterable[tuple[str, str]]]


def history_page(
    request: HttpRequest,
    template: str,
    *,
    asks: type[A],
    labels: Mapping[str, str],
    found: Callable[[Actor, A, Span], dict[str, Any]],
    fields: Callable[[Actor, Mapping[str, str]], list[dict[str, Any]]],
    **context: Any,
) -> HttpResponse:
    """Return the page for what the address asks, to who may see limits somewhere; 400 for what cannot be asked.

    `labels` call the fields of `asks`; `found` returns what the template shows, `fields` those of its form.
    """
    if VIEW_LIMITS not in held(request):
        raise PermissionDenied
    actor = actor_of(request)
    given = {name: str(value) for name, value in request.GET.items() if value}
    try:
        asked = asks.model_validate(given)
        span = span_of(asked)
    except ValidationError as error:
        context["errors"] = [
            f"{labels.get(str(place[0]), place[0])}: {what}" for place, what in sentences_of(error)
        ]
    except InvalidInput as error:
        context["errors"] = [error.detail]
    else:
        given |= {"first_day": span.first.isoformat(), "last_day": span.last.isoformat()}
        context |= found(actor, asked, span)
    context["fields"] = fields(actor, given)
    request.current_app = site.name
    return TemplateResponse(
        request,
        template,
        {**site.each_context(request), **context},
        status=400 if "errors" in context else 200,
    )


def form_fields(
    labels: Mapping[str, str], given: Mapping[str, str], options: Options, nothing: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return the fields as the template has them: with `options` those that are chosen from.

    `nothing` says for a field's name what stands there for no choice.
    """
    return [
        {
            "name": name,
            "label": label,
            "value": given.get(name, ""),
            "options": options.get(name),
            "nothing": nothing(name),
        }
        for name, label in labels.items()
    ]
