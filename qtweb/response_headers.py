"""What every answer tells a browser: what its page may load, who may frame or read it, and that nobody keeps it.

The policies name no nonce and no hash, because nothing that is served has a script or a style in its markup.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of everything that has no narrower or wider one of its own."""
DATA = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""Of the API's answers: somebody who opens one in a browser sees text that can do nothing."""
DOCUMENTATION = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Of the API's documentation: Swagger UI's stylesheet draws its arrows from `data:` pictures."""

_API = "/api/"
_UNUSED = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_OWN = ("fullscreen", "publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS = ", ".join([*(f"{name}=()" for name in _UNUSED), *(f"{name}=(self)" for name in _OWN)])
"""Permissions-Policy: the features of a browser that no page of ours uses, nor a frame in it."""


class ResponseHeadersMiddleware:
    """Sets the headers that no answer goes without; what a view said itself of its policy or of caches stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = DATA if request.path_info.startswith(_API) else PAGES
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = PERMISSIONS
        return response
