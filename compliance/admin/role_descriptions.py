"""What an approval about a role would do, in words: the roles before and after, what they give, and what ends."""

from typing import Any

from compliance.actions import DELEGATE_ROLE
from compliance.admin.description import Description
from orders.kernel.admin.figures import moment, words
from orders.kernel.moments import parse_moment


def given_role(row: Any) -> Description:
    """A role that is granted, or delegated."""
    payload = row.payload
    place = (("In the place of", _name(row, payload["delegator_id"])),) if payload["delegator_id"] else ()
    until = payload["effective_until"]
    return Description(
        words(row.action),
        of=_of(row),
        before=_roles(payload["held"]),
        after=_roles([*payload["held"], payload["role"]]),
        details=(
            *place,
            ("From (UTC)", _moment(payload["effective_from"]) or "its approval on"),
            ("Until (UTC)", _moment(until) or "further notice"),
            ("It gives", _permissions(payload)),
        ),
        done="Approved: who stands in may do it in that time."
        if row.action == DELEGATE_ROLE
        else "Approved: it is held from its date on.",
    )


def taken_role(row: Any) -> Description:
    """A grant that is taken back."""
    payload = row.payload
    left = list(payload["held"])
    left.remove(payload["role"])
    ends = ", ".join(_name(row, each["user_id"]) for each in payload["ends"])
    return Description(
        words(row.action),
        of=_of(row),
        before=_roles(payload["held"]),
        after=_roles(left),
        details=(
            ("Held since (UTC)", _moment(payload["effective_from"])),
            ("It gives", _permissions(payload)),
            *((("Ends for who stands in, too", ends),) if ends else ()),
        ),
        done="Approved: it gives nothing any more.",
    )


def _of(row: Any) -> str:
    return f"{_name(row, row.payload['user_id'])} on {row.scope._meta.model_name} {row.scope}"


def _name(row: Any, user_id: str) -> str:
    return str(row.names.get(user_id, user_id))


def _roles(names: list[str]) -> str:
    return ", ".join(words(name) for name in sorted(names)) or "no role"


def _permissions(payload: dict[str, Any]) -> str:
    return ", ".join(words(name) for name in payload["permissions"])


def _moment(text: str | None) -> str:
    return "" if text is None else moment(parse_moment(text))
