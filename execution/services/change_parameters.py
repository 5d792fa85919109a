"""Give an algorithm other parameters while it works."""

from datetime import datetime
from typing import Any
from uuid import UUID

from execution import algorithms
from execution.algorithms import Algorithm, Asked
from execution.algorithms.instruction import completed
from execution.algorithms.terms import POINTER, invalid
from execution.algorithms.working import WorkingParameters
from execution.commands import ChangeParameters
from execution.errors import RunNotUnderWay, StaleParameters
from execution.events import ParametersChanged
from execution.models import Run
from execution.models.run import UNDER_WAY
from execution.services.instructions import works_until
from execution.services.run_for import account_facts, run_for
from execution.session import session_ending_at
from execution.wake import WORK_RUNS, wake_on_commit
from orders.hooks import publish
from orders.kernel.context import Actor
from orders.kernel.errors import InvalidInput
from orders.kernel.moments import parse_moment
from orders.kernel.transactions import service
from orders.models import Order
from orders.risk.kill_switch import require_not_stopped
from orders.selectors import market_now
from orders.terms import OrderType, Side, TimeInForce, live_type

_AT = "/parameters"
_INSTEAD = ({"end", "duration_minutes"}, {"slices", "interval_minutes"}, {"urgency", "risk_aversion"})
"""Of each of these one is given: a new one takes the place of the other."""


@service
def change_parameters(
    *, actor: Actor, order_id: UUID, command: ChangeParameters, expected_revision: int
) -> Run:
    """Change the parameters of the run of an order and let it be planned anew; returns the run.

    `expected_revision` is the `parameters_revision` that the asker looked at. Raises OrderNotFound, NotPermitted
    without amend_orders, RunNotFound, RunNotUnderWay, StaleParameters, RiskRefused while a kill switch stops the order,
    and InvalidInput whose errors point into the request.
    """
    order, run = run_for(actor, order_id)
    if run.state not in UNDER_WAY:
        raise RunNotUnderWay(f"the run is {run.state}", run_state=str(run.state))
    if run.parameters_revision != expected_revision:
        raise StaleParameters(
            f"the parameters are at revision {run.parameters_revision}, you looked at {expected_revision}",
            parameters_revision=run.parameters_revision,
        )
    require_not_stopped(order, asked_by=actor.user_id)
    algorithm, asked = algorithms.algorithm(run.algorithm, run.algorithm_version), _asked(order, run)
    before, after = run.parameters, _changed(algorithm, asked, run, command)
    if before != after:
        _keep(run, after, works_until(algorithm, after, asked.session))
        publish(
            ParametersChanged(
                **account_facts(actor, order),
                reason=command.reason,
                parameters_revision=run.parameters_revision,
                before={name: before.get(name) for name in _differing(before, after)},
                after={name: after.get(name) for name in _differing(before, after)},
            )
        )
        wake_on_commit(WORK_RUNS, str(run.pk))
    return run


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def _changed(algorithm: Algorithm, asked: Asked, run: Run, command: ChangeParameters) -> dict[str, Any]:
    given = command.parameters
    for name in _fixed(algorithm) & given.keys():
        if given[name] != run.parameters.get(name):
            raise invalid(f"{_AT}/{name}", "cannot be changed while the algorithm works")
    replaced = {name for names in _INSTEAD if names & given.keys() for name in names}
    kept = {name: value for name, value in run.parameters.items() if name not in replaced}
    wanted = {name: value for name, value in (kept | given).items() if value is not None}
    try:
        return completed(algorithm, wanted, asked)
    except InvalidInput as error:
        raise _pointing_here(error) from None


def _pointing_here(error: InvalidInput) -> InvalidInput:
    """Return the error with pointers into this request, where an order's instruction has its parameters deeper."""
    problems = [
        {**problem, "pointer": problem["pointer"].replace(POINTER, _AT)} for problem in error.facts["errors"]
    ]
    return InvalidInput(error.detail.replace(POINTER, _AT), errors=problems)


def _fixed(algorithm: Algorithm) -> frozenset[str]:
    parameters = algorithm.parameters
    return (
        parameters.FIXED if issubclass(parameters, WorkingParameters) else frozenset(parameters.model_fields)
    )


def _asked(order: Order, run: Run) -> Asked:
    """Return what the parameters have to fit: the session of the run, which may be over while nobody has closed it."""
    market_time, start = market_now(), run.parameters.get("start")
    return Asked(
        side=Side(order.side),
        type=live_type(OrderType(order.type)),
        time_in_force=TimeInForce(order.time_in_force),
        quantity=order.quantity,
        limit_price=order.limit_price,
        lot_size=order.instrument.lot_size,
        tick_size=order.instrument.tick_size,
        market_time=market_time,
        session=session_ending_at(run.works_until, order.instrument.mic),
        started_at=None if start is None else parse_moment(start),
    )


def _keep(run: Run, parameters: dict[str, Any], until: datetime) -> None:
    run.parameters = parameters
    run.parameters_revision += 1
    run.works_until, run.review_at = until, market_now()
    run.version += 1
    run.save(update_fields=["parameters", "parameters_revision", "works_until", "review_at", "version"])
