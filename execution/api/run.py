"""The work on one order: how it stands, and pausing, resuming and changing it."""

from uuid import UUID

from django.http import HttpResponse

from execution.api.run_representation import RunRepresentation, represent_run
from execution.commands import ChangeParameters, PauseRun, ResumeRun
from execution.errors import RunNotFound, RunNotPaused, RunNotUnderWay, StaleParameters
from execution.models import Run
from execution.selectors import progress_of, run_of
from execution.services.change_parameters import change_parameters
from execution.services.pause_run import pause_run, resume_run
from orders.api.preconditions import expected_revision
from orders.errors import OrderNotFound, RiskRefused
from orders.kernel.api.schema import Header
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import InvalidInput, NotPermitted, PreconditionMissing
from orders.selectors import order_for

IF_MATCH = Header("If-Match", "the ETag of the run that you looked at", r'^"[0-9]+"$', required=True)
ETAG = Header("ETag", "the run's parameters_revision", r'^"[0-9]+"$', answers=(200,))


class OrderRun(ApiView):
    """The run of one order."""

    @endpoint(
        "get_run",
        "Read how an order is worked: state, parameters, progress, and why it waits",
        answers={200: RunRepresentation},
        refusals=(OrderNotFound, RunNotFound),
        headers=(ETAG,),
    )
    def get(self, order_id: UUID) -> HttpResponse:
        order = order_for(self.actor, order_id)
        run = run_of(order)
        if run is None:
            raise RunNotFound("no algorithm works this order")
        return _answer(run)

    @endpoint(
        "change_run",
        "Change parameters of an algorithm at work; what remains is planned anew",
        body=ChangeParameters,
        answers={200: RunRepresentation},
        refusals=(
            OrderNotFound,
            NotPermitted,
            RunNotFound,
            RunNotUnderWay,
            StaleParameters,
            PreconditionMissing,
            RiskRefused,
            InvalidInput,
        ),
        headers=(IF_MATCH, ETAG),
    )
    def patch(self, order_id: UUID, body: ChangeParameters) -> HttpResponse:
        revision = expected_revision(self.request.headers.get("If-Match"))
        return _answer(
            change_parameters(actor=self.actor, order_id=order_id, command=body, expected_revision=revision)
        )


class RunPause(ApiView):
    """Pausing the run of one order."""

    @endpoint(
        "pause_run",
        "Send nothing more of an order for now, and ask back what is live at the venue",
        body=PauseRun,
        answers={200: RunRepresentation},
        refusals=(OrderNotFound, NotPermitted, RunNotFound, RunNotUnderWay),
    )
    def post(self, order_id: UUID, body: PauseRun) -> HttpResponse:
        return _answer(pause_run(actor=self.actor, order_id=order_id, command=body))


class RunResume(ApiView):
    """Letting the run of one order go on."""

    @endpoint(
        "resume_run",
        "Let a paused order be worked again: what remains is planned anew",
        body=ResumeRun,
        answers={200: RunRepresentation},
        refusals=(OrderNotFound, NotPermitted, RunNotFound, RunNotPaused, RiskRefused),
    )
    def post(self, order_id: UUID, body: ResumeRun) -> HttpResponse:
        return _answer(resume_run(actor=self.actor, order_id=order_id, command=body))


def _answer(run: Run) -> HttpResponse:
    return answer(represent_run(run, progress_of(run)), headers={"ETag": f'"{run.parameters_revision}"'})
