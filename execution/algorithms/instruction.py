"""What an order's instruction says to an algorithm: parsed, fitted to the order, and as it is kept. Pure."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from execution.algorithms.terms import POINTER, Algorithm, Asked
from orders.kernel.errors import InvalidInput


def completed(algorithm: Algorithm, parameters: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Return the parameters as they are kept: everything decided, as JSON types. Raises InvalidInput."""
    decided = algorithm.complete(_parsed(algorithm, parameters), asked)
    return decided.model_dump(mode="json", exclude_none=True)


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
    return "/".join([POINTER, *parts])
