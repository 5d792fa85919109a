"""From what was sent to a pydantic model, or to an InvalidInput that lists every wrong place."""

from typing import Any, TypeVar

from django.http import QueryDict
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from orders.kernel.errors import InvalidInput

M = TypeVar("M", bound=BaseModel)
MOST_PLACES = 20
"""How many wrong places are listed at most, so that an answer does not outgrow the request."""
LONGEST_NAME = 100


class Query(BaseModel):
    """Base of the query parameters of an endpoint: every unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def validated_body(model: type[M], body: Any) -> M:
    """Return `body` as `model`. Raises InvalidInput with a JSON pointer for each wrong place."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise _invalid("the body is not valid", [_in_body(place) for place in _places(error)]) from None


def validated_query(model: type[M], parameters: QueryDict) -> M:
    """Return query parameters as `model`. Raises InvalidInput; one that is given twice is an error as well."""
    wrong = [
        _in_query(name, "is given more than once", "repeated")
        for name, values in parameters.lists()
        if len(values) > 1
    ] + [
        _in_query(name, "the character U+0000 is not allowed", "nul_character")
        for name, value in parameters.items()
        if "\0" in name + str(value)
    ]
    if wrong:
        raise _invalid("the query is not valid", wrong)
    try:
        return model.model_validate(parameters.dict())
    except ValidationError as error:
        places = [
            _in_query(".".join(map(str, place["loc"])), place["msg"], place["type"])
            for place in _places(error)
        ]
        raise _invalid("the query is not valid", places) from None


def _places(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _invalid(detail: str, places: list[dict[str, str]]) -> InvalidInput:
    return InvalidInput(detail, errors=places[:MOST_PLACES])


def _in_body(place: ErrorDetails) -> dict[str, str]:
    steps = (str(step)[:LONGEST_NAME].replace("~", "~0").replace("/", "~1") for step in place["loc"])
    pointer = "".join(f"/{step}" for step in steps)
    return {"pointer": pointer, "detail": place["msg"], "code": place["type"]}


def _in_query(name: str, detail: str, code: str) -> dict[str, str]:
    return {"parameter": name[:LONGEST_NAME], "detail": detail, "code": code}
