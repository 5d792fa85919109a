"""The errors that this house raises on purpose.

    DomainError
    ├── InvalidInput            400  what was sent cannot be understood
    ├── NotAuthenticated        401  nobody known is asking
    ├── NotPermitted            403  the asker may see the thing, but not do this with it
    ├── NotFound                404  absent, or hidden from the asker: the two are told apart by nobody
    ├── Conflict                409  the thing's state does not allow it
    ├── StalePrecondition       412  somebody changed the thing since the asker looked
    ├── TooLarge                413  the request is bigger than is read
    ├── Refused                 422  understood and refused by a rule
    ├── PreconditionMissing     428  the asker has to say which revision was looked at
    ├── TooManyRequests         429  slow down
    └── Unavailable             503  a part of the house does not answer
        └── DatabaseBusy        503  the database answers, only not to this just now

Every concrete error has a stable `code`, CATEGORY_CONDITION, which clients may rely on, and `advice`: what to do.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """Something failed. Base of every error raised on purpose.

    `detail` says what happened here, `facts` are values for the reader of the problem document
    (RFC 9457): strings and whole numbers only, never personal data.
    """

    code: str = "SYSTEM_ERROR"
    category: ClassVar[str] = "system"
    severity: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    advice: ClassVar[str] = "Report the correlation id to the operator."

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class InvalidInput(DomainError):
    """What was sent cannot be understood. `facts["errors"]` lists the places, where there are several."""

    code = "INPUT_INVALID"
    category = "input"
    severity = "warning"
    status = 400
    advice = "Correct the named fields and send the request again."


class NotAuthenticated(DomainError):
    """Nobody known is asking."""

    code = "AUTH_REQUIRED"
    category = "auth"
    severity = "warning"
    status = 401
    advice = "Send the header 'Authorization: Token <token>' with a valid token."


class NotPermitted(DomainError):
    """The asker may see the thing, but not do this with it."""

    code = "AUTH_NOT_PERMITTED"
    category = "auth"
    severity = "warning"
    status = 403
    advice = "Ask for a role that grants this on the desk or account."


class NotFound(DomainError):
    """Absent, or hidden from the asker."""

    code = "RESOURCE_NOT_FOUND"
    category = "resource"
    severity = "info"
    status = 404
    advice = "Check the identifier, and that your role reaches it."


class Conflict(DomainError):
    """The state of the thing does not allow what was asked."""

    code = "STATE_CONFLICT"
    category = "state"
    severity = "warning"
    status = 409
    advice = "Read the object again and decide anew."


class StalePrecondition(Conflict):
    """Somebody changed the thing since the asker looked."""

    code = "STATE_STALE"
    status = 412
    advice = "Read the object again, look at what changed, and repeat with its new ETag."


class TooLarge(InvalidInput):
    """The request is bigger than is read."""

    code = "INPUT_TOO_LARGE"
    status = 413
    advice = "Send a smaller request."


class Refused(DomainError):
    """Understood, and refused by a rule."""

    code = "RULE_REFUSED"
    category = "rule"
    severity = "warning"
    status = 422
    advice = "Change what was asked so that it keeps the rule."


class PreconditionMissing(DomainError):
    """The asker has to say which revision was looked at."""

    code = "STATE_PRECONDITION_MISSING"
    category = "state"
    severity = "warning"
    status = 428
    advice = "Send the ETag of the order that you looked at as If-Match."


class TooManyRequests(DomainError):
    """Slow down. `facts["retry_after_s"]` says for how long."""

    code = "RATE_EXCEEDED"
    category = "rate"
    severity = "warning"
    status = 429
    advice = "Wait for the time that Retry-After gives."


class Unavailable(DomainError):
    """A part of the house does not answer."""

    code = "SYSTEM_UNAVAILABLE"
    status = 503
    advice = "Repeat the same request later: nothing was done by halves."


class DatabaseBusy(Unavailable):
    """The database answers, only not to this just now."""

    code = "DATABASE_BUSY"
    category = "database"
    severity = "warning"
    advice = "Repeat the same request after the time that Retry-After gives: nothing was done by halves."


def error_classes(root: type[DomainError] = DomainError) -> list[type[DomainError]]:
    """Return `root` and every class below it, depth first: the documentation's table is made from this."""
    return [root, *(found for child in root.__subclasses__() for found in error_classes(child))]
