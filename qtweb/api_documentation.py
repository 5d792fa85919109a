"""The API's schema (OpenAPI 3.1) and its interactive documentation, from files of ours alone."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from qtweb.response_headers import DOCUMENTATION


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names our tokens."""

    target_class = "compliance.authentication.ApiTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word Token, a space, and a token: `Token 0123...`",
        }


class Schema(SpectacularJSONAPIView):
    """The schema as JSON."""


class Documentation(SpectacularSwaggerSplitView):
    """Swagger UI over the schema."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response["Content-Security-Policy"] = DOCUMENTATION
        return response
