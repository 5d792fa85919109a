"""The base of every API view, and the declaration of an endpoint: what it reads is what its schema says.

class OrderCancel(ApiView):
    @endpoint("cancel_order", "Cancel what is left of an order", body=CancelOrder,
              answers={200: OrderRepresentation}, refusals=(OrderNotFound, NotPermitted, OrderNotOpen))
    def post(self, order_id: UUID, body: CancelOrder) -> HttpResponse:
        order = services.cancel(actor=self.actor, order_id=order_id, command=body)
        return answer(represent(order))
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from pydantic import BaseModel
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from orders.kernel.api.errors import LengthRequired
from orders.kernel.api.schema import File, Header, documentation
from orders.kernel.api.validation import Query, validated_body, validated_query
from orders.kernel.context import Actor, Door
from orders.kernel.errors import DomainError

Handler = Callable[..., HttpResponse]
JSON = "application/json"
_RENDERER = JSONRenderer()


class ApiView(APIView):
    """Base of every view: authenticated, strict, and never cached on the way."""

    metadata_class = None
    is_known = False
    """Whether somebody known is asking: set once authentication is through."""
    sent_body: Mapping[str, Any] = MappingProxyType({})
    """The body as it was sent, once it could be read as JSON."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Return the one renderer that there is; only an Accept that names something else has to be looked at."""
        if request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", JSON):
            return _RENDERER, JSON
        return super().perform_content_negotiation(request, force)

    @property
    def actor(self) -> Actor:
        """The authenticated person, by the API's door."""
        user = self.request.user
        return Actor(name=user.get_username(), door=Door.API, user_id=user.pk)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, then refuse a body without a length: Django would take it for an empty one."""
        super().initial(request, *args, **kwargs)
        self.is_known = True
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            raise LengthRequired("the body has no Content-Length")

    def finalize_response(  # type: ignore[override]  # the stub knows Response only, the code passes any on
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Let nobody keep an answer: an order's ETag names its terms and not the rest of what is told."""
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]


def answer(
    representation: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return `representation` as JSON."""
    return HttpResponse(
        representation.model_dump_json(by_alias=True),
        status=status,
        headers=dict(headers or {}),
        content_type=JSON,
    )


def file_answer(content: str | bytes, file: File, *, name: str | None = None) -> HttpResponse:
    """Return a file, to be saved under `name` where one is given."""
    charset = "" if file.is_binary else "; charset=utf-8"
    headers = {} if name is None else {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=f"{file.media_type}{charset}", headers=headers)


def endpoint(
    operation: str,
    summary: str,
    *,
    answers: Mapping[int, type[BaseModel] | File],
    query: type[Query] | None = None,
    body: type[BaseModel] | None = None,
    refusals: Sequence[type[DomainError]] = (),
    headers: Sequence[Header] = (),
) -> Callable[[Handler], Handler]:
    """Declare a handler's query, body, answers by status, errors and headers, and read the request accordingly.

    The handler gets the path's parameters, `query` and `body` as declared; a query parameter that is not declared
    is refused. `operation` is its name in the schema: clients make function names of it.
    """

    def declare(handler: Handler) -> Handler:
        @extend_schema(
            **documentation(
                operation=operation,
                summary=summary,
                answers=answers,
                query=query,
                body=body,
                refusals=refusals,
                headers=headers,
            )
        )
        @wraps(handler)
        def read_and_handle(view: ApiView, request: Request, **path: Any) -> HttpResponse:
            arguments = dict(path)
            if query is not None or request.META.get("QUERY_STRING"):
                parameters = validated_query(query or Query, request.query_params)
            if query is not None:
                arguments["query"] = parameters
            if body is not None:
                view.sent_body = request.data  # type: ignore[assignment]  # our parser lets objects through only
                arguments["body"] = validated_body(body, view.sent_body)
            return handler(view, **arguments)

        return read_and_handle

    return declare
