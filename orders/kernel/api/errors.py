"""The errors that HTTP itself and the way of the API give rise to.

InvalidInput
├── MalformedCursor         400  INPUT_CURSOR
├── MethodNotAllowed        405  INPUT_METHOD_NOT_ALLOWED
├── NotAcceptable           406  INPUT_NOT_ACCEPTABLE
├── LengthRequired          411  INPUT_LENGTH_REQUIRED
└── UnsupportedMediaType    415  INPUT_MEDIA_TYPE
NotPermitted
└── HttpsRequired           403  AUTH_HTTPS_REQUIRED
TooManyRequests
└── RateLimitExceeded       429  RATE_LIMIT_EXCEEDED
"""

from orders.kernel.errors import InvalidInput, NotPermitted, TooManyRequests


class MalformedCursor(InvalidInput):
    """The cursor is not one that this list gave."""

    code = "INPUT_CURSOR"
    advice = "Send the member 'next' of the page before as it is, or start again without a cursor."


class MethodNotAllowed(InvalidInput):
    """The resource does not know this method."""

    code = "INPUT_METHOD_NOT_ALLOWED"
    status = 405
    advice = "Use one of the methods that the header Allow lists."


class NotAcceptable(InvalidInput):
    """None of the media types that Accept names can be sent."""

    code = "INPUT_NOT_ACCEPTABLE"
    status = 406
    advice = "Accept application/json."


class LengthRequired(InvalidInput):
    """A body came without its length."""

    code = "INPUT_LENGTH_REQUIRED"
    status = 411
    advice = "Send the body with Content-Length instead of chunked."


class UnsupportedMediaType(InvalidInput):
    """The body's media type is not read."""

    code = "INPUT_MEDIA_TYPE"
    status = 415
    advice = "Send JSON with 'Content-Type: application/json'."


class HttpsRequired(NotPermitted):
    """The request came by plain HTTP, where everybody on its way could read the token."""

    code = "AUTH_HTTPS_REQUIRED"
    advice = "Send requests to the https address alone, and have the token that was sent replaced."


class RateLimitExceeded(TooManyRequests):
    """More requests came within the limit's window than it lets through."""

    code = "RATE_LIMIT_EXCEEDED"
    advice = "Wait for the time that Retry-After gives; the header RateLimit tells how much is left."
