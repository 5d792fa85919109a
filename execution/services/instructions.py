"""Validates an order's algorithm instruction inside admission: what orders.hooks calls instruction_validator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from execution.algorithms import DEFAULT, Algorithm, UnknownAlgorithm, all_latest, latest
from execution.algorithms.terms import invalid
from execution.session import current_or_next_session
from orders.commands import PlaceOrder
from orders.kernel.errors import InvalidInput


def validate_instruction(
    *, name: str | None, parameters: Mapping[str, Any], command: PlaceOrder, mic: str, market_time: datetime
) -> dict[str, Any]:
    """Return the instruction as it is kept: name, version and completed parameters, as JSON types.

    An order without one is worked by `direct`. Raises InvalidInput whose errors point into the request,
    and MarketWithoutCalendar.
    """
    try:
        algorithm = latest(name or DEFAULT)
    except UnknownAlgorithm:
        known = ", ".join(each.name for each in all_latest())
        raise invalid("/algorithm/name", f"no such algorithm; there are {known}") from None
    completed = algorithm.complete(
        _parsed(algorithm, parameters),
        time_in_force=command.time_in_force,
        market_time=market_time,
        session=current_or_next_session(market_time, mic),
    )
    kept = completed.model_dump(mode="json", exclude_none=True)
    return {"name": algorithm.name, "version": algorithm.version, "parameters": kept}


def _parsed(algorithm: Algorithm, parameters: Mapping[str, Any]) -> BaseModel:
    try:
        return algorithm.parameters.model_validate(dict(parameters))
    except ValidationError as error:
        errors = [
            {"pointer": _pointer(problem["loc"]), "detail": problem["msg"]} for problem in error.errors()
        ]
        raise InvalidInput(f"the parameters of {algorithm.name} are not valid", errors=errors) from error


def _pointer(location: tuple[int | str, ...]) -> str:
    """Return a JSON pointer (RFC 6901) into the request."""
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in location]
    return "/".join(["/algorithm/parameters", *parts])
