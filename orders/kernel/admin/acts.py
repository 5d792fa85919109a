"""A form by which a person acts: validated by the command, done by the service, its errors shown in words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from orders.kernel.admin.facts import FactsAdmin
from orders.kernel.admin.site import Site
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError, NotFound

acting = require_http_methods(["GET", "HEAD", "POST"])
"""Of a view that shows a form and takes it: no other method is answered."""


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in person as the actor of services and selectors."""
    user = request.user
    return Actor(name=user.get_username(), door=Door.ADMIN, user_id=user.pk)


def refusal_text(error: DomainError) -> str:
    """Return code, what happened, and what to do about it."""
    return f"{error.code}: {error.detail}. {error.advice}"


def sentences_of(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """Return where a command was wrong, as its location in it, and what a person reads about it."""
    return [
        (each["loc"], each["msg"].removeprefix("Value error, "))
        for each in error.errors(include_url=False, include_context=False)
    ]


@dataclass(frozen=True)
class ActPage:
    """The page of one act. `perform` takes the cleaned form, calls the service, and returns a sentence of success.

    `arrive` tells where to go then, if that is known only afterwards.
    """

    admin: FactsAdmin | Site
    title: str
    form: forms.Form
    perform: Callable[[dict[str, Any]], str]
    success_url: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    arrive: Callable[[], str] | None = None

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or do the act and go to `success_url`; a refusal shows the form with its code and advice."""
        status = 200
        if request.method == "POST":
            status = self._try(request)
            if status == 302:
                return HttpResponseRedirect(self.arrive() if self.arrive else self.success_url)
        context = {"title": self.title, "form": self.form, "back_url": self.success_url, **self.context}
        return self.admin.page(request, self.template, context, status=status)

    def _try(self, request: HttpRequest) -> int:
        if not self.form.is_valid():
            return 400
        try:
            sentence = self.perform(self.form.cleaned_data)
        except ValidationError as error:
            self._explain(error)
            return 400
        except DomainError as error:
            if error.status == NotFound.status:
                raise Http404("there is no such page for you") from error
            self._refuse(error)
            return error.status
        messages.success(request, sentence)
        return 302

    def _refuse(self, error: DomainError) -> None:
        """Tell the refusal at the top, and at the fields that it points to."""
        self.form.add_error(None, refusal_text(error))
        for each in error.facts.get("errors") or []:
            name = each["pointer"].rpartition("/")[2]
            if name in self.form.fields:
                self.form.add_error(name, each["detail"])

    def _explain(self, error: ValidationError) -> None:
        for location, sentence in sentences_of(error):
            place = str(location[0]) if location else None
            self.form.add_error(place if place in self.form.fields else None, sentence)
