"""What a person may do with an order at work: pause it, resume it, give its algorithm other parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from execution import algorithms
from execution.algorithms.working import WorkingParameters, changeable
from execution.commands import ChangeParameters, PauseRun, ResumeRun
from execution.models import Run
from execution.models.run import UNDER_WAY
from execution.panels import has_changeable_parameters
from execution.selectors import run_of
from execution.services.change_parameters import change_parameters
from execution.services.pause_run import pause_run, resume_run
from orders.admin.granted import held_on
from orders.admin.place_fields import Text, parameter_field
from orders.admin.place_form import Placed
from orders.errors import OrderNotFound
from orders.kernel.admin import ActPage, acting, actor_of, site
from orders.models import Order
from orders.permissions import AMEND_ORDERS
from orders.selectors import order_for


@dataclass(frozen=True)
class RunAct:
    """A verb on the work of an order, and on which runs it makes sense."""

    title: str
    tone: str
    says: str
    is_possible: Callable[[Run], bool]


PAUSE = RunAct(
    "Pause",
    "danger",
    "Nothing more of the order is sent, and what is live at the venue is asked back. Its time goes on.",
    lambda run: run.state in UNDER_WAY and run.paused_at is None,
)
RESUME = RunAct(
    "Resume",
    "",
    "What remains of the order is planned anew, from what is known of the market now.",
    lambda run: run.state in UNDER_WAY and run.paused_at is not None,
)
CHANGE = RunAct(
    "Change parameters",
    "",
    "What remains of the order is planned anew by the new parameters. If somebody changes them before you, nothing is "
    "overwritten. A new duration takes the place of the end, and the other way round.",
    lambda run: run.state in UNDER_WAY and has_changeable_parameters(run),
)


class ReasonForm(forms.Form):
    """Why."""

    reason = Text(max_length=200, help_text="Kept in the audit log.")

    @property
    def placed(self) -> list[Placed]:
        """The fields in their order, as the order form shows its own."""
        return [Placed(self[name], {}) for name, field in self.fields.items() if not _is_hidden(field)]


class ParametersForm(ReasonForm):
    """The parameters as they should be, and the revision of those that the person looked at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, run: Run) -> None:
        super().__init__(data, initial={**run.parameters, "revision": run.parameters_revision})
        self._kept = run.parameters
        parameters = algorithms.algorithm(run.algorithm, run.algorithm_version).parameters
        assert issubclass(parameters, WorkingParameters)  # noqa: S101 - CHANGE is possible on no other
        may_change, schema = changeable(parameters), parameters.model_json_schema()["properties"]
        named = {name: parameter_field(schema[name], name) for name in schema if name in may_change}
        self.fields = {**named, **self.fields}
        self._names = tuple(named)

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that are to be others; None takes one back."""
        said = {name: _said(self.cleaned_data.get(name)) for name in self._names}
        return {name: value for name, value in said.items() if value != self._kept.get(name)}


def _said(value: Any) -> Any:
    return None if value == "" else value


def _is_hidden(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.HiddenInput)


@acting
def pause(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show the form to pause an order, or pause it and go back to it."""

    def perform(given: Mapping[str, Any]) -> str:
        command = PauseRun.model_validate({"reason": given["reason"]})
        pause_run(actor=actor_of(request), order_id=order_id, command=command)
        return "Paused. What is live at the venue is asked back."

    return _answer(request, order_id, PAUSE, lambda data, run: ReasonForm(data), lambda form: perform)


@acting
def resume(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show the form to resume an order, or resume it and go back to it."""

    def perform(given: Mapping[str, Any]) -> str:
        command = ResumeRun.model_validate({"reason": given["reason"]})
        resume_run(actor=actor_of(request), order_id=order_id, command=command)
        return "Resumed. What remains is planned anew."

    return _answer(request, order_id, RESUME, lambda data, run: ReasonForm(data), lambda form: perform)


@acting
def change(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show the form to change an algorithm's parameters, or change them and go back to the order."""

    def performing(form: Any) -> Callable[[dict[str, Any]], str]:
        def perform(given: dict[str, Any]) -> str:
            command = ChangeParameters.model_validate({"parameters": form.given, "reason": given["reason"]})
            run = change_parameters(
                actor=actor_of(request),
                order_id=order_id,
                command=command,
                expected_revision=given["revision"],
            )
            if run.parameters_revision == given["revision"]:
                return "These are the parameters that it has: nothing is changed."
            return f"Changed: the parameters are at revision {run.parameters_revision}."

        return perform

    return _answer(request, order_id, CHANGE, lambda data, run: ParametersForm(data, run=run), performing)


def _answer(
    request: HttpRequest,
    order_id: UUID,
    act: RunAct,
    make_form: Callable[[Any, Run], ReasonForm],
    performing: Callable[[ReasonForm], Callable[[dict[str, Any]], str]],
) -> HttpResponse:
    order, run = _order_and_run(request, order_id)
    order_url = reverse("admin:orders_order_change", args=[order.pk])
    tab_url = f"{order_url}#tab-slices"
    is_possible = act.is_possible(run)
    if not is_possible and (request.method != "POST" or act is CHANGE):
        state = "paused" if run.paused_at is not None else run.state
        messages.warning(
            request, f"The work on the order is {state}: there is nothing to {act.title.lower()}."
        )
        return HttpResponseRedirect(tab_url)
    form = make_form(request.POST if request.method == "POST" else None, run)
    admin = site.get_model_admin(Order)
    crumbs = [admin.crumb(), (order.client_order_id, order_url)]
    context = {"row": order, "run": run, "act": act, "crumbs": crumbs}
    page = ActPage(admin, act.title, form, performing(form), tab_url, "execution/run_act.html", context)
    return page.answer(request)


def _order_and_run(request: HttpRequest, order_id: UUID) -> tuple[Order, Run]:
    try:
        order = order_for(actor_of(request), order_id)
    except OrderNotFound:
        raise Http404("there is no such page for you") from None
    if AMEND_ORDERS not in held_on(request, order.account_id):
        raise PermissionDenied
    run = run_of(order)
    if run is None:
        raise Http404("no algorithm works this order")
    return order, run
