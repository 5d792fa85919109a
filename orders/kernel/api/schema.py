"""What an endpoint's declaration says in OpenAPI 3.1, by way of drf-spectacular."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from pydantic import BaseModel

from orders.kernel.api.errors import RateLimitExceeded
from orders.kernel.api.problems import MEDIA_TYPE, Problem, title_of
from orders.kernel.errors import DatabaseBusy, DomainError, InvalidInput, NotAuthenticated, Unavailable

ALWAYS = (InvalidInput, NotAuthenticated, RateLimitExceeded, Unavailable, DatabaseBusy)
"""What any endpoint may answer."""


@dataclass(frozen=True)
class Header:
    """A header that a request carries, or that the answers of the statuses in `answers` carry."""

    name: str
    description: str
    pattern: str
    required: bool = False
    answers: tuple[int, ...] = ()


@dataclass(frozen=True)
class File:
    """An answer that is no JSON: a text, or bytes."""

    media_type: str
    description: str
    is_binary: bool = False


def documentation(
    *,
    operation: str,
    summary: str,
    answers: Mapping[int, type[BaseModel] | File],
    query: type[BaseModel] | None,
    body: type[BaseModel] | None,
    refusals: Sequence[type[DomainError]],
    headers: Sequence[Header],
) -> dict[str, Any]:
    """Return the arguments of extend_schema that say what an endpoint's declaration says."""
    return {
        "operation_id": operation,
        "summary": summary,
        "parameters": [*_query_parameters(query), *map(_header, headers)],
        "request": body,
        "responses": {**_answers(answers), **_problems((*ALWAYS, *refusals))},
    }


def _answers(answers: Mapping[int, type[BaseModel] | File]) -> dict[Any, Any]:
    return {
        (status, answer.media_type) if isinstance(answer, File) else status: (
            OpenApiResponse(OpenApiTypes.BINARY if answer.is_binary else OpenApiTypes.STR, answer.description)
            if isinstance(answer, File)
            else answer
        )
        for status, answer in answers.items()
    }


def _problems(errors: Sequence[type[DomainError]]) -> dict[tuple[int, str], OpenApiResponse]:
    by_status: dict[int, list[str]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(f"`{error.code}`: {title_of(error)}.")
    return {
        (status, MEDIA_TYPE): OpenApiResponse(Problem, description="\n\n".join(lines))
        for status, lines in sorted(by_status.items())
    }


def _query_parameters(query: type[BaseModel] | None) -> list[OpenApiParameter]:
    if query is None:
        return []
    schema = query.model_json_schema()
    words = schema.get("$defs", {})
    return [
        OpenApiParameter(
            name=name,
            type=_written_out(member, words),
            description=member.get("description", ""),
            required=name in schema.get("required", ()),
        )
        for name, member in schema["properties"].items()
    ]


def _written_out(member: dict[str, Any], words: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema without null, which a query cannot spell, and without references."""
    kinds = [kind for kind in member.get("anyOf", [member]) if kind.get("type") != "null"]
    kind = {**words[kinds[0]["$ref"].rsplit("/", 1)[1]]} if "$ref" in kinds[0] else {**kinds[0]}
    if member.get("default") is not None:
        kind["default"] = member["default"]
    return {name: value for name, value in kind.items() if name not in ("title", "description")}


def _header(header: Header) -> OpenApiParameter:
    return OpenApiParameter(
        name=header.name,
        type={"type": "string", "pattern": header.pattern},
        location=OpenApiParameter.HEADER,
        required=header.required,
        description=header.description,
        response=[str(status) for status in header.answers] or False,
    )
